"""Who is what, who may do what, and what they see."""

from datetime import timedelta
from types import SimpleNamespace
from typing import cast, get_args

import pytest

from tests.people import peer
from vmms_tui.engine.access import Access
from vmms_tui.engine.policy.rights import check, check_owner, project_for, recognise, shown, shown_all
from vmms_tui.model.commands import AnyCommand, Command, Release, ReloadSettings
from vmms_tui.model.errors import Refused
from vmms_tui.model.healing import Illness, Incident, Sickness
from vmms_tui.model.migration import Moving
from vmms_tui.model.people import AccessRules, Caller, Role
from vmms_tui.model.records import (
    AnyRecord,
    Counters,
    Event,
    Lease,
    Notice,
    Operation,
    OperationKind,
    Pool,
    Request,
    Secret,
    Server,
    ServerState,
    changed,
)

from .fake_door import NOW

RULES = AccessRules(operators=("ops",), developers=("dev", "gone"), viewers=("noc",), projects={"web": ("dev",)})
NUMBERS = {"ops": 10, "dev": 11, "noc": 12}
DEVELOPER = Caller(name="ann", roles=(Role.DEVELOPER,))
VIEWER = Caller(name="vic", roles=(Role.VIEWER,))
OPERATOR = Caller(name="oli", roles=(Role.OPERATOR,))


def roles(*groups: int, rules: AccessRules = RULES) -> tuple[Role, ...]:
    return recognise(peer("ann", groups=frozenset(groups)), rules, NUMBERS, own_uid=0).roles


def test_groups_give_roles_and_somebody_may_have_several() -> None:
    assert roles(11) == (Role.DEVELOPER,)
    assert roles(12, 99) == (Role.VIEWER,)
    assert set(roles(11, 12)) == {Role.DEVELOPER, Role.VIEWER}
    assert roles(99, rules=changed(RULES, everyone=Role.VIEWER)) == (Role.VIEWER,)


def test_who_is_in_no_group_is_turned_away_and_told_what_helps() -> None:
    with pytest.raises(Refused, match="ann has no role") as refused:
        roles(99)
    assert refused.value.rule == "no_role"
    assert "dev, gone, noc, ops" in refused.value.remedy
    with pytest.raises(Refused):
        roles(0, rules=AccessRules())


def test_a_group_without_a_number_admits_nobody() -> None:
    access = Access(own_uid=0, number_of=NUMBERS.get)
    access.take(RULES)
    assert access.unknown_groups == ("gone",)
    with pytest.raises(Refused):
        access.caller(peer("ann", groups=frozenset({0})))


@pytest.mark.parametrize("uid", [0, 555])
def test_root_and_the_engines_own_user_are_operators_whatever_the_rules_say(uid: int) -> None:
    who = changed(peer("x"), uid=uid)
    assert recognise(who, AccessRules(), {}, own_uid=555).operator


def test_every_command_says_its_role_and_no_viewer_may_give_one() -> None:
    for kind in get_args(AnyCommand):
        command = cast("Command", SimpleNamespace(needs=kind.needs, changes=kind.changes))
        if kind.changes:
            with pytest.raises(Refused) as refused:
                check(VIEWER, command)
            assert refused.value.rule == "role"
            with pytest.raises(Refused) as refused:
                check(changed(OPERATOR, read_only=True), command)
            assert refused.value.rule == "read_only"
        check(OPERATOR, command)


def test_some_commands_are_for_operators_only() -> None:
    check(DEVELOPER, Release(lease_id="lease-1"))
    with pytest.raises(Refused, match="needs the role operator; ann is developer"):
        check(DEVELOPER, ReloadSettings())


def test_others_things_are_refused_and_strangers_names_are_not_told() -> None:
    check_owner(DEVELOPER, "ann", "lease 1")
    check_owner(OPERATOR, "bob", "lease 1")
    with pytest.raises(Refused) as refused:
        check_owner(DEVELOPER, "bob", "lease 1")
    assert "bob" not in str(refused.value)


def test_a_project_is_named_where_projects_are_kept() -> None:
    rules = changed(RULES, projects={"web": ("dev",), "api": ("dev",), "ops": ("ops",)})
    two = changed(DEVELOPER, projects=("web", "api"))
    assert project_for(two, "web", rules) == "web"
    assert project_for(changed(DEVELOPER, projects=("web",)), "", rules) == "web"
    assert project_for(OPERATOR, "", rules) == ""
    assert project_for(OPERATOR, "ops", rules) == "ops"
    assert project_for(DEVELOPER, "anything", AccessRules()) == "anything"
    for asked in ("", "ops", "none"):
        with pytest.raises(Refused, match="Name one of web, api"):
            project_for(two, asked, rules)
    with pytest.raises(Refused):
        project_for(changed(DEVELOPER, projects=()), "", rules)


LEASES = {
    name: Lease(
        id=f"lease-{len(name)}{name[0]}",
        server_id=f"vm-{len(name)}{name[0]}",
        pool="p",
        owner=name,
        purpose="x",
        start=NOW,
        end=NOW,
    )
    for name in ("ann", "bob")
}


def world(owner: str) -> dict[str, AnyRecord]:
    """One of each kind, of this owner."""
    lease = LEASES[owner]
    return {
        "pool": Pool(id="p", purposes=("x",), flavor="f", image="i"),
        "server": Server(
            id=lease.server_id, pool="p", state=ServerState.LEASED, since=NOW, created=NOW, lease_id=lease.id,
            address="10.0.0.7", floating_ip="192.0.2.7", cloud_id="abc", host_key="ssh-ed25519 AAAA",
        ),
        "lease": lease,
        "request": Request(id="req-1", owner=owner, purpose="x", term=timedelta(hours=1), asked=NOW),
        "notice": Notice(id="n-1", at=NOW, owner=owner, lease_id=lease.id, text="soon"),
        "event": Event(id="1", at=NOW, kind="lease.renewed", text="t", owner=owner, lease_id=lease.id, origin="pid 7"),
        "operation": Operation(
            id="op-1", kind=OperationKind.REBOOT, server_id=lease.server_id, lease_id=lease.id, started=NOW,
            updated=NOW, step="s", actor=owner, args={"hash": "$6$"},
        ),
        "illness": Illness(id=lease.server_id, kind=Sickness.ERROR, why="w", since=NOW, lease_id=lease.id),
        "counters": Counters(id="counters"),
        "secret": Secret(id=lease.server_id, token="t"),
    }  # fmt: skip


def seen(caller: Caller, owner: str) -> dict[str, AnyRecord]:
    by_id = {lease.id: lease for lease in LEASES.values()}
    found = {kind: shown(record, caller, by_id.get) for kind, record in world(owner).items()}
    return {kind: record for kind, record in found.items() if record is not None}


def test_operators_and_viewers_see_all_but_secrets() -> None:
    for caller in (OPERATOR, VIEWER):
        assert seen(caller, "bob") == {k: r for k, r in world("bob").items() if k not in {"counters", "secret"}}
        assert shown_all(world("bob").values()) == list(seen(caller, "bob").values())


def test_developers_see_what_is_theirs() -> None:
    mine = seen(DEVELOPER, "ann")
    assert set(mine) == {"pool", "server", "lease", "request", "notice", "event", "operation", "illness"}
    assert mine["server"] == world("ann")["server"]
    assert "hash" not in str(mine)


def test_of_others_developers_see_only_that_servers_are_in_use() -> None:
    theirs = seen(DEVELOPER, "bob")
    assert set(theirs) == {"pool", "server"}
    assert all(word not in str(theirs) for word in ("owner", "10.0.0.7", "192.0.2.7", "abc", "ssh-ed25519"))
    assert isinstance(theirs["server"], Server)
    assert theirs["server"].state is ServerState.LEASED


def test_how_many_are_ill_and_what_ails_ready_servers_is_not_for_everybody() -> None:
    incident = Incident(id="incident", since=NOW, ill=40, of=90)
    ready = Illness(id="vm-9", kind=Sickness.HOST, why="w", since=NOW)
    for record in (incident, ready):
        assert shown(record, OPERATOR, lambda _: None) == record
        assert shown(record, DEVELOPER, lambda _: None) is None


def test_what_concerns_nobody_is_seen_by_all() -> None:
    event = Event(id="2", at=NOW, kind="pool.paused", text="quota", pool="p")
    assert shown(event, DEVELOPER, lambda _: None) == event


def test_between_which_hosts_a_server_moves_is_for_its_owner() -> None:
    moving = Moving(source="h1", destination="h2", was="leased")
    by_id = {lease.id: lease for lease in LEASES.values()}
    base = world("ann")["operation"]
    assert isinstance(base, Operation)
    mine, nobodys = changed(base, moving=moving), changed(base, moving=moving, lease_id="")
    for record, told in ((mine, moving), (nobodys, None)):
        found = shown(record, DEVELOPER, by_id.get)
        assert isinstance(found, Operation)
        assert found.moving == told
    assert shown(nobodys, OPERATOR, by_id.get) == nobodys
