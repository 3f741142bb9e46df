"""No oath passes the guards by itself: too many hosts down, or too many being rescued. Old falls count no more."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.engine.test_dead_hosts import (
    DEAD,
    JUDGED,
    RULES,
    evacuations,
    host,
    land_of,
    lend_all_on,
    suspect,
    until,
)
from tests.engine.world import World
from vmms_tui.model.commands import EvacuateHost, RehearseHostDown
from vmms_tui.model.records import changed
from vmms_tui.model.suspects import Phase

OATH = "I pulled its power"
BY_HAND = changed(RULES, automatic=False)


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[World]:
    made = await land_of(tmp_path, BY_HAND)
    yield made
    await made.stop()
    assert not made.account.world.contents.twice, "a server ran on two hosts at once"


async def die(world: World, *names: str) -> None:
    for name in names:
        await lend_all_on(world, name)
    for name in names:
        world.account.world.host_down(name)
    await world.pass_time(JUDGED)


async def test_two_of_four_are_not_evacuated_on_an_oath_alone(land: World) -> None:
    await die(land, DEAD, "cmp2")
    reply = await land.send(EvacuateHost(host=DEAD, sworn=OATH), "operator")
    assert (reply.code, reply.rule) == ("refused", "share")
    assert reply.text.startswith("2 of 4 hosts are down at once, more than 30 %: ")
    assert "`--despite-share`" in reply.remedy
    reply = await land.send(EvacuateHost(host=DEAD, sworn=OATH, despite_others=True), "operator")
    assert reply.rule == "share", "each guard has a word of its own"
    assert host(land).status == "enabled"
    assert not evacuations(land)
    reply = await land.send(EvacuateHost(host=DEAD, sworn=OATH, despite_share=True), "operator")
    assert reply.ok, reply
    await until(land, Phase.EVACUATED)
    (said,) = land.events("host.evacuated")
    assert said.reason.startswith(f"{OATH}, although 2 of 4 hosts are down at once, more than 30 %")
    assert host(land).disabled_reason == f"dead: {OATH} (operator, VMMS)"


async def test_one_host_at_a_time_on_oaths_too(tmp_path: Path) -> None:
    world = await land_of(tmp_path, changed(BY_HAND, share=1.0))
    await die(world, DEAD, "cmp2")
    assert (await world.send(EvacuateHost(host=DEAD, sworn=OATH), "operator")).ok
    reply = await world.send(EvacuateHost(host="cmp2", sworn=OATH), "operator")
    assert (reply.rule, reply.text) == ("at_once", "cmp1 is being rescued, and no more at once.")
    assert "`--despite-others`" in reply.remedy
    assert (await world.send(EvacuateHost(host=DEAD, sworn="once more"), "operator")).ok, "it is the one"
    reply = await world.send(EvacuateHost(host="cmp2", sworn=OATH, despite_others=True), "operator")
    assert reply.ok, reply
    assert suspect(world, "cmp2").fenced == f"{OATH}, although cmp1 is being rescued, and no more at once"
    await until(world, Phase.EVACUATED, "cmp2")
    await world.stop()


async def test_a_rehearsal_is_no_rescue(land: World) -> None:
    await die(land, DEAD, "cmp2")
    reply = await land.send(RehearseHostDown(host=DEAD), "operator")
    assert reply.ok, reply


async def test_a_death_long_after_another_is_no_storm(tmp_path: Path) -> None:
    world = await land_of(tmp_path, many=16)
    await lend_all_on(world)
    world.account.world.host_down(DEAD)
    await until(world, Phase.EVACUATED)
    await world.pass_time(3700, step=10)
    assert suspect(world).phase is Phase.EVACUATED
    await lend_all_on(world, "cmp2")
    world.account.world.host_down("cmp2")
    over = await until(world, Phase.EVACUATED, "cmp2")
    assert (over.down, over.of) == (1, 3)
    assert world.witnesses.fenced == [DEAD, "cmp2"]
    assert not world.account.world.contents.twice
    await world.stop()


async def test_a_death_soon_after_another_stops_and_asks(tmp_path: Path) -> None:
    world = await land_of(tmp_path, many=16)
    await lend_all_on(world)
    world.account.world.host_down(DEAD)
    await until(world, Phase.EVACUATED)
    await world.pass_time(600, step=10)
    await lend_all_on(world, "cmp2")
    world.account.world.host_down("cmp2")
    one = await until(world, Phase.OURS, "cmp2")
    assert (one.down, one.of) == (2, 4)
    await world.pass_time(4000, step=10)
    assert suspect(world, "cmp2").phase is Phase.OURS, "that time goes by decides nothing"
    assert world.witnesses.fenced == [DEAD]
    await world.stop()
