"""Replacing ready servers that have grown old: build first, then remove.

At most 10 % of `available_now` (at least one) are being replaced at once: that many servers more than the floor
are built, and one is removed for each that has become ready. The floor is `available_now` ready servers. A pool that
lacks servers refills first. A pool at its limit cannot build first; it waits until a lease ends and says so,
because old servers do less harm than none. So a pool whose limit is its `available` is never refreshed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from vmms_tui.engine.policy.matching import turn
from vmms_tui.engine.policy.sizing import Counts, count, held_back
from vmms_tui.model.records import Pool, Server, ServerState

BUDGET_SHARE = 10
"""One in so many may be replaced at once."""


class Refresh(msgspec.Struct, frozen=True, kw_only=True):
    """How many servers to build beyond the floor, and the ids of the ready ones to remove now."""

    build: int
    retire: tuple[str, ...]
    why: str


def stable_age(server_id: str, between: tuple[timedelta, timedelta]) -> timedelta:
    """The age at which this server is replaced: whole seconds, spread evenly between the two, the same in each run."""
    least, most = sorted(int(age.total_seconds()) for age in between)
    number = int.from_bytes(sha256(server_id.encode()).digest()[:8])
    return timedelta(seconds=least + number % (most - least + 1))


def overdue(servers: Sequence[Server], now: datetime) -> list[Server]:
    """The ready servers older than their `refresh_age`, longest overdue first. One without such an age never is."""
    due = sorted((at, server.id, server) for server in servers if (at := _due_at(server)) is not None and at <= now)
    return [server for _, _, server in due]


def _due_at(server: Server) -> datetime | None:
    if server.state is not ServerState.READY or server.ready_at is None or not server.refresh_age:
        return None
    return server.ready_at + server.refresh_age


def surplus(servers: Sequence[Server], number: int, now: datetime) -> tuple[str, ...]:
    """Which ready servers to remove when `sizing.size` says how many: overdue ones first, then those ready longest."""
    first = overdue(servers, now)
    known = {server.id for server in first}
    others = [server for server in servers if server.state is ServerState.READY and server.id not in known]
    others.sort(key=turn)
    return tuple(server.id for server in (first + others)[: max(0, number)])


def refresh(pool: Pool, servers: Sequence[Server], now: datetime, counts: Counts | None = None) -> Refresh:
    """What to replace now; the rule stands at the top of this module.

    `servers` are all of this pool; with `counts`, which says how many these are, the ready ones will do.

    Ask after what `size` decided for the pool has been acted on.
    """
    due = overdue(servers, now)
    if not due:
        return Refresh(build=0, retire=(), why="no ready server is older than its age of refresh")
    counts = counts or count(servers)
    held = _held(pool, counts, now)
    if held:
        return Refresh(build=0, retire=(), why=f"{len(due)} overdue for refresh in pool {pool.id}: wait, {held}")
    budget = max(1, pool.available_now // BUDGET_SHARE)
    spare = counts.ready - pool.available_now
    retire = tuple(server.id for server in due[: max(0, min(spare, budget))])
    left = len(due) - len(retire)
    beyond = spare + counts.unfinished - len(retire)
    wish = min(left, budget - len(retire)) - beyond
    build = max(0, min(wish, pool.limit_now - counts.total))
    return Refresh(build=build, retire=retire, why=_why(pool, counts, len(due), budget, wish, build, len(retire)))


def _held(pool: Pool, counts: Counts, now: datetime) -> str:
    held = held_back(pool, now)
    if held:
        return held
    if counts.ready + counts.unfinished < pool.available_now:
        return f"it refills first ({counts.ready + counts.unfinished} of {pool.available_now})"
    return ""


def _why(pool: Pool, counts: Counts, due: int, budget: int, wish: int, build: int, retire: int) -> str:
    head = f"{due} overdue for refresh, at most {budget} at once, {counts.ready} ready of {pool.available_now}"
    if retire or build:
        return f"{head}: build {build}, remove {retire}"
    if wish > 0:
        return f"{head}: wait, {counts.total} servers are at the limit of {pool.limit_now} and none is removed first"
    return f"{head}: wait for {counts.unfinished} under way"
