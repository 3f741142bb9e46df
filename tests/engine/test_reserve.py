"""Room that is kept for hosts that die: pools stop before it, and nobody is refused a server that is ready for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.engine.world import World, pool
from vmms_tui.model.records import Request, RequestState, Server, ServerState
from vmms_tui.model.reserve import Reserve
from vmms_tui.model.spec import Policy
from vmms_tui.model.witness import HostRules

READ = 65
"""Seconds until the hosts were read again."""


async def land(folder: Path, hosts: int = 2, *, admin: bool = True, available: int = 8) -> World:
    """Hosts that take four servers each, of which as many as one must take stay free."""
    made = World(folder, pool(available=available, limit=20), policy=Policy(hosts=HostRules(reserve=1)))
    contents = made.account.world.contents
    for name in list(contents.hosts)[hosts:]:
        contents.hosts[name].status = "disabled"
    for one in contents.hosts.values():
        one.ram_mib = 4 * 2048
    made.account.world.set_admin(admin=admin)
    await made.start()
    return made


@pytest_asyncio.fixture
async def small(tmp_path: Path) -> AsyncIterator[World]:
    """Two hosts: only as much as one holds may be built."""
    made = await land(tmp_path)
    await made.pass_time(READ)
    yield made
    await made.stop()


def stands(world: World) -> Reserve:
    found = world.engine.status().reserve
    assert found
    return found


async def test_a_pool_stops_at_the_reserve_and_goes_on_when_a_host_comes(small: World) -> None:
    assert small.counts() == {ServerState.READY: 4}
    assert stands(small).holds
    assert stands(small).more == {"dev": 0}
    await small.pass_time(3 * READ)
    assert small.counts() == {ServerState.READY: 4}, "it stays so"
    small.account.world.contents.hosts["cmp3"].status = "enabled"
    await small.pass_time(2 * READ)
    assert small.counts() == {ServerState.READY: 8}
    assert stands(small).holds


async def test_what_is_ready_is_lent_and_a_request_that_needs_a_build_waits_with_the_reason(small: World) -> None:
    for _ in range(4):
        reply = await small.ask()
        assert reply.server_id, "a warm server is never refused for it"
    reply = await small.ask()
    assert reply.code == "queued"
    await small.pass_time(2 * READ)
    request = small.state.need(Request, reply.request_id)
    assert request.state is RequestState.QUEUED
    assert "kept for dead hosts" in request.reason
    assert small.counts() == {ServerState.LEASED: 4}
    small.account.world.contents.hosts["cmp3"].status = "enabled"
    await small.pass_time(2 * READ)
    assert small.state.need(Request, reply.request_id).state is RequestState.GRANTED


async def test_a_surge_does_not_take_it_either(small: World) -> None:
    for _ in range(12):
        await small.ask()
    await small.pass_time(READ)
    assert small.state.pools()[0].surge > 1
    assert len([one for one in small.state.all(Server) if one.state is not ServerState.GONE]) == 4


async def test_when_hosts_die_it_is_told_and_no_lease_is_taken_back(small: World) -> None:
    lent = [await small.ask() for _ in range(4)]
    small.account.world.host_down("cmp2")
    await small.pass_time(READ)
    assert stands(small).holds is False
    assert "1 host is open" in stands(small).why
    assert len(small.state.live_leases()) == len(lent)


async def test_without_an_administrators_list_nobody_knows_and_pools_go_on(tmp_path: Path) -> None:
    world = await land(tmp_path, hosts=4, admin=False)
    await world.pass_time(2 * READ)
    assert stands(world).holds is None
    assert "administrator" in stands(world).why
    assert world.counts() == {ServerState.READY: 8}
    await world.stop()
