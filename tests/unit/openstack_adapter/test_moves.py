"""Servers that move: what is sent, and how odd answers are read, against HTTP on loopback."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from tests.unit.openstack_adapter.stub import SERVERS, Reply, Stub
from vmms_tui.engine.cloud.errors import BadRequest, Conflict
from vmms_tui.engine.cloud.moves import COLD, LIVE, MoveRecord, MoveUnderWay
from vmms_tui.engine.cloud.port import Cloud

ACTION = f"{SERVERS}/a/action"
UNDER_WAY = f"{SERVERS}/a/migrations"
RECORDS = "/compute/v2.1/os-migrations"

Act = Callable[[Cloud], Awaitable[object]]


@pytest.mark.parametrize(
    ("act", "body"),
    [
        (lambda cloud: cloud.live_migrate("a"), {"os-migrateLive": {"host": None, "block_migration": "auto"}}),
        (lambda cloud: cloud.live_migrate("a", "h2"), {"os-migrateLive": {"host": "h2", "block_migration": "auto"}}),
        (lambda cloud: cloud.cold_migrate("a"), {"migrate": None}),
        (lambda cloud: cloud.cold_migrate("a", "h2"), {"migrate": {"host": "h2"}}),
        (lambda cloud: cloud.confirm_move("a"), {"confirmResize": None}),
        (lambda cloud: cloud.revert_move("a"), {"revertResize": None}),
    ],
)
async def test_orders_to_a_server(cloud: Cloud, stub: Stub, act: Act, body: object) -> None:
    stub.then("POST", ACTION, Reply(202))
    await act(cloud)
    assert [seen.body for seen in stub.calls("POST", ACTION)] == [body]


async def test_orders_to_a_migration(cloud: Cloud, stub: Stub) -> None:
    stub.then("DELETE", f"{UNDER_WAY}/7", Reply(202))
    stub.then("POST", f"{UNDER_WAY}/7/action", Reply(202))
    await cloud.abort_move("a", 7)
    await cloud.force_move("a", 7)
    assert len(stub.calls("DELETE", f"{UNDER_WAY}/7")) == 1
    assert [seen.body for seen in stub.calls("POST", f"{UNDER_WAY}/7/action")] == [{"force_complete": None}]


@pytest.mark.parametrize(("status", "error"), [(400, BadRequest), (409, Conflict)])
async def test_a_refusal_says_what_nova_says(cloud: Cloud, stub: Stub, status: int, error: type[Exception]) -> None:
    stub.then("POST", ACTION, Reply(status, {"x": {"message": "Compute service of h1 is unavailable", "code": status}}))
    with pytest.raises(error, match="h1 is unavailable"):
        await cloud.live_migrate("a")


async def test_what_is_under_way(cloud: Cloud, stub: Stub) -> None:
    row = {
        "id": 7, "status": "running", "source_compute": "h1", "dest_compute": "h2", "memory_total_bytes": 100,
        "memory_processed_bytes": 30, "memory_remaining_bytes": 70, "disk_total_bytes": 0, "disk_processed_bytes": None,
        "disk_remaining_bytes": "?", "user_id": None,
    }  # fmt: skip
    stub.then("GET", UNDER_WAY, Reply(200, {"migrations": [row, {"id": 8, "status": "queued"}]}))
    assert await cloud.moves_under_way("a") == (
        MoveUnderWay(
            id=7, status="running", source="h1", destination="h2", memory_total=100, memory_processed=30,
            memory_remaining=70, disk_total=0,
        ),
        MoveUnderWay(id=8, status="queued"),
    )  # fmt: skip


async def test_records_come_newest_first_whatever_their_order(cloud: Cloud, stub: Stub) -> None:
    old = {"id": 3, "status": "confirmed", "migration_type": COLD, "created_at": "2026-11-01T10:00:00"}
    new = {"id": 4, "status": "failed", "migration_type": LIVE, "created_at": "2026-11-01T10:00:00.5", "extra": []}
    undated = {"id": 9, "status": None, "created_at": 5}
    stub.then("GET", RECORDS, Reply(200, {"migrations": [undated, old, new], "migrations_links": []}))
    at = datetime(2026, 11, 1, 10, tzinfo=UTC)
    found = await cloud.move_records("a")
    assert [(one.id, one.status) for one in found] == [(4, "failed"), (3, "confirmed"), (9, "")]
    assert found[1] == MoveRecord(id=3, kind=COLD, status="confirmed", created=at)
    assert stub.calls("GET", RECORDS)[0].query == {"instance_uuid": "a"}
