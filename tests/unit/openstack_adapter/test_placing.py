"""What Nova's answers about aggregates, groups and actions mean, on clouds of different ages."""

import pytest

from tests.unit.openstack_adapter.stub import Reply, Stub
from vmms_tui.engine.cloud.errors import NotFound
from vmms_tui.engine.cloud.placing import ActionEvent, Aggregate, ServerGroup
from vmms_tui.engine.cloud.port import Cloud

NOVA = "/compute/v2.1"


async def test_aggregates_with_their_zone(cloud: Cloud, stub: Stub) -> None:
    odd = {"name": None, "hosts": None, "metadata": None}
    fast = {"id": 1, "name": "fast", "hosts": ["h1", "h2"], "metadata": {"ssd": "true"}, "availability_zone": "a"}
    stub.then("GET", f"{NOVA}/os-aggregates", Reply(200, {"aggregates": [fast, odd]}))
    assert await cloud.aggregates() == (
        Aggregate(name="fast", hosts=("h1", "h2"), metadata={"ssd": "true", "availability_zone": "a"}),
        Aggregate(name=""),
    )


async def test_groups_new_and_old(cloud: Cloud, stub: Stub) -> None:
    new = {"id": "g1", "name": "web", "policy": "anti-affinity", "rules": {"max_server_per_host": 3}, "members": ["c1"]}
    old = {"id": "g2", "name": "db", "policies": ["affinity"], "metadata": {}, "members": []}
    stub.then("GET", f"{NOVA}/os-server-groups", Reply(200, {"server_groups": [new, old]}))
    assert await cloud.server_groups() == (
        ServerGroup(id="g1", name="web", policy="anti-affinity", most=3, members=("c1",)),
        ServerGroup(id="g2", name="db", policy="affinity"),
    )
    (asked,) = stub.calls("GET", f"{NOVA}/os-server-groups")
    assert asked.query == {"all_projects": "True", "limit": "1000", "offset": "0"}


async def test_many_groups_come_page_by_page(cloud: Cloud, stub: Stub) -> None:
    pages = [[{"id": f"g{number}", "policy": "affinity"} for number in range(1000)], [{"id": "last"}]]
    stub.then("GET", f"{NOVA}/os-server-groups", *(Reply(200, {"server_groups": page}) for page in pages))
    assert len(await cloud.server_groups()) == 1001
    assert [one.query["offset"] for one in stub.calls("GET", f"{NOVA}/os-server-groups")] == ["0", "1000"]


async def test_why_an_action_failed(cloud: Cloud, stub: Stub) -> None:
    events = [
        {"event": "conductor_live_migrate_instance", "result": "Error", "details": "No valid host was found."},
        {"event": "check", "result": "Error", "details": None, "traceback": "File x\n  raise\nBadCPU: no avx2\n\n"},
        {"event": "pre", "result": "Success", "details": None, "finish_time": "2026-11-02T09:00:00.000000"},
        {"event": "post", "result": None},
    ]
    stub.then("GET", f"{NOVA}/servers/c1/os-instance-actions/req-1", Reply(200, {"instanceAction": {"events": events}}))
    found = await cloud.action_events("c1", "req-1")
    assert found[:2] == (
        ActionEvent(name="conductor_live_migrate_instance", failed=True, why="No valid host was found"),
        ActionEvent(name="check", failed=True, why="BadCPU: no avx2"),
    )
    assert [(one.failed, one.why) for one in found[2:]] == [(False, ""), (False, "")]
    assert found[2].at is not None


async def test_an_action_that_is_not_there(cloud: Cloud, stub: Stub) -> None:
    gone = Reply(404, {"itemNotFound": {"message": "Action for request_id req-9 on instance c1 not found"}})
    stub.then("GET", f"{NOVA}/servers/c1/os-instance-actions/req-9", gone)
    with pytest.raises(NotFound):
        await cloud.action_events("c1", "req-9")


@pytest.mark.parametrize(
    ("said", "cpu"),
    [
        ({"arch": "x86_64", "vendor": "Intel", "model": "Icelake", "features": []}, "x86_64 Intel Icelake"),
        ('{"arch": "x86_64", "model": "EPYC", "vendor": "AMD"}', "x86_64 AMD EPYC"),
        ("?", ""), ("", ""), (None, ""), ([], ""), ({}, ""),
    ],
)  # fmt: skip
async def test_processors_of_hosts(cloud: Cloud, stub: Stub, said: object, cpu: str) -> None:
    host = {"id": "h", "hypervisor_hostname": "h1", "state": "up", "status": "enabled", "cpu_info": said}
    stub.then("GET", f"{NOVA}/os-hypervisors/detail", Reply(200, {"hypervisors": [host]}))
    (found,) = await cloud.hypervisors()
    assert found.cpu == cpu


async def test_what_flavors_ask_for(cloud: Cloud, stub: Stub) -> None:
    plain = {"id": "1", "name": "m1", "vcpus": 1, "ram": 512, "disk": 1}
    flavors = [{**plain, "extra_specs": {"hw:cpu_policy": "dedicated"}}, {**plain, "id": "2"}]
    stub.then("GET", f"{NOVA}/flavors/detail", Reply(200, {"flavors": flavors}))
    assert [one.extra for one in await cloud.flavors()] == [{"hw:cpu_policy": "dedicated"}, {}]
