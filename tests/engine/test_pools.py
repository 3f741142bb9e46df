"""Pools: they fill, refill, pause and say why."""

from datetime import timedelta

import pytest

from tests.engine.world import POOL, World, pool
from vmms_tui.engine.cloud.errors import QuotaExceeded
from vmms_tui.model.records import Lease, Level, Pool, Request, RequestState, Server, ServerState


def the_pool(world: World) -> Pool:
    return world.engine.context.state.need(Pool, "dev")


async def test_a_pool_fills_with_servers_that_proved_themselves(filled: World) -> None:
    assert filled.counts() == {ServerState.READY: 4}
    for server in filled.state.all(Server):
        seen = await filled.cloud.get_server(server.cloud_id)
        assert seen.status == "ACTIVE"
        assert seen.floating_addresses == (server.floating_ip,)
        assert server.host_key
        assert timedelta(days=10) <= server.refresh_age <= timedelta(days=15)


async def test_active_is_not_ready(world: World) -> None:
    world.guests.silent = {"vm-00001", "vm-00002", "vm-00003", "vm-00004"}
    await world.pass_time(60)
    assert world.counts() == {ServerState.PREPARING: 4}
    world.guests.silent.clear()
    await world.pass_time(10)
    assert world.counts() == {ServerState.READY: 4}


async def test_a_set_up_script_that_fails_is_kept_with_its_console_log(world: World) -> None:
    world.account.world.faults.set_up_fails(about="vm-00002")
    await world.engine.take_settings([pool(setup_script="false")], world.policy)
    await world.pass_time(40)
    server = world.state.need(Server, "vm-00002")
    assert server.state == ServerState.FAILED
    (failure,) = world.events("provision.failed")
    assert failure.level == Level.ERROR
    assert "VMMS-FAILED" in failure.detail
    assert world.counts()[ServerState.READY] == 4
    await world.pass_time(3700, step=20)
    assert world.state.need(Server, "vm-00002").state == ServerState.GONE
    assert not await world.leftovers()


async def test_builds_that_keep_failing_pause_the_pool(world: World) -> None:
    world.account.world.faults.build_fails()
    await world.pass_time(30)
    assert "3 builds in a row failed" in the_pool(world).paused
    assert world.events("pool.paused")
    built = world.state.counters().server
    await world.pass_time(20)
    assert world.state.counters().server == built
    world.account.world.faults.clear()
    await world.pass_time(240)
    assert not the_pool(world).paused
    assert world.counts()[ServerState.READY] == 4


async def test_a_quota_pauses_the_pool_with_its_numbers_and_then_it_goes_on(world: World) -> None:
    world.account.world.set_quota(servers=2)
    await world.pass_time(60)
    assert world.counts()[ServerState.READY] == 2
    assert the_pool(world).paused.startswith("quota")
    world.account.world.set_quota(servers=20)
    await world.pass_time(60)
    assert world.counts()[ServerState.READY] == 4
    assert not the_pool(world).paused


@pytest.mark.parametrize("call", ["create_port", "create_server", "create_floating_ip", "build"])
@pytest.mark.parametrize("listed", [-1, 20])
async def test_a_cloud_that_refuses_with_its_quota_is_asked_seldom_and_one_at_a_time(
    world: World, call: str, listed: int
) -> None:
    """Whatever room it lists: refusals come from quotas that are not read, and from others who are faster."""
    world.account.world.set_quota(servers=listed)
    faults = world.account.world.faults
    if call == "build":
        faults.build_fails(text="Quota exceeded for instances: Requested 1, but already used 20 of 20 instances")
    else:
        faults.fail(call, QuotaExceeded("Quota exceeded."), times=None)
    reply = await world.ask()
    await world.pass_time(90)
    first = world.state.count(Server)
    await world.pass_time(3600, step=2)
    assert the_pool(world).paused.startswith("quota: Quota exceeded")
    assert world.state.count(Server) - first <= 9, "one each time, after 1, 2, 4, 8 and then every 10 minutes"
    assert world.state.need(Request, reply.request_id).state is RequestState.QUEUED
    faults.clear()
    await world.pass_time(900, step=2)
    assert not the_pool(world).paused
    assert the_pool(world).refusals == 0
    assert world.state.need(Request, reply.request_id).state is RequestState.GRANTED
    assert world.counts()[ServerState.READY] == 4
    assert not await world.leftovers()


async def test_a_quota_of_floating_ips_leaves_nothing_behind(world: World) -> None:
    world.account.world.faults.fail("create_floating_ip", QuotaExceeded("Quota exceeded for floating IPs."), times=2)
    await world.pass_time(300)
    assert world.counts()[ServerState.READY] == 4
    assert not await world.leftovers()


async def test_a_pool_whose_image_does_not_exist_is_broken_and_others_go_on(world: World) -> None:
    other = pool(name="odd", image="no-such-image")
    await world.engine.take_settings([POOL, other], world.policy)
    await world.pass_time(30)
    broken = world.state.need(Pool, "odd")
    assert broken.broken == "there is no image no-such-image"
    assert not world.state.servers_of("odd")
    assert world.counts()[ServerState.READY] == 4
    await world.engine.take_settings([POOL, pool(name="odd")], world.policy)
    await world.pass_time(30)
    assert not world.state.need(Pool, "odd").broken
    assert len(world.state.servers_of("odd")) == 4


async def test_a_pool_that_left_the_settings_goes_when_it_is_empty(filled: World) -> None:
    reply = await filled.ask()
    await filled.engine.take_settings([], filled.policy)
    await filled.pass_time(30)
    assert [server.id for server in filled.state.servers_of("dev")] == [reply.server_id]
    assert the_pool(filled).retired


async def test_a_ready_server_that_was_shut_off_is_replaced(filled: World) -> None:
    server = filled.state.all(Server)[0]
    await filled.cloud.stop_server(server.cloud_id)
    await filled.pass_time(60)
    assert filled.state.need(Server, server.id).state == ServerState.FAILED
    assert filled.counts()[ServerState.READY] == 4


async def test_a_ready_server_that_somebody_deleted_is_replaced_and_its_port_removed(filled: World) -> None:
    server = filled.state.all(Server)[0]
    await filled.cloud.delete_server(server.cloud_id)
    await filled.pass_time(180)
    assert filled.state.need(Server, server.id).state == ServerState.GONE
    assert filled.counts()[ServerState.READY] == 4
    assert not await filled.leftovers()


async def test_old_ready_servers_are_replaced_and_the_pool_is_never_short(filled: World) -> None:
    first = {server.id for server in filled.state.all(Server)}
    least = 99
    for _ in range(16 * 24):
        filled.clock.advance(3600 - 20)
        await filled.pass_time(20, step=2)
        least = min(least, filled.counts()[ServerState.READY])
    assert least >= 4
    assert not first & {server.id for server in filled.state.servers_of("dev")}


async def test_nothing_is_built_while_the_cloud_was_never_seen(world: World) -> None:
    world.account.world.faults.unreachable()
    await world.pass_time(30)
    assert not world.state.all(Server)
    assert "connection refused" in world.engine.status().cloud.problem
    world.account.world.faults.clear()
    await world.pass_time(40)
    assert world.counts()[ServerState.READY] == 4


async def test_calls_at_rest_are_few(filled: World) -> None:
    calls = 0
    for _ in range(30):
        await filled.pass_time(60)
        calls += filled.account.calls_last_minute()
    assert calls <= 30 * 10


async def test_who_asks_is_answered_as_the_pools_are_now(filled: World) -> None:
    first = await filled.ask()
    assert first.lease_id
    await filled.engine.take_settings([pool(purposes=("test",))], filled.policy)
    assert (await filled.ask()).rule == "unknown_purpose"
    second = await filled.ask(purpose="test")
    assert second.lease_id
    assert filled.state.need(Lease, second.lease_id).matched.endswith("serves test")
    await filled.engine.take_settings([pool()], filled.policy)
    assert (await filled.ask(purpose="test")).rule == "unknown_purpose"
    assert (await filled.ask()).lease_id
