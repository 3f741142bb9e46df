"""What mending sends, and what its answers mean, against HTTP on loopback."""

from datetime import UTC, datetime

import pytest

from tests.unit.openstack_adapter.stub import SERVERS, Reply, Stub
from vmms_tui.engine.cloud.errors import AccessDenied
from vmms_tui.engine.cloud.facts import ServerAction
from vmms_tui.engine.cloud.port import Cloud

ACTIONS = f"{SERVERS}/a/os-instance-actions"


async def test_actions_have_no_user_where_nova_acts_itself(cloud: Cloud, stub: Stub) -> None:
    told = [
        {"action": "create", "user_id": "u1", "start_time": "2026-03-02T10:00:00.000000"},
        {"action": "stop", "user_id": None, "start_time": "2026-03-02T12:00:00.000000"},
        {"action": None, "user_id": 7, "start_time": "soon"},
    ]
    stub.then("GET", ACTIONS, Reply(200, {"instanceActions": told}))

    assert await cloud.server_actions("a") == (
        ServerAction(name="stop", at=datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ServerAction(name="create", user="u1", at=datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ServerAction(name="", user="7"),
    )


async def test_a_reset_is_an_order(cloud: Cloud, stub: Stub) -> None:
    stub.then("POST", f"{SERVERS}/a/action", Reply(202), Reply(403, {"forbidden": {"message": "Policy", "code": 403}}))

    await cloud.reset_state("a")

    assert [seen.body for seen in stub.calls("POST", f"{SERVERS}/a/action")] == [{"os-resetState": {"state": "active"}}]
    with pytest.raises(AccessDenied):
        await cloud.reset_state("a")


async def test_a_description_leaves_the_port_alone(cloud: Cloud, stub: Stub) -> None:
    where = "/network/v2.0/floatingips/f1"
    stub.then("PUT", where, Reply(200, {"floatingip": {"id": "f1", "floating_ip_address": "203.0.113.9"}}))

    assert (await cloud.describe_floating_ip("f1", "vmms x")).address == "203.0.113.9"
    assert [seen.body for seen in stub.calls("PUT", where)] == [{"floatingip": {"description": "vmms x"}}]


@pytest.mark.parametrize(
    ("number", "power"), [(1, "running"), (3, "paused"), (0, ""), (None, ""), ("odd", ""), (9, "")]
)
async def test_what_the_hypervisor_says(cloud: Cloud, stub: Stub, number: object, power: str) -> None:
    said = {"id": "a", "name": "a", "status": "ACTIVE", "OS-EXT-STS:power_state": number}
    stub.then("GET", f"{SERVERS}/a", Reply(200, {"server": said}))

    assert (await cloud.get_server("a")).power == power
