"""Mending that is cut short at any moment goes on, and leaves one server with the address."""

from pathlib import Path

import pytest

from tests.engine.test_healing import SOON, falls, lent, pass_minutes
from tests.engine.world import World, pool
from vmms_tui.engine.cloud.facts import TAG_LEASE
from vmms_tui.engine.cloud.simulated.mending import Illness as Falls
from vmms_tui.engine.operations import tags
from vmms_tui.model.commands import Release
from vmms_tui.model.healing import Illness, Rung
from vmms_tui.model.records import (
    Lease,
    LeaseState,
    Operation,
    OperationKind,
    Server,
    ServerState,
    changed,
)


async def _healed(world: World, server: Server) -> None:
    for _ in range(60):
        await pass_minutes(world, 1)
        ill = world.state.get(Illness, server.id)
        if (ill is None or ill.well_since) and not world.state.live_operations():
            break
    lease = world.state.need(Lease, server.lease_id)
    held = world.state.need(Server, lease.server_id)
    assert (held.state, held.cloud_status) == (ServerState.LEASED, "ACTIVE")
    assert (held.floating_ip, held.floating_ip_id) == (server.floating_ip, server.floating_ip_id)
    assert (await world.cloud.get_floating_ip(held.floating_ip_id)).port_id == held.port_ids[0]
    marks = [ip.description for ip in await world.cloud.list_floating_ips() if ip.id == held.floating_ip_id]
    assert marks == [f"vmms test dev {held.id}"]
    await pass_minutes(world, 9)
    assert not [one for one in world.state.all(Server) if one.state is ServerState.HEALING]
    assert not await world.leftovers()
    assert world.counts()[ServerState.READY] == 4


@pytest.mark.parametrize("touches", range(16))
async def test_a_crash_at_any_touch_of_a_reboot_mends_it_all_the_same(tmp_path: Path, touches: int) -> None:
    world = await World(tmp_path, pool(limit=12), policy=SOON).start()
    await world.pass_time(30)
    server = await lent(world)
    falls(world, server, Falls.ERROR)
    await world.pass_time(60)
    world.death.after(touches)
    await world.pass_time(30)
    await world.restart()
    await _healed(world, server)
    assert world.state.need(Illness, server.id).acts <= 3 if world.state.get(Illness, server.id) else True
    await world.stop()


@pytest.mark.parametrize("touches", range(0, 40, 2))
async def test_a_crash_at_any_touch_of_a_replacement_leaves_one_server_with_the_address(
    tmp_path: Path, touches: int
) -> None:
    world = await World(tmp_path, pool(limit=12), policy=SOON).start()
    await world.pass_time(30)
    server = await lent(world)
    world.account.world.faults.mend_fails(about=server.id, times=None)
    falls(world, server, Falls.ERROR)
    await world.pass_time(15)
    ill = world.state.need(Illness, server.id)
    await world.let_be(changed(ill, rung=Rung.REBUILD, tries=1, acts=1))
    await world.pass_time(40)
    world.death.after(touches)
    await world.pass_time(60)
    await world.restart()
    await _healed(world, server)
    await world.stop()


@pytest.mark.parametrize("seconds", range(14))
async def test_one_that_is_given_back_while_it_is_replaced_goes_with_everything(tmp_path: Path, seconds: int) -> None:
    world = await World(tmp_path, pool(limit=12), policy=SOON).start()
    await world.pass_time(30)
    server = await lent(world)
    falls(world, server, Falls.ERROR)
    await world.pass_time(15)
    await world.let_be(changed(world.state.need(Illness, server.id), rung=Rung.REBUILD, tries=1, acts=1))
    while OperationKind.REPLACE not in {one.kind for one in world.state.all(Operation)}:
        await world.pass_time(1)
    await world.pass_time(seconds)
    assert (await world.send(Release(lease_id=server.lease_id))).ok
    await pass_minutes(world, 9)
    assert world.state.need(Lease, server.lease_id).state is LeaseState.ENDED
    assert not await world.leftovers()
    assert {one.state for one in world.state.all(Server)} <= {ServerState.READY, ServerState.GONE}
    assert world.counts()[ServerState.READY] == 4
    await world.stop()


def test_the_marks_of_a_lease_are_known() -> None:
    assert TAG_LEASE in tags.LEASE_TAGS
