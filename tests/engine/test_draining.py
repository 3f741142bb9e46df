"""Hosts that are emptied and come back, and load that is evened: some at a time, and each server once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.hosts_known import SEEN_DEAD
from tests.engine.test_evacuation import host
from tests.engine.world import World, pool
from vmms_tui.engine.cloud.errors import BadRequest, Busy
from vmms_tui.model.commands import (
    AnyCommand,
    DrainHost,
    EnableHost,
    EvacuateHost,
    Refresh,
    Reply,
    SteerMoves,
    StopServer,
    UndrainHost,
)
from vmms_tui.model.draining import Errand, LegState, MoveQueue, Phase, queue_id, stuck, unwell
from vmms_tui.model.records import Level, Operation, OperationKind, Server, ServerState, changed
from vmms_tui.model.surroundings import Kind

HOST = "cmp1"
MANY = 10


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[World]:
    """Ten lent servers on one host, which is the only open one when they are made."""
    made = await crowded(tmp_path)
    yield made
    await made.stop()


async def crowded(folder: Path, number: int = MANY, available: int = 0) -> World:
    made = World(folder, pool(available=available or number, limit=number + 4))
    made.account.world.set_admin()
    for name in ("cmp2", "cmp3", "cmp4"):
        await made.account.project().disable_host(name, "not yet")
    await made.start()
    await made.pass_time(SEEN_DEAD)
    for _ in range(number):
        reply = await made.ask("alice")
        assert reply.server_id, reply
        await made.pass_time(10)
    for name in ("cmp2", "cmp3", "cmp4"):
        await made.account.project().enable_host(name)
    await made.pass_time(SEEN_DEAD)
    return made


def lent(world: World) -> list[Server]:
    return [one for one in world.state.all(Server) if one.lease_id and one.state is not ServerState.GONE]


def on(world: World, name: str = HOST) -> set[str]:
    return {one.id for one in lent(world) if one.host == name}


def queue(world: World, errand: Errand = Errand.DRAIN, name: str = HOST) -> MoveQueue:
    return world.state.need(MoveQueue, queue_id(errand, name))


def under_way(world: World) -> int:
    return sum(1 for one in world.state.live_operations() if one.kind is OperationKind.MOVE)


def moves_of(world: World, server_id: str) -> list[Operation]:
    return [one for one in world.state.operations_of(server_id) if one.kind is OperationKind.MOVE]


async def say(world: World, command: AnyCommand) -> Reply:
    return await world.send(command, "operator")


async def drained(world: World, seconds: int = 1200) -> int:
    """Let time pass until the drain ends or waits; the most that were under way at once."""
    most = 0
    for _ in range(seconds):
        await world.pass_time(1)
        most = max(most, under_way(world))
        if queue(world).phase is not Phase.RUNNING:
            break
    return most


async def test_ten_servers_leave_two_at_a_time(land: World) -> None:
    before = on(land)
    assert len(before) == MANY
    assert (await say(land, DrainHost(host=HOST, reason="a new fan"))).ok
    assert await drained(land) == 2
    assert queue(land).phase is Phase.DONE, queue(land)
    assert queue(land).others == 0
    assert not on(land)
    assert host(land, HOST).disabled_reason.startswith("a new fan")
    assert all(len(moves_of(land, name)) == 1 for name in before)
    (said,) = land.events("drain.done")
    assert "power it off or hand it over" in said.text
    assert not [one for one in land.state.all(Server) if one.host == HOST and one.state is not ServerState.GONE]


async def test_the_limit_is_changed_in_the_middle(land: World) -> None:
    await say(land, DrainHost(host=HOST, reason="a new fan", limit=1))
    for _ in range(20):
        await land.pass_time(1)
        assert under_way(land) <= 1
    assert (await say(land, DrainHost(host=HOST, limit=4))).ok
    assert await drained(land) == 4
    assert queue(land).phase is Phase.DONE
    assert not on(land)


async def test_one_that_cannot_go_is_named_and_the_others_leave(land: World) -> None:
    off = lent(land)[0]
    await land.send(StopServer(lease_id=off.lease_id))
    await land.pass_time(20)
    await say(land, DrainHost(host=HOST, reason="a new fan"))
    await drained(land)
    assert on(land) == {off.id}
    assert queue(land).phase is Phase.WAITING
    (leg,) = [one for one in queue(land).legs if one.state is not LegState.DONE]
    assert (leg.server_id, leg.state) == (off.id, LegState.BLOCKED)
    assert "is off" in leg.why
    assert "--cold" in leg.remedy
    assert (await say(land, DrainHost(host=HOST, cold=True))).ok
    await drained(land)
    assert queue(land).phase is Phase.DONE, queue(land)
    assert land.state.need(Server, off.id).state is ServerState.STOPPED


@pytest.mark.parametrize("again", [DrainHost(host=HOST), SteerMoves(queue=f"drain:{HOST}", act="resume")])
async def test_a_move_that_fails_is_tried_once_more_and_then_named(land: World, again: AnyCommand) -> None:
    bad = lent(land)[3]
    land.account.world.faults.fail("live_migrate", BadRequest("It is pinned."), times=None, about=bad.cloud_id)
    await say(land, DrainHost(host=HOST, reason="a new fan"))
    await drained(land)
    assert on(land) == {bad.id}
    assert len(moves_of(land, bad.id)) == 2
    (leg,) = [one for one in queue(land).legs if one.server_id == bad.id]
    assert leg.state is LegState.FAILED
    assert "pinned" in leg.why
    assert queue(land).waits_since is not None
    assert [one for one in land.engine.needs.found() if one.startswith("moves:")] == [f"moves:drain:{HOST}"]
    land.account.world.faults.clear()
    assert (await say(land, again)).ok
    await drained(land)
    assert queue(land).phase is Phase.DONE
    assert queue(land).waits_since is None
    assert not [one for one in land.engine.needs.found() if one.startswith("moves:")]


async def test_a_drain_is_paused_goes_on_and_is_stopped(land: World) -> None:
    await say(land, DrainHost(host=HOST, reason="a new fan"))
    await land.pass_time(3)
    assert (await say(land, SteerMoves(queue=queue(land).id, act="pause"))).ok
    await land.pass_time(120)
    left = on(land)
    assert not under_way(land)
    assert left
    await say(land, SteerMoves(queue=queue(land).id, act="resume"))
    await land.pass_time(3)
    assert under_way(land) == 2
    assert (await say(land, SteerMoves(queue=queue(land).id, act="stop"))).ok
    await land.pass_time(120)
    assert len(on(land)) == len(left) - 2, "those under way end"
    assert queue(land).phase is Phase.STOPPED
    assert not [one for one in queue(land).legs if one.state is LegState.MOVING]
    assert (await say(land, SteerMoves(queue=queue(land).id, act="resume"))).rule == "unknown"


async def test_ready_servers_are_given_up_and_built_elsewhere(tmp_path: Path) -> None:
    world = await crowded(tmp_path, 2, available=4)
    await say(world, DrainHost(host=HOST, reason="a new fan"))
    await drained(world)
    await world.pass_time(120)
    assert queue(world).phase is Phase.DONE
    assert not [one for one in world.state.all(Server) if one.host == HOST and one.state is not ServerState.GONE]
    assert sum(1 for one in world.state.all(Server) if one.state is ServerState.READY) == 4
    await world.stop()


async def test_a_host_that_somebody_opens_meanwhile_empties_no_further(land: World) -> None:
    await say(land, DrainHost(host=HOST, reason="a new fan"))
    await land.pass_time(5)
    assert (await say(land, EnableHost(host=HOST))).rule == "draining"
    await land.account.project().enable_host(HOST)
    assert (await say(land, Refresh(kind=Kind.HOSTS))).ok
    await land.pass_time(60)
    assert queue(land).phase is Phase.WAITING
    left = on(land)
    assert left
    await land.pass_time(60)
    assert on(land) == left


@pytest.mark.parametrize("touches", [*range(0, 40, 3), *range(40, 200, 13)])
async def test_killed_anywhere_each_server_moves_once(tmp_path: Path, touches: int) -> None:
    world = await crowded(tmp_path, 3)
    before = on(world)
    assert (await say(world, DrainHost(host=HOST, reason="a new fan"))).ok
    world.death.after(touches)
    await world.pass_time(60)
    await world.kill()
    await world.start()
    await world.pass_time(5)
    await drained(world)
    assert queue(world).phase is Phase.DONE, queue(world)
    assert not on(world)
    for name in before:
        server = world.state.need(Server, name)
        assert len(await world.account.project().move_records(server.cloud_id)) == 1
    await world.stop()


async def test_a_host_comes_back_with_what_left_it(land: World) -> None:
    before = on(land)
    await say(land, DrainHost(host=HOST, reason="a new fan", limit=3))
    await drained(land)
    released = lent(land)[0]
    reply = await say(land, UndrainHost(host=HOST, bring_back=True))
    assert reply.ok, reply
    most = 0
    for _ in range(600):
        await land.pass_time(1)
        most = max(most, under_way(land))
        if not queue(land, Errand.RETURN).open:
            break
    assert most == 2, "all go to one host, and two at a time are what it takes"
    assert queue(land, Errand.RETURN).phase is Phase.DONE
    assert on(land) == before
    assert released.id in before


async def test_what_left_a_host_comes_back_also_when_it_is_open_already(land: World) -> None:
    """Somebody enabled it, or the engine was killed between that and its own record."""
    before = on(land)
    await say(land, DrainHost(host=HOST, reason="a new fan", limit=3))
    await drained(land)
    assert (await say(land, EnableHost(host=HOST))).ok
    assert (await say(land, UndrainHost(host=HOST))).rule == "enabled"
    assert (await say(land, UndrainHost(host=HOST, bring_back=True))).ok
    assert len(queue(land, Errand.RETURN).legs) == len(before)
    again = await say(land, UndrainHost(host=HOST, bring_back=True))
    assert again.rule == "enabled", "they come back once"


async def test_a_host_that_somebody_has_just_opened_is_closed(land: World) -> None:
    """And not taken for one that is closed still, as the list before said."""
    cloud = land.account.project()
    await cloud.disable_host(HOST, "new RAM")
    await land.pass_time(SEEN_DEAD)
    await cloud.enable_host(HOST)
    assert host(land, HOST).status == "disabled"
    assert (await say(land, DrainHost(host=HOST, reason="a new fan"))).ok
    assert land.account.world.contents.hosts[HOST].status == "disabled"
    assert not queue(land).closed_before


async def test_a_host_that_may_be_open_is_not_drained_while_the_cloud_does_not_tell(land: World) -> None:
    await land.account.project().disable_host(HOST, "new RAM")
    await land.pass_time(SEEN_DEAD)
    land.account.world.faults.fail("compute_services", Busy("Too many requests."), times=None)
    reply = await say(land, DrainHost(host=HOST, reason="a new fan"))
    assert (reply.code, land.state.get(MoveQueue, queue_id(Errand.DRAIN, HOST))) == ("try_again", None)
    land.account.world.faults.clear()


async def test_what_is_left_of_an_evacuation_keeps_a_host_closed(land: World) -> None:
    land.account.world.host_down(HOST, alive=False)
    await land.pass_time(SEEN_DEAD)
    assert (await say(land, DrainHost(host=HOST, reason="too late"))).rule == "not_up"
    assert (await say(land, EvacuateHost(host=HOST, sworn="I pulled its power"))).ok
    await land.pass_time(200)
    for command in (EnableHost(host=HOST), UndrainHost(host=HOST)):
        reply = await say(land, command)
        assert reply.rule == "left_behind", reply
        assert "Restart nova-compute" in reply.remedy
    land.account.world.host_up(HOST)
    await land.pass_time(SEEN_DEAD)
    assert (await say(land, UndrainHost(host=HOST))).ok
    assert host(land, HOST).status == "enabled"


@pytest.mark.parametrize("killed", [False, True])
async def test_one_that_moved_and_does_not_work_is_told_of_and_brought_back(land: World, killed: bool) -> None:
    before = on(land)
    bad = lent(land)[3]
    land.guests.silent.add(bad.id)
    await say(land, DrainHost(host=HOST, reason="a new fan", limit=4))
    await drained(land, 200)
    if killed:
        await land.restart()
    await drained(land)
    drain = queue(land)
    assert drain.phase is Phase.DONE, drain
    (leg,) = [one for one in drain.legs if one.server_id == bad.id]
    there = land.state.need(Server, bad.id).host
    assert (leg.state, leg.arrived, leg.to) == (LegState.FAILED, True, there)
    assert there != HOST
    assert "it moved, and is not as it should be: no answer from it yet" in leg.why
    assert f"vmms log {bad.id}" in leg.remedy
    assert len(moves_of(land, bad.id)) == 1, "it is not moved a second time"
    (said,) = land.events("drain.done")
    assert f"1 moved and is not as it should be ({bad.id} on {there})" in said.text
    assert "9 done" in said.text
    assert said.level is Level.WARNING
    assert "no answer from it yet" in said.detail
    land.guests.silent.clear()
    assert (await say(land, UndrainHost(host=HOST, bring_back=True))).ok
    assert {one.server_id for one in queue(land, Errand.RETURN).legs} == before
    for _ in range(600):
        await land.pass_time(1)
        if not queue(land, Errand.RETURN).open:
            break
    assert on(land) == before


async def test_whoever_resumes_a_drain_moves_what_arrived_no_further(land: World) -> None:
    bad, pinned = lent(land)[3], lent(land)[4]
    land.guests.silent.add(bad.id)
    land.account.world.faults.fail("live_migrate", BadRequest("It is pinned."), times=None, about=pinned.cloud_id)
    await say(land, DrainHost(host=HOST, reason="a new fan", limit=4))
    await drained(land)
    assert queue(land).phase is Phase.WAITING
    (needed,) = [one for one in land.state.all(MoveQueue) if one.open]
    assert [one.server_id for one in stuck(needed)] == [pinned.id]
    land.account.world.faults.clear()
    assert (await say(land, SteerMoves(queue=queue(land).id, act="resume"))).ok
    await drained(land)
    assert queue(land).phase is Phase.DONE
    assert len(moves_of(land, bad.id)) == 1
    (leg,) = unwell(queue(land))
    assert (leg.server_id, leg.state) == (bad.id, LegState.FAILED)
    assert "no answer from it yet" in leg.why


async def test_a_server_that_failed_is_named_and_one_that_is_gone_holds_up_nothing(land: World) -> None:
    """Both were found by games: a drain that ran on for ever and said nothing."""
    kept, deleted = lent(land)[:2]
    await land.let_be(changed(kept, state=ServerState.FAILED, failure="it broke."))
    await land.account.project().delete_server(deleted.cloud_id)
    await land.pass_time(20)
    assert land.state.need(Server, deleted.id).state is ServerState.FAILED
    await say(land, DrainHost(host=HOST, reason="a new fan", limit=8))
    await drained(land)
    assert queue(land).phase is Phase.WAITING
    (leg,) = [one for one in queue(land).legs if one.state is LegState.BLOCKED]
    assert leg.server_id == kept.id
    assert "it broke." in leg.why
    assert "Release" in leg.remedy
    assert deleted.id not in {one.server_id for one in queue(land).legs}


async def test_what_has_left_already_is_not_moved_once_more(land: World) -> None:
    """The engine's own list may be old: it has no list at all while its credentials are a member's."""
    left = lent(land)[0]
    await land.account.project().live_migrate(left.cloud_id, "cmp2")
    land.clock.advance(30)
    assert land.state.need(Server, left.id).host == HOST
    assert (await say(land, DrainHost(host=HOST, reason="a new fan", limit=20))).ok
    await land.engine.moves.tick()
    (move,) = moves_of(land, left.id)
    await drained(land)
    assert len(await land.account.project().move_records(left.cloud_id)) == 1
    assert "nothing was asked" in land.state.need(Operation, move.id).outcome
    assert land.state.need(Server, left.id).host == "cmp2"
    assert queue(land).phase is Phase.DONE


async def test_a_host_is_not_called_empty_while_nobody_knows_where_a_server_is(land: World) -> None:
    """The cloud told of no hosts when it was built; what the list of hosts counts there is not somebody else's."""
    hidden = lent(land)[0]
    await land.let_be(changed(hidden, host="", cloud_status="ACTIVE"))
    assert (await say(land, DrainHost(host=HOST, reason="a new fan", limit=20))).ok
    await land.pass_time(120, step=2)
    assert queue(land).phase is Phase.RUNNING
    land.engine.observer.again_completely()
    await land.pass_time(5)
    await drained(land)
    assert queue(land).phase is Phase.DONE
    assert hidden.id in {one.server_id for one in queue(land).legs}
