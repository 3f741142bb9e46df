"""What ties servers to hosts reaches Preflight, is read anew before a move, and why Nova refused one is said."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.hosts_known import with_hosts
from tests.engine.test_moves import HOSTS_READ, elsewhere, lent, move, operation
from tests.engine.world import World, pool
from vmms_tui.engine.cloud.errors import AccessDenied, CloudFault, NotFound, Unreachable
from vmms_tui.engine.cloud.simulated.records import SimAggregate, SimGroup
from vmms_tui.engine.keepers.placing import AGE
from vmms_tui.model.commands import MigrateServer, Refresh
from vmms_tui.model.placing import PLACING, SCOPE, Placing
from vmms_tui.model.records import OperationState, Server, ServerState, changed
from vmms_tui.model.surroundings import Host

SLOW = AGE.total_seconds() + 120


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[World]:
    made = await with_hosts(tmp_path, 2, 6, seconds=HOSTS_READ)
    yield made
    await made.stop()


def tagged(world: World, *hosts: str, **metadata: str) -> None:
    world.account.world.contents.aggregates["fast"] = SimAggregate("fast", list(hosts), metadata)


def flavored(world: World, **extra: str) -> None:
    """Let the flavor of the pool ask for something."""
    flavor = world.engine.context.specs[world.state.pools()[0].id].flavor
    sim = next(one for one in world.account.world.contents.flavors.values() if flavor in {one.id, one.name})
    sim.extra = extra


def grouped(world: World, policy: str, *servers: Server) -> None:
    members = [one.cloud_id for one in servers]
    world.account.world.contents.groups["g1"] = SimGroup("g1", "web", "demo", policy, members=members)


async def refused(world: World, name: str, host: str = "", *, cold: bool = False) -> str:
    reply = await world.send(MigrateServer(server_id=name, host=host, cold=cold), "operator")
    assert not reply.ok, reply
    return f"{reply.rule}: {reply.text}"


async def test_where_nothing_ties_anything_nothing_is_told(land: World) -> None:
    await land.pass_time(SLOW)
    assert land.state.get(Placing, PLACING) is None


async def test_a_flavor_that_asks_for_an_aggregate(land: World) -> None:
    _, server = await lent(land)
    to = elsewhere(server)
    tagged(land, "cmp3" if to != "cmp3" else "cmp4", ssd="true")
    flavored(land, **{f"{SCOPE}ssd": "true"})
    await land.pass_time(SLOW)
    held = {one.name: one for one in land.state.all(Host) if one.aggregates}
    assert [one.aggregates for one in held.values()] == [("fast",)]
    said = await refused(land, server.id, to)
    assert "move_aggregate: The flavor of" in said
    assert "ssd=true" in said
    (name,) = held
    if name != server.host:
        reply = await move(land, server.id, name)
        await land.pass_time(60)
        assert operation(land, reply).state is OperationState.DONE


async def test_what_was_changed_since_is_seen_just_before_the_move(land: World) -> None:
    """The list is half an hour old at most; the move itself reads it anew."""
    _, server = await lent(land)
    _, other = await lent(land)
    to = other.host if other.host != server.host else elsewhere(server)
    if other.host == server.host:
        away = await move(land, other.id, to)
        await land.pass_time(60)
        assert operation(land, away).state is OperationState.DONE
    grouped(land, "anti-affinity", server, other)
    reply = await move(land, server.id, to)
    await land.pass_time(30)
    ended = operation(land, reply)
    assert ended.state is OperationState.FAILED
    assert "others of its group web (anti-affinity)" in ended.outcome
    assert land.state.need(Server, server.id).state is ServerState.LEASED
    await land.pass_time(SLOW)
    assert (await refused(land, server.id, to)).startswith("move_group:")


async def test_a_server_that_was_asked_for_in_a_zone(land: World) -> None:
    _, server = await lent(land)
    to = elsewhere(server)
    tagged(land, *(f"cmp{number}" for number in range(1, 5) if f"cmp{number}" != to), availability_zone="a")
    context = land.engine.context
    context.specs = {name: changed(spec, availability_zone="a") for name, spec in context.specs.items()}
    await land.pass_time(SLOW)
    said = await refused(land, server.id, to)
    assert said.startswith(f"move_zone: {server.id} was asked for in zone a, and {to} is in nova.")


async def test_a_port_that_is_a_device_of_its_host(land: World) -> None:
    _, server = await lent(land)
    land.account.world.contents.ports[server.port_ids[0]].kind = "accelerator-direct"
    await land.pass_time(SLOW)
    assert (await refused(land, server.id)).startswith(f"move_devices: A port of {server.id} is a device of its host")
    assert land.state.need(Placing, PLACING).devices == {server.id: ("accelerator-direct",)}


async def test_nova_says_why_it_found_no_host(land: World) -> None:
    _, server = await lent(land)
    land.account.world.faults.no_host()
    reply = await move(land, server.id)
    await land.pass_time(40)
    ended = operation(land, reply)
    assert ended.state is OperationState.FAILED
    assert "(Nova: No valid host was found; there are not enough hosts available)" in ended.outcome


@pytest.mark.parametrize("error", [AccessDenied("not for you"), NotFound("no such action")])
async def test_where_nova_does_not_say_why_the_rest_is_said(land: World, error: AccessDenied | NotFound) -> None:
    _, server = await lent(land)
    land.account.world.faults.no_host()
    land.account.world.faults.fail("action_events", error, times=None)
    reply = await move(land, server.id)
    await land.pass_time(40)
    assert "the scheduler found no host" in operation(land, reply).outcome
    assert "Nova:" not in operation(land, reply).outcome


async def test_aggregates_that_cannot_be_read_hide_no_host(tmp_path: Path) -> None:
    world = World(tmp_path, pool(available=1, limit=2))
    world.account.world.set_admin()
    for call in ("aggregates", "server_groups"):
        world.account.world.faults.fail(call, Unreachable("no answer"), times=None)
    await world.start()
    await world.pass_time(HOSTS_READ)
    assert len(world.state.all(Host)) == 4
    await world.stop()


async def test_they_are_read_twice_an_hour(land: World) -> None:
    before = land.account.calls_made()
    await land.pass_time(3600)
    after = land.account.calls_made()
    for call in ("aggregates", "server_groups"):
        assert after[("compute", call)] - before[("compute", call)] == 2


async def test_what_could_not_be_read_is_read_again_soon(tmp_path: Path) -> None:
    world = await with_hosts(tmp_path, 1, 2, seconds=5)
    tagged(world, "cmp3", ssd="true")
    world.account.world.faults.fail("aggregates", CloudFault("Not now."), times=1)
    world.clock.advance(SLOW)
    await world.pass_time(5)
    assert not [one for one in world.state.all(Host) if one.aggregates]
    await world.pass_time(120, step=5)
    assert [one.name for one in world.state.all(Host) if one.aggregates] == ["cmp3"]
    await world.stop()


async def test_whoever_reads_the_hosts_again_reads_what_ties_servers_too(land: World) -> None:
    tagged(land, "cmp3", ssd="true")
    await land.pass_time(65, step=5)
    assert not [one for one in land.state.all(Host) if one.aggregates]
    assert (await land.send(Refresh(kind="hosts"), "operator")).ok
    assert [one.name for one in land.state.all(Host) if one.aggregates] == ["cmp3"]
