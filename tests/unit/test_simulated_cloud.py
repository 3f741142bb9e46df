"""The simulated cloud: time, room, faults. What it shares with the real one is in tests/contracts."""

from datetime import datetime, timedelta

import pytest

from vmms_tui.engine.clock import RealClock, SimulatedClock
from vmms_tui.engine.cloud.errors import (
    AccessDenied,
    BadRequest,
    NotFound,
    QuotaExceeded,
)
from vmms_tui.engine.cloud.facts import NewServer
from vmms_tui.engine.cloud.port import Cloud, CloudAccount
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings

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


class TestTime:
    async def test_building_goes_through_its_task_states(self, clock: SimulatedClock, cloud: Cloud) -> None:
        server = await boot(cloud, "vm-1", ports=1)
        seen: list[tuple[str, str]] = []
        while not seen or seen[-1] != ("ACTIVE", ""):
            shown = await cloud.get_server(server.id)
            if (shown.status, shown.task_state) not in seen:
                seen.append((shown.status, shown.task_state))
            clock.advance(0.1)
        assert seen == [("BUILD", "scheduling"), ("BUILD", "networking"), ("BUILD", "spawning"), ("ACTIVE", "")]
        assert 3.0 <= clock.monotonic() <= 8.2

    async def test_building_times_differ(self, clock: SimulatedClock, cloud: Cloud) -> None:
        servers = [await boot(cloud, f"vm-{number}") for number in range(12)]
        clock.advance(5.5)
        states = {(await cloud.get_server(server.id)).status for server in servers}
        assert states == {"BUILD", "ACTIVE"}

    async def test_nothing_moves_without_the_clock(self, cloud: Cloud) -> None:
        server = await boot(cloud, "vm-1")
        for _ in range(50):
            assert (await cloud.get_server(server.id)).status == "BUILD"

    async def test_updated_is_when_it_happened_not_when_it_was_seen(self, clock: SimulatedClock, cloud: Cloud) -> None:
        server = await boot(cloud, "vm-1")
        clock.advance(3600)
        shown = await cloud.get_server(server.id)
        assert shown.created
        assert shown.updated
        assert 3 <= (shown.updated - shown.created).total_seconds() <= 8

    async def test_a_task_state_while_it_stops_and_starts(self, clock: SimulatedClock, cloud: Cloud) -> None:
        server = await active(clock, cloud, "vm-1")
        await cloud.stop_server(server.id)
        assert (await cloud.get_server(server.id)).task_state == "powering-off"
        clock.advance(3)
        await cloud.start_server(server.id)
        shown = await cloud.get_server(server.id)
        assert (shown.status, shown.task_state) == ("SHUTOFF", "powering-on")

    async def test_on_the_real_clock(self) -> None:
        clock = RealClock()
        account = SimulatedAccount(clock, settings=SimulatedSettings(building=(0.02, 0.02)))
        cloud = account.project()
        server = await boot(cloud, "vm-1")
        while (await cloud.get_server(server.id)).status != "ACTIVE":
            await clock.sleep(0.01)
        shown = await cloud.get_server(server.id)
        assert shown.updated
        assert abs((shown.updated - clock.now()).total_seconds()) <= 2

    async def test_a_change_between_two_listings_is_never_missed(self) -> None:
        """Wall time has whole seconds, the cloud's has fractions."""
        clock = FractionalClock(0.9)
        cloud = SimulatedAccount(clock, settings=SimulatedSettings(building=(0.05, 0.05))).project()
        await cloud.list_servers()
        for number in range(40):
            clock.elapsed += 0.13
            since = clock.now()
            await cloud.list_servers(since)
            server = await boot(cloud, f"vm-{number}")
            clock.elapsed += 0.06
            assert server.id in {one.id for one in (await cloud.list_servers(since)).servers}


class FractionalClock(RealClock):
    """Its wall time is cut to whole seconds, as the real clock's is, and starts between two."""

    def __init__(self, fraction: float) -> None:
        super().__init__()
        self.elapsed = 0.0
        self._born = SimulatedClock().now() + timedelta(seconds=fraction)

    def now(self) -> datetime:
        return (self._born + timedelta(seconds=self.elapsed)).replace(microsecond=0)

    def monotonic(self) -> float:
        return self.elapsed


class TestGuests:
    async def test_up_for(self, clock: SimulatedClock, account: SimulatedAccount, cloud: Cloud) -> None:
        assert account.up_for("10.20.0.2") is None
        server = await boot(cloud, "vm-1", ports=1)
        port = (await cloud.list_ports())[0]
        ip = await cloud.create_floating_ip("public", description="", port_id=port.id)
        addresses = (port.addresses[0], ip.address)
        assert {account.up_for(address) for address in addresses} == {None}
        clock.advance(20)
        up = {account.up_for(address) for address in addresses}
        assert len(up) == 1
        assert 12 <= (up.pop() or 0) <= 17
        await cloud.stop_server(server.id)
        clock.advance(5)
        assert {account.up_for(address) for address in addresses} == {None}
        await cloud.start_server(server.id)
        clock.advance(5)
        assert 3 <= (account.up_for(ip.address) or 0) <= 4
        await cloud.associate_floating_ip(ip.id, "")
        assert account.up_for(ip.address) is None

    async def test_the_console_grows(self, clock: SimulatedClock, account: SimulatedAccount, cloud: Cloud) -> None:
        server = await boot(cloud, "vm-1", ports=1)
        address = (await cloud.list_ports())[0].addresses[0]
        assert await cloud.console_log(server.id) == ""
        sizes = []
        while (up := account.up_for(address) or 0.0) < 2.0:
            text = await cloud.console_log(server.id)
            assert ("VMMS-READY vm-1\n" in text) == (up >= 1.5)
            sizes.append(len(text))
            clock.advance(0.25)
        assert sizes == sorted(sizes)
        assert len(set(sizes)) >= 5
        assert (await cloud.console_log(server.id, 2)).startswith("VMMS-READY vm-1\n")

    async def test_a_name_is_never_a_format(self, clock: SimulatedClock, cloud: Cloud) -> None:
        server = await active(clock, cloud, "{ram}[b]%s")
        assert "VMMS-READY {ram}[b]%s\n" in await cloud.console_log(server.id)

    async def test_a_console_after_a_rebuild_is_a_new_one(self, clock: SimulatedClock, cloud: Cloud) -> None:
        server = await active(clock, cloud, "vm-1")
        await cloud.rebuild_server(server.id, "el9")
        assert "Power down" in await cloud.console_log(server.id)
        seen = set()
        while "VMMS-READY" not in (text := await cloud.console_log(server.id)) or "Power down" in text:
            seen.add((await cloud.get_server(server.id)).status)
            clock.advance(0.25)
        assert "REBUILD" in seen

    async def test_a_set_up_that_fails(self, clock: SimulatedClock, account: SimulatedAccount, cloud: Cloud) -> None:
        account.world.faults.set_up_fails(about="el9", times=1)
        sick = await cloud.create_server(new_server("vm-1", image="el9"))
        well = await cloud.create_server(new_server("vm-2", image="el9"))
        clock.advance(20)
        assert "VMMS-FAILED vm-1 status 1" in await cloud.console_log(sick.id)
        assert "VMMS-READY vm-2" in await cloud.console_log(well.id)


class TestRoom:
    async def test_hosts_are_filled_evenly_and_then_no_more(self, clock: SimulatedClock) -> None:
        settings = SimulatedSettings(hosts=2, host_vcpus=2, quota_servers=-1)
        account = SimulatedAccount(clock, settings=settings)
        account.world.set_admin()
        cloud = account.project()
        servers = [await boot(cloud, f"vm-{number}") for number in range(5)]
        clock.advance(10)
        shown = [await cloud.get_server(server.id) for server in servers]
        assert sorted(one.host for one in shown) == ["", "cmp1", "cmp1", "cmp2", "cmp2"]
        failed = next(one for one in shown if not one.host)
        assert (failed.status, failed.fault.split(".")[0]) == ("ERROR", "No valid host was found")
        freed = next(one for one in shown if one.host)
        await cloud.delete_server(freed.id)
        await cloud.delete_server(failed.id)
        clock.advance(5)
        again = await boot(cloud, "vm-again")
        clock.advance(10)
        assert (await cloud.get_server(again.id)).host == freed.host

    async def test_a_dead_host(self, clock: SimulatedClock) -> None:
        account = SimulatedAccount(clock, settings=SimulatedSettings(hosts=1))
        account.world.set_admin()
        cloud = account.project()
        running = await active(clock, cloud, "vm-1", ports=1)
        stuck = await boot(cloud, "vm-2")
        clock.advance(1)
        assert (await cloud.get_server(stuck.id)).host == "cmp1"
        account.world.host_down("cmp1")
        clock.advance(60)
        assert (await cloud.get_server(running.id)).status == "ACTIVE"
        assert account.up_for(running.addresses[0]) is None
        assert (await cloud.get_server(stuck.id)).status == "BUILD"
        assert [host.state for host in await cloud.hypervisors()] == ["down"]
        refused = await boot(cloud, "vm-3")
        clock.advance(10)
        assert (await cloud.get_server(refused.id)).status == "ERROR"
        account.world.host_up("cmp1")
        clock.advance(10)
        assert (await cloud.get_server(stuck.id)).status == "ACTIVE"
        assert account.up_for(running.addresses[0])

    async def test_quota_counts_servers_cores_and_ram(self, account: SimulatedAccount, cloud: Cloud) -> None:
        account.world.set_quota(servers=2, vcpus=3, ram_mib=6_000)
        await cloud.create_server(new_server("vm-1", flavor="m1.small"))
        with pytest.raises(QuotaExceeded, match="cores"):
            await cloud.create_server(new_server("vm-2", flavor="m1.large"))
        account.world.set_quota(vcpus=-1)
        with pytest.raises(QuotaExceeded, match="ram"):
            await cloud.create_server(new_server("vm-2", flavor="m1.large"))
        await cloud.create_server(new_server("vm-2"))
        with pytest.raises(QuotaExceeded, match="already used 2 of 2 instances"):
            await cloud.create_server(new_server("vm-3"))
        quota = await cloud.quota()
        assert (quota.servers, quota.servers_used, quota.vcpus, quota.vcpus_used) == (2, 2, -1, 2)

    async def test_quota_of_ports_and_floating_ips(self, account: SimulatedAccount, cloud: Cloud) -> None:
        account.world.set_quota(ports=1, floating_ips=0)
        await cloud.create_port("private", name="p", description="")
        with pytest.raises(QuotaExceeded):
            await cloud.create_port("private", name="p", description="")
        with pytest.raises(QuotaExceeded):
            await cloud.create_floating_ip("public", description="")
        await account.project("somebody-else").create_floating_ip("public", description="")

    async def test_addresses_run_out_and_come_back(self, clock: SimulatedClock) -> None:
        small = (("public", "203.0.113.10", "203.0.113.11", True),)
        cloud = SimulatedAccount(clock, settings=SimulatedSettings(networks=small)).project()
        first, second = [await cloud.create_floating_ip("public", description="") for _ in range(2)]
        with pytest.raises(QuotaExceeded, match="No more IP addresses"):
            await cloud.create_floating_ip("public", description="")
        await cloud.delete_floating_ip(first.id)
        assert (await cloud.create_floating_ip("public", description="")).address == first.address
        assert second.address != first.address

    async def test_an_address_is_not_given_again_at_once(self, cloud: Cloud) -> None:
        first = await cloud.create_floating_ip("public", description="")
        await cloud.delete_floating_ip(first.id)
        assert (await cloud.create_floating_ip("public", description="")).address != first.address

    async def test_hosts_are_for_administrators(self, account: SimulatedAccount) -> None:
        account.world.set_admin("ops")
        assert [host.host for host in await account.project("ops").hypervisors()] == ["cmp1", "cmp2", "cmp3", "cmp4"]
        with pytest.raises(AccessDenied):
            await account.project().hypervisors()

    async def test_an_image_that_does_not_fit(self, cloud: Cloud) -> None:
        with pytest.raises(BadRequest, match="memory is too small"):
            await cloud.create_server(new_server("vm-1", image="windows-2022"))


class TestListings:
    async def test_a_server_is_shown_as_deleted_for_a_moment(self, clock: SimulatedClock, cloud: Cloud) -> None:
        server = await active(clock, cloud, "vm-1")
        await cloud.delete_server(server.id)
        seen: list[tuple[str, str]] = []
        while found := (await cloud.list_servers()).servers:
            shown = await cloud.get_server(server.id)
            assert found == (shown,)
            if (shown.status, shown.task_state) not in seen:
                seen.append((shown.status, shown.task_state))
            clock.advance(0.05)
        assert seen == [("ACTIVE", "deleting"), ("DELETED", "")]

    async def test_deleted_servers_are_forgotten_after_a_week(self, clock: SimulatedClock, cloud: Cloud) -> None:
        start = clock.now()
        server = await active(clock, cloud, "vm-1")
        await cloud.delete_server(server.id)
        clock.advance(3)
        assert [one.status for one in (await cloud.list_servers(start)).servers] == ["DELETED"]
        clock.advance(6 * 86_400)
        assert len((await cloud.list_servers(start)).servers) == 1
        clock.advance(2 * 86_400)
        assert (await cloud.list_servers(start)).servers == ()

    async def test_the_newest_is_first(self, clock: SimulatedClock, cloud: Cloud) -> None:
        for number in range(3):
            await boot(cloud, f"vm-{number}")
            clock.advance(1)
        assert [one.name for one in (await cloud.list_servers()).servers] == ["vm-2", "vm-1", "vm-0"]

    async def test_a_name_that_two_networks_have(self, clock: SimulatedClock) -> None:
        twice = (("lan", "10.1.0.2", "10.1.0.9", False), ("lan", "10.2.0.2", "10.2.0.9", False))
        cloud = SimulatedAccount(clock, settings=SimulatedSettings(networks=twice)).project()
        with pytest.raises(BadRequest, match="2 networks are called 'lan'"):
            await cloud.create_port("lan", name="", description="")
        for network in await cloud.networks():
            port = await cloud.create_port(network.id, name="", description="")
            assert port.network_id == network.id

    async def test_what_others_hold_cannot_be_used(self, account: SimulatedAccount, cloud: Cloud) -> None:
        port = await account.project("other").create_port("private", name="p", description="")
        with pytest.raises(BadRequest):
            await cloud.create_server(NewServer(name="vm-1", flavor="m1.tiny", image="tiny", port_ids=(port.id,)))
        with pytest.raises(NotFound):
            await cloud.delete_port(port.id)

    def test_it_is_an_account(self, account: SimulatedAccount) -> None:
        port: CloudAccount = account
        assert port.name == "simulated"
