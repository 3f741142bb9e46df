"""What is looked at before a change is done: what is well, what warns, and what forbids it. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from vmms_tui.keys.menus import doing
from vmms_tui.model import commands as c
from vmms_tui.model.commands import AnyCommand
from vmms_tui.model.errors import Refused
from vmms_tui.model.healing import INCIDENT, Illness, Incident
from vmms_tui.model.people import Caller
from vmms_tui.model.plans import lease_named
from vmms_tui.model.records import (
    Lease,
    LeaseState,
    Operation,
    Pool,
    Request,
    RequestState,
    Server,
    ServerState,
)
from vmms_tui.model.steering import hinders, no_abort, no_force, no_pause, no_resume, no_retry, words
from vmms_tui.model.tables import Tables
from vmms_tui.screens import drainplans, hostplans, moveplans
from vmms_tui.screens.check import BLOCK as BLOCK
from vmms_tui.screens.check import OK as OK
from vmms_tui.screens.check import WARN as WARN
from vmms_tui.screens.check import Check as Check
from vmms_tui.screens.check import Scene as Scene
from vmms_tui.screens.check import for_operators
from vmms_tui.screens.check import in_order as in_order
from vmms_tui.screens.healing import no_heal
from vmms_tui.screens.wording import both, short_term, span

FEW = 6
"""So many checks of one kind are said one by one."""
NAMED = 4
"""Of more, so many are named."""
LEAST_LEFT = timedelta(minutes=5)
"""What a lease keeps whose end is set back; the engine says the same."""
LATELY = timedelta(minutes=10)
"""Who changed something so recently is told of."""


def folded(found: Sequence[Check]) -> tuple[Check, ...]:
    """In the same order; what is so of many things is said once, with how many they are and some of their names."""
    groups: dict[tuple[str, str, str], list[Check]] = {}
    for check in found:
        groups.setdefault(_kind(check), []).append(check)
    together = {kind: _together(groups[kind]) for kind in groups if kind[1] and len(groups[kind]) > FEW}
    return tuple(dict.fromkeys(together.get(_kind(check), check) for check in found))


def _kind(check: Check) -> tuple[str, str, str]:
    return check.mark, check.many, check.remedy


def _together(group: Sequence[Check]) -> Check:
    names = [one.name for one in sorted(group, key=lambda one: -one.weight)[:NAMED]]
    rest = len(group) - len(names)
    text = f"{len(group):,} {group[0].many}: {', '.join(names)}{f' and {rest:,} more' if rest else ''}."
    return Check(group[0].mark, text, group[0].remedy)


def _blocks(objection: Refused | None, well: str) -> Check:
    return Check(OK, well) if objection is None else Check(BLOCK, objection.message, objection.remedy)


def checks(command: AnyCommand, scene: Scene) -> tuple[Check, ...]:
    """Everything that is looked at for one command."""
    tables, you = scene.tables, scene.you
    if isinstance(command, c.CancelRequest):
        return _of_request(tables.get(Request, command.request_id), you)
    if isinstance(command, c.MigrateServer):
        return tuple(Check(*said) for said in moveplans.looked_at(command, tables, you))
    if isinstance(command, c.DrainHost | c.UndrainHost | c.Rebalance | c.SteerMoves):
        return (for_operators(you), *drainplans.looked_at(command, scene))
    if isinstance(command, c.HostCommand):
        return tuple(hostplans.checks(command, scene))
    if operation := tables.get(Operation, getattr(command, "operation_id", "")):
        return tuple(_of_operation(command, operation, scene))
    if isinstance(command, c.HealAll):
        return tuple(_of_incident(scene))
    lease = lease_named(getattr(command, "lease_id", ""), tables)
    if lease is None:
        return (*_of_all(command, scene), for_operators(you))
    return tuple(_of_lease(command, lease, scene))


def _of_incident(scene: Scene) -> Iterable[Check]:
    yield for_operators(scene.you)
    incident = scene.tables.get(Incident, INCIDENT)
    if incident is None:
        yield Check(BLOCK, "There is no incident: each ladder goes its way.")
    elif incident.passed_by:
        yield Check(BLOCK, f"{incident.passed_by} has let all ladders go on already.")
    else:
        yield Check(WARN, f"{incident.words}: that has one cause.")


def _of_all(command: AnyCommand, scene: Scene) -> tuple[Check, ...]:
    """Of what is about nothing single."""
    if scene.status is None:
        return ()
    guard = scene.status.frozen
    since = f" since {both(guard.since, scene.now)}" if guard is not None and guard.since else ""
    if isinstance(command, c.Thaw):
        return (Check(WARN, f"It is frozen{since}: {guard.reason}") if guard else Check(BLOCK, "Nothing is frozen."),)
    if isinstance(command, c.Freeze):
        return (*_reason(command), *([Check(BLOCK, f"It is frozen{since} already: {guard.reason}")] if guard else []))
    if isinstance(command, c.ReloadSettings):
        return tuple(
            Check(WARN, f"The settings were wrong when last read: {one}") for one in scene.status.settings_problems
        )
    return ()


def _reason(command: c.Freeze) -> tuple[Check, ...]:
    long = len(command.reason)
    if long <= c.LONGEST_REASON:
        return ()
    return (Check(BLOCK, f"The reason has {long} characters.", f"{c.LONGEST_REASON} are kept."),)


def _of_request(request: Request | None, you: Caller) -> tuple[Check, ...]:
    if request is None:
        return ()
    if request.state is not RequestState.QUEUED:
        return (Check(BLOCK, f"{request.id} is {request.state} already.", "Look at Leases for what came of it."),)
    return (_whose(request.id, request.owner, you), Check(OK, "still in the queue"))


def _whose(name: str, owner: str, you: Caller) -> Check:
    if owner == you.name:
        return Check(OK, "what is changed is yours")
    said, many, of = (
        f"{name} is {owner}'s, not yours ({you.name}).",
        f"are not yours ({you.name})",
        f"{name} of {owner}",
    )
    if you.operator:
        return Check(WARN, said, many=many, name=of)
    return Check(BLOCK, said, f"Ask {owner}, or an operator.", many=many, name=of)


# Leases


def _of_lease(command: AnyCommand, lease: Lease, scene: Scene) -> Iterable[Check]:
    tables, you, now = scene.tables, scene.you, scene.now
    server = tables.get(Server, lease.server_id)
    if isinstance(command, c.RevealPassword):
        yield _to_be_shown(lease, you)
        return
    yield _whose(lease.server_id, lease.owner, you)
    if lease.state in {LeaseState.ENDING, LeaseState.ENDED}:
        yield Check(BLOCK, f"Lease {lease.id} is over.", "Ask for a new server.")
    if isinstance(command, c.Renew | c.Shorten):
        yield _new_end(command, lease, tables, now)
        return
    if lease.importance:
        note = f": “{lease.note}”" if lease.note else ""
        yield Check(
            WARN,
            f"{lease.server_id} has importance {lease.importance} of 10{note}.",
            many="have an importance above 0",
            name=f"{lease.server_id} {lease.importance} of 10",
            weight=lease.importance,
        )
    if server is None:
        yield Check(WARN, f"{lease.server_id} is not known any more.")
        return
    yield from _of_server(command, lease, server, now)
    if isinstance(command, c.HealServer):
        yield from _to_be_healed(server, scene)
    yield _at_work(command, server, scene)


def _to_be_shown(lease: Lease, you: Caller) -> Check:
    if lease.owner == you.name:
        return Check(OK, "it is yours to read")
    return Check(BLOCK, f"Only {lease.owner} may read the password of {lease.server_id}.", "Reset it instead.")


def _new_end(command: c.Renew | c.Shorten, lease: Lease, tables: Tables, now: datetime) -> Check:
    if isinstance(command, c.Shorten):
        end = lease.end - command.term
        if end < now + LEAST_LEFT:
            said = f"{lease.id} would end less than {span(LEAST_LEFT)} from now, or has."
            return Check(BLOCK, said, "Take less off, or release it.")
        return Check(OK, "its owner can still be told of that end")
    end, pool = max(lease.end, now) + command.term, tables.get(Pool, lease.pool)
    if pool is None:
        return Check(WARN, f"Pool {lease.pool} is not known any more: nobody knows how long it lends.")
    if end > now + pool.longest_term:
        said = f"{pool.id} lends at most {short_term(pool.longest_term)} ahead: {lease.id} cannot end so late."
        return Check(BLOCK, said, "Add less time.", many="cannot end so late", name=lease.id)
    if end > lease.start + pool.total_term:
        said = f"{pool.id} lends at most {short_term(pool.total_term)} in all: {lease.id} cannot end so late."
        return Check(BLOCK, said, "Add less time, or ask for a new server.", many="cannot end so late", name=lease.id)
    return Check(OK, f"{pool.id} lends so long")


_NEEDS: dict[type[AnyCommand], tuple[frozenset[ServerState], str]] = {
    c.StopServer: (frozenset({ServerState.LEASED}), "It is stopped already, or wait until it runs."),
    c.StartServer: (frozenset({ServerState.STOPPED}), "It runs already, or wait until it is stopped."),
    c.RebootServer: (frozenset({ServerState.LEASED}), "Start it first."),
    c.ResetPassword: (frozenset({ServerState.LEASED}), "Start it first."),
    c.RebuildServer: (frozenset({ServerState.LEASED, ServerState.STOPPED}), "Wait until it runs or is stopped."),
}


def _of_server(command: AnyCommand, lease: Lease, server: Server, now: datetime) -> Iterable[Check]:
    if server.missing_since:
        yield Check(WARN, f"The cloud's list does not show {server.id} since {both(server.missing_since, now)}.")
    states, remedy = _NEEDS.get(type(command), (frozenset(ServerState), ""))
    if server.state not in states:
        yield Check(BLOCK, f"{server.id} {doing(server.state)} now.", remedy)
    elif lease.state is LeaseState.OVERDUE and type(command) in _NEEDS:
        yield Check(BLOCK, f"Lease {lease.id} is over and {server.id} is kept stopped.", "Renew the lease first.")


def _to_be_healed(server: Server, scene: Scene) -> Iterable[Check]:
    if not scene.you.operator:
        yield for_operators(scene.you)
    ill = scene.tables.get(Illness, server.id)
    if no := no_heal(ill, server.id):
        yield Check(BLOCK, no, "Reboot or rebuild it yourself, if you know better.")
    elif ill is not None:
        yield Check(WARN if ill.asks else OK, f"{server.id} does not work: {ill.asks or ill.why}.")
    frozen = scene.status.frozen if scene.status is not None else None
    if frozen is not None:
        yield Check(BLOCK, f"Nothing is mended while it is frozen: {frozen.reason}.", "Thaw it first.")


def _at_work(command: AnyCommand, server: Server, scene: Scene) -> Check:
    work = scene.at_work(server.id)
    if work is None:
        others = [one for one in scene.work.get(server.id, ()) if _by_somebody_else_lately(one, scene)]
        if not others:
            return Check(OK, "no operation is at work on it")
        one = others[-1]
        said = f"{one.actor} began a {words(one.kind)} of {server.id} {span(scene.now - one.started)} ago."
        many, name = "were changed by somebody else lately", f"{server.id} by {one.actor}"
        return Check(WARN, said, many=many, name=name)
    said = f"{work.id} ({words(work.kind)}) is at work on {server.id}"
    if isinstance(command, c.Release):
        return Check(WARN, f"{said}: it is ended by this.")
    return Check(BLOCK, f"{said}.", "Wait for its end, or abort it on Ops.")


def _by_somebody_else_lately(operation: Operation, scene: Scene) -> bool:
    return operation.actor not in {scene.you.name, "engine"} and scene.now - operation.started < LATELY


# Operations


def _of_operation(command: AnyCommand, operation: Operation, scene: Scene) -> Iterable[Check]:
    you = scene.you
    lease = scene.tables.get(Lease, operation.lease_id) if operation.lease_id else None
    if isinstance(command, c.PauseOperation | c.ResumeOperation | c.ForceOperation) or lease is None:
        yield for_operators(you)
    else:
        yield _whose(operation.id, lease.owner, you)
    match command:
        case c.PauseOperation():
            yield _blocks(no_pause(operation), "it has not ended")
        case c.ResumeOperation():
            yield _blocks(no_resume(operation), "it is paused")
        case c.AbortOperation():
            yield _blocks(no_abort(operation, lease, scene.now), "nothing is left half done by it")
        case c.ForceOperation():
            yield _blocks(no_force(operation), "it is on its way, and copies")
        case c.RetryOperation():
            yield _blocks(_no_retry(operation, lease, scene), "its server is as it must be for it")


def _no_retry(operation: Operation, lease: Lease | None, scene: Scene) -> Refused | None:
    work = scene.at_work(operation.server_id)
    at_work = f"{work.id} ({words(work.kind)})" if work is not None and hinders(operation, work) else ""
    return no_retry(operation, scene.tables.get(Server, operation.server_id), lease, at_work)
