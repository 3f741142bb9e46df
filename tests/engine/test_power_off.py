"""The power of a host is taken once it is closed and empty by the cloud's own word, and never otherwise."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.hosts_known import with_hosts
from tests.engine.world import World
from vmms_tui.engine.cloud.errors import AccessDenied, CloudError, CloudFault, Unreachable
from vmms_tui.engine.cloud.simulated.project import SimulatedProject
from vmms_tui.engine.witnesses.port import Suspected
from vmms_tui.engine.witnesses.simulated import Fencing
from vmms_tui.model.commands import (
    LONGEST_REASON,
    AnyCommand,
    DisableHost,
    DrainHost,
    EnableHost,
    Freeze,
    PowerOffHost,
    Refresh,
    Reply,
    UndrainHost,
)
from vmms_tui.model.draining import Errand, MoveQueue, Phase, queue_id
from vmms_tui.model.plans import host_named, plan_id
from vmms_tui.model.records import Event, Level, Server, ServerState, changed
from vmms_tui.model.spec import Policy
from vmms_tui.model.surroundings import Host, Kind
from vmms_tui.model.witness import Fenced, HostRules

HOST = "cmp2"
RULES = HostRules(fence=("fence", "{host}"), fence_proof=("is-off", "{host}"))
OFF = PowerOffHost(host=HOST)


async def land_of(tmp_path: Path, rules: HostRules = RULES) -> World:
    """A pool on four hosts, one of which is emptied."""
    made = await with_hosts(tmp_path, 8, 16, policy=Policy(hosts=rules), seconds=120)
    assert (await made.send(DrainHost(host=HOST, reason="a new fan"), "operator")).ok
    for _ in range(300):
        await made.pass_time(1)
        if made.state.need(MoveQueue, queue_id(Errand.DRAIN, HOST)).phase is Phase.DONE:
            break
    await made.pass_time(65, step=5)
    return made


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[World]:
    made = await land_of(tmp_path)
    yield made
    await made.stop()


async def say(world: World, command: AnyCommand = OFF, who: str = "operator") -> Reply:
    return await world.send(command, who)


def host(world: World) -> Host:
    found = host_named(HOST, world.state)
    assert found
    return found


def about(world: World) -> list[Event]:
    """The lines on its power, in order."""
    return [one for one in world.state.all(Event) if one.host == HOST and "power" in one.kind]


def untouched(world: World) -> bool:
    return not world.witnesses.fenced and world.account.world.contents.hosts[HOST].state == "up"


async def test_an_emptied_host_is_switched_off_and_stays_closed_with_its_reason(land: World) -> None:
    reply = await say(land)
    assert reply.ok, reply
    assert reply.text.startswith(f"{HOST} is off (")
    assert "stays closed (a new fan (operator, VMMS)): it is ready for whoever repairs it." in reply.text
    assert land.witnesses.fenced == [HOST]
    asked, done = about(land)
    assert (asked.kind, done.kind) == ("host.power_off", "host.powered_off")
    assert done.level is Level.WARNING
    assert {(one.actor, one.reason) for one in (asked, done)} == {("operator", "a new fan (operator, VMMS)")}
    await land.pass_time(70, step=5)
    assert host(land).status == "disabled"
    assert not land.account.world.contents.twice


async def test_its_own_reason_goes_before_that_of_the_closing(land: World) -> None:
    assert (await say(land, PowerOffHost(host=HOST, reason="  ticket\n4711. "))).ok
    assert {one.reason for one in about(land)} == {"ticket 4711"}


async def test_a_server_that_appears_between_the_plan_and_the_act_saves_the_host(land: World) -> None:
    """It is in the cloud alone: no list of the engine knows of it yet."""
    planned = changed(OFF, plan=plan_id(OFF, land.state))
    contents = land.account.world.contents
    other = next(one for one in contents.servers.values() if one.deleted is None)
    other.host = HOST
    reply = await say(land, planned)
    assert reply.code == "refused", reply
    assert reply.rule == "servers"
    assert f"on {HOST}." in reply.text
    assert untouched(land)
    assert [one.kind for one in about(land)] == ["host.power_off"], "what was wanted has its line, and nothing was done"


async def test_a_host_that_is_opened_between_the_plan_and_the_act_is_left(land: World) -> None:
    planned = changed(OFF, plan=plan_id(OFF, land.state))
    await land.account.project().enable_host(HOST)
    reply = await say(land, planned)
    assert reply.rule == "open", reply
    assert untouched(land)


@pytest.mark.parametrize("error", [CloudFault("Nova is ill."), Unreachable("No answer."), AccessDenied("Not for you.")])
@pytest.mark.parametrize("call", ["servers_on", "hypervisors"])
async def test_what_cannot_be_read_leaves_the_host_as_it_is(land: World, call: str, error: CloudError) -> None:
    land.account.world.faults.fail(call, error, times=None)
    reply = await say(land)
    assert reply.code in {"try_again", "failed"}, reply
    assert reply.remedy
    assert untouched(land)


async def test_a_fence_that_fails_is_said_with_what_to_do_and_the_host_counts_as_on(land: World) -> None:
    land.witnesses.fencing = Fencing.FAILS
    reply = await say(land)
    assert reply.code == "failed"
    assert "could not be powered off: the fence command ended with 1" in reply.text
    assert "It counts as on." in reply.remedy
    said = about(land)[-1]
    assert (said.kind, said.level, said.result) == ("host.not_powered_off", Level.ERROR, "failed")


@pytest.mark.parametrize("proof", [("is-off", "{host}"), ()])
async def test_a_fence_that_lies_is_found_out(tmp_path: Path, proof: tuple[str, ...]) -> None:
    """By its proof, and without one by whoever still hears the host."""
    land = await land_of(tmp_path, HostRules(fence=("fence", "{host}"), fence_proof=proof))
    land.witnesses.fencing = Fencing.LIES
    reply = await say(land)
    assert reply.code == "failed", reply
    assert about(land)[-1].kind == "host.not_powered_off"
    await land.stop()


async def test_without_a_fence_command_it_is_refused_and_says_which_setting(tmp_path: Path) -> None:
    land = await land_of(tmp_path, HostRules())
    reply = await say(land)
    assert reply.rule == "no_fence"
    assert "hosts.fence" in reply.remedy
    assert untouched(land)
    assert not land.engine.status().fences
    await land.stop()


async def test_what_makes_no_sense_is_refused(land: World) -> None:
    assert (await say(land, PowerOffHost(host="cmp99"))).rule == "unknown"
    assert (await say(land, PowerOffHost(host="cmp1"))).rule == "open"
    assert (await say(land, PowerOffHost(host=HOST, reason="x" * (LONGEST_REASON + 1)))).rule == "reason"
    assert (await say(land, OFF, "alice")).rule == "role"
    assert untouched(land)


async def test_a_closed_host_with_servers_of_ours_is_left(land: World) -> None:
    full = next(one.host for one in land.state.all(Server) if one.state is ServerState.READY)
    assert (await say(land, DisableHost(host=full, reason="a fan"))).ok
    reply = await say(land, PowerOffHost(host=full))
    assert reply.rule == "servers"
    assert not land.witnesses.fenced


async def test_a_host_whose_servers_come_back_is_left(land: World) -> None:
    back = MoveQueue(
        id=queue_id(Errand.RETURN, HOST), errand=Errand.RETURN, host=HOST, by="olga", reason="", since=land.clock.now(),
        phase=Phase.PAUSED,
    )  # fmt: skip
    await land.engine.context.ledger.commit(back)
    assert (await say(land)).rule == "moves"
    assert untouched(land)


async def test_nothing_is_switched_off_while_everything_stands_still(land: World) -> None:
    assert (await say(land, Freeze(reason="the clocks are odd"))).ok
    assert (await say(land)).rule == "frozen"
    assert untouched(land)


async def test_two_at_once_switch_it_off_once(land: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, slowly = asyncio.Event(), asyncio.Event()
    read = SimulatedProject.servers_on

    async def slow(self: SimulatedProject, name: str) -> tuple[str, ...]:
        begun.set()
        await slowly.wait()
        return await read(self, name)

    monkeypatch.setattr(SimulatedProject, "servers_on", slow)
    first = asyncio.ensure_future(say(land))
    await begun.wait()
    second = await say(land)
    assert second.rule == "at_work", second
    slowly.set()
    assert (await first).ok
    assert land.witnesses.fenced == [HOST]


async def test_it_comes_back_when_it_is_repaired(land: World) -> None:
    assert (await say(land)).ok
    land.account.world.host_up(HOST)
    await land.pass_time(70, step=5)
    await say(land, Refresh(kind=Kind.HOSTS))
    reply = await say(land, UndrainHost(host=HOST))
    if not reply.ok:  # it was given up meanwhile: enabled as any other
        reply = await say(land, EnableHost(host=HOST))
    assert reply.ok, reply
    await land.pass_time(65, step=5)
    assert host(land).status == "enabled"


@pytest.mark.parametrize("opening", [EnableHost(host=HOST), UndrainHost(host=HOST)])
async def test_a_host_is_not_opened_while_its_power_is_taken(
    land: World, monkeypatch: pytest.MonkeyPatch, opening: AnyCommand
) -> None:
    fence, replies = land.witnesses.fence, list[Reply]()

    async def slowly(rules: HostRules, asked: Suspected) -> Fenced:
        replies.append(await say(land, opening))
        return await fence(rules, asked)

    monkeypatch.setattr(land.witnesses, "fence", slowly)
    assert (await say(land)).ok
    (reply,) = replies
    assert reply.rule == "at_work", reply
    found = host_named(HOST, land.state)
    assert found is not None
    assert found.status == "disabled"
