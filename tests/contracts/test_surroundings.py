"""What a cloud tells of hosts, networks, volumes and images: to administrators, and to members."""

import contextlib
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest

from vmms_tui.engine.cloud.errors import AccessDenied
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.port import Cloud

from .stage import EXTERNAL, IMAGE, NETWORK, Belongings, Stage


async def test_hosts_tell_what_they_have_and_what_is_used(stage: Stage, shared: CloudServer) -> None:
    hosts = await stage.administrator.hypervisors()
    for host in hosts:
        assert (host.vcpus, host.ram_mib) == (64, 131_072), host
        assert host.disk_gib
        assert host.node
        assert ip_address(host.address)
        assert host.kind
    assert sum(host.servers or 0 for host in hosts) >= 1, shared
    assert sum(host.vcpus_used or 0 for host in hosts) >= 1


async def test_services_of_hosts_are_for_administrators(stage: Stage, cloud: Cloud) -> None:
    services = {service.host: service for service in await stage.administrator.compute_services()}
    assert {f"cmp{number}" for number in range(1, 5)} <= services.keys()
    for service in services.values():
        assert service.state in {"up", "down"}
        assert service.status in {"enabled", "disabled"}
        assert service.seen
        if service.state == "up":
            assert abs(stage.clock.now() - service.seen) < timedelta(minutes=2)
    with pytest.raises(AccessDenied):
        await cloud.compute_services()


async def test_agents_and_volume_services_are_for_administrators(stage: Stage, cloud: Cloud) -> None:
    for ask, denied in (
        (stage.administrator.network_agents, cloud.network_agents),
        (stage.administrator.volume_services, cloud.volume_services),
    ):
        for one in await ask():
            assert one.host, one
            assert one.name, one
            assert "@" not in one.host, "a back end is no part of the name of a host"
        # Neutron shows members an empty list, Cinder and the simulated cloud refuse it
        with contextlib.suppress(AccessDenied):
            assert await denied() == ()


async def test_the_service_that_holds_volumes_lives(stage: Stage) -> None:
    assert any(one.alive and one.enabled for one in await stage.administrator.volume_services())


async def test_servers_on_a_host_are_told_to_administrators(stage: Stage, cloud: Cloud, shared: CloudServer) -> None:
    where = (await stage.administrator.get_server(shared.id)).host
    assert where
    assert shared.id in await stage.administrator.servers_on(where)
    assert await stage.administrator.servers_on("no-such-host") == ()
    with pytest.raises(AccessDenied):
        await cloud.servers_on(where)


async def test_subnets_hold_the_addresses_of_ports(cloud: Cloud, mine: Belongings) -> None:
    port = await mine.port()
    subnets = [subnet for subnet in await cloud.subnets() if subnet.network_id == port.network_id]
    assert all(subnet.id and subnet.pools for subnet in subnets)
    (address,) = port.addresses
    assert any(ip_address(address) in ip_network(subnet.cidr) for subnet in subnets)
    assert any(
        int(ip_address(first)) <= int(ip_address(address)) <= int(ip_address(last))
        for subnet in subnets
        for first, last in subnet.pools
    )
    assert {subnet.dhcp for subnet in subnets} <= {True, False}


async def test_addresses_are_counted_for_administrators(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    networks = {network.name: network for network in await stage.administrator.networks()}
    before = {use.network_id: use for use in await stage.administrator.address_use()}
    await mine.port()
    after = {use.network_id: use for use in await stage.administrator.address_use()}
    here = networks[NETWORK].id
    assert after[here].used >= before[here].used + 1
    spans = [span for subnet in await cloud.subnets() if subnet.network_id == here for span in subnet.pools]
    assert after[here].total == sum(int(ip_address(last)) - int(ip_address(first)) + 1 for first, last in spans)
    with contextlib.suppress(AccessDenied):  # Neutron refuses, or leaves out what is not for us
        assert not await cloud.address_use()


async def test_how_a_network_is_made_is_for_administrators(stage: Stage, cloud: Cloud) -> None:
    seen = {network.name: network for network in await stage.administrator.networks()}
    assert seen[NETWORK].kind == "vlan"
    assert seen[NETWORK].segment
    assert seen[EXTERNAL].kind == "flat"
    assert seen[EXTERNAL].external
    own = {network.name: network for network in await cloud.networks()}
    assert own[NETWORK].status == "ACTIVE"
    assert (own[NETWORK].kind, own[NETWORK].segment) == ("", None)


async def test_an_image_tells_its_size_and_age(stage: Stage, cloud: Cloud) -> None:
    image = next(image for image in await cloud.images() if image.name == IMAGE)
    assert image.size_bytes
    assert image.visibility in {"public", "private", "shared", "community"}
    assert image.updated
    assert image.updated <= stage.clock.now() + timedelta(minutes=5)


async def test_a_volume_tells_its_type(cloud: Cloud, mine: Belongings) -> None:
    assert (await cloud.get_volume((await mine.volume()).id)).kind
