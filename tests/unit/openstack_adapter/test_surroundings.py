"""Hosts, networks, volumes and images as clouds of different ages tell of them, odd words included."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.openstack_adapter.stub import Reply, Stub
from vmms_tui.engine.cloud.errors import AccessDenied, NotFound
from vmms_tui.engine.cloud.facts import AddressUse, Agent, ComputeService, Hypervisor, Network, Subnet
from vmms_tui.engine.cloud.openstack import convert
from vmms_tui.engine.cloud.openstack.agents import read_agents, read_services
from vmms_tui.engine.cloud.port import Cloud

HYPERVISORS = "/compute/v2.1/os-hypervisors/detail"
NUMBERS = {
    "vcpus": 64, "vcpus_used": 70, "memory_mb": 131072, "memory_mb_used": 4096, "local_gb": 2000, "local_gb_used": 31,
    "running_vms": 3,
}  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


async def test_a_hypervisor_is_asked_for_with_a_version_that_tells_its_numbers(cloud: Cloud, stub: Stub) -> None:
    service = {"host": "h1", "disabled_reason": "disk is dying"}
    row = {
        "id": "u", "hypervisor_hostname": "h1.example", "state": "up", "status": "disabled", "service": service,
        "hypervisor_type": "QEMU", "hypervisor_version": 8002001, "host_ip": "192.0.2.7", **NUMBERS,
    }  # fmt: skip
    stub.then("GET", HYPERVISORS, Reply(200, {"hypervisors": [row]}))

    assert await cloud.hypervisors() == (
        Hypervisor(
            id="u", host="h1", state="up", status="disabled", node="h1.example", address="192.0.2.7",
            kind="QEMU", version="8.2.1", disabled_reason="disk is dying", vcpus=64, vcpus_used=70,
            ram_mib=131072, ram_used_mib=4096,
            disk_gib=2000, disk_used_gib=31, servers=3,
        ),
    )  # fmt: skip
    assert stub.calls("GET", HYPERVISORS)[0].headers["openstack-api-version"] == "compute 2.87"


async def test_an_old_cloud_is_spoken_to_in_its_own_version(cloud: Cloud, stub: Stub) -> None:
    stub.highest = "2.60"
    stub.then("GET", HYPERVISORS, Reply(200, {"hypervisors": []}))
    assert await cloud.hypervisors() == ()
    assert stub.calls("GET", HYPERVISORS)[0].headers["openstack-api-version"] == "compute 2.60"


async def test_services_of_hosts(cloud: Cloud, stub: Stub) -> None:
    rows = [
        {"host": "h1", "state": "up", "status": "enabled", "zone": "az1", "updated_at": "2026-03-02T12:00:01.000000"},
        {"host": "h2", "state": "down", "status": "disabled", "disabled_reason": "gone", "updated_at": None},
        {"host": None, "state": "up"},
    ]
    stub.then("GET", "/compute/v2.1/os-services", Reply(200, {"services": rows}))

    assert await cloud.compute_services() == (
        ComputeService(
            host="h1", state="up", status="enabled", zone="az1", seen=datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)
        ),
        ComputeService(host="h2", state="down", status="disabled", disabled_reason="gone"),
    )
    assert stub.calls("GET", "/compute/v2.1/os-services")[0].query == {"binary": "nova-compute"}


AGENTS, VOLUME_SERVICES = "/network/v2.0/agents", "/volume/v3/lab-id/os-services"


async def test_network_agents(cloud: Cloud, stub: Stub) -> None:
    rows = [
        {
            "host": "h1",
            "agent_type": "Open vSwitch agent",
            "binary": "neutron-x",
            "alive": True,
            "admin_state_up": True,
        },
        {"host": "h2", "binary": "neutron-x", "alive": False, "admin_state_up": False},
        {"host": None, "agent_type": "nowhere", "alive": True},
        {"host": "h3", "agent_type": ["odd"], "alive": "yes"},
    ]
    stub.then("GET", AGENTS, Reply(200, {"agents": rows}))
    assert await cloud.network_agents() == (
        Agent(host="h1", name="Open vSwitch agent", alive=True),
        Agent(host="h2", name="neutron-x", alive=False, enabled=False),
        Agent(host="h3", name="['odd']", alive=False),
    )


async def test_volume_services_by_their_hosts(cloud: Cloud, stub: Stub) -> None:
    rows = [
        {"binary": "cinder-volume", "host": "h1@lvm", "state": "up", "status": "enabled"},
        {"binary": "cinder-volume", "host": "h1@ceph", "state": "down", "status": "disabled"},
        {"host": "h2", "state": "up"},
        {"binary": "cinder-volume", "host": None},
    ]
    stub.catalog["block-storage"] = "/volume/v3/lab-id"
    stub.then("GET", VOLUME_SERVICES, Reply(200, {"services": rows}))
    assert await cloud.volume_services() == (
        Agent(host="h1", name="cinder-volume lvm", alive=True),
        Agent(host="h1", name="cinder-volume ceph", alive=False, enabled=False),
        Agent(host="h2", name="cinder-volume", alive=True),
    )


@given(st.lists(st.dictionaries(st.sampled_from(["host", "binary", "agent_type", "state", "status", "alive"]), JSON)))
def test_odd_agents_hide_no_others(odd: list[dict[str, Any]]) -> None:
    well = {"host": "h1", "agent_type": "L3 agent", "binary": "cinder-volume", "alive": True, "state": "up"}
    agents = read_agents(msgspec.json.encode({"agents": [*odd, well]}))
    assert agents[-1] == Agent(host="h1", name="L3 agent", alive=True)
    services = read_services(msgspec.json.encode({"services": [*odd, well]}))
    assert services[-1] == Agent(host="h1", name="cinder-volume", alive=True)
    assert all(one.host for one in (*agents, *services))


async def test_networks_with_their_subnets_and_addresses(cloud: Cloud, stub: Stub) -> None:
    seen = {
        "id": "n1", "name": "ci", "router:external": False, "shared": True, "status": "ACTIVE",
        "provider:network_type": "vlan", "provider:segmentation_id": 120,
    }  # fmt: skip
    stub.then("GET", "/network/v2.0/networks", Reply(200, {"networks": [seen, {"id": "n2"}]}))
    assert await cloud.networks() == (
        Network(id="n1", name="ci", shared=True, status="ACTIVE", kind="vlan", segment=120),
        Network(id="n2", name=""),
    )
    subnet = {
        "id": "s1", "network_id": "n1", "cidr": "10.20.0.0/16", "enable_dhcp": True,
        "allocation_pools": [{"start": "10.20.0.2", "end": "10.20.9.254"}],
    }  # fmt: skip
    stub.then("GET", "/network/v2.0/subnets", Reply(200, {"subnets": [subnet, {"id": "s2", "network_id": "n1"}]}))
    assert await cloud.subnets() == (
        Subnet(id="s1", network_id="n1", cidr="10.20.0.0/16", dhcp=True, pools=(("10.20.0.2", "10.20.9.254"),)),
        Subnet(id="s2", network_id="n1", cidr=""),
    )
    four = {"ip_version": 4, "used_ips": 12, "total_ips": 253}
    six = {"ip_version": 6, "used_ips": 1, "total_ips": 2**64}
    pools = {"used_ips_in_allocation_pool": 11, "total_ips_in_allocation_pool": 253}
    newer = {**four, "ip_availability_details": {"used_ips_in_subnet": 12, **pools}}
    uses = [
        {"network_id": "n1", "subnet_ip_availability": [four, four, six]},
        {"network_id": "n2"},
        {"network_id": "n3", "subnet_ip_availability": [newer, four]},
    ]
    stub.then("GET", "/network/v2.0/network-ip-availabilities", Reply(200, {"network_ip_availabilities": uses}))
    assert await cloud.address_use() == (
        AddressUse(network_id="n1", used=24, total=506),
        AddressUse(network_id="n2", used=0, total=0),
        AddressUse(network_id="n3", used=23, total=506),
    )


async def test_what_is_for_administrators_or_not_there(cloud: Cloud, stub: Stub) -> None:
    denied = Reply(403, {"NeutronError": {"type": "PolicyNotAuthorized", "message": "disallowed by policy"}})
    stub.then("GET", "/network/v2.0/network-ip-availabilities", denied)
    with pytest.raises(AccessDenied):
        await cloud.address_use()
    with pytest.raises(NotFound):
        await cloud.address_use()
    forbidden = {"forbidden": {"message": "Policy doesn't allow os-services:list to be performed.", "code": 403}}
    stub.then("GET", "/compute/v2.1/os-services", Reply(403, forbidden))
    with pytest.raises(AccessDenied):
        await cloud.compute_services()


ODD_HYPERVISOR = (
    "hypervisor_hostname", "host_ip", "state", "status", "hypervisor_type", "hypervisor_version", *NUMBERS
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(ODD_HYPERVISOR), JSON))
def test_an_odd_host_is_a_host_still(odd: dict[str, Any]) -> None:
    content = msgspec.json.encode({"hypervisors": [{"id": 7, **odd}, {"id": 8, "hypervisor_hostname": "h8"}]})
    one, other = convert.hypervisors(content).rows
    assert (one.id, other.host) == ("7", "h8")
    assert one.host


@given(st.dictionaries(st.sampled_from(("size", "volume_type", "name")), JSON), JSON, JSON)
def test_odd_words_hide_no_volume_and_no_image(odd: dict[str, Any], size: Any, updated: Any) -> None:
    odd.pop("name", None)
    rows = convert.volumes(msgspec.json.encode({"volumes": [{"id": "v", **odd}, {"id": "w", "size": 2}]})).rows
    assert [row.id for row in rows] == ["v", "w"]
    image = {"id": "i", "size": size, "updated_at": updated, "visibility": odd.get("volume_type")}
    assert [row.id for row in convert.images(msgspec.json.encode({"images": [image]})).rows] == ["i"]


@given(JSON, JSON, JSON)
def test_odd_words_hide_no_network(cidr: Any, segment: Any, used: Any) -> None:
    network = {"id": "n", "provider:segmentation_id": segment, "provider:network_type": cidr, "status": used}
    assert [row.id for row in convert.networks(msgspec.json.encode({"networks": [network]})).rows] == ["n"]
    subnet = {"id": "s", "network_id": "n", "cidr": cidr, "enable_dhcp": used}
    assert [row.id for row in convert.subnets(msgspec.json.encode({"subnets": [subnet]})).rows] == ["s"]
    pools = {"used_ips_in_allocation_pool": used, "total_ips_in_allocation_pool": segment}
    of_subnet = {"used_ips": used, "total_ips": segment, "ip_availability_details": pools}
    use = {"network_id": "n", "subnet_ip_availability": [of_subnet]}
    (found,) = convert.address_use(msgspec.json.encode({"network_ip_availabilities": [use]}))
    assert isinstance(found.used, int)


@given(JSON, JSON)
def test_an_odd_service_is_a_service_still(state: Any, updated: Any) -> None:
    row = {"host": "h", "state": state, "updated_at": updated, "zone": state}
    (found,) = convert.compute_services(msgspec.json.encode({"services": [row]}))
    assert found.host == "h"
