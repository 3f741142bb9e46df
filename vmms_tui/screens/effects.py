"""What each change does, and whether it can be undone. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from vmms_tui.keys import address_of
from vmms_tui.model import commands as c
from vmms_tui.model.commands import AnyCommand
from vmms_tui.model.plans import host_named, lease_named, server_named
from vmms_tui.model.records import Lease, LeaseState, Operation, OperationKind, Request, Server
from vmms_tui.model.status import EngineStatus
from vmms_tui.model.steering import words
from vmms_tui.model.tables import Tables
from vmms_tui.screens import drainplans, hostplans, moveplans, steerplans
from vmms_tui.screens.effect import Effect
from vmms_tui.screens.healing import healing, healing_of_all
from vmms_tui.screens.wording import both, count, size, span

SHOWN = 1
"""Of more things than this the same effects stand in one line."""
NAMED = 6
"""Names in such a line."""


def merged(parts: Sequence[Sequence[Effect]]) -> tuple[Effect, ...]:
    """The effects of many things, each that is the same for several in one line."""
    every = [effect for part in parts for effect in part]
    if len(parts) <= SHOWN:
        return tuple(every)
    groups: dict[tuple[str, str], list[Effect]] = {}
    for effect in every:
        groups.setdefault((effect.verb or effect.what, effect.undone), []).append(effect)
    return tuple(_one_line(verb, undone, group) for (verb, undone), group in groups.items())


def _one_line(verb: str, undone: str, group: Sequence[Effect]) -> Effect:
    if len(group) == 1:
        return group[0]
    names = " ".join(effect.name for effect in group[:NAMED] if effect.name)
    more = f" and {len(group) - NAMED} more" if len(group) > NAMED else ""
    return Effect(f"{verb} {names}{more}  ({len(group)})", undone)


def name_of(command: AnyCommand, tables: Tables) -> str | None:
    """What a command is about, as a title names it; None: it is not there any more."""
    if isinstance(command, c.CancelRequest):
        return command.request_id if tables.get(Request, command.request_id) else None
    if isinstance(command, c.MigrateServer):
        server = server_named(command.server_id, tables)
        return server.id if server is not None else None
    if isinstance(command, c.SteerMoves):
        return steerplans.name(command, tables)
    if isinstance(command, c.HostCommand):
        return command.host if host_named(command.host, tables) else None
    if operation_id := getattr(command, "operation_id", ""):
        operation = tables.get(Operation, operation_id)
        return f"{operation.id}: {words(operation.kind)} of {operation.server_id}" if operation else None
    if lease_id := getattr(command, "lease_id", ""):
        lease = lease_named(lease_id, tables)
        return lease.server_id if lease else None
    return str(getattr(command, "need_id", ""))


def effects(
    command: AnyCommand, tables: Tables, now: datetime | None, status: EngineStatus | None = None
) -> tuple[Effect, ...]:
    """Everything that a command does. `now` None: no times are asked for."""
    if isinstance(command, c.Freeze | c.Thaw):
        return _standstill(command, tables, now, status)
    if isinstance(command, c.ReloadSettings):
        return (
            Effect("read the settings file again; what it says holds from then on", "in the file, then again"),
            Effect("with anything wrong in it, the settings in force stay", "-"),
        )
    if isinstance(command, c.Acknowledge | c.Unacknowledge):
        does = "see" if isinstance(command, c.Acknowledge) else "do not see"
        return (Effect(f"let everybody on call read that you {does} to {command.need_id}", "at any time"),)
    if isinstance(command, c.CancelRequest):
        request = tables.get(Request, command.request_id)
        place = f", place {request.position} in the queue" if request and request.position else ""
        return (Effect(f"take back {command.request_id}{place}", "ask anew, at the end"),)
    if isinstance(command, c.MigrateServer | c.HostCommand | c.HealAll | c.Rebalance | c.SteerMoves):
        return _of_many(command, tables)
    if operation := tables.get(Operation, getattr(command, "operation_id", "")):
        return _of_operation(command, operation, tables)
    lease = lease_named(getattr(command, "lease_id", ""), tables)
    if lease is None:
        return ()
    return _of_lease(command, lease, tables, now)


def _of_lease(command: AnyCommand, lease: Lease, tables: Tables, now: datetime | None) -> tuple[Effect, ...]:
    if isinstance(command, c.Release):
        return _release(lease, tables, now)
    if isinstance(command, c.Renew | c.Shorten):
        return _new_end(command, lease, now)
    if isinstance(command, c.HealServer):
        return healing(lease.server_id, tables)
    return _to_server(command, lease.server_id)


def _of_many(
    command: c.MigrateServer | c.HostCommand | c.HealAll | c.Rebalance | c.SteerMoves, tables: Tables
) -> tuple[Effect, ...]:
    if isinstance(command, c.HealAll):
        return healing_of_all(tables)
    if isinstance(command, c.Rebalance | c.SteerMoves | c.DrainHost | c.UndrainHost):
        return drainplans.effects(command, tables)
    if isinstance(command, c.HostCommand):
        return hostplans.effects(command, tables)
    return tuple(Effect(*said, command.server_id) for said in moveplans.effects(command, tables))


def _release(lease: Lease, tables: Tables, now: datetime | None) -> tuple[Effect, ...]:
    server = tables.get(Server, lease.server_id)
    left = lease.end - now if now else timedelta(0)
    early = f", {span(left)} before its end" if left > timedelta(0) else ""
    said = [Effect(f"end lease {lease.id}{early}", "in its first second only", "end", lease.id)]
    if server is not None:
        disk = size(server.vcpus, server.ram_mib, server.disk_gib)
        said.append(Effect(f"delete {server.id}  {disk}".rstrip(), "no: its disk is lost", "delete", server.id))
        if address := address_of(server):
            said.append(Effect(f"free the address {address}", "no, may be reused", "free the addresses", address))
    return tuple(said)


def _new_end(command: c.Renew | c.Shorten, lease: Lease, now: datetime | None) -> tuple[Effect, ...]:
    if now is None:
        return ()
    if isinstance(command, c.Renew):
        end, verb, undone = max(lease.end, now) + command.term, "renew", "take it off again"
    else:
        end, verb, undone = lease.end - command.term, "shorten", "renew it again"
    said = f"{lease.id} of {lease.server_id} would end {both(end, now)}"
    add = f"{verb} by {span(command.term)}:"
    start = [] if lease.grace_until is None else [Effect(f"start {lease.server_id} again", "stop it again")]
    return (Effect(f"{said}, not {both(lease.end, now)}", undone, add, lease.server_id), *start)


_TO_SERVER: dict[type[AnyCommand], tuple[tuple[str, str], ...]] = {
    c.StopServer: (
        ("shut {server} down: whoever works on it is cut off", "start it again"),
        ("keep its disk and its address", "-"),
        ("the lease goes on running and ends when it would", "-"),
    ),
    c.StartServer: (("start {server} again, on the same disk and address", "stop it again"),),
    c.RebootServer: (("shut {server} down in good order and start it: away for a minute", "no"),),
    c.ResetPassword: (
        ("make a new password for {server}; the one before stops working", "no"),
        ("show the new password here, this once", "-"),
    ),
    c.RebuildServer: (
        ("put the pool's image on {server} anew", "no"),
        ("everything on its disk is lost", "no"),
        ("keep its name, its address and its lease", "-"),
    ),
    c.RevealPassword: (
        ("show the first password of {server} on this screen", "no"),
        ("it is shown once; afterwards only a reset gives a new one", "-"),
    ),
}
_HARD = (("pull the plug of {server} and start it: what is not on disk is lost", "no"),)


def _to_server(command: AnyCommand, name: str) -> tuple[Effect, ...]:
    hard = isinstance(command, c.RebootServer) and command.hard
    table = _HARD if hard else _TO_SERVER.get(type(command), ())
    return tuple(
        Effect(what.replace("{server}", name), undone, what.replace(" {server}", ""), name) for what, undone in table
    )


def _standstill(
    command: c.Freeze | c.Thaw, tables: Tables, now: datetime | None, status: EngineStatus | None
) -> tuple[Effect, ...]:
    if isinstance(command, c.Freeze):
        return (
            Effect("stop, delete and take back nothing of the engine's own accord", "thaw"),
            Effect("what people ask for goes on", "-"),
            *([Effect(f"let everybody read on their screen: {command.reason}", "thaw")] if command.reason else []),
        )
    said = [Effect("let stopping, deleting and taking back go on", "freeze holds the rest")]
    gone, kept = past_the_end(tables, now, status)
    if gone or kept:
        said.append(Effect(f"{count(gone, 'lease')} past the end: taken back, with their servers", "no"))
        said.append(Effect(f"{count(kept, 'important one')} past the end: stopped, kept for a while", "start again"))
    return tuple(said)


def past_the_end(tables: Tables, now: datetime | None, status: EngineStatus | None) -> tuple[int, int]:
    """How many leases past their end are taken back once nothing stands still, and how many are stopped and kept."""
    active = (lease for lease in tables.all(Lease) if lease.state is LeaseState.ACTIVE)
    over = [lease for lease in active if now is not None and lease.end <= now]
    kept = sum(1 for lease in over if status and lease.importance >= status.importance_threshold)
    return len(over) - kept, kept


def _on(server: str, what: str, undone: str) -> Effect:
    """What happens to a server, `{}` in the sentence; several of the same kind stand in one line."""
    return Effect(what.replace("{}", server), undone, f"{what.replace(' {}', '')}:", server)


def _of_operation(command: AnyCommand, operation: Operation, tables: Tables) -> tuple[Effect, ...]:
    what, server = words(operation.kind), operation.server_id
    match command:
        case c.PauseOperation():
            step = f"step {operation.step}, if it is being done, ends first"
            return (
                _on(server, f"hold the {what} of {{}} before its next step", "resume it"),
                Effect(step, "-", "a step that is being done ends first:", server),
            )
        case c.ResumeOperation():
            goes = f"let the {what} of {server} go on at step {operation.step}"
            return (Effect(goes, "pause it", f"let the {what} go on:", server),)
        case c.RetryOperation():
            return _again(operation, tables)
        case c.ForceOperation():
            return moveplans.forced(operation)
    return _aborted(operation, tables)


def _aborted(operation: Operation, tables: Tables) -> tuple[Effect, ...]:
    what, server = words(operation.kind), operation.server_id
    if operation.kind is OperationKind.PROVISION:
        return (
            _on(server, "end the build of {} and delete what there is of it", "no"),
            Effect("its pool builds another server if it needs one", "-"),
        )
    if operation.kind is OperationKind.RECLAIM:
        lease = tables.get(Lease, operation.lease_id)
        owner = f" of {lease.owner}" if lease else ""
        return (
            _on(server, "keep {}, with its disk and its address", "release it again"),
            Effect(f"let lease {operation.lease_id}{owner} go on to its end", "release it again"),
        )
    if operation.kind is OperationKind.MOVE and operation.moving is not None:
        said = f"take the move of {server} back: it stays on {operation.moving.source}"
        off = [Effect("it is off until then", "-")] if operation.args.get("cold") == "yes" else []
        return (Effect(said, "move it again"), *off)
    kept = {
        OperationKind.HAND_OVER: "the lease goes on; its marks or its owner's key may be missing",
        OperationKind.RESET_PASSWORD: "the old password stays, and nobody can be shown it",
    }
    return (
        _on(server, f"do not {what} {{}}; nothing of it has been asked yet", "try it again"),
        Effect(kept.get(operation.kind, "the lease and the server stay as they are"), "-"),
    )


def _again(operation: Operation, tables: Tables) -> tuple[Effect, ...]:
    what, server = words(operation.kind), operation.server_id
    if operation.kind is OperationKind.PROVISION:
        on = tables.get(Server, server)
        pool = f"pool {on.pool}" if on else "its pool"
        return (
            _on(server, "delete {}, which was kept to be looked at", "no"),
            Effect(f"{pool} builds again at once, also if it was paused", "-"),
        )
    lost = {
        OperationKind.REBUILD: _on(server, "everything on the disk of {} is lost", "no: its disk is lost"),
        OperationKind.RECLAIM: Effect(f"delete {server}", "no: its disk is lost", "delete", server),
    }
    begun = _on(server, f"begin the {what} of {{}} anew, from its first step", "in its first step only")
    return (begun, *([lost[operation.kind]] if operation.kind in lost else []))
