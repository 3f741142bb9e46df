"""Simulated hosts that come back: their return is a sign of life, and what has become of servers meanwhile stays so."""

from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.facts import NewServer
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings


def land() -> tuple[SimulatedClock, SimulatedAccount, Cloud]:
    clock = SimulatedClock()
    account = SimulatedAccount(clock, settings=SimulatedSettings(hosts=1, admin=True))
    return clock, account, account.project()


async def server(clock: SimulatedClock, cloud: Cloud) -> str:
    new = NewServer(name="vm-1", flavor="m1.small", image="debian-13", port_ids=(), metadata={})
    made = await cloud.create_server(new)
    clock.advance(20)
    assert (await cloud.get_server(made.id)).status == "ACTIVE"
    return made.id


async def test_a_host_whose_server_was_deleted_meanwhile_comes_back() -> None:
    clock, account, cloud = land()
    server_id = await server(clock, cloud)
    account.world.host_down("cmp1")
    await cloud.stop_server(server_id)
    clock.advance(20)
    assert (await cloud.get_server(server_id)).status == "ACTIVE", "the order waits for its host"
    await cloud.delete_server(server_id)
    account.world.host_up("cmp1")
    assert [one.state for one in await cloud.compute_services()] == ["up"]


async def test_what_was_ordered_anew_meanwhile_is_not_put_off() -> None:
    clock, account, cloud = land()
    server_id = await server(clock, cloud)
    account.world.host_down("cmp1")
    await cloud.stop_server(server_id)
    clock.advance(20)
    await cloud.reset_state(server_id)
    account.world.host_up("cmp1")
    clock.advance(20)
    assert (await cloud.get_server(server_id)).status == "ACTIVE"


async def test_the_return_of_a_host_is_a_sign_of_life_at_once() -> None:
    clock, account, cloud = land()
    clock.advance(1)
    account.world.host_down("cmp1")
    (before,) = await cloud.compute_services()
    clock.advance(2)
    account.world.host_up("cmp1")
    await cloud.force_down("cmp1", down=True)
    (after,) = await cloud.compute_services()
    assert before.seen is not None
    assert after.seen is not None
    assert after.state == "down"
    assert after.seen > before.seen
