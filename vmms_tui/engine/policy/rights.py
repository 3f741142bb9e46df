"""Who may do and see what. A command says which role it needs; everybody sees what is theirs and nobody's."""

from collections.abc import Callable, Iterable, Mapping

from vmms_tui.model.commands import Command
from vmms_tui.model.errors import Refused
from vmms_tui.model.healing import Illness
from vmms_tui.model.people import AccessRules, Caller, Peer, Role
from vmms_tui.model.placing import Placing
from vmms_tui.model.records import (
    AnyRecord,
    Counters,
    Event,
    Guard,
    Lease,
    Notice,
    Operation,
    Pool,
    Request,
    Secret,
    Server,
    changed,
)
from vmms_tui.model.surroundings import Host, Image, Kind, Network, Survey, Volume
from vmms_tui.model.suspects import Suspect
from vmms_tui.model.tables import TYPES, Drop
from vmms_tui.model.trends import Trend

ASK_AN_OPERATOR = "Ask an operator."
_ALL: tuple[Role, ...] = (Role.OPERATOR,)
FOR_ALL = frozenset({Kind.NETWORKS, Kind.IMAGES})
"""Lists of the cloud that everybody sees: what a request can get. Hosts and volumes tell of other people's work."""
_OVERSEEN = frozenset({Host, Volume, Suspect, Placing})
_HIDDEN = frozenset({Secret, Counters, Guard})
"""What no viewer is ever shown."""


def recognise(peer: Peer, rules: AccessRules, numbers: Mapping[str, int], own_uid: int) -> Caller:
    """The caller that a peer is. `numbers` are the ids of the groups that exist; a group without one admits nobody.

    Raises Refused by `no_role`.
    """
    roles = _ALL if peer.uid in {0, own_uid} else _roles(peer, rules, numbers)
    if not roles:
        raise Refused("no_role", f"{peer.name} has no role in this installation.", _who_helps(rules))
    projects = None
    if rules.projects and Role.OPERATOR not in roles:
        projects = tuple(name for name, groups in rules.projects.items() if _among(peer, groups, numbers))
    read_only = peer.read_only or rules.read_only
    return Caller(name=peer.name, roles=roles, projects=projects, read_only=read_only, origin=peer.origin)


def _roles(peer: Peer, rules: AccessRules, numbers: Mapping[str, int]) -> tuple[Role, ...]:
    given = {Role.OPERATOR: rules.operators, Role.DEVELOPER: rules.developers, Role.VIEWER: rules.viewers}
    roles = tuple(role for role, groups in given.items() if _among(peer, groups, numbers))
    return roles or ((rules.everyone,) if rules.everyone else ())


def _among(peer: Peer, groups: tuple[str, ...], numbers: Mapping[str, int]) -> bool:
    return any(numbers.get(group) in peer.groups for group in groups)


def _who_helps(rules: AccessRules) -> str:
    named = (*rules.developers, *rules.viewers, *rules.operators)
    if not named:
        return "Its settings give no role to anybody but the engine's own user."
    return f"An administrator puts you into one of the groups {', '.join(named)}; then log in again."


def check(caller: Caller, command: Command) -> None:
    """Whether somebody may give such a command at all; whose lease it is about is another question.

    Raises Refused by `read_only` or `role`.
    """
    if caller.read_only and command.changes:
        raise Refused("read_only", "Nothing can be changed here: this is read-only.", ASK_AN_OPERATOR)
    if command.needs is not None and not caller.has(command.needs):
        are = " and ".join(role.value for role in caller.roles)
        raise Refused("role", f"This needs the role {command.needs}; {caller.name} is {are}.", ASK_AN_OPERATOR)


def check_sees_all(caller: Caller, what: str) -> None:
    """Whether they may see what is nobody's lease. Raises Refused by `role`."""
    if not caller.sees_all:
        raise Refused("role", f"{what} is shown to operators and viewers only.", ASK_AN_OPERATOR)


def check_sees_list(caller: Caller, kind: Kind) -> None:
    """Whether they may see a list of the cloud. Raises Refused by `role`."""
    if kind not in FOR_ALL:
        check_sees_all(caller, f"The list of {kind}")


def check_owner(caller: Caller, owner: str, what: str) -> None:
    """Whether they may act on what is somebody's. Raises Refused by `not_owner`."""
    if caller.name != owner and not caller.operator:
        who = f"{owner}'s, not {caller.name}'s" if caller.sees_all else "another's"
        raise Refused("not_owner", f"The {what} is {who}.", "Ask its owner, or an operator." if owner else "")


def project_for(caller: Caller, asked: str, rules: AccessRules) -> str:
    """The project of a request: as asked, or the only one that the caller has. Raises Refused by `project`."""
    if not rules.projects:
        return asked
    allowed = tuple(rules.projects) if caller.projects is None else caller.projects
    if asked in allowed:
        return asked
    if asked:
        raise Refused("project", f"{caller.name} may not ask for servers of project {asked!r}.", _choice(allowed))
    if len(allowed) == 1:
        return allowed[0]
    if caller.operator:
        return ""
    raise Refused("project", "A request here needs a project.", _choice(allowed))


def _choice(allowed: tuple[str, ...]) -> str:
    return f"Name one of {', '.join(allowed)}." if allowed else ASK_AN_OPERATOR


def audience_of(caller: Caller) -> str | None:
    """Callers for whom this is the same are `shown` the same: their name, or None for all who see everything."""
    return None if caller.sees_all else caller.name


def shown_all(records: Iterable[AnyRecord]) -> list[AnyRecord]:
    """What somebody sees who sees everything: as `shown`, without a question for each of a hundred thousand."""
    return [record for record in records if type(record) not in _HIDDEN]


def shown(record: AnyRecord, caller: Caller, lease_of: Callable[[str], Lease | None]) -> AnyRecord | None:
    """The record as this caller may see it; None: not at all.

    A pool's servers are shown to everybody, so that its numbers are true: that one is lent, but not to whom.
    """
    if type(record) in _HIDDEN:
        return None
    if caller.sees_all or isinstance(record, Pool | Trend | Network | Image):
        return record
    if isinstance(record, Survey):
        return record if record.id in FOR_ALL else None
    if isinstance(record, Server):
        return record if _is_theirs(record.lease_id, caller, lease_of) else _without_traces(record)
    if isinstance(record, Operation):
        theirs = _is_theirs(record.lease_id, caller, lease_of)
        if record.lease_id and not theirs:
            return None
        return changed(record, args={}, moving=record.moving if theirs else None)
    if isinstance(record, Illness):
        return record if _is_theirs(record.lease_id, caller, lease_of) else None
    if isinstance(record, Event):
        return seen_event(record, caller)
    owned = isinstance(record, Lease | Request | Notice) and record.owner == caller.name
    return record if owned else None


def hears_of(drop: Drop, caller: Caller) -> bool:
    """Whether they are told that a record is no more: the id of a host may be its name."""
    return caller.sees_all or TYPES[drop.type] not in _OVERSEEN


def is_theirs(record: AnyRecord, caller: Caller, lease_of: Callable[[str], Lease | None]) -> bool:
    """Whether it is about them: their leases, requests and events, the servers they hold, and notices to them."""
    if isinstance(record, Notice):
        return record.owner == caller.name or (not record.owner and caller.operator)
    if isinstance(record, Server | Operation | Illness):
        return _is_theirs(record.lease_id, caller, lease_of)
    return isinstance(record, Lease | Request | Event) and record.owner == caller.name


def seen_event(event: Event, caller: Caller) -> Event | None:
    """What they may see of what happened: all that is theirs, and what is nobody's."""
    if caller.sees_all:
        return event
    mine = event.owner == caller.name or not (event.owner or event.lease_id or event.request_id or event.host)
    return changed(event, origin="", detail="") if mine else None


def _is_theirs(lease_id: str, caller: Caller, lease_of: Callable[[str], Lease | None]) -> bool:
    lease = lease_of(lease_id) if lease_id else None
    return lease is not None and lease.owner == caller.name


def _without_traces(server: Server) -> Server:
    return changed(
        server,
        cloud_id="",
        port_ids=(),
        address="",
        floating_ip="",
        floating_ip_id="",
        volume_ids=(),
        host="",
        host_key="",
        failure="",
    )
