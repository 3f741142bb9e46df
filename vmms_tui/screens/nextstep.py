"""What a person can do next about one thing, with its key or command. Pure."""

from datetime import timedelta

from vmms_tui.keys import Act, Place, press
from vmms_tui.keys.leases import Release, Renew, RequestServer
from vmms_tui.keys.lists import Refresh
from vmms_tui.keys.menus import HealServer, StartServer
from vmms_tui.keys.pools import OpenPool
from vmms_tui.keys.rows import Log, Ssh, Users
from vmms_tui.keys.saying import command_of, keys_to, typed
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


def next_step(record: Record, mirror: Mirror, here: Place | None = None) -> str:
    """A short sentence in lower case: what to do, and with what. `here` is the screen where the keys are pressed."""
    if mirror.away:
        return "wait until the engine is back; the screen comes back by itself."
    if isinstance(record, Pool):
        return _pool(record, mirror, here or Place.POOLS)
    if isinstance(record, Server):
        return _server(record, mirror, here or Place.SERVERS)
    if isinstance(record, Lease):
        return _lease(record, mirror, here or Place.LEASES)
    if isinstance(record, Request):
        return _request(record, here or Place.LEASES)
    if isinstance(record, Operation):
        return _operation(record, here or Place.OPS)
    if isinstance(record, Event):
        return _event(record, mirror, here or Place.EVENTS)
    return NOTHING


def _on_its_lease(act: type[Act], here: Place) -> str:
    """What to press for something that is done to the lease of what is under the cursor."""
    if here is Place.LEASES:
        return press(act, here)
    first, then = keys_to(Users, here), keys_to(act, Place.LEASES)
    return f"{first}, then {then}" if first and then else typed(command_of(act), here)


def _pool(pool: Pool, mirror: Mirror, here: Place) -> str:
    if pool.broken:
        return "mend what it names in the cloud or in the settings, then `vmms reload`; it is looked at every 30 s."
    if pool.paused:
        then = f"; it tries again in {span(pool.paused_until - mirror.now)}" if pool.paused_until else ""
        return f"give the project more room, or release leases ({press(Release, here)}){then}."
    if pool.retired:
        return f"nothing, or release its leases ({press(Release, here)}) to let it go."
    asks = f"{press(RequestServer, here)} asks for a server"
    ready = sum(1 for one in mirror.tables.all(Server) if one.pool == pool.id and one.state is ServerState.READY)
    if ready:
        return f"{asks}: `vmms request`."
    return f"{asks} and waits in the queue; {press(OpenPool, here)} shows what is being built."


def _decides(server: Server, mirror: Mirror, here: Place) -> str:
    """Where a person must decide what is done to a server that does not work; empty: nobody need."""
    ill = mirror.tables.get(Illness, server.id)
    if ill is None or not ill.asks or ill.well_since is not None:
        return ""
    what = f"lets a {ill.then.words} be done" if ill.then else "lets its ladder begin anew"
    return f"an operator {what}: {press(HealServer, here)}, or `vmms heal {server.id}`."


def _server(server: Server, mirror: Mirror, here: Place) -> str:
    if decides := _decides(server, mirror, here):
        return decides
    log = press(Log, here)
    if server.state is ServerState.FAILED:
        return f"{log} shows its console (`vmms log {server.id}`); it is deleted and replaced by itself."
    if server.missing_since:
        release = _on_its_lease(Release, here)
        return f"{press(Refresh, here)} reads the list again; if it was deleted by hand, release its lease ({release})."
    if server.state is ServerState.STOPPED:
        return f"{_on_its_lease(StartServer, here)} starts it: `vmms start {server.lease_id or server.id}`."
    if server.state is ServerState.READY:
        return f"{press(RequestServer, here)} asks for a server: `vmms request`."
    if server.state is ServerState.LEASED:
        lease = mirror.tables.get(Lease, server.lease_id)
        return _lease(lease, mirror, here) if lease else NOTHING
    if mirror.operation_on(server.id):
        return f"wait; {log} shows how far it is (`vmms log {server.id}`)."
    return NOTHING


def _lease(lease: Lease, mirror: Mirror, here: Place) -> str:
    left = lease.end - mirror.now
    request = press(RequestServer, here)
    if lease.state in {LeaseState.ENDING, LeaseState.ENDED}:
        return f"{request} asks for a new server: `vmms request`."
    pool = mirror.tables.get(Pool, lease.pool)
    command = f"`vmms renew {lease.id} {short_term(pool.default_term) if pool else '8h'}`"
    renew = _on_its_lease(Renew, here)
    server = mirror.tables.get(Server, lease.server_id)
    if lease.state is LeaseState.OVERDUE:
        return f"{renew} renews it and starts its server: {command}."
    if server is not None and (decides := _decides(server, mirror, here)):
        return decides
    if server is not None and server.state is ServerState.FAILED:
        release = f"{_on_its_lease(Release, here)} releases it (`vmms release {lease.id}`)"
        return f"{press(Log, here)} shows its console; {release}, then {request} asks for another server."
    if left < SOON:
        return f"{renew} renews it: {command}."
    if server is not None and server.state is ServerState.STOPPED:
        return f"{_on_its_lease(StartServer, here)} starts its server: `vmms start {lease.id}`."
    return f"{press(Ssh, here)} logs in: `vmms ssh {lease.id}`."


def _request(request: Request, here: Place) -> str:
    if request.state is RequestState.QUEUED:
        return f"wait, or {press(Release, here)} takes it back: `vmms cancel {request.id}`."
    if request.state is RequestState.GRANTED:
        return f"{press(Ssh, here)} on its lease logs in: `vmms ssh {request.lease_id}`."
    return f"{press(RequestServer, here)} asks anew, with what the reason allows: `vmms request`."


def _operation(operation: Operation, here: Place) -> str:
    if operation.state is OperationState.FAILED:
        return f"{press(Log, here)} shows the console of {operation.server_id}: `vmms log {operation.server_id}`."
    if operation.state is OperationState.DONE:
        return NOTHING
    return f"wait; the engine goes on by itself. `vmms show {operation.id}` has all of it."


def _event(event: Event, mirror: Mirror, here: Place) -> str:
    if event.level is Level.INFO:
        return NOTHING
    for kind, name in ((Lease, event.lease_id), (Server, event.server_id), (Pool, event.pool)):
        record = mirror.tables.get(kind, name) if name else None
        if record is not None:
            return f"look at {name} (`vmms show {name}`): {next_step(record, mirror, here)}"
    return "look at what else happened then: `vmms events`."
