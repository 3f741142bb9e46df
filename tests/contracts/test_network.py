"""Ports and floating IPs."""

from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest

from vmms_tui.engine.cloud.errors import BadRequest, Conflict, NotFound
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.port import Cloud

from .stage import EXTERNAL, NETWORK, NOBODY, Belongings, Stage

ODD = "[b]予約[/b] <i>"


async def test_port(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    name, before = stage.name(), stage.clock.now()
    port = await mine.port(name, ODD)
    assert ip_address(port.addresses[0]) in ip_network("10.20.0.0/16")
    assert (port.name, port.description, port.device_id, port.device_owner) == (name, ODD, "", "")
    assert port.created
    assert abs(port.created - before) < timedelta(minutes=5)
    networks = {network.name: network.id for network in await cloud.networks()}
    assert port.network_id == networks[NETWORK]
    assert await cloud.get_port(port.id) == port
    assert await cloud.list_ports(name) == (port,)
    assert port in await cloud.list_ports()
    assert await cloud.list_ports(name[:-1]) == ()
    await cloud.delete_port(port.id)
    assert await cloud.list_ports(name) == ()
    with pytest.raises(NotFound):
        await cloud.delete_port(port.id)


async def test_a_network_may_be_given_by_id(cloud: Cloud, mine: Belongings) -> None:
    seen = await mine.port()
    port = await cloud.create_port(seen.network_id, name="contract-by-id", description="")
    await cloud.delete_port(port.id)
    assert port.network_id == seen.network_id


async def test_unknown_network(cloud: Cloud) -> None:
    with pytest.raises(NotFound):
        await cloud.create_port("no-such-network", name="never", description="")
    with pytest.raises(NotFound):
        await cloud.create_floating_ip("no-such-network", description="")


async def test_unknown_security_group(cloud: Cloud) -> None:
    with pytest.raises(NotFound):
        await cloud.create_port(NETWORK, name="never", description="", security_groups=("no-such-group",))


async def test_floating_ip_through_its_life(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    mark, before = f"{ODD} {stage.name()}", stage.clock.now()
    ip = await mine.floating_ip(mark)
    assert ip_address(ip.address) in ip_network("203.0.113.0/24")
    assert (ip.port_id, ip.description) == ("", mark)
    assert ip.created
    assert abs(ip.created - before) < timedelta(minutes=5)
    assert [one.id for one in await cloud.list_floating_ips(mark)] == [ip.id]
    assert await cloud.list_floating_ips(mark[:-1]) == ()
    assert ip.id in {one.id for one in await cloud.list_floating_ips()}
    first, second = await mine.port(), await mine.port()
    for port in (first, second, second):
        assert (await cloud.associate_floating_ip(ip.id, port.id)).port_id == port.id
    assert (await cloud.get_floating_ip(ip.id)).port_id == second.id
    for _ in range(2):
        assert (await cloud.associate_floating_ip(ip.id, "")).port_id == ""
    await cloud.delete_floating_ip(ip.id)
    assert await cloud.list_floating_ips(mark) == ()
    with pytest.raises(NotFound):
        await cloud.get_floating_ip(ip.id)
    with pytest.raises(NotFound):
        await cloud.delete_floating_ip(ip.id)


async def test_a_floating_ip_is_shown_with_its_server(
    stage: Stage, cloud: Cloud, mine: Belongings, shared: CloudServer
) -> None:
    port = next(port for port in await cloud.list_ports() if port.device_id == shared.id)
    assert port.device_owner.startswith("compute:")
    assert port in await cloud.list_ports(device_id=shared.id)
    assert {one.device_id for one in await cloud.list_ports(device_id=shared.id)} == {shared.id}
    assert await cloud.list_ports(device_id=NOBODY) == ()
    ip = await mine.floating_ip(port_id=port.id)
    assert ip.port_id == port.id
    assert [one.id for one in await cloud.list_floating_ips(port_id=port.id)] == [ip.id]
    assert await cloud.list_floating_ips(port_id=NOBODY) == ()

    async def shown() -> bool:
        return (await cloud.get_server(shared.id)).floating_addresses == (ip.address,)

    async def hidden() -> bool:
        return (await cloud.get_server(shared.id)).floating_addresses == ()

    await stage.until(shown, "the floating IP to be shown")
    assert (await cloud.get_floating_ip(ip.id)).status == "ACTIVE"
    await cloud.delete_floating_ip(ip.id)
    await stage.until(hidden, "the floating IP to be hidden")


async def test_a_port_has_one_floating_ip(mine: Belongings, cloud: Cloud) -> None:
    port = await mine.port()
    await mine.floating_ip(port_id=port.id)
    second = await mine.floating_ip()
    with pytest.raises(Conflict):
        await cloud.associate_floating_ip(second.id, port.id)
    with pytest.raises(Conflict):
        await mine.floating_ip(port_id=port.id)


async def test_a_deleted_port_frees_its_floating_ip(cloud: Cloud, mine: Belongings) -> None:
    port = await mine.port()
    ip = await mine.floating_ip(port_id=port.id)
    await cloud.delete_port(port.id)
    assert (await cloud.get_floating_ip(ip.id)).port_id == ""


async def test_a_floating_ip_outlives_its_server(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    port = await mine.port()
    ip = await mine.floating_ip(port_id=port.id)
    server = await mine.active_server(port)
    await cloud.delete_server(server.id)
    await stage.gone(cloud.get_server, server.id)
    assert (await cloud.get_floating_ip(ip.id)).port_id == port.id


async def test_what_cannot_be_associated(cloud: Cloud, mine: Belongings) -> None:
    ip = await mine.floating_ip()
    with pytest.raises(NotFound):
        await cloud.associate_floating_ip(ip.id, NOBODY)
    with pytest.raises(NotFound):
        await cloud.associate_floating_ip(NOBODY, (await mine.port()).id)
    with pytest.raises(NotFound):
        await cloud.create_floating_ip(EXTERNAL, description="never", port_id=NOBODY)
    with pytest.raises(BadRequest):
        await cloud.create_floating_ip(NETWORK, description="never")
