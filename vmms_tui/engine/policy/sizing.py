"""How many servers a pool builds and retires now.

The rule for building, with its numbers:

1. Wanted ready: `available_now`, and one more for each request that waits for this pool; never more than `limit_now`.
2. Requests come first: what they lack is built at once. Refilling takes only the room that is left by them.
3. Room is what the limit, the quota and the builds that may run beside each other leave; the smallest counts.
4. Refilling goes at one of two speeds. *At once*: when nothing is lent (the first start), when less than half of
   `available_now` is ready or under way, when a surge is in force, or when requests come at least twice as fast as
   usual (and at least one in five minutes). Otherwise *calm*: at most a quarter of `available_now` is under way
   at a time, so that the pool is full again within the time of four builds; or, where that is more, as many as are
   requested in five minutes at the recent or the usual rate. Always at least one.

A pool that is paused, broken or retired builds nothing; a pause ends by itself at `paused_until`.

Ready servers above `available_now` and what waits are retired; lent ones never are. Decide on size first and
act on it, and only then ask `refresh`: both retire from the same surplus, and `refresh.surplus` says which.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import ceil

import msgspec

from vmms_tui.engine.policy.surging import STEPS, Surge, surge
from vmms_tui.engine.policy.words import factor, instant
from vmms_tui.model.records import UNFINISHED, Pool, Server, ServerState

__all__ = ["STEPS", "Counts", "Sizing", "Surge", "count", "counted", "size", "surge", "use_of"]

CALM_SHARE = 4
"""A calm pool refills a quarter at a time."""
BUILD_MINUTES = 5
"""What a build takes, roughly: requests of that time are refilled together."""
HIGH_RATE = 2
"""From this many times the usual rate, everything that is missing is built at once."""

_S = ServerState
_LENT = frozenset({_S.LEASED, _S.STOPPED, _S.HEALING})
_ON_ITS_WAY = UNFINISHED | {_S.MOVING}
"""States of servers that are ready again, or their owner's, as soon as it is over."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """The servers of a pool by what they are good for."""

    ready: int = 0
    unfinished: int = 0
    """On their way to the pool, or on their way between two hosts and nobody's."""
    lent: int = 0
    """Leased, stopped, healing or moving, and those that are set up anew for their owner."""
    reclaiming: int = 0
    failed: int = 0
    """Kept for inspection."""

    @property
    def total(self) -> int:
        """All that exist and count against the limit."""
        return self.ready + self.unfinished + self.lent + self.reclaiming + self.failed


class Sizing(msgspec.Struct, frozen=True, kw_only=True):
    """How many servers to ask for now, and how many ready ones to remove. `why` is one line with the numbers."""

    build: int
    retire: int
    why: str


def use_of(server: Server) -> tuple[ServerState, bool]:
    """What decides as what it counts: its state, and whether it is set up anew for its owner."""
    return server.state, server.state in _ON_ITS_WAY and bool(server.lease_id)


def count(servers: Iterable[Server]) -> Counts:
    """Count the servers of one pool; those that are gone do not count."""
    return counted(Counter(map(use_of, servers)))


def counted(found: Mapping[tuple[ServerState, bool], int]) -> Counts:
    """The same, where it is known how many there are of each use."""
    kinds = dict.fromkeys(("ready", "unfinished", "lent", "reclaiming", "failed"), 0)
    for (state, lent), number in found.items():
        if state is not _S.GONE:
            kinds["lent" if lent else _kind(state)] += number
    return Counts(**kinds)


def _kind(state: ServerState) -> str:
    if state in _ON_ITS_WAY:
        return "unfinished"
    return "lent" if state in _LENT else state.value


def size(
    pool: Pool,
    counts: Counts,
    *,
    recent_per_minute: float,
    usual_per_minute: float,
    queued: int,
    quota_room: int | None,
    build_room: int,
    now: datetime,
    reserve_room: int | None = None,
) -> Sizing:
    """How many servers the pool builds and retires now; the rule stands at the top of this module.

    `queued` requests wait for this pool. `quota_room` is how many servers more the quota allows (None: it does not
    count); where requests wait for other pools of the same project, hand in what those leave. `build_room` is how
    many builds more may run beside each other. `reserve_room` is how many more leave the room that is kept for dead
    hosts (None: it does not count).
    """
    wanted = 0 if pool.retired else pool.available_now + queued
    retire = max(0, counts.ready - wanted)
    have = f"{counts.ready} ready, {counts.unfinished} under way, {counts.lent} lent, {counts.total} in all"
    aim = f"wants {_aim(pool, queued)} ready of at most {pool.limit_now}; {have}"
    if retire:
        return Sizing(build=0, retire=retire, why=f"{aim}: retire {retire}")
    held = held_back(pool, now)
    if held:
        return Sizing(build=0, retire=0, why=f"{aim}: build none, {held}")
    room, limited_by = _room(pool, counts, quota_room, build_room, reserve_room)
    for_requests = max(0, queued - counts.ready - counts.unfinished)
    missing = max(0, wanted - counts.ready - counts.unfinished)
    pace, speed = _pace(pool, counts, recent_per_minute, usual_per_minute)
    wish = for_requests + max(0, min(missing - for_requests, pace - counts.unfinished))
    if missing == 0:
        return Sizing(build=0, retire=0, why=f"{aim}: nothing to do")
    reason = speed if wish <= room else f"{limited_by} leaves no more"
    return Sizing(build=min(room, wish), retire=0, why=f"{aim}: build {min(room, wish)} of {missing} missing, {reason}")


def _aim(pool: Pool, queued: int) -> str:
    if pool.retired:
        return "none"
    waiting = f" and {queued} for waiting requests" if queued else ""
    return f"{pool.available_now}{waiting}"


def held_back(pool: Pool, now: datetime) -> str:
    """Why the pool builds nothing now: it is retired, broken or paused; empty when it may build."""
    if pool.retired:
        return "it is retired"
    if pool.broken:
        return f"it is broken: {pool.broken}"
    if pool.paused and (pool.paused_until is None or now < pool.paused_until):
        until = f" until {instant(pool.paused_until)}" if pool.paused_until else ""
        return f"it is paused{until}: {pool.paused}"
    return ""


def _room(
    pool: Pool, counts: Counts, quota_room: int | None, build_room: int, reserve_room: int | None
) -> tuple[int, str]:
    """How many servers may be asked for now, and what sets that bound."""
    rooms = [
        (pool.limit_now - counts.total, f"the limit of {pool.limit_now}"),
        (build_room, "the number of builds side by side"),
    ]
    if reserve_room is not None:
        rooms.insert(0, (reserve_room, "the room kept for dead hosts"))
    if quota_room is not None:
        rooms.insert(0, (quota_room, "the quota"))
    least, name = min(rooms, key=lambda room: room[0])
    return max(0, least), name


def _pace(pool: Pool, counts: Counts, recent: float, usual: float) -> tuple[int, str]:
    """How many servers may be under way to refill, and the words for it."""
    everything = pool.limit_now
    if counts.lent == 0:
        return everything, "all at once: nothing is lent"
    if 2 * (counts.ready + counts.unfinished) < pool.available_now:
        return everything, "all at once: less than half is left"
    if pool.surge > 1:
        return everything, f"all at once: surge {factor(pool.surge)}"
    if recent * BUILD_MINUTES >= 1 and recent >= HIGH_RATE * usual:
        return everything, f"all at once: {factor(recent)} requests a minute, usual {factor(usual)}"
    expected = ceil(max(recent, usual) * BUILD_MINUTES)
    pace = max(1, ceil(pool.available_now / CALM_SHARE), expected)
    return pace, f"calm, at most {pace} under way at a time"
