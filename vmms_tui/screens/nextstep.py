"""What a person can do next about one thing, with its key or command. Pure."""

from datetime import timedelta

from vmms_tui.model.healing import Illness
from vmms_tui.model.records import (
    Event,
    Lease,
    LeaseState,
    Level,
    Operation,
    OperationState,
    Pool,
    Record,
    Request,
    RequestState,
    Server,
    ServerState,
)
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.wording import short_term, span

SOON = timedelta(hours=2)
"""A lease that ends within this wants an answer."""
NOTHING = "nothing has to be done."


def next_step(record: Record, mirror: Mirror) -> str:
    """A short sentence in lower case: what to do, and with what."""
    if mirror.away:
        return "wait until the engine is back; the screen comes back by itself."
    if isinstance(record, Pool):
        return _pool(record, mirror)
    if isinstance(record, Server):
        return _server(record, mirror)
    if isinstance(record, Lease):
        return _lease(record, mirror)
    if isinstance(record, Request):
        return _request(record)
    if isinstance(record, Operation):
        return _operation(record)
    if isinstance(record, Event):
        return _event(record, mirror)
    return NOTHING


def _pool(pool: Pool, mirror: Mirror) -> str:
    if pool.broken:
        return "mend what it names in the cloud or in the settings, then `vmms reload`; it is looked at every 30 s."
    if pool.paused:
        then = f"; it tries again in {span(pool.paused_until - mirror.now)}" if pool.paused_until else ""
        return f"give the project more room, or release leases (3, then D){then}."
    if pool.retired:
        return "nothing, or release its leases (3, then D) to let it go."
    ready = sum(1 for one in mirror.tables.all(Server) if one.pool == pool.id and one.state is ServerState.READY)
    if ready:
        return "n asks for a server: `vmms request`."
    return "n asks for a server and waits in the queue; enter shows what is being built."


def _decides(server: Server, mirror: Mirror) -> str:
    """Where a person must decide what is done to a server that does not work; empty: nobody need."""
    ill = mirror.tables.get(Illness, server.id)
    if ill is None or not ill.asks or ill.well_since is not None:
        return ""
    what = f"lets a {ill.then.words} be done" if ill.then else "lets its ladder begin anew"
    return f"an operator {what}: 3, then S e, or `vmms heal {server.id}`."


def _server(server: Server, mirror: Mirror) -> str:
    if decides := _decides(server, mirror):
        return decides
    if server.state is ServerState.FAILED:
        return f"l shows its console (`vmms log {server.id}`); it is deleted and replaced by itself."
    if server.missing_since:
        return "r reads the list again; if it was deleted by hand, release its lease (3, then D)."
    if server.state is ServerState.STOPPED:
        return f"S t starts it: `vmms start {server.lease_id or server.id}`."
    if server.state is ServerState.READY:
        return "n asks for a server: `vmms request`."
    if server.state is ServerState.LEASED:
        lease = mirror.tables.get(Lease, server.lease_id)
        return _lease(lease, mirror) if lease else NOTHING
    if mirror.operation_on(server.id):
        return f"wait; l shows how far it is (`vmms log {server.id}`)."
    return NOTHING


def _lease(lease: Lease, mirror: Mirror) -> str:
    left = lease.end - mirror.now
    if lease.state in {LeaseState.ENDING, LeaseState.ENDED}:
        return "n asks for a new server: `vmms request`."
    pool = mirror.tables.get(Pool, lease.pool)
    renew = f"`vmms renew {lease.id} {short_term(pool.default_term) if pool else '8h'}`"
    server = mirror.tables.get(Server, lease.server_id)
    if lease.state is LeaseState.OVERDUE:
        return f"+ renews it and starts its server: {renew}."
    if server is not None and (decides := _decides(server, mirror)):
        return decides
    if server is not None and server.state is ServerState.FAILED:
        return f"l shows its console; D releases it (`vmms release {lease.id}`), then n asks for another server."
    if left < SOON:
        return f"+ renews it: {renew}."
    if server is not None and server.state is ServerState.STOPPED:
        return f"S t starts its server: `vmms start {lease.id}`."
    return f"s logs in: `vmms ssh {lease.id}`."


def _request(request: Request) -> str:
    if request.state is RequestState.QUEUED:
        return f"wait, or D takes it back: `vmms cancel {request.id}`."
    if request.state is RequestState.GRANTED:
        return f"s on its lease logs in: `vmms ssh {request.lease_id}`."
    return "n asks anew, with what the reason allows: `vmms request`."


def _operation(operation: Operation) -> str:
    if operation.state is OperationState.FAILED:
        return f"l shows the console of {operation.server_id}: `vmms log {operation.server_id}`."
    if operation.state is OperationState.DONE:
        return NOTHING
    return f"wait; the engine goes on by itself. `vmms show {operation.id}` has all of it."


def _event(event: Event, mirror: Mirror) -> str:
    if event.level is Level.INFO:
        return NOTHING
    for kind, name in ((Lease, event.lease_id), (Server, event.server_id), (Pool, event.pool)):
        record = mirror.tables.get(kind, name) if name else None
        if record is not None:
            return f"look at {name} (`vmms show {name}`): {next_step(record, mirror)}"
    return "look at what else happened then: e, or `vmms events`."
