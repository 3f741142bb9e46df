"""Why something is in its state: the chain of facts, each with its age. Pure."""

from datetime import datetime

from vmms_tui.model.records import Lease, LeaseState, Pool, Request, Server, ServerState
from vmms_tui.screens.details import AnyRow, operation_text
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.rows import EventRow, LeaseRow, PoolRow, pool_rows
from vmms_tui.screens.wording import ago, both, clock_time, count, pool_state, server_state, span

MEANINGS = {
    ServerState.REQUESTED: "It was asked for; the cloud has not begun to build it.",
    ServerState.BUILDING: "The cloud builds it.",
    ServerState.PREPARING: "It runs in the cloud; its set-up and the proof that it is ready are under way.",
    ServerState.READY: "It has proved that it is ready, and waits in the pool.",
    ServerState.LEASED: "It is lent and runs.",
    ServerState.STOPPED: "It is shut down; its disk and its address are kept.",
    ServerState.HEALING: "It is being mended.",
    ServerState.MOVING: "It moves to another host.",
    ServerState.RECLAIMING: "It is being deleted, with its address and its ports.",
    ServerState.GONE: "It is deleted.",
    ServerState.FAILED: "It failed and is kept for a while, so that somebody can look at it.",
}


def explain(row: AnyRow, mirror: Mirror) -> list[str]:
    """Sentences that say why the row is as it is, cause after effect."""
    if isinstance(row, PoolRow):
        return _pool(row, mirror)
    if isinstance(row, EventRow):
        return [row.event.text, f"It happened {both(row.event.at, mirror.now)}, by {row.event.actor}.", *_detail(row)]
    if isinstance(row, LeaseRow):
        return _request(row.about, mirror) if isinstance(row.about, Request) else _lease(row.about, row.server, mirror)
    return _server(row.server, mirror)


def _detail(row: EventRow) -> list[str]:
    return row.event.detail.split("\n") if row.event.detail else []


def _pool(row: PoolRow, mirror: Mirror) -> list[str]:
    pool, now = row.pool, mirror.now
    said = [f"{pool.id} is {pool_state(pool, row.ready, row.used, row.building)[0]}."]
    if pool.broken:
        said.append(f"Nothing can be built until somebody acts: {pool.broken}")
    if pool.paused:
        until = f" It is tried again {both(pool.paused_until, now)}." if pool.paused_until else ""
        said.append(f"Nothing is built just now: {pool.paused}{until}")
    if pool.retired:
        said.append("It is no longer in the settings; it goes when its last server has gone.")
    said.append(f"{count(row.ready, 'server')} ready of {pool.available_now} wanted now.")
    if pool.surge != 1:
        since = f" since {both(pool.surge_since, now)}" if pool.surge_since else ""
        said.append(
            f"Many requests came: {pool.available} wanted and {pool.limit} allowed are taken x{pool.surge:g}{since}."
        )
    said.append(f"{count(row.used, 'server')} of at most {pool.limit_now} exist: {_by_state(pool, mirror)}.")
    if pool.failures:
        said.append(f"The last {count(pool.failures, 'build')} failed.")
    return [*said, *_heard(mirror, pool.id)]


def _by_state(pool: Pool, mirror: Mirror) -> str:
    counts: dict[str, int] = {}
    for server in mirror.tables.all(Server):
        if server.pool == pool.id and server.state is not ServerState.GONE:
            counts[server.state.value] = counts.get(server.state.value, 0) + 1
    return ", ".join(f"{number} {state}" for state, number in counts.items()) or "none"


def _server(server: Server, mirror: Mirror) -> list[str]:
    now = mirror.now
    said = [f"{server.id} is {server_state(server)[0]} since {both(server.since, now)}.", MEANINGS[server.state]]
    if server.failure:
        said.append(f"What failed: {server.failure}")
    if server.missing_since:
        said.append(f"The cloud's list does not show it since {both(server.missing_since, now)}.")
    if operation := mirror.operation_on(server.id):
        said.append(f"Under way: {operation_text(operation, now)}.")
        if operation.reason:
            said.append(f"Because: {operation.reason}")
    if server.cloud_status:
        task = f", task {server.task_state}" if server.task_state else ""
        said.append(f"The cloud says: {server.cloud_status}{task}{_as_of(mirror)}.")
    return [*said, *_heard(mirror, server.id)]


def _as_of(mirror: Mirror) -> str:
    listed = mirror.status.cloud.listed_at if mirror.status else None
    return f" ({ago(listed, mirror.now)})" if listed else ""


def _lease(lease: Lease, server: Server | None, mirror: Mirror) -> list[str]:
    now = mirror.now
    over = "ended" if lease.end <= now else "ends"
    said = [f"{lease.id} of {lease.owner} {over} {both(lease.end, now)}."]
    if lease.state is LeaseState.OVERDUE:
        said += _overdue(lease, now)
    if lease.end_reason:
        said.append(f"It ends because: {lease.end_reason}")
    if lease.notified_of == lease.end and lease.notified_at:
        said.append(f"Its owner was told of that {both(lease.notified_at, now)}.")
    elif lease.warned:
        said.append("Its owner was written to of that; nothing proves yet that it reached them.")
    if lease.postponed:
        said.append(f"It is not taken back: {lease.postponed}.")
    if lease.matched:
        said.append(f"This server was chosen because: {lease.matched}")
    if server is None:
        return [*said, f"Its server {lease.server_id} is not known any more."]
    return [*said, *_server(server, mirror)]


def _overdue(lease: Lease, now: datetime) -> list[str]:
    said = [f"Its importance is {lease.importance}, so it is stopped and kept for a while instead of deleted."]
    if lease.stopped_at:
        said.append(f"Its server was seen stopped {both(lease.stopped_at, now)}.")
    if lease.told_at:
        said.append(f"Its owner was told {both(lease.told_at, now)}.")
    if lease.grace_until:
        said.append(f"It is reclaimed {both(lease.grace_until, now)}, unless it is renewed with +.")
    return said


def _request(request: Request, mirror: Mirror) -> list[str]:
    now = mirror.now
    said = [f"{request.id} waits since {both(request.asked, now)}."]
    if request.position:
        said.append(f"It is number {request.position} in the queue of {request.pool}.")
    if request.reason:
        said.append(f"Because: {request.reason}")
    wait = f"in about {span(request.estimate)}" if request.estimate is not None else "nobody can tell when"
    said.append(f"A server is expected: {wait}.")
    pool = next((row for row in pool_rows(mirror.tables) if row.id == request.pool), None)
    return [*said, *(_pool(pool, mirror) if pool else _heard(mirror, request.id))]


def _heard(mirror: Mirror, *ids: str) -> list[str]:
    events = mirror.events_of(*ids)
    return ["", *(f"{clock_time(one.at, mirror.now)}  {one.text}" for one in events)] if events else []
