"""A fence counts for a while only, and a look that cannot see proves nothing after it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.engine.test_dead_hosts import DEAD, RULES, evacuations, land_of, lend_all_on, suspect, until
from tests.engine.world import World
from vmms_tui.engine.cloud.errors import Busy
from vmms_tui.engine.witnesses.simulated import Fencing
from vmms_tui.model.commands import EvacuateHost
from vmms_tui.model.needs import NeedKind
from vmms_tui.model.records import changed
from vmms_tui.model.suspects import CLOUD, Phase, Verdict
from vmms_tui.model.witness import Says


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[World]:
    """A host with servers of somebody's that is fenced, and that the cloud does not let us give up."""
    made = await land_of(tmp_path, changed(RULES, servers=False))
    await lend_all_on(made)
    made.account.world.faults.fail("disable_host", Busy("Too many requests."), times=None)
    made.account.world.host_down(DEAD)
    await until(made, Phase.FENCED)
    yield made
    await made.stop()
    assert not made.account.world.contents.twice, "a server ran on two hosts at once"


async def test_an_old_fence_is_made_anew(land: World) -> None:
    """Its power is back, and it is cut off from everybody: only a new fence makes sure."""
    land.account.world.host_down(DEAD, alive=True)
    land.witnesses.unreachable.add(DEAD)
    await land.pass_time(400)
    assert land.witnesses.fenced[:2] == [DEAD, DEAD]
    assert not evacuations(land)
    lines = land.events("host.fencing")
    assert "cmp1 is fenced once more, as it was fenced 5 min " in lines[1].text
    land.account.world.faults.clear()
    await until(land, Phase.EVACUATED)


async def test_a_fence_does_not_count_for_a_host_that_was_heard_of_since(land: World) -> None:
    """Somebody gave it its power back, and then it hung, both between two looks."""
    land.account.world.host_up(DEAD)
    land.account.world.host_down(DEAD, hung=True)
    land.clock.advance(61)
    land.account.world.faults.clear()
    await until(land, Phase.EVACUATED)
    assert land.witnesses.fenced == [DEAD, DEAD]
    lines = land.events("host.fencing")
    assert "cmp1 is fenced once more, as the cloud has heard of it since it was fenced " in lines[1].text


async def test_a_fresh_fence_is_enough(land: World) -> None:
    await land.pass_time(100)
    assert suspect(land).waits.startswith("the cloud: ")
    land.account.world.faults.clear()
    await until(land, Phase.EVACUATED)
    assert land.witnesses.fenced == [DEAD]


async def test_an_old_fence_is_not_made_anew_of_a_host_that_lives(land: World) -> None:
    land.witnesses.cut = True
    await land.pass_time(310)
    assert land.witnesses.fenced == [DEAD], "nobody can tell whether it lives"
    land.account.world.host_down(DEAD, alive=True)
    land.witnesses.cut = False
    one = await until(land, Phase.ASKS)
    assert "and yet ssh says that its SSH answers" in one.asks
    assert land.witnesses.fenced == [DEAD]
    land.account.world.faults.clear()
    await land.pass_time(100)
    assert not evacuations(land)


async def test_another_engine_fences_again(land: World) -> None:
    land.account.world.faults.clear()
    land.account.world.faults.fail("disable_host", Busy("Too many requests."), times=1)
    await land.restart()
    await until(land, Phase.EVACUATED)
    assert land.witnesses.fenced == [DEAD, DEAD]


async def test_a_fence_that_is_old_and_fails_asks(land: World) -> None:
    land.witnesses.fencing = Fencing.FAILS
    await land.pass_time(400)
    assert suspect(land).asks.startswith("it could not be fenced: the fence command ended with 1")
    land.account.world.faults.clear()
    await land.pass_time(100)
    assert not evacuations(land)


async def test_who_sees_nothing_gives_nothing_up(land: World) -> None:
    land.witnesses.cut = True
    land.account.world.faults.clear()
    await land.pass_time(100)
    one = suspect(land)
    assert (one.phase, one.verdict) == (Phase.FENCED, Verdict.OURS)
    assert one.waits.startswith("a look that is sure: no host that is up answers the witnesses either")
    assert not evacuations(land)
    assert land.engine.needs.found()[f"host:{DEAD}"].kind is NeedKind.HOST
    land.witnesses.cut = False
    await until(land, Phase.EVACUATED)


async def test_who_sees_nothing_just_after_the_fence_gives_nothing_up(tmp_path: Path) -> None:
    world = await land_of(tmp_path)
    await lend_all_on(world)
    fence = world.witnesses.fence

    async def cut(rules: object, asked: object) -> object:
        fenced = await fence(rules, asked)  # type: ignore[arg-type]
        world.witnesses.cut = True
        return fenced

    world.witnesses.fence = cut  # type: ignore[method-assign,assignment]
    world.account.world.host_down(DEAD)
    one = await until(world, Phase.FENCED)
    assert one.waits.startswith("a look that is sure: of cmp1 nobody can tell now; ssh: "), one.waits
    await world.pass_time(30)
    assert not evacuations(world)
    await world.stop()


async def test_who_answers_after_the_fence_cannot_be_sworn_dead(tmp_path: Path) -> None:
    world = await land_of(tmp_path, changed(RULES, fence_proof=()))
    await lend_all_on(world)
    world.witnesses.fencing = Fencing.LIES
    fence = world.witnesses.fence

    async def wakes(rules: object, asked: object) -> object:
        fenced = await fence(rules, asked)  # type: ignore[arg-type]
        world.account.world.host_down(DEAD, alive=True)
        return fenced

    world.witnesses.fence = wakes  # type: ignore[method-assign,assignment]
    world.account.world.host_down(DEAD, hung=True)
    one = await until(world, Phase.ASKS)
    assert (one.verdict, one.looks, one.why) == (Verdict.ALIVE, 0, "it gave a sign of life to ssh and servers")
    assert [(sign.witness, sign.says) for sign in one.signs] == [
        (CLOUD, Says.SILENT), ("ssh", Says.ALIVE), ("servers", Says.ALIVE)
    ]  # fmt: skip
    reply = await world.send(EvacuateHost(host=DEAD, sworn="I am sure"), "operator")
    assert reply.rule == "alive"
    assert not evacuations(world)
    await world.stop()
