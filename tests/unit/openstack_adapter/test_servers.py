"""What is sent and what is read: servers, names, lists, metadata, against HTTP on loopback."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.unit.openstack_adapter.conftest import Impatient
from tests.unit.openstack_adapter.stub import DETAIL, NEW, SERVERS, Reply, Stub
from vmms_tui.engine.cloud.errors import (
    BadRequest,
    NotFound,
)
from vmms_tui.engine.cloud.facts import CloudServer, NewServer
from vmms_tui.engine.cloud.port import Cloud


async def test_a_create_carries_everything(cloud: Cloud, stub: Stub) -> None:
    new = NewServer(
        name="[b]web\x1b[1m 猫[/b]", flavor="f2", image="debian", port_ids=("p1", "p2"), user_data=b"\x00\xff",
        metadata={"vmms_pool": "web"}, availability_zone="az1",
    )  # fmt: skip

    server = await cloud.create_server(new)

    assert server == CloudServer(
        id="new-id", name=new.name, status="BUILD", metadata=new.metadata, flavor="large", image_id="i1"
    )
    (seen,) = stub.calls("POST", SERVERS)
    assert seen.body["server"] == {
        "name": new.name,
        "flavorRef": "f2",
        "imageRef": "i1",
        "metadata": {"vmms_pool": "web"},
        "networks": [{"port": "p1"}, {"port": "p2"}],
        "availability_zone": "az1",
        "user_data": "AP8=",
    }


async def test_pages_are_followed(cloud: Cloud, stub: Stub) -> None:
    stub.page = 2
    stub.servers = [{"id": f"s{number}", "name": "x", "status": "ACTIVE"} for number in range(5)]

    listing = await cloud.list_servers()

    assert [server.id for server in listing.servers] == ["s0", "s1", "s2", "s3", "s4"]
    assert [seen.query.get("marker") for seen in stub.calls("GET", DETAIL)] == [None, "s1", "s3"]


async def test_a_list_begins_anew_when_its_marker_is_gone(cloud: Cloud, stub: Stub) -> None:
    stub.page = 1
    stub.servers = [{"id": "a", "name": "a", "status": "ACTIVE"}, {"id": "b", "name": "b", "status": "ACTIVE"}]
    gone = {"servers": [{"id": "zz", "name": "gone"}], "servers_links": [{"rel": "next", "href": "x"}]}
    stub.then("GET", DETAIL, Reply(200, gone))

    listing = await cloud.list_servers()

    assert [server.id for server in listing.servers] == ["a", "b"]


async def test_changes_since_is_sent_as_nova_reads_it(cloud: Cloud, stub: Stub) -> None:
    since = datetime(2026, 3, 2, 14, 0, 0, 999999, tzinfo=timezone(timedelta(hours=2)))

    listing = await cloud.list_servers(since)

    assert not listing.complete
    assert stub.calls("GET", DETAIL)[0].query == {"changes-since": "2026-03-02T12:00:00Z", "limit": "1000"}


async def test_all_that_a_server_tells(cloud: Cloud, stub: Stub) -> None:
    stub.servers = [
        {
            "id": "a", "name": "web", "status": "ERROR", "OS-EXT-STS:task_state": None,
            "OS-EXT-SRV-ATTR:host": "cmp1", "fault": {"message": "No valid host", "code": 500},
            "metadata": {"k": "v"}, "flavor": {"original_name": "small"}, "image": {"id": "i1"},
            "os-extended-volumes:volumes_attached": [{"id": "v1", "delete_on_termination": False}],
            "addresses": {"private": [
                {"addr": "10.0.0.2", "version": 4, "OS-EXT-IPS:type": "fixed"},
                {"addr": "203.0.113.9", "version": 4, "OS-EXT-IPS:type": "floating"},
            ]},
            "created": "2026-03-02T12:00:00Z", "updated": "2026-03-02T12:00:05Z", "new_field": {"x": 1},
        },
        {"id": "b", "status": "UNKNOWN"},
        {"id": "c", "name": "c", "status": "BUILD", "image": "", "flavor": {"original_name": "gone"}},
    ]  # fmt: skip

    full, bare, volume_boot = (await cloud.list_servers()).servers

    assert full == CloudServer(
        id="a", name="web", status="ERROR", fault="No valid host", metadata={"k": "v"}, addresses=("10.0.0.2",),
        floating_addresses=("203.0.113.9",), host="cmp1", flavor="small", image_id="i1", volume_ids=("v1",),
        created=datetime(2026, 3, 2, 12, tzinfo=UTC), updated=datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC),
    )  # fmt: skip
    assert bare == CloudServer(id="b", name="", status="UNKNOWN")
    assert volume_boot.image_id == ""


@pytest.mark.parametrize(("name", "asked"), [("web-1", "^web-1$"), ("we[b", None), ("a b|c", None), ("猫", None)])
async def test_a_name_is_found_exactly(cloud: Cloud, stub: Stub, name: str, asked: str | None) -> None:
    stub.servers = [{"id": "1", "name": name}, {"id": "2", "name": f"{name}0"}, {"id": "3", "name": name.upper() + "x"}]

    assert [server.id for server in await cloud.find_servers(name)] == ["1"]
    assert stub.calls("GET", DETAIL)[0].query.get("name") == asked


async def test_names_that_do_not_exist(cloud: Cloud) -> None:
    with pytest.raises(BadRequest, match="There is no flavor 'huge'"):
        await cloud.create_server(NewServer(name="x", flavor="huge", image="debian", port_ids=()))
    with pytest.raises(BadRequest, match="There is no image 'beos'"):
        await cloud.create_server(NewServer(name="x", flavor="small", image="beos", port_ids=()))
    with pytest.raises(BadRequest, match="2 images are called 'twin'"):
        await cloud.create_server(NewServer(name="x", flavor="small", image="twin", port_ids=()))
    with pytest.raises(NotFound, match="There is no network 'void'"):
        await cloud.create_port("void", name="p", description="d")


async def test_names_are_kept_for_a_minute(cloud: Cloud, stub: Stub, clock: Impatient) -> None:
    path = "/compute/v2.1/flavors/detail"
    await cloud.create_server(NEW)
    await cloud.create_server(NEW)
    assert len(stub.calls("GET", path)) == 1

    clock.move(timedelta(seconds=60))
    await cloud.create_server(NEW)
    assert len(stub.calls("GET", path)) == 2


async def test_a_hypervisor_that_cannot_set_passwords(cloud: Cloud, stub: Stub) -> None:
    from vmms_tui.engine.cloud.errors import Conflict

    message = "Unable to set password: the hypervisor driver has it not implemented"
    stub.then("POST", f"{SERVERS}/a/action", Reply(501, {"notImplemented": {"message": message, "code": 501}}))
    with pytest.raises(Conflict):
        await cloud.change_password("a", "x")


async def test_a_cloud_without_volumes(cloud: Cloud) -> None:
    await cloud.check()

    with pytest.raises(NotFound, match="this cloud offers us no block-storage service"):
        await cloud.create_volume("data", 1)


@pytest.mark.parametrize("identifier", ["", ".", ".."])
async def test_an_id_that_no_address_holds(cloud: Cloud, stub: Stub, identifier: str) -> None:
    with pytest.raises(NotFound):
        await cloud.delete_server(identifier)
    assert stub.calls("DELETE", SERVERS) == []
