"""What each act sends, and what its answers mean, against HTTP on loopback."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from tests.unit.openstack_adapter.stub import SERVERS, Reply, Stub
from vmms_tui.engine.cloud.errors import BadRequest, CloudError, Conflict, NotFound, QuotaExceeded
from vmms_tui.engine.cloud.facts import Attachment, FloatingIP, Hypervisor, Port, Quota, Volume
from vmms_tui.engine.cloud.port import Cloud

SERVER = f"{SERVERS}/a"
ACTION = f"{SERVER}/action"
PORTS = "/network/v2.0/ports"
FLOATING = "/network/v2.0/floatingips"
PORT = {
    "id": "p1",
    "name": "web",
    "network_id": "n1",
    "fixed_ips": [{"ip_address": "10.0.0.2", "subnet_id": "s"}],
    "device_id": "",
    "description": "vmms_server=web",
}
FLOATING_IP = {
    "id": "fip",
    "floating_ip_address": "203.0.113.9",
    "floating_network_id": "n2",
    "port_id": None,
    "description": "d",
    "status": "DOWN",
}
GONE = Reply(404, {"itemNotFound": {"message": "none", "code": 404}})
THERE = Reply(200, {"server": {"id": "a", "name": "a", "status": "ACTIVE"}})

Act = Callable[[Cloud], Awaitable[object]]


@pytest.mark.parametrize(
    ("act", "body"),
    [
        (lambda cloud: cloud.stop_server("a"), {"os-stop": None}),
        (lambda cloud: cloud.start_server("a"), {"os-start": None}),
        (lambda cloud: cloud.reboot_server("a", hard=True), {"reboot": {"type": "HARD"}}),
        (lambda cloud: cloud.reboot_server("a", hard=False), {"reboot": {"type": "SOFT"}}),
        (lambda cloud: cloud.rebuild_server("a", "debian"), {"rebuild": {"imageRef": "i1"}}),
        (
            lambda cloud: cloud.rebuild_server("a", "i1", user_data=b"\x00\xff"),
            {"rebuild": {"imageRef": "i1", "user_data": "AP8="}},
        ),
        (lambda cloud: cloud.change_password("a", "s3cret"), {"changePassword": {"adminPass": "s3cret"}}),
    ],
)
async def test_orders_to_a_server(cloud: Cloud, stub: Stub, act: Act, body: object) -> None:
    stub.then("POST", ACTION, Reply(202))

    await act(cloud)

    assert [seen.body for seen in stub.calls("POST", ACTION)] == [body]


@pytest.mark.parametrize(
    ("act", "where"),
    [
        (lambda cloud: cloud.stop_server("a"), ("POST", ACTION)),
        (lambda cloud: cloud.set_metadata("a", {"k": "v"}), ("POST", f"{SERVER}/metadata")),
        (lambda cloud: cloud.delete_server("a"), ("DELETE", SERVER)),
    ],
)
async def test_a_server_that_nova_has_not_taken_up_yet_is_no_missing_one(
    cloud: Cloud, stub: Stub, act: Act, where: tuple[str, str]
) -> None:
    stub.then(*where, GONE, GONE)
    stub.then("GET", SERVER, THERE)

    with pytest.raises(Conflict, match="has not taken it up yet"):
        await act(cloud)
    with pytest.raises(NotFound):
        await act(cloud)
    assert len(stub.calls(*where)) == 2


async def test_metadata_is_added_to(cloud: Cloud, stub: Stub) -> None:
    stub.then("POST", f"{SERVER}/metadata", Reply(200, {"metadata": {"old": "x", "k": "v"}}))

    await cloud.set_metadata("a", {"k": "v"})

    assert stub.calls("POST", f"{SERVER}/metadata")[0].body == {"metadata": {"k": "v"}}


async def test_a_key_that_is_not_there_is_no_error_but_a_server_is(cloud: Cloud, stub: Stub) -> None:
    stub.then("DELETE", f"{SERVER}/metadata/k", GONE, GONE)
    stub.then("GET", SERVER, THERE)

    await cloud.delete_metadata("a", "k")
    with pytest.raises(NotFound):
        await cloud.delete_metadata("a", "k")


@pytest.mark.parametrize("refusal", [GONE, Reply(409, {"conflictingRequest": {"message": "not ready", "code": 409}})])
async def test_no_console_yet(cloud: Cloud, stub: Stub, refusal: Reply) -> None:
    stub.then("POST", ACTION, Reply(200, {"output": "hello\n"}), refusal, refusal)
    stub.then("GET", SERVER, THERE)

    assert await cloud.console_log("a", 7) == "hello\n"
    assert await cloud.console_log("a") == ""
    with pytest.raises(NotFound):
        await cloud.console_log("a")
    assert stub.calls("POST", ACTION)[0].body == {"os-getConsoleOutput": {"length": 7}}


async def test_a_port_is_made_with_its_description(cloud: Cloud, stub: Stub) -> None:
    groups = {"security_groups": [{"id": "g1", "name": "default"}, {"id": "g2", "name": "web"}]}
    stub.then("GET", "/network/v2.0/security-groups", Reply(200, groups))
    stub.then("POST", PORTS, Reply(201, {"port": PORT}))

    port = await cloud.create_port("private", name="web", description="d", security_groups=("web", "g1"))

    assert port == Port(
        id="p1", name="web", network_id="n1", addresses=("10.0.0.2",), description="vmms_server=web"
    )  # fmt: skip
    assert stub.calls("POST", PORTS)[0].body == {
        "port": {"network_id": "n1", "name": "web", "description": "d", "security_groups": ["g2", "g1"]}
    }


async def test_only_the_projects_own_ports_and_floating_ips_are_listed(cloud: Cloud, stub: Stub) -> None:
    stub.then("GET", PORTS, Reply(200, {"ports": [PORT, {**PORT, "id": "p2", "name": "WEB"}]}))
    stub.then("GET", FLOATING, Reply(200, {"floatingips": [FLOATING_IP]}))

    assert [port.id for port in await cloud.list_ports("web")] == ["p1"]
    assert await cloud.list_floating_ips("d") == (
        FloatingIP(id="fip", address="203.0.113.9", network_id="n2", description="d", status="DOWN"),
    )
    assert stub.calls("GET", PORTS)[0].query == {"project_id": "lab-id", "limit": "1000", "name": "web"}
    assert stub.calls("GET", FLOATING)[0].query == {"project_id": "lab-id", "limit": "1000", "description": "d"}


async def test_a_floating_ip_moves(cloud: Cloud, stub: Stub) -> None:
    stub.then("PUT", f"{FLOATING}/fip", *[Reply(200, {"floatingip": FLOATING_IP})] * 2)

    await cloud.associate_floating_ip("fip", "p1")
    await cloud.associate_floating_ip("fip", "")

    bodies = [seen.body for seen in stub.calls("PUT", f"{FLOATING}/fip")]
    assert bodies == [{"floatingip": {"port_id": "p1"}}, {"floatingip": {"port_id": None}}]


async def test_a_network_without_addresses_left(cloud: Cloud, stub: Stub) -> None:
    full = {"NeutronError": {"type": "IpAddressGenerationFailure", "message": "No more IP addresses", "detail": ""}}
    stub.then("POST", FLOATING, Reply(409, full))

    with pytest.raises(QuotaExceeded):
        await cloud.create_floating_ip("private", description="d")
    assert len(stub.calls("POST", FLOATING)) == 1


async def test_limits(cloud: Cloud, stub: Stub) -> None:
    absolute = {
        "maxTotalInstances": 10, "totalInstancesUsed": 2, "maxTotalCores": -1, "totalCoresUsed": 4,
        "maxTotalRAMSize": 51200, "totalRAMUsed": 1024, "maxServerMeta": 128,
    }  # fmt: skip
    stub.then("GET", "/compute/v2.1/limits", Reply(200, {"limits": {"rate": [], "absolute": absolute}}))

    assert await cloud.quota() == Quota(
        servers=10, servers_used=2, vcpus=-1, vcpus_used=4, ram_mib=51200, ram_mib_used=1024
    )


async def test_hypervisors_by_number_or_uuid(cloud: Cloud, stub: Stub) -> None:
    rows = [
        {"id": 1, "hypervisor_hostname": "old.example", "state": "up", "status": "enabled", "service": {"host": "old"}},
        {"id": "u", "hypervisor_hostname": "new.example", "state": "down", "status": "disabled"},
    ]
    stub.then("GET", "/compute/v2.1/os-hypervisors/detail", Reply(200, {"hypervisors": rows}))

    assert await cloud.hypervisors() == (
        Hypervisor(id="1", host="old", state="up", status="enabled", node="old.example"),
        Hypervisor(id="u", host="new.example", state="down", status="disabled", node="new.example"),
    )


async def test_volumes(cloud: Cloud, stub: Stub) -> None:
    stub.catalog["block-storage"] = "/volume/v3/lab-id"
    held = {"server_id": "a", "attachment_id": "x"}
    volume = {"id": "v", "name": "data", "size": 2, "status": "in-use", "attachments": [held]}
    stub.then("POST", "/volume/v3/lab-id/volumes", Reply(202, {"volume": volume}))

    made = await cloud.create_volume("data", 2, description="d", metadata={"k": "v"})

    holder = Attachment(id="x", server_id="a")
    assert made == Volume(id="v", name="data", status="in-use", size_gib=2, attachments=(holder,))
    assert stub.calls("POST", "/volume/v3/lab-id/volumes")[0].body == {
        "volume": {"name": "data", "size": 2, "description": "d", "metadata": {"k": "v"}}
    }


async def test_volumes_are_listed_page_by_page(cloud: Cloud, stub: Stub) -> None:
    stub.catalog["block-storage"] = "/volume/v3/lab-id"
    where = "/volume/v3/lab-id/volumes/detail"
    more = [{"rel": "next", "href": "http://elsewhere/"}]
    first = {"id": "v1", "size": 1, "created_at": "2026-03-02T12:00:00.000000", "metadata": {"k": "v"}}
    last = {"id": "v2", "size": 1, "name": None, "attachments": None, "created_at": None}
    stub.then("GET", where, Reply(200, {"volumes": [first], "volumes_links": more}), Reply(200, {"volumes": [last]}))

    listed = await cloud.list_volumes()

    assert [volume.id for volume in listed] == ["v1", "v2"]
    assert (listed[0].created, listed[0].metadata) == (datetime(2026, 3, 2, 12, tzinfo=UTC), {"k": "v"})
    assert stub.calls("GET", where)[1].query["marker"] == "v1"


@pytest.mark.parametrize(
    ("act", "where", "message", "error"),
    [
        (lambda cloud: cloud.delete_volume("v"), ("DELETE", "/volume/v3/lab-id/volumes/v"), "in use", Conflict),
        (
            lambda cloud: cloud.remove_attachment("v", "x"),
            ("POST", "/volume/v3/lab-id/volumes/v/action"),
            "Invalid volume: Volume status must be in-use",
            Conflict,
        ),
        (
            lambda cloud: cloud.attach_volume("a", "v"),
            ("POST", f"{SERVER}/os-volume_attachments"),
            "Invalid volume: it is attached",
            Conflict,
        ),
        (
            lambda cloud: cloud.attach_volume("a", "v"),
            ("POST", f"{SERVER}/os-volume_attachments"),
            "Invalid input for field volumeId",
            BadRequest,
        ),
        (
            lambda cloud: cloud.detach_volume("a", "v"),
            ("DELETE", f"{SERVER}/os-volume_attachments/v"),
            "Invalid volume: Volume status must be in-use",
            Conflict,
        ),
    ],
)
async def test_a_volume_in_the_wrong_state(
    cloud: Cloud, stub: Stub, act: Act, where: tuple[str, str], message: str, error: type[CloudError]
) -> None:
    stub.catalog["block-storage"] = "/volume/v3/lab-id"
    stub.then(*where, Reply(400, {"badRequest": {"message": message, "code": 400}}))

    with pytest.raises(error):
        await act(cloud)
