"""The queue of evacuations: who goes first, who waits, and that nobody stops it for ever."""

from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from tests.engine.evacuated import OVER
from tests.engine.hosts_known import nobody_twice, with_hosts
from tests.engine.test_evacuation import DEAD, die, evacuate, evacuations, lent_on, now
from tests.engine.test_leases import KEY
from tests.engine.world import World
from vmms_tui.engine.cloud.errors import CloudError, CloudFault, OutcomeUnknown, Unreachable
from vmms_tui.engine.cloud.moves import EVACUATION
from vmms_tui.engine.keepers.rescue import Rescue
from vmms_tui.model.commands import AbortOperation, Freeze, RetryOperation, Thaw
from vmms_tui.model.records import Operation, OperationKind, OperationState, Server, changed
from vmms_tui.model.spec import Policy
from vmms_tui.model.steering import OVERTAKEN
from vmms_tui.model.witness import HostRules

FAULT = CloudFault("Unexpected API error.")
LIVE = {OperationState.RUNNING, OperationState.WAITING}


async def land_of(tmp_path: Path, many: int = 12, **rules: object) -> World:
    policy = Policy(hosts=changed(HostRules(share=1.0, at_once=4), **rules))
    return await with_hosts(tmp_path, many, policy=policy)


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[World]:
    async with nobody_twice(await land_of(tmp_path)) as made:
        yield made


async def order(world: World, seconds: float = 240) -> list[tuple[str, float]]:
    """Who was asked for, and when, until nothing is under way."""
    found: dict[str, float] = {}
    begin = world.clock.monotonic()
    while world.clock.monotonic() - begin < seconds and any(one.state in LIVE for one in evacuations(world)):
        await world.pass_time(0.25, step=0.25)
        for one in evacuations(world):
            if one.moving is not None:
                found.setdefault(one.server_id, world.clock.monotonic())
    return list(found.items())


async def test_they_begin_a_moment_apart(tmp_path: Path) -> None:
    world = await land_of(tmp_path, stagger=HostRules().stagger * 3)
    servers = await lent_on(world, DEAD, 5, 0, 9)
    await die(world)
    assert (await evacuate(world)).ok
    asked = await order(world)
    assert [name for name, _ in asked] == [servers[2].id, servers[0].id, servers[1].id]
    times = [at for _, at in asked]
    assert all(3 <= later - before < 5 for before, later in pairwise(times)), times
    await world.stop()


async def test_the_most_important_of_all_hosts_go_first(tmp_path: Path) -> None:
    world = await land_of(tmp_path, many=24, servers_at_once=1)
    await lent_on(world, "cmp2", 2, 1)
    await lent_on(world, DEAD, 3, 9)
    await die(world, "cmp2", DEAD)
    assert (await evacuate(world, "cmp2")).ok
    assert (await evacuate(world, DEAD)).ok
    asked = [world.state.live_lease_of(name) for name, _ in await order(world)]
    importances = [lease.importance for lease in asked if lease is not None]
    assert importances[0] == 9
    assert importances == sorted(importances, reverse=True)
    assert {2, 1, 3, 9} == set(importances)
    await world.stop()


@pytest.mark.parametrize("error", [CloudFault("Unexpected API error."), OutcomeUnknown("No answer in time.")])
@pytest.mark.parametrize("call", ["get_server", "evacuate", "move_records"])
async def test_one_over_which_the_cloud_breaks_stops_nobody(tmp_path: Path, call: str, error: CloudError) -> None:
    world = await land_of(tmp_path, servers_at_once=1)
    servers = await lent_on(world, DEAD, 9, 1, 0)
    await die(world)
    bad = servers[0]
    world.account.world.faults.fail(call, error, times=None, about=bad.cloud_id)
    assert (await evacuate(world)).ok
    await world.pass_time(60)
    assert [now(world, one).host != DEAD for one in servers] == [False, True, True]
    await world.pass_time(600)
    (failed,) = [one for one in evacuations(world) if one.server_id == bad.id]
    assert failed.state is OperationState.FAILED, failed
    assert failed.outcome.endswith("so 10 times in a row")
    assert f"`vmms retry {failed.id}`" in failed.remedy
    world.account.world.faults.clear()
    assert (await world.send(RetryOperation(operation_id=failed.id), "operator")).ok
    await world.pass_time(60)
    assert now(world, bad).host != DEAD
    await world.stop()


def _harm(world: World, server: Server, dice: Random) -> None:
    """The cloud breaks over a server in some way, before or after it did what it should."""
    faults, times = world.account.world.faults, dice.randint(1, 4)
    kinds: list[Callable[[], object]] = [
        lambda: faults.fail("evacuate", FAULT, times=times, done=dice.random() < 0.5, about=server.cloud_id),
        lambda: faults.lose_answer("evacuate", times=times, done=dice.random() < 0.5, about=server.cloud_id),
        lambda: faults.fail("get_server", FAULT, times=times, about=server.cloud_id),
        lambda: faults.fail("move_records", FAULT, times=times, about=server.cloud_id),
        lambda: None,
    ]
    dice.choice(kinds)()


@pytest.mark.parametrize("seed", range(8))
async def test_never_more_at_a_time_than_the_rules_say(tmp_path: Path, seed: int) -> None:
    dice = Random(seed)
    world = await land_of(tmp_path, many=24, servers_at_once=2)
    servers = await lent_on(world, DEAD, *(dice.randint(0, 9) for _ in range(6)))
    await die(world)
    for server in servers:
        _harm(world, server, dice)
    assert (await evacuate(world)).ok
    moves, most = world.account.world.contents.moves, 0
    restart = dice.randint(5, 60) if seed % 2 else 0
    for turn in range(1200):
        await world.pass_time(0.25, step=0.25)
        most = max(most, sum(one.status not in OVER for one in moves.values() if one.kind == EVACUATION))
        if turn == restart:
            await world.restart()
        if not any(one.state in LIVE for one in evacuations(world)):
            break
    assert most == 2
    assert {one.state for one in evacuations(world)} == {OperationState.DONE}
    assert all(now(world, one).host != DEAD for one in servers)
    assert not world.account.world.contents.twice
    await world.stop()


async def test_one_over_which_the_cloud_breaks_can_be_called_off(land: World) -> None:
    (server,) = await lent_on(land, DEAD, 0)
    await die(land)
    land.account.world.faults.fail("get_server", CloudFault("Unexpected API error."), times=None, about=server.cloud_id)
    assert (await evacuate(land)).ok
    await land.pass_time(10)
    (one,) = evacuations(land)
    assert (one.step, one.attempts > 0) == ("turn", True)
    reply = await land.send(AbortOperation(operation_id=one.id), "operator")
    assert reply.ok, reply


async def test_a_cloud_that_is_away_is_waited_for(land: World) -> None:
    (server,) = await lent_on(land, DEAD, 0)
    await die(land)
    land.account.world.faults.fail("evacuate", Unreachable("No connection."), times=None)
    assert (await evacuate(land)).ok
    await land.pass_time(1800, step=5)
    (one,) = evacuations(land)
    assert one.state is OperationState.WAITING
    land.account.world.faults.clear()
    land.account.world.faults.fail("evacuate", CloudFault("Unexpected API error."))
    await land.pass_time(150)
    assert now(land, server).host != DEAD, "one fault after a long silence is one fault"


async def test_a_cloud_that_breaks_over_all_is_waited_for(land: World) -> None:
    (server,) = await lent_on(land, DEAD, 0)
    await die(land)
    assert (await evacuate(land)).ok
    for call in ("evacuate", "compute_services", "get_server"):
        land.account.world.faults.fail(call, CloudFault("Unexpected API error."), times=None)
    await land.pass_time(1200, step=5)
    (one,) = evacuations(land)
    assert one.state is OperationState.WAITING
    land.account.world.faults.clear()
    await land.pass_time(150)
    assert now(land, server).host != DEAD


async def by_the_engine(world: World) -> None:
    """As if its fence had done its work."""
    rescue: Rescue = world.engine.hosts._rescue
    host = rescue.host(DEAD)
    say = world.engine.hosts.fencer.say
    heard = await rescue.give_up(host, "fenced", "dead: fenced", say)
    await rescue.begin(DEAD, "fenced", heard, "engine", say)


async def test_a_standstill_stops_what_the_engine_has_not_asked_for(tmp_path: Path) -> None:
    world = await land_of(tmp_path, servers_at_once=1)
    servers = await lent_on(world, DEAD, 9, 1, 0)
    await die(world)
    await by_the_engine(world)
    for _ in range(40):
        await world.pass_time(0.25, step=0.25)
        if any(one.step == "follow" for one in evacuations(world)):
            break
    assert (await world.send(Freeze(reason="a new switch"), "operator")).ok
    await world.pass_time(120)
    assert [now(world, one).host != DEAD for one in servers] == [True, False, False], "what was asked for goes on"
    waiting = [one for one in evacuations(world) if one.state in LIVE]
    assert {one.waiting_for for one in waiting} == {"frozen: a new switch"}
    assert (await evacuate(world)).text.startswith("0 servers")
    assert (await world.send(Thaw(), "operator")).ok
    await world.pass_time(120)
    assert all(now(world, one).host != DEAD for one in servers)
    await world.stop()


async def test_a_standstill_between_turn_and_order_stops_the_order(land: World) -> None:
    (server,) = await lent_on(land, DEAD, 0)
    await die(land)
    land.account.world.faults.fail("evacuate", CloudFault("Unexpected API error."))
    await by_the_engine(land)
    await land.pass_time(0.5, step=0.5)
    assert (await land.send(Freeze(reason="a new switch"), "operator")).ok
    await land.pass_time(120)
    (one,) = evacuations(land)
    assert (one.step, one.waiting_for) == ("ask", "frozen: a new switch")
    assert now(land, server).host == DEAD
    assert (await land.send(Thaw(), "operator")).ok
    await land.pass_time(60)
    assert now(land, server).host != DEAD


async def test_what_people_ask_for_goes_on_in_a_standstill(land: World) -> None:
    (server,) = await lent_on(land, DEAD, 0)
    await die(land)
    assert (await land.send(Freeze(reason="a new switch"), "operator")).ok
    assert (await evacuate(land)).ok
    await land.pass_time(60)
    assert now(land, server).host != DEAD


# A hand-over that an evacuation takes the place of


async def half_handed_over(world: World) -> tuple[Server, Operation]:
    """A server of alice's on the host that dies before her key is in."""
    lease_server: Server | None = None
    while lease_server is None or lease_server.host != DEAD:
        world.guests.silent |= {one.id for one in world.state.all(Server) if not one.lease_id}
        reply = await world.ask("alice", ssh_key=KEY)
        lease_server = world.state.need(Server, reply.server_id)
    world.guests.silent &= {lease_server.id}
    await die(world)
    work = world.state.operation_on(lease_server.id)
    assert work is not None
    assert work.kind is OperationKind.HAND_OVER, work
    return lease_server, work


def hand_overs(world: World, server: Server) -> list[Operation]:
    return [one for one in world.state.operations_of(server.id) if one.kind is OperationKind.HAND_OVER]


async def test_a_hand_over_is_not_lost(land: World) -> None:
    server, first = await half_handed_over(land)
    assert (await evacuate(land)).ok
    assert land.state.need(Operation, first.id).outcome.startswith(f"{OVERTAKEN} evacuate")
    land.guests.silent.clear()
    await land.pass_time(60)
    assert now(land, server).host != DEAD
    assert [one.state for one in hand_overs(land, server)] == [OperationState.FAILED, OperationState.DONE]
    assert len(land.guests.keys[server.id]) == 1
    assert len(land.events("hand_over.begun")) == 1


async def test_a_hand_over_is_not_lost_where_the_evacuation_comes_to_nothing(land: World) -> None:
    server, _ = await half_handed_over(land)
    for other in ("cmp2", "cmp3", "cmp4"):
        await land.account.project().disable_host(other, "full")
    assert (await evacuate(land)).ok
    await land.pass_time(30)
    (failed,) = evacuations(land)
    assert failed.state is OperationState.FAILED
    assert len(hand_overs(land, server)) == 2
    for other in ("cmp2", "cmp3", "cmp4"):
        await land.account.project().enable_host(other)
    reply = await land.send(RetryOperation(operation_id=failed.id), "operator")
    assert reply.ok, "a hand-over does not stand in the way"
    land.guests.silent.clear()
    await land.pass_time(60)
    assert now(land, server).host != DEAD
    assert hand_overs(land, server)[-1].state is OperationState.DONE


async def test_a_hand_over_is_not_lost_where_the_evacuation_is_aborted(land: World) -> None:
    server, _ = await half_handed_over(land)
    assert (await evacuate(land)).ok
    (waiting,) = evacuations(land)
    assert (await land.send(AbortOperation(operation_id=waiting.id), "operator")).ok
    assert len(hand_overs(land, server)) == 2
