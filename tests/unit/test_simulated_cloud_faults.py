"""Faults on demand of the simulated cloud."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.errors import (
    AccessDenied,
    Busy,
    CloudError,
    CloudFault,
    NotFound,
    OutcomeUnknown,
    Unreachable,
)
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount

from .simulated_cloud import active, boot, new_server


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def account(clock: SimulatedClock) -> SimulatedAccount:
    return SimulatedAccount(clock)


@pytest.fixture
def cloud(account: SimulatedAccount) -> Cloud:
    return account.project()


async def test_a_named_error_some_times(account: SimulatedAccount, cloud: Cloud) -> None:
    account.world.faults.fail("create_server", CloudFault("boom"), times=2)
    for _ in range(2):
        with pytest.raises(CloudFault, match="boom"):
            await boot(cloud, "vm-1")
    assert (await cloud.list_servers()).servers == ()
    await boot(cloud, "vm-1")
    assert len((await cloud.list_servers()).servers) == 1


async def test_busy_says_when(account: SimulatedAccount, cloud: Cloud) -> None:
    account.world.faults.fail("quota", Busy("Too many requests.", retry_after=7.0))
    with pytest.raises(Busy) as busy:
        await cloud.quota()
    assert busy.value.retry_after == 7.0


@pytest.mark.parametrize("done", [False, True])
async def test_an_answer_that_is_lost(account: SimulatedAccount, cloud: Cloud, *, done: bool) -> None:
    account.world.faults.lose_answer("create_server", done=done)
    with pytest.raises(OutcomeUnknown):
        await boot(cloud, "vm-1")
    assert len(await cloud.find_servers("vm-1")) == int(done)


@pytest.mark.parametrize(
    ("begin", "error"),
    [(lambda faults: faults.unreachable(), Unreachable), (lambda faults: faults.deny(), AccessDenied)],
)
async def test_the_cloud_is_away(
    account: SimulatedAccount, cloud: Cloud, begin: Callable[..., object], error: type[CloudError]
) -> None:
    begin(account.world.faults)
    calls: tuple[Callable[[], Awaitable[object]], ...] = (cloud.check, cloud.images, cloud.list_ports)
    for call in calls:
        with pytest.raises(error):
            await call()
    account.world.faults.clear()
    for call in calls:
        await call()


async def test_one_fault_is_taken_away_alone(account: SimulatedAccount, cloud: Cloud) -> None:
    fault = account.world.faults.unreachable()
    account.world.faults.fail("quota", Busy("busy"), times=None)
    account.world.faults.remove(fault)
    await cloud.check()
    with pytest.raises(Busy):
        await cloud.quota()


async def test_a_project_alone(account: SimulatedAccount) -> None:
    account.world.faults.deny("qa")
    await account.project("dev").check()
    with pytest.raises(AccessDenied):
        await account.project("qa").check()


async def test_slow_is_on_the_clock(clock: SimulatedClock, account: SimulatedAccount, cloud: Cloud) -> None:
    account.world.faults.slow("images", 30.0)
    call = asyncio.create_task(cloud.images())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    clock.advance(29)
    await asyncio.sleep(0)
    assert not call.done()
    clock.advance(1)
    assert await call


async def test_builds_of_an_image_fail(clock: SimulatedClock, account: SimulatedAccount, cloud: Cloud) -> None:
    account.world.faults.build_fails(about="el9", text="disk full")
    sick = await cloud.create_server(new_server("vm-1", image="el9"))
    well = await cloud.create_server(new_server("vm-2", image="debian-13"))
    clock.advance(10)
    shown = await cloud.get_server(sick.id)
    assert (shown.status, shown.fault) == ("ERROR", "disk full")
    assert (await cloud.get_server(well.id)).status == "ACTIVE"
    await cloud.delete_server(sick.id)
    clock.advance(3)
    assert await cloud.find_servers("vm-1") == ()


async def test_a_failed_build_frees_its_port(clock: SimulatedClock, account: SimulatedAccount, cloud: Cloud) -> None:
    account.world.faults.build_fails()
    await boot(cloud, "vm-1", ports=1)
    clock.advance(2.9)
    assert (await cloud.list_ports())[0].device_id
    clock.advance(10)
    assert (await cloud.list_ports())[0].device_id == ""


async def test_stuck_in_build(clock: SimulatedClock, account: SimulatedAccount, cloud: Cloud) -> None:
    account.world.faults.build_sticks(about="vm-1")
    server = await boot(cloud, "vm-1")
    clock.advance(86_400)
    shown = await cloud.get_server(server.id)
    assert (shown.status, shown.task_state) == ("BUILD", "spawning")
    await cloud.delete_server(server.id)
    clock.advance(3)
    with pytest.raises(NotFound):
        await cloud.get_server(server.id)


async def test_stuck_deleting(clock: SimulatedClock, account: SimulatedAccount, cloud: Cloud) -> None:
    server = await active(clock, cloud, "vm-1")
    account.world.faults.delete_sticks()
    for _ in range(3):
        await cloud.delete_server(server.id)
        clock.advance(3_600)
    assert (await cloud.get_server(server.id)).task_state == "deleting"
    account.world.unstick(server.id)
    with pytest.raises(NotFound):
        await cloud.get_server(server.id)


async def test_half_deleted(clock: SimulatedClock, account: SimulatedAccount, cloud: Cloud) -> None:
    server = await active(clock, cloud, "vm-1", ports=1)
    account.world.faults.delete_fails(about=server.id)
    await cloud.delete_server(server.id)
    clock.advance(3)
    shown = await cloud.get_server(server.id)
    assert (shown.status, bool(shown.fault)) == ("ERROR", True)
    assert account.up_for(server.addresses[0]) is None
    assert (await cloud.list_ports())[0].device_id == server.id
    await cloud.delete_server(server.id)
    clock.advance(3)
    with pytest.raises(NotFound):
        await cloud.get_server(server.id)
    assert (await cloud.list_ports())[0].device_id == ""
