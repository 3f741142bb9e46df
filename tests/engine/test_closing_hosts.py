"""Compute hosts are closed to new servers and opened again, whatever the cloud answers."""

from pathlib import Path

import pytest

from tests.engine.world import POOL, World
from vmms_tui.engine.cloud.errors import AccessDenied, CloudError, CloudFault, NotFound, Unreachable
from vmms_tui.engine.desk.hosts import told_of
from vmms_tui.model.commands import LONGEST_REASON, DisableHost, EnableHost
from vmms_tui.model.people import Caller
from vmms_tui.model.plans import host_named, plan_id
from vmms_tui.model.records import Event, Server, changed
from vmms_tui.model.surroundings import Host

CLOSE = DisableHost(host="cmp2", reason="  a new\nfan. ")
OPEN = EnableHost(host="cmp2")


@pytest.fixture
async def world(tmp_path: Path) -> World:
    """With an administrator's credentials, full and at rest."""
    made = World(tmp_path, POOL)
    made.account.world.set_admin()
    await made.start()
    await made.pass_time(120)
    return made


def host(world: World, name: str = "cmp2") -> Host:
    found = host_named(name, world.state)
    assert found
    return found


def about(world: World, name: str = "cmp2") -> list[tuple[str, str]]:
    return [(event.kind, event.text) for event in world.state.all(Event) if event.host == name]


async def test_a_host_is_closed_with_a_reason_and_opened(world: World) -> None:
    reply = await world.send(CLOSE, "operator")
    assert reply.text == "cmp2 takes no new servers: a new fan. Those that are there run on."
    assert (host(world).status, host(world).disabled_reason) == ("disabled", "a new fan (operator, VMMS)")
    assert about(world) == [
        ("host.asked", "the cloud is asked: cmp2 takes no new servers: a new fan"),
        ("host.disabled", "cmp2 takes no new servers: a new fan"),
    ]
    reply = await world.send(OPEN, "operator")
    assert reply.text == "cmp2 takes new servers again."
    assert (host(world).status, host(world).disabled_reason) == ("enabled", "")
    assert about(world)[-1][1].endswith("it did not because of: a new fan (operator, VMMS)")


async def test_a_host_that_somebody_has_just_opened_is_closed(world: World) -> None:
    """And not refused as one that is closed already, as the list before said."""
    await world.send(CLOSE, "operator")
    await world.account.project().enable_host("cmp2")
    assert host(world).status == "disabled"
    assert (await world.send(CLOSE, "operator")).ok
    assert world.account.world.contents.hosts["cmp2"].status == "disabled"


async def test_the_cloud_is_told_no_more_than_it_keeps(world: World) -> None:
    told = told_of(Caller(name="x" * 200, roles=()), "y" * LONGEST_REASON)
    await world.account.project().disable_host("cmp2", told)
    assert world.account.world.contents.hosts["cmp2"].disabled_reason == told


async def test_nothing_new_is_built_on_a_closed_host(world: World) -> None:
    await world.send(CLOSE, "operator")
    before = {server.id for server in world.state.all(Server)}
    for name in ("alice", "bob", "carl"):
        await world.ask(name)
    await world.pass_time(120)
    new = [server for server in world.state.all(Server) if server.id not in before]
    assert new
    assert "cmp2" not in {server.host for server in new}


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (DisableHost(host="cmp2", reason=" \n "), "reason"),
        (DisableHost(host="cmp2", reason="x" * (LONGEST_REASON + 1)), "reason"),
        (DisableHost(host="cmp", reason="others begin so"), "unknown"),
        (DisableHost(host="[red]\x1b[2J", reason="a name from outside"), "unknown"),
        (EnableHost(host="cmp2"), "enabled"),
    ],
)
async def test_what_makes_no_sense_is_refused(world: World, command: DisableHost | EnableHost, rule: str) -> None:
    reply = await world.send(command, "operator")
    assert (reply.code, reply.rule) == ("refused", rule)
    assert "\x1b" not in reply.text
    assert host(world).status == "enabled"
    assert not about(world)


async def test_a_reason_is_not_replaced_in_silence(world: World) -> None:
    await world.send(CLOSE, "operator")
    reply = await world.send(DisableHost(host="cmp2", reason="another"), "operator")
    assert reply.rule == "disabled"
    assert "a new fan (operator, VMMS)" in reply.text


async def test_it_is_for_operators(world: World) -> None:
    assert (await world.send(CLOSE, "alice")).rule == "role"
    assert host(world).status == "enabled"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AccessDenied("Policy does not allow it."), "failed"),
        (NotFound("There is no such service."), "failed"),
        (Unreachable("No connection."), "try_again"),
        (CloudFault("The cloud failed."), "try_again"),
    ],
)
async def test_what_the_cloud_refuses_has_a_sentence_and_a_line(world: World, error: CloudError, code: str) -> None:
    world.account.world.faults.fail("disable_host", error)
    reply = await world.send(CLOSE, "operator")
    assert (reply.code, reply.text) == (code, error.message)
    assert host(world).status == "enabled"
    assert [kind for kind, _ in about(world)] == ["host.asked"]
    assert world.state.all(Event)[-1].result == code


async def test_an_answer_that_was_lost_is_looked_for(world: World) -> None:
    world.account.world.faults.lose_answer("disable_host", done=True)
    reply = await world.send(CLOSE, "operator")
    assert reply.code == "try_again"
    assert reply.remedy == "Look at the host, and say it again if it is not so."
    assert host(world).status == "disabled", "the list was read after it"


async def test_a_plan_does_not_hold_when_another_closed_the_host(world: World) -> None:
    plan = plan_id(CLOSE, world.state)
    await world.send(DisableHost(host="cmp2", reason="somebody else"), "operator")
    reply = await world.send(changed(CLOSE, plan=plan), "operator")
    assert reply.rule == "plan_changed"
    assert "whether new servers may come" in reply.text
