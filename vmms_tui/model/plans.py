"""What a plan was made from, and its id: the same on a screen, in a command and in the engine. Pure.

A plan's id is made from what is to be done and from how its objects are: states, ends, owners, addresses. Before the
engine carries a plan out it makes the id anew from what it knows then. The first part of an id tells whether anything
changed; each letter after it stands for one fact, so that a sentence can name what did.
"""

import hashlib
from collections.abc import Sequence

import msgspec

from vmms_tui.model.commands import (
    AbortOperation,
    AnyCommand,
    CancelRequest,
    DrainHost,
    EvacuateHost,
    ForceOperation,
    HealAll,
    HealServer,
    HostCommand,
    MigrateServer,
    Planned,
    Rebalance,
    RetryOperation,
    SteerMoves,
    UndrainHost,
)
from vmms_tui.model.draining import Errand, MoveQueue, Phase, moved_away, queue_id
from vmms_tui.model.healing import INCIDENT, Illness, Incident
from vmms_tui.model.moving import Question, checks
from vmms_tui.model.progress import is_live
from vmms_tui.model.rebalancing import Balance, Wish, balance
from vmms_tui.model.records import (
    Lease,
    LeaseState,
    Operation,
    OperationKind,
    OperationState,
    Request,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.surroundings import Host, Kind, Survey
from vmms_tui.model.ties import ties_of
from vmms_tui.model.world import World

LENGTH = 8
"""Letters of a digest."""
_START = "p-"
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"

Facts = dict[str, str]
"""What a plan was made from: the fact as a sentence names it, and how it is."""


def lease_named(name: str, world: World) -> Lease | None:
    """A lease by its own id or by its server's."""
    lease = world.get(Lease, name)
    if lease is not None:
        return lease
    server = world.get(Server, name)
    return world.get(Lease, server.lease_id) if server is not None and server.lease_id else None


def host_named(name: str, world: World) -> Host | None:
    """A compute host by its name."""
    return next((host for host in world.all(Host) if host.name == name), None)


def facts(command: Planned, world: World) -> Facts:
    """How the objects of a command are."""
    if isinstance(command, HostCommand):
        return _of_host(host_named(command.host, world)) | _of_what_is_there(command, world)
    if isinstance(command, SteerMoves):
        return _of_queue(world.get(MoveQueue, command.queue))
    if isinstance(command, HealAll):
        return _of_incident(world.get(Incident, INCIDENT))
    if isinstance(command, Rebalance):
        return _of_rebalance(command, world)
    if isinstance(command, CancelRequest):
        return _of_request(world.get(Request, command.request_id))
    if isinstance(command, MigrateServer):
        return _of_move(command, world)
    if operation_id := getattr(command, "operation_id", ""):
        operation = world.get(Operation, operation_id)
        return _of_operation(command, operation) if operation else {"that there is such an operation": "no"}
    lease = lease_named(getattr(command, "lease_id", ""), world)
    if lease is None:
        return {"that there is such a lease": "no"}
    return _of_lease(lease, world) | (_of_illness(lease, world) if isinstance(command, HealServer) else {})


def _of_illness(lease: Lease, world: World) -> Facts:
    ill = world.get(Illness, lease.server_id)
    if ill is None:
        return {"whether its server works": "yes"}
    return {
        "whether its server works": "no" if ill.well_since is None else "yes",
        "what comes next on its ladder": f"{ill.then} after {ill.rung} {ill.tries}",
    }


def _of_request(request: Request | None) -> Facts:
    if request is None:
        return {"that there is such a request": "no"}
    return {"the state of the request": request.state, "its owner": request.owner, "its purpose": request.purpose}


def _of_host(host: Host | None) -> Facts:
    if host is None:
        return {"that there is such a host": "no"}
    return {
        "whether the host is up": host.state,
        "whether new servers may come": host.status,
        "the reason why not": host.disabled_reason,
        "whether somebody said that it is down": "yes" if host.forced_down else "no",
    }


def _of_what_is_there(command: HostCommand, world: World) -> Facts:
    """Whose servers it is about. A drain that goes on has them change under it: there its own state counts."""
    drain = world.get(MoveQueue, queue_id(Errand.DRAIN, command.host))
    if isinstance(command, UndrainHost):
        away = moved_away(drain) if command.bring_back else ()
        return {"what comes back": " ".join(f"{one.server_id}:{one.to}" for one in away)}
    if isinstance(command, DrainHost) and drain is not None and drain.open:
        return _of_queue(drain)
    if not isinstance(command, DrainHost | EvacuateHost):
        return {}
    there = [one for one in world.all(Server) if one.host == command.host and one.lease_id]
    whose = ((one, world.get(Lease, one.lease_id)) for one in there if one.state is not ServerState.GONE)
    said = sorted(f"{one.id}:{lease.owner}:{lease.importance}" if lease else one.id for one, lease in whose)
    return {"whose servers are there": " ".join(said)}


def _of_queue(queue: MoveQueue | None) -> Facts:
    if queue is None or not queue.open:
        return {"that these moves are under way": "no"}
    paused = "yes" if queue.phase is Phase.PAUSED else "no"
    return {"whether the moves are paused": paused, "how many move at a time": str(queue.limit)}


def _of_incident(incident: Incident | None) -> Facts:
    if incident is None:
        return {"that many are ill at once": "no"}
    return {"since when many are ill at once": str(incident.since), "who let them go on": incident.passed_by}


def balance_of(command: Rebalance, world: World) -> Balance:
    """The moves that would even the load. How long ago a move was is counted from the last reading of the hosts."""
    survey = world.get(Survey, Kind.HOSTS)
    since = survey.read_at - command.hold if survey is not None and survey.read_at is not None else None
    operations = list(world.all(Operation))
    moved = {
        one.server_id
        for one in operations
        if one.kind in _MOVES and one.state is OperationState.DONE and since is not None and one.updated > since
    }
    wish = Wish(
        threshold=command.threshold,
        margin=command.margin,
        most=command.most,
        important_from=11 if command.important else command.important_from,
    )
    leases = {one.server_id: one for one in world.all(Lease) if one.state is not LeaseState.ENDED}
    work = {one.server_id: one for one in operations if is_live(one)}
    return balance(world.all(Host), world.all(Server), leases, work, moved, wish, lambda one: ties_of(one, world))


_MOVES = frozenset({OperationKind.MOVE, OperationKind.EVACUATE})


def _of_rebalance(command: Rebalance, world: World) -> Facts:
    found, old = balance_of(command, world), world.get(MoveQueue, queue_id(Errand.REBALANCE))
    return {
        "which moves it makes": " ".join(f"{one.server_id}:{one.source}:{one.to}" for one in found.shifts),
        "whether it goes on already": "yes" if old is not None and old.open else "no",
    }


def _of_lease(lease: Lease, world: World) -> Facts:
    said = {
        "the state of the lease": lease.state.value,
        "its end": lease.end.isoformat(),
        "its owner": lease.owner,
        "its importance": str(lease.importance),
        "its note": lease.note,
        "its server": lease.server_id,
    }
    server = world.get(Server, lease.server_id)
    if server is not None:
        said["the state of the server"] = server.state.value
        said["its address"] = server.floating_ip or server.address
        said["whether the cloud has it"] = "yes" if server.missing_since is None else "no"
    return said


def server_named(name: str, world: World) -> Server | None:
    """A server by its own id or by its lease's."""
    lease = world.get(Lease, name)
    return world.get(Server, lease.server_id if lease is not None else name)


def move_asked(command: MigrateServer, world: World) -> Question | None:
    """What a move is judged by; None: there is no such server."""
    server = server_named(command.server_id, world)
    if server is None:
        return None
    hosts, survey = tuple(world.all(Host)), world.get(Survey, Kind.HOSTS)
    live = (one for one in world.all(Operation) if one.server_id == server.id and is_live(one))
    return Question(
        server=server,
        hosts=hosts,
        host=command.host,
        cold=command.cold,
        lease=world.get(Lease, server.lease_id) if server.lease_id else None,
        work=next(live, None),
        ties=ties_of(server, world),
        unread=survey.problem if survey is not None else "",
    )


def _of_move(command: MigrateServer, world: World) -> Facts:
    asked = move_asked(command, world)
    if asked is None:
        return {"that there is such a server": "no"}
    server, lease = asked.server, asked.lease
    return {
        "the state of the server": server.state.value,
        "what the cloud says of it": f"{server.cloud_status} {server.task_state}",
        "its host": server.host,
        "whose it is": f"{lease.owner} {lease.importance}" if lease is not None else "",
        "what speaks against it": " ".join(f"{one.name}:{one.grade}" for one in checks(asked)),
    }


def _of_operation(command: Planned, operation: Operation) -> Facts:
    said = {
        "what the operation does": f"{operation.kind} {operation.server_id} {operation.lease_id}",
        "whether it has ended": "no" if is_live(operation) else operation.state.value,
        "whether it is paused": operation.paused_by,
    }
    if isinstance(command, AbortOperation) and operation.kind is not OperationKind.PROVISION:
        said["its step"] = operation.step
    if isinstance(command, ForceOperation):
        moving = operation.moving
        said["its step"] = operation.step
        said["whether it is forced or taken back"] = f"{moving.forced_by} {moving.ending}" if moving is not None else ""
    if isinstance(command, RetryOperation):
        said["whether it was tried again"] = operation.retried_as
    return said


def named_alike(command: Planned, world: World) -> Planned:
    """The command without its plan, and with the lease's own id, however it was named."""
    bare = changed(command, plan="")
    if isinstance(bare, MigrateServer):
        server = server_named(bare.server_id, world)
        return changed(bare, server_id=server.id) if server is not None else bare
    lease = lease_named(getattr(command, "lease_id", ""), world)
    return changed(bare, lease_id=lease.id) if lease is not None else bare


def plan_id(command: Planned, world: World) -> str:
    """The id of the plan for one command, from the world as it is."""
    known = facts(command, world)
    strong = _digest([msgspec.json.encode(named_alike(command, world)).decode(), *known, *known.values()])[:LENGTH]
    return f"{_START}{strong}-{''.join(map(_letter, known.values()))}"


def bulk_id(ids: Sequence[str]) -> str:
    """The id of a plan of several commands, from their own; of one command it is that one's."""
    return ids[0] if len(ids) == 1 else f"{_START}{_digest(sorted(ids))[:LENGTH]}"


def planned(command: AnyCommand, world: World) -> AnyCommand:
    """The command with the id of its plan, if it is one that can be planned."""
    return changed(command, plan=plan_id(command, world)) if isinstance(command, Planned) else command


def differences(old: str, command: Planned, world: World) -> list[str]:
    """What is not as it was when the plan with the id `old` was made, as far as the id tells; empty: nobody knows."""
    _, _, letters = old.removeprefix(_START).partition("-")
    known = facts(command, world)
    if len(letters) != len(known):
        return []
    return [name for (name, one), letter in zip(known.items(), letters, strict=True) if _letter(one) != letter]


def _letter(text: str) -> str:
    """Another one for most other texts."""
    return _LETTERS[int(_digest([text]), 16) % len(_LETTERS)]


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256(msgspec.json.encode(list(texts))).hexdigest()
