"""Servers on hosts that are down are ill only as long as the list of hosts can be read: an old list says nothing."""

from pathlib import Path

import pytest

from tests.engine.test_healing import now, pass_minutes
from tests.engine.world import World, pool
from vmms_tui.engine.cloud.errors import CloudFault
from vmms_tui.engine.keepers.downs import down_hosts
from vmms_tui.model.healing import HealingRules, Illness, Sickness
from vmms_tui.model.records import Server, ServerState, changed
from vmms_tui.model.spec import Policy
from vmms_tui.model.surroundings import Host, Kind, Survey
from vmms_tui.model.witness import HostRules

DOWN = "cmp1"
RULES = HealingRules(share=1.0, many=1000)


async def land_of(folder: Path) -> World:
    """A pool on four hosts that are known. What hosts there are is read by the engine's own pace alone."""
    policy = Policy(healing=RULES, hosts=HostRules(share=1.0))
    world = World(folder, pool(available=12, limit=12), policy=policy)
    world.account.world.set_admin()
    await world.start()
    await world.pass_time(125)
    return world


def on(world: World, host: str = DOWN) -> list[Server]:
    return [one for one in world.state.all(Server) if one.host == host and one.state is ServerState.READY]


def list_fails(world: World) -> None:
    for call in ("hypervisors", "compute_services"):
        world.account.world.faults.fail(call, CloudFault("The list broke."), times=None)


async def test_ready_servers_are_given_up_only_while_hosts_are_known(tmp_path: Path) -> None:
    world = await land_of(tmp_path)
    servers = on(world)
    assert servers
    world.account.world.host_down(DOWN)
    for _ in range(100):
        if world.state.get(Illness, servers[0].id) is not None:
            break
        await world.pass_time(1)
    assert world.state.need(Illness, servers[0].id).kind is Sickness.HOST
    list_fails(world)
    world.account.world.host_up(DOWN)
    await pass_minutes(world, 30)
    assert down_hosts(world.engine.context) is None
    assert {now(world, one).state for one in servers} == {ServerState.READY}
    assert not world.events("server.recovered"), "nobody knows that it is up either"
    world.account.world.faults.clear()
    await pass_minutes(world, 5)
    assert down_hosts(world.engine.context) == frozenset()
    assert world.state.need(Illness, servers[0].id).well_since
    assert {now(world, one).state for one in servers} == {ServerState.READY}
    await world.stop()


async def test_one_that_is_lent_waits_for_the_list(tmp_path: Path) -> None:
    world = await land_of(tmp_path)
    while any(one.host == DOWN for one in on(world)):
        assert (await world.ask("alice")).server_id
        await world.pass_time(1)
    server = next(one for one in world.state.all(Server) if one.host == DOWN and one.state is ServerState.LEASED)
    await world.account.project().disable_host(DOWN, "a new fan")
    world.account.world.host_down(DOWN)
    for _ in range(100):
        if world.state.get(Illness, server.id) is not None:
            break
        await world.pass_time(1)
    list_fails(world)
    await pass_minutes(world, 10)
    ill = world.state.need(Illness, server.id)
    assert ill.waits == "the list of hosts, which cannot be read: cmp1 was down when it last could"
    assert ill.acts == 0
    await world.stop()


@pytest.mark.parametrize("word", ["down", "DOWN", "Down"])
async def test_a_cloud_may_write_down_as_it_likes(tmp_path: Path, word: str) -> None:
    world = await land_of(tmp_path)
    host = next(one for one in world.state.all(Host) if one.name == DOWN)
    world.engine.context.ledger.note(changed(host, state=word))
    assert down_hosts(world.engine.context) == frozenset({DOWN})
    await world.engine.health.tick()
    assert {one.kind for one in world.state.all(Illness)} == {Sickness.HOST}
    await world.stop()


@pytest.mark.parametrize("how", ["old", "broken", "never"])
async def test_a_list_that_is_not_to_be_trusted_names_no_host(tmp_path: Path, how: str) -> None:
    world = await land_of(tmp_path)
    context = world.engine.context
    host = next(one for one in world.state.all(Host) if one.name == DOWN)
    context.ledger.note(changed(host, state="down"))
    survey = world.state.need(Survey, Kind.HOSTS)
    if how == "old":
        world.clock.advance(4 * survey.every.total_seconds() + 60)
    else:
        lacks = changed(survey, problem="No.") if how == "broken" else changed(survey, read_at=None)
        context.ledger.note(lacks)
    assert down_hosts(context) is None
    await world.engine.health.tick()
    assert not world.state.all(Illness)
    await world.stop()
