"""Why something is in its state: the chain of facts, cause after effect, each with its age or source. Pure.

A sentence ends with where it comes from: what the engine has written down, and when; what the cloud said, and how long
ago; what the settings say; what the engine reckons. The last line is the next step, with its key or command.
"""

from datetime import datetime

from vmms_tui.keys import Place
from vmms_tui.model.healing import Illness
from vmms_tui.model.records import (
    Event,
    Lease,
    LeaseState,
    Operation,
    OperationState,
    Pool,
    Record,
    Request,
    RequestState,
    Server,
    ServerState,
)
from vmms_tui.screens.describing import by_state
from vmms_tui.screens.details import AnyRow
from vmms_tui.screens.healing import what_ails
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.nextstep import next_step
from vmms_tui.screens.reserving import of_pool
from vmms_tui.screens.rows import EventRow, LeaseRow, PoolRow, pool_rows
from vmms_tui.screens.wording import ago, both, clock_time, count, pool_state, server_state, span

MEANINGS = {
    ServerState.REQUESTED: "It was asked for; the cloud has not begun to build it",
    ServerState.BUILDING: "The cloud builds it",
    ServerState.PREPARING: "It runs in the cloud; its set-up and the proof that it is ready are under way",
    ServerState.READY: "It has proved that it is ready, and waits in the pool",
    ServerState.LEASED: "It is lent and runs",
    ServerState.STOPPED: "It is shut down; its disk and its address are kept",
    ServerState.HEALING: "It is being mended",
    ServerState.MOVING: "It moves to another host",
    ServerState.RECLAIMING: "It is being deleted, with its address and its ports",
    ServerState.GONE: "It is deleted",
    ServerState.FAILED: "It failed and is kept for a while, so that somebody can look at it",
}
MOST_BEFORE = 3
"""Of those who are before a request so many are named."""


def explain(row: AnyRow, mirror: Mirror, here: Place | None = None) -> list[str]:
    """Sentences on a row of a list; see `because`."""
    if isinstance(row, PoolRow):
        return because(row.pool, mirror, here)
    if isinstance(row, EventRow):
        return because(row.event, mirror, here)
    return because(row.about if isinstance(row, LeaseRow) else row.server, mirror, here)


def because(record: Record, mirror: Mirror, here: Place | None = None) -> list[str]:
    """Sentences that say why it is as it is; an empty one, the last events; an empty one, the next step.

    `here` is the screen where its keys are pressed.
    """
    said, ids = _chain(record, mirror)
    events = mirror.events_of(*ids)
    heard = ["", *(f"{clock_time(one.at, mirror.now)}  {one.text}" for one in events)] if events else []
    step = next_step(record, mirror, here)
    return [*_stale(mirror), *said, *heard, "", f"Next: {step}"]


def _chain(record: Record, mirror: Mirror) -> tuple[list[str], tuple[str, ...]]:
    """The facts, and the ids whose events go with them."""
    if isinstance(record, Pool):
        return _pool(record, mirror), (record.id,)
    if isinstance(record, Server):
        return _server(record, mirror), (record.id,)
    if isinstance(record, Lease):
        return _lease(record, mirror), (record.id, record.server_id)
    if isinstance(record, Request):
        return _request(record, mirror), (record.id, record.pool)
    if isinstance(record, Operation):
        return _operation(record, mirror), (record.server_id, record.lease_id)
    if isinstance(record, Event):
        return _event(record, mirror), ()
    return [_said(f"{record.id} is as it is shown", "the engine")], (record.id,)


def _said(words: str, source: str) -> str:
    """A sentence with its source in brackets."""
    return f"{words.rstrip('.')} ({source})."


def _written(at: datetime | None, now: datetime) -> str:
    """The engine's own record, and how old what it says is."""
    return f"engine, {_age(at, now)}" if at else "engine"


def _age(at: datetime, now: datetime) -> str:
    return "just now" if at >= now else f"{span(now - at)} ago"


def _event_source(mirror: Mirror, kind: str, *ids: str) -> str:
    """The event that told of it, where it is still remembered."""
    event = next((one for one in mirror.events_of(*ids, limit=200) if one.kind == kind), None)
    return f"event {event.id.lstrip('0')}, {_age(event.at, mirror.now)}" if event else "engine"


def _cloud(mirror: Mirror) -> str:
    """The last list of servers, and its age."""
    listed = mirror.status.cloud.listed_at if mirror.status else None
    return f"cloud's list, {_age(listed, mirror.now)}" if listed else "cloud's list, not read yet"


def _stale(mirror: Mirror) -> list[str]:
    """What makes all that follows old."""
    said = []
    if mirror.away:
        since = f"last heard of {_age(mirror.status.now, mirror.now)}" if mirror.status else "never heard of"
        said.append(_said(f"The engine is away, so this may be old: {mirror.away}", since))
    status = mirror.status
    if status and not status.cloud.ok:
        since = f"engine, since {span(mirror.now - status.cloud.since)}" if status.cloud.since else "engine"
        said.append(_said(f"The cloud does not answer: {status.cloud.problem}", since))
    if status and status.frozen and status.frozen.since:
        frozen = f"Nothing is deleted or taken back: {status.frozen.reason}"
        said.append(_said(frozen, f"frozen by {status.frozen.by}, {_age(status.frozen.since, mirror.now)}"))
    return said


def _pool(pool: Pool, mirror: Mirror) -> list[str]:
    now = mirror.now
    row = next((one for one in pool_rows(mirror.tables) if one.id == pool.id), None)
    ready, used, building = (row.ready, row.used, row.building) if row else (0, 0, 0)
    counted = _written(mirror.status.now if mirror.status else None, now)
    said = [
        _said(f"{pool.id} is {pool_state(pool, ready, used, building)[0]}", "from what follows"),
        _said(f"{count(ready, 'server')} ready of {pool.available_now} wanted now", counted),
        _said(f"{count(used, 'server')} of at most {pool.limit_now} exist: {by_state(pool, mirror)}", counted),
    ]
    said += [_refill(one, mirror) for one in _builds(pool, mirror)]
    if pool.broken:
        source = _event_source(mirror, "pool.broken", pool.id)
        said.append(_said(f"Nothing can be built until somebody acts: {pool.broken}", source))
    if pool.paused:
        until = f"; it is tried again {both(pool.paused_until, now)}" if pool.paused_until else ""
        source = _event_source(mirror, "pool.paused", pool.id)
        said.append(_said(f"Nothing is built just now: {pool.paused.rstrip('.')}{until}", source))
    if mirror.status and mirror.status.reserve and not pool.retired:
        said.append(_said(of_pool(mirror.status.reserve, pool.id), counted))
    if pool.surge != 1:
        grown = f"Many requests came: {pool.available} wanted and {pool.limit} allowed are taken x{pool.surge:g}"
        said.append(_said(grown, _written(pool.surge_since, now)))
    if pool.failures:
        said.append(_said(f"The last {count(pool.failures, 'build')} failed", "engine, since the last that worked"))
    if pool.retired:
        said.append(_said("It is no longer in the settings; it goes when its last server has gone", "settings"))
    return said


def _builds(pool: Pool, mirror: Mirror) -> list[Operation]:
    """The operations that bring it servers."""
    own = {one.id for one in mirror.tables.all(Server) if one.pool == pool.id and not one.lease_id}
    return [one for one in mirror.running() if one.server_id in own and one.kind.value == "provision"]


def _refill(operation: Operation, mirror: Mirror) -> str:
    waits = f", waits for {operation.waiting_for}" if operation.waiting_for else ""
    words = f"Refill {operation.id} builds {operation.server_id}: step {operation.step}{waits}"
    return _said(words, f"engine, began {_age(operation.started, mirror.now)}")


def _server(server: Server, mirror: Mirror) -> list[str]:
    now = mirror.now
    said = [
        _said(f"{server.id} is {server_state(server)[0]}", _written(server.since, now)),
        _said(MEANINGS[server.state], "what this state means"),
    ]
    if server.failure:
        said.append(_said(f"What failed: {server.failure}", _written(server.since, now)))
    if ill := mirror.tables.get(Illness, server.id):
        said += [_said(words, source) for words, source in what_ails(ill, mirror.tables, now)]
    if server.missing_since:
        said.append(
            _said("The cloud's list does not show it", f"{_cloud(mirror)}; {_written(server.missing_since, now)}")
        )
    operation = mirror.operation_on(server.id)
    if operation:
        said += _operation(operation, mirror)
    if server.cloud_status:
        task = f", task {server.task_state}" if server.task_state else ""
        where = f", on host {server.host}" if server.host else ""
        said.append(_said(f"The cloud says: {server.cloud_status}{task}{where}", _cloud(mirror)))
    return said


def _operation(operation: Operation, mirror: Mirror) -> list[str]:
    now = mirror.now
    name = operation.kind.value.replace("_", " ")
    if operation.state in {OperationState.DONE, OperationState.FAILED}:
        outcome = f": {operation.outcome}" if operation.outcome else ""
        ended = f"{operation.id}, {name} of {operation.server_id}, is {operation.state.value}{outcome}"
        remedy = [_said(operation.remedy.rstrip("."), "engine")] if operation.remedy else []
        return [_said(ended, _written(operation.updated, now)), *remedy, *_cause(operation)]
    step = f"{operation.id}, {name} of {operation.server_id}, is at step {operation.step}"
    said = [_said(step, f"engine, began {_age(operation.started, now)}, last step {_age(operation.updated, now)}")]
    if operation.waiting_for:
        said.append(_said(f"It waits for {operation.waiting_for}", _written(operation.updated, now)))
    if operation.attempts:
        said.append(_said(f"This step was tried {count(operation.attempts, 'time')} in vain", "engine"))
    if operation.deadline:
        said.append(_said(f"It is given up {both(operation.deadline, now)}", "engine"))
    return [*said, *_cause(operation)]


def _cause(operation: Operation) -> list[str]:
    return [_said(f"It was begun because: {operation.reason}", f"by {operation.actor}")] if operation.reason else []


def _lease(lease: Lease, mirror: Mirror) -> list[str]:
    now = mirror.now
    over = "ended" if lease.end <= now else "ends"
    said = [_said(f"{lease.id} of {lease.owner} {over} {both(lease.end, now)}", _written(lease.start, now))]
    if lease.state is LeaseState.OVERDUE:
        said += _overdue(lease, now)
    if lease.end_reason:
        said.append(_said(f"It ends because: {lease.end_reason}", _written(lease.ended_at, now)))
    if lease.notified_of == lease.end and lease.notified_at:
        said.append(_said("Its owner was told of that", _written(lease.notified_at, now)))
    elif lease.warned:
        unproved = "Its owner was written to of that; nothing proves yet that it reached them"
        said.append(_said(unproved, _written(lease.warned_at, now)))
    if lease.postponed:
        said.append(_said(f"It is not taken back: {lease.postponed}", "engine"))
    if lease.matched:
        said.append(_said(f"This server was chosen because: {lease.matched}", _written(lease.start, now)))
    server = mirror.tables.get(Server, lease.server_id)
    if server is None:
        return [*said, _said(f"Its server {lease.server_id} is not known any more", "engine")]
    return [*said, *_server(server, mirror)]


def _overdue(lease: Lease, now: datetime) -> list[str]:
    kept = f"Its importance is {lease.importance}, so it is stopped and kept for a while instead of deleted"
    said = [_said(kept, "settings")]
    if lease.stopped_at:
        said.append(_said("Its server was seen stopped", _written(lease.stopped_at, now)))
    if lease.told_at:
        said.append(_said("Its owner was told that it is stopped", _written(lease.told_at, now)))
    if lease.grace_until:
        said.append(_said(f"It is reclaimed {both(lease.grace_until, now)}, unless it is renewed", "engine"))
    return said


def _request(request: Request, mirror: Mirror) -> list[str]:
    now = mirror.now
    if request.state is not RequestState.QUEUED:
        became = f", by {request.lease_id}" if request.lease_id else ""
        said = [
            _said(f"{request.id} of {request.owner} is {request.state.value}{became}", _written(request.decided, now))
        ]
        return [*said, *([_said(f"Because: {request.reason}", "engine")] if request.reason else [])]
    said = [_said(f"{request.id} of {request.owner} waits", _written(request.asked, now))]
    if request.position:
        said.append(_said(f"It is number {request.position} in the queue of {request.pool}", "engine"))
    if request.estimate is None:
        said.append(_said("When a server comes, nobody can tell", "engine"))
    else:
        said.append(_said(f"A server is expected {ago(now + request.estimate, now)}", "engine's estimate"))
    said += _those_before(request, mirror)
    if request.reason:
        said.append(_said(f"Because: {request.reason}", "engine"))
    pool = mirror.tables.get(Pool, request.pool)
    return [*said, *(_pool(pool, mirror) if pool else [_said(f"Pool {request.pool} is not known", "engine")])]


def _those_before(request: Request, mirror: Mirror) -> list[str]:
    if request.position <= 1:
        return []
    before = [
        one
        for one in mirror.tables.all(Request)
        if one.pool == request.pool and one.state is RequestState.QUEUED and 0 < one.position < request.position
    ]
    before.sort(key=lambda one: one.position)
    if not before:  # they are another's, and not shown
        return [_said(f"{count(request.position - 1, 'request')} of others are before it", "engine")]
    named = ", ".join(f"{one.id} of {one.owner}" for one in before[:MOST_BEFORE])
    more = f" and {request.position - 1 - len(before[:MOST_BEFORE])} more" if request.position - 1 > MOST_BEFORE else ""
    return [_said(f"Before it: {named}{more}", "engine")]


def _event(event: Event, mirror: Mirror) -> list[str]:
    now = mirror.now
    said = [
        _said(event.text, f"event {event.id.lstrip('0')}, {_age(event.at, now)}"),
        _said(f"It happened {both(event.at, now)}, by {event.actor}", event.origin or "engine"),
    ]
    if event.reason:
        said.append(_said(f"Because: {event.reason}", f"as {event.actor} said, or the rule that decided"))
    if event.result:
        said.append(_said(f"Result: {event.result}", "engine"))
    server = mirror.tables.get(Server, event.server_id)
    if server:
        said.append(_said(f"{server.id} is {server_state(server)[0]} now", _written(server.since, now)))
    return said + (event.detail.split("\n") if event.detail else [])
