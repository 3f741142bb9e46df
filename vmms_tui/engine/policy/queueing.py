"""Who of those that wait is served next, and how long it probably takes.

Each request has a place in time that does not hang on the others that wait: the instant when it was asked, half an
hour later for each server that its owner holds or asked for before it, six minutes earlier for each step of
importance. The earliest place is served first. So

- of requests asked at the same time, every owner gets a first server before anybody gets a second;
- importance 10 weighs as much as two servers, or an hour;
- nobody starves: whatever is asked so much later than a request lies behind it, whoever asks and however important.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from vmms_tui.model.records import Lease, LeaseState, Request

PER_SERVER = timedelta(minutes=30)
"""How much later each server that the owner has, or asked for before, places a request."""
PER_IMPORTANCE = timedelta(minutes=6)
"""How much earlier each step of importance places a request."""

_LIVE = frozenset({LeaseState.ACTIVE, LeaseState.OVERDUE})


def order(requests: Sequence[Request], leases: Sequence[Lease]) -> list[Request]:
    """The waiting requests, next one first. `leases` are all leases, of all pools; only live ones count."""
    held = Counter(lease.owner for lease in leases if lease.state in _LIVE)
    by_owner: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        by_owner[request.owner].append(request)
    placed = []
    for owner, own in by_owner.items():
        for turn, request in enumerate(sorted(own, key=_own_place), start=held[owner]):
            at, request_id = _own_place(request)
            placed.append((at + turn * PER_SERVER, turn, request_id, request))
    placed.sort(key=lambda place: place[:3])
    return [request for *_, request in placed]


def _own_place(request: Request) -> tuple[datetime, str]:
    return request.asked - request.importance * PER_IMPORTANCE, request.id


def estimate(
    position: int,
    unfinished_ages: Sequence[timedelta],
    usual_build: timedelta,
    building_allowed: int,
    next_lease_end: timedelta | None,
) -> timedelta | None:
    """How long the request at `position` (1 is next) probably waits; None: nobody can tell.

    The servers under way come first, oldest first; then `building_allowed` more, as many as limit, quota and the
    builds side by side let be started now; then one in the place of the server whose lease ends next, in
    `next_lease_end`. What is under way longer than usual is given a tenth of the usual time more.
    """
    if position < 1:
        return None
    under_way = sorted(max(usual_build - age, usual_build / 10) for age in unfinished_ages)
    if position <= len(under_way):
        return _whole(under_way[position - 1])
    behind = position - len(under_way)
    if behind <= building_allowed:
        return _whole(usual_build)
    if behind == max(building_allowed, 0) + 1 and next_lease_end is not None:
        return _whole(max(next_lease_end, timedelta(0)) + usual_build)
    return None


def _whole(time: timedelta) -> timedelta:
    return timedelta(seconds=-(-time // timedelta(seconds=1)))
