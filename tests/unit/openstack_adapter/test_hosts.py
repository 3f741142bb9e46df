"""How compute hosts are closed and opened on clouds of different ages."""

import pytest

from tests.unit.openstack_adapter.stub import Reply, Stub
from vmms_tui.engine.cloud.errors import NotFound
from vmms_tui.engine.cloud.port import Cloud

SERVICES = "/compute/v2.1/os-services"
DONE = Reply(200, {"service": {}})
KNOWN = Reply(200, {"services": [{"id": "u1", "host": "h1", "state": "up"}, {"id": "u2", "host": "h10"}]})


async def test_by_the_id_of_the_service(cloud: Cloud, stub: Stub) -> None:
    stub.then("GET", SERVICES, KNOWN, KNOWN)
    stub.then("PUT", f"{SERVICES}/u1", DONE, DONE)

    await cloud.disable_host("h1", "a fan")
    await cloud.enable_host("h1")

    assert stub.calls("GET", SERVICES)[0].query == {"binary": "nova-compute", "host": "h1"}
    assert [seen.body for seen in stub.calls("PUT", f"{SERVICES}/u1")] == [
        {"status": "disabled", "disabled_reason": "a fan"},
        {"status": "enabled"},
    ]


async def test_by_its_name_on_an_old_cloud(cloud: Cloud, stub: Stub) -> None:
    stub.highest = "2.52"
    numbered = Reply(200, {"services": [{"id": 7, "host": "h1"}]})
    stub.then("GET", SERVICES, numbered, numbered)
    stub.then("PUT", f"{SERVICES}/disable-log-reason", DONE)
    stub.then("PUT", f"{SERVICES}/enable", DONE)

    await cloud.disable_host("h1", "a fan")
    await cloud.enable_host("h1")

    (closed,), (opened,) = stub.calls("PUT", f"{SERVICES}/disable-log-reason"), stub.calls("PUT", f"{SERVICES}/enable")
    assert closed.body == {"host": "h1", "binary": "nova-compute", "disabled_reason": "a fan"}
    assert opened.body == {"host": "h1", "binary": "nova-compute"}


async def test_a_host_that_only_begins_so_is_another(cloud: Cloud, stub: Stub) -> None:
    stub.then("GET", SERVICES, KNOWN)
    with pytest.raises(NotFound, match="no nova-compute service of this name"):
        await cloud.disable_host("h", "a fan")
