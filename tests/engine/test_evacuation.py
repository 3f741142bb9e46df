"""Servers of dead hosts: built anew elsewhere once each, proved by use, and never while their host may live."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.hosts_known import SEEN_DEAD, nobody_twice, with_hosts
from tests.engine.test_kill import healthy
from tests.engine.world import World
from vmms_tui.engine.cloud.errors import Unreachable
from vmms_tui.engine.cloud.moves import EVACUATION
from vmms_tui.model.commands import AbortOperation, EnableHost, EvacuateHost, Reply, RetryOperation, StopServer
from vmms_tui.model.plans import host_named
from vmms_tui.model.records import (
    Lease,
    LeaseState,
    Notice,
    Operation,
    OperationKind,
    OperationState,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.surroundings import Host

DEAD = "cmp1"
OATH = "I pulled its power"


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[World]:
    """A pool of twelve that are ready, on four hosts that are known; nothing is built while a test looks."""
    async with nobody_twice(await with_hosts(tmp_path, 12)) as made:
        yield made


async def lent_on(world: World, host: str, *importances: int) -> list[Server]:
    """Leases whose servers are on this host; what is lent elsewhere on the way is left alone."""
    found: list[Server] = []
    for importance in importances:
        while True:
            reply = await world.ask("alice", importance=importance)
            assert reply.server_id, reply
            server = world.state.need(Server, reply.server_id)
            if server.host == host:
                found.append(server)
                break
    await world.pass_time(5)
    return found


async def die(world: World, *hosts: str, alive: bool = False) -> None:
    """Hosts die, and the list of hosts tells it."""
    for name in hosts or (DEAD,):
        world.account.world.host_down(name, alive=alive)
    await world.pass_time(SEEN_DEAD)
    assert host(world, (hosts or (DEAD,))[0]).state == "down"


def host(world: World, name: str = DEAD) -> Host:
    found = host_named(name, world.state)
    assert found
    return found


async def evacuate(world: World, name: str = DEAD, sworn: str = OATH) -> Reply:
    return await world.send(EvacuateHost(host=name, sworn=sworn), "operator")


def now(world: World, server: Server) -> Server:
    return world.state.need(Server, server.id)


def evacuations(world: World) -> list[Operation]:
    return [one for one in world.state.all(Operation) if one.kind is OperationKind.EVACUATE]


async def test_all_that_is_lent_lives_on_elsewhere_with_its_address(land: World) -> None:
    (before,) = await lent_on(land, DEAD, 0)
    ready = [one for one in land.state.all(Server) if one.host == DEAD and one.state is ServerState.READY]
    await die(land)
    reply = await evacuate(land)
    assert reply.ok, reply
    assert "1 server of cmp1" in reply.text
    await land.pass_time(60)
    (done,) = evacuations(land)
    assert done.state is OperationState.DONE, done
    assert "its address answers" in done.outcome
    after = now(land, before)
    assert after.host != DEAD
    assert (after.state, after.floating_ip, after.lease_id) == (ServerState.LEASED, before.floating_ip, before.lease_id)
    assert (await land.cloud.get_floating_ip(after.floating_ip_id)).port_id == before.port_ids[0]
    (said,) = land.events("server.moved")
    assert said.text.startswith(f"{before.id} was evacuated from cmp1 to {after.host}")
    words = [one for one in land.state.all(Notice) if one.lease_id == before.lease_id]
    assert any("Host cmp1 died" in one.text and "name and address" in one.text for one in words)
    assert host(land).forced_down
    assert host(land).disabled_reason == f"dead: {OATH} (operator, VMMS)"
    assert not [one for one in ready if now(land, one).state is ServerState.READY], "ready ones are given up"
    await land.pass_time(120)
    await healthy(land)


async def test_what_was_off_stays_off(land: World) -> None:
    (before,) = await lent_on(land, DEAD, 0)
    await land.send(StopServer(lease_id=before.lease_id))
    await land.pass_time(10)
    await die(land)
    assert (await evacuate(land)).ok
    await land.pass_time(60)
    after = now(land, before)
    assert (after.state, after.cloud_status) == (ServerState.STOPPED, "SHUTOFF")
    assert after.host != DEAD


async def test_the_most_important_go_first_and_some_at_a_time(land: World) -> None:
    servers = await lent_on(land, DEAD, 0, 9)
    await die(land)
    assert (await evacuate(land)).ok
    most, order = 0, list[str]()
    for _ in range(240):
        await land.pass_time(0.5, step=0.5)
        under_way = [one for one in evacuations(land) if one.step in {"ask", "follow"}]
        most = max(most, len(under_way))
        order += [one.server_id for one in under_way if one.server_id not in order]
        if all(one.state is OperationState.DONE for one in evacuations(land)):
            break
    assert order[0] == servers[1].id, "importance 9"
    assert most <= land.policy.hosts.servers_at_once


async def test_a_host_that_the_cloud_calls_up_is_not_evacuated(land: World) -> None:
    (before,) = await lent_on(land, DEAD, 0)
    reply = await evacuate(land)
    assert reply.rule == "not_down"
    await die(land)
    land.account.world.host_up(DEAD)
    reply = await evacuate(land)
    assert reply.rule == "not_down", "the list is old: the last look is live"
    assert not evacuations(land)
    assert host(land).status == "enabled"
    assert now(land, before).host == DEAD


async def test_without_an_oath_nothing_is_evacuated(land: World) -> None:
    await lent_on(land, DEAD, 0)
    await die(land)
    reply = await evacuate(land, sworn="  ")
    assert reply.rule == "not_sworn"
    assert not host(land).forced_down
    assert not evacuations(land)


@pytest.mark.parametrize("forced", [True, False])
async def test_a_host_that_comes_back_meanwhile_keeps_what_was_not_asked_yet(land: World, forced: bool) -> None:
    (before,) = await lent_on(land, DEAD, 0)
    await die(land)
    land.account.world.faults.fail("evacuate", Unreachable("No connection."), times=None)
    assert (await evacuate(land)).ok
    await land.pass_time(2)
    await land.account.project().force_down(DEAD, down=forced)
    land.account.world.host_up(DEAD)
    land.account.world.faults.clear()
    await land.pass_time(60)
    (ended,) = evacuations(land)
    assert ended.state is OperationState.FAILED
    assert "is up again: nothing was asked" in ended.outcome
    after = now(land, before)
    assert (after.state, after.host) == (ServerState.LEASED, DEAD)


async def test_a_floating_ip_that_leads_nowhere_is_put_on_anew(land: World) -> None:
    (before,) = await lent_on(land, DEAD, 0)
    land.account.world.faults.address_lost(about=before.cloud_id)
    await die(land)
    assert (await evacuate(land)).ok
    await land.pass_time(100)
    (done,) = evacuations(land)
    assert done.state is OperationState.DONE, done
    assert now(land, before).floating_ip == before.floating_ip
    assert land.account.up_for(before.floating_ip) is not None


async def test_what_does_not_fit_stays_and_can_be_tried_again(land: World) -> None:
    (before,) = await lent_on(land, DEAD, 0)
    await die(land)
    for other in ("cmp2", "cmp3", "cmp4"):
        await land.account.project().disable_host(other, "full")
    assert (await evacuate(land)).ok
    await land.pass_time(60)
    (failed,) = evacuations(land)
    assert failed.state is OperationState.FAILED
    assert "No valid host" in failed.outcome
    assert "Make room on another host or open one, then try it again on Ops." in failed.remedy
    assert now(land, before).state is ServerState.LEASED
    for other in ("cmp2", "cmp3", "cmp4"):
        await land.account.project().enable_host(other)
    assert (await land.send(RetryOperation(operation_id=failed.id), "operator")).ok
    await land.pass_time(60)
    assert now(land, before).host != DEAD


async def test_what_waits_for_its_turn_can_be_called_off(land: World) -> None:
    servers = await lent_on(land, DEAD, 0)
    await die(land)
    assert (await evacuate(land)).ok
    (waiting,) = evacuations(land)
    reply = await land.send(AbortOperation(operation_id=waiting.id), "operator")
    assert reply.ok, reply
    await land.pass_time(30)
    assert now(land, servers[0]).host == DEAD


async def test_the_host_that_is_back_is_opened_when_all_is_over(land: World) -> None:
    await lent_on(land, DEAD, 0)
    await die(land)
    await evacuate(land)
    assert (await land.send(EnableHost(host=DEAD), "operator")).rule == "evacuating"
    await land.pass_time(90)
    land.account.world.host_up(DEAD)
    await land.pass_time(SEEN_DEAD)
    assert host(land).state == "down", "it counts as down until somebody says otherwise"
    assert (await land.send(EnableHost(host=DEAD), "operator")).ok
    assert (host(land).state, host(land).status, host(land).forced_down) == ("up", "enabled", False)


async def test_others_in_the_cloud_are_let_be(land: World) -> None:
    await lent_on(land, DEAD, 0)
    await die(land)
    stranger = next(one for one in land.account.world.contents.servers.values() if one.host == DEAD)
    stranger.metadata = {}
    await evacuate(land)
    await land.pass_time(60)
    assert stranger.host == DEAD


async def test_who_asks_twice_begins_nothing_twice(land: World) -> None:
    await lent_on(land, DEAD, 0)
    await die(land)
    assert (await evacuate(land)).ok
    again = await evacuate(land, sworn="I looked once more")
    assert again.text.startswith("0 servers of cmp1 are evacuated")
    await land.pass_time(60)
    assert [one.state for one in evacuations(land)] == [OperationState.DONE]


async def test_what_something_is_at_work_on_is_named_and_can_follow(land: World) -> None:
    (before,) = await lent_on(land, DEAD, 0)
    await die(land)
    await land.let_be(changed(now(land, before), state=ServerState.HEALING, since=land.clock.now()))
    reply = await evacuate(land)
    assert reply.text.endswith(f"; {before.id} not, as something is at work there.")
    await land.pass_time(30)
    assert now(land, before).state is ServerState.LEASED, "nobody mends it"
    assert (await evacuate(land)).ok
    await land.pass_time(60)
    assert now(land, before).host != DEAD


@pytest.mark.parametrize("at", range(14))
async def test_a_kill_at_any_point_evacuates_each_once(land: World, at: int) -> None:
    (before,) = await lent_on(land, DEAD, 0)
    await die(land)
    land.death.after(at)
    if not land.death.dead:
        await evacuate(land)
    await land.pass_time(20)
    await land.restart()
    await land.pass_time(5)
    if not evacuations(land):
        assert (await evacuate(land)).ok
    await land.pass_time(120)
    records = await land.account.project().move_records(before.cloud_id)
    assert [one.kind for one in records] == [EVACUATION]
    assert now(land, before).state is ServerState.LEASED
    assert now(land, before).host != DEAD
    assert land.state.need(Lease, before.lease_id).state is LeaseState.ACTIVE
    assert [one.state for one in evacuations(land)] == [OperationState.DONE]
