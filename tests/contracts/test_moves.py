"""Servers that move between hosts. Who works in a project may not; an administrator may, also for others."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from vmms_tui.engine.cloud.errors import AccessDenied, BadRequest, Conflict, NotFound
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.moves import COLD, LIVE, MoveRecord, MoveUnderWay
from vmms_tui.engine.cloud.port import Cloud

from .stage import NOBODY, Belongings, Stage

NO_MOVE = 999_999
NO_HOST = "cmp99"
SLOW = 40.0
"""Seconds of a copying that is to be interrupted."""


@pytest.fixture
def administrator(stage: Stage) -> Cloud:
    return stage.administrator


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mover(stage: Stage) -> AsyncIterator[CloudServer]:
    """A server that is ACTIVE, for tests that leave it so, on whatever host."""
    belongings = Belongings(stage)
    try:
        yield await belongings.active_server(await belongings.port())
    finally:
        await belongings.clear()


async def host_of(administrator: Cloud, server: CloudServer) -> str:
    return (await administrator.get_server(server.id)).host


async def elsewhere(administrator: Cloud, server: CloudServer) -> str:
    """A host where it is not."""
    here = await host_of(administrator, server)
    return next(one.host for one in await administrator.compute_services() if one.host != here and one.state == "up")


async def ended(stage: Stage, server: CloudServer, but: tuple[int, ...] = ()) -> MoveRecord:
    """The newest record, once it is another than those before, and over."""

    async def look() -> MoveRecord | None:
        newest = next((one for one in await stage.administrator.move_records(server.id) if one.id not in but), None)
        over = {"completed", "failed", "cancelled", "error", "finished", "confirmed", "reverted"}
        return newest if newest and newest.status in over else None

    return await stage.until(look, "the move to end")


async def known(administrator: Cloud, server: CloudServer) -> tuple[int, ...]:
    return tuple(one.id for one in await administrator.move_records(server.id))


async def running(stage: Stage, server: CloudServer) -> MoveUnderWay:
    """Its live migration, once that copies."""

    async def look() -> MoveUnderWay | None:
        found = await stage.administrator.moves_under_way(server.id)
        return next((one for one in found if one.status == "running" and one.memory_total), None)

    return await stage.until(look, "the copying to begin")


CALLS: dict[str, Callable[[Cloud, str], Awaitable[object]]] = {
    "live_migrate": lambda cloud, name: cloud.live_migrate(name),
    "cold_migrate": lambda cloud, name: cloud.cold_migrate(name),
    "moves_under_way": lambda cloud, name: cloud.moves_under_way(name),
    "abort_move": lambda cloud, name: cloud.abort_move(name, NO_MOVE),
    "force_move": lambda cloud, name: cloud.force_move(name, NO_MOVE),
    "move_records": lambda cloud, name: cloud.move_records(name),
    "confirm_move": lambda cloud, name: cloud.confirm_move(name),
    "revert_move": lambda cloud, name: cloud.revert_move(name),
}
FOR_ALL = {"confirm_move", "revert_move"}
"""What a plain member may do, too."""


@pytest.mark.parametrize("call", sorted(CALLS.keys() - FOR_ALL))
async def test_moves_are_for_administrators(cloud: Cloud, mover: CloudServer, call: str) -> None:
    with pytest.raises(AccessDenied):
        await CALLS[call](cloud, mover.id)


@pytest.mark.parametrize("call", sorted(CALLS.keys() - {"move_records"}))
async def test_a_server_that_is_not_there_does_not_move(administrator: Cloud, call: str) -> None:
    with pytest.raises(NotFound):
        await CALLS[call](administrator, NOBODY)


async def test_of_a_server_that_is_not_there_nothing_is_remembered(administrator: Cloud) -> None:
    assert await administrator.move_records(NOBODY) == ()


@pytest.mark.parametrize("call", ["live_migrate", "cold_migrate"])
async def test_a_host_that_is_not_there(administrator: Cloud, mover: CloudServer, call: str) -> None:
    with pytest.raises(BadRequest, match=NO_HOST):
        await getattr(administrator, call)(mover.id, NO_HOST)


@pytest.mark.parametrize("call", sorted(FOR_ALL))
async def test_where_nothing_waits_for_a_word_none_is_taken(cloud: Cloud, mover: CloudServer, call: str) -> None:
    with pytest.raises(Conflict):
        await CALLS[call](cloud, mover.id)


@pytest.mark.parametrize("call", ["abort_move", "force_move"])
async def test_where_nothing_moves_nothing_is_ended(administrator: Cloud, mover: CloudServer, call: str) -> None:
    with pytest.raises(Conflict):
        await CALLS[call](administrator, mover.id)


async def test_live_migration_to_a_host_of_ones_choice(stage: Stage, administrator: Cloud, mine: Belongings) -> None:
    port = await mine.port()
    server = await mine.active_server(port)
    address = await mine.floating_ip(port_id=port.id)
    here, there = await host_of(administrator, server), await elsewhere(administrator, server)
    assert (await administrator.get_port(port.id)).host == here
    assert (await stage.cloud.get_port(port.id)).host == "", "where it is bound is for administrators"
    await administrator.live_migrate(server.id, there)
    seen = await administrator.get_server(server.id)
    assert (seen.status, seen.task_state) == ("MIGRATING", "migrating")
    for act in (administrator.live_migrate, administrator.cold_migrate, stage.cloud.stop_server):
        with pytest.raises(Conflict):
            await act(server.id)
    under_way = await running(stage, server)
    assert (under_way.source, under_way.destination) == (here, there)
    assert under_way.memory_total == 512 * 2**20
    record = await ended(stage, server)
    assert (record.kind, record.status, record.source, record.destination) == (LIVE, "completed", here, there)
    assert record.created
    await stage.status(server.id, "ACTIVE")
    assert await host_of(administrator, server) == there
    assert (await administrator.get_port(port.id)).host == there
    assert (await stage.cloud.get_floating_ip(address.id)).port_id == port.id
    assert await administrator.moves_under_way(server.id) == ()
    with pytest.raises(Conflict):
        await administrator.abort_move(server.id, record.id)


async def test_the_copying_is_told_in_bytes(stage: Stage, administrator: Cloud, mover: CloudServer) -> None:
    old = await known(administrator, mover)
    with stage.slow_moves(6.0):
        await administrator.live_migrate(mover.id)
        first = await running(stage, mover)

        async def more() -> MoveUnderWay | None:
            found = await administrator.moves_under_way(mover.id)
            return next((one for one in found if (one.memory_processed or 0) > (first.memory_processed or 0)), None)

        second = await stage.until(more, "more to be copied")
        assert second.memory_remaining is not None
        assert first.memory_remaining is not None
        assert second.memory_remaining < first.memory_remaining
        assert second.memory_total == first.memory_total
    assert (await ended(stage, mover, old)).status == "completed"
    await stage.status(mover.id, "ACTIVE")


async def test_an_abort_leaves_it_where_it_was(stage: Stage, administrator: Cloud, mover: CloudServer) -> None:
    here, old = await host_of(administrator, mover), await known(administrator, mover)
    with stage.slow_moves(SLOW):
        await administrator.live_migrate(mover.id)
        under_way = await running(stage, mover)
        with pytest.raises(AccessDenied):
            await stage.cloud.abort_move(mover.id, under_way.id)
        with pytest.raises(NotFound):
            await administrator.abort_move(mover.id, NO_MOVE)
        await administrator.abort_move(mover.id, under_way.id)
        record = await ended(stage, mover, old)
    assert (record.id, record.status) == (under_way.id, "cancelled")
    seen = await stage.status(mover.id, "ACTIVE")
    assert (seen.fault, await host_of(administrator, mover)) == ("", here)


async def test_the_end_can_be_forced(stage: Stage, administrator: Cloud, mover: CloudServer) -> None:
    here, old = await host_of(administrator, mover), await known(administrator, mover)
    with stage.slow_moves(SLOW):
        await administrator.live_migrate(mover.id)
        under_way = await running(stage, mover)
        began = stage.clock.monotonic()
        await administrator.force_move(mover.id, under_way.id)
        assert (await ended(stage, mover, old)).status == "completed"
        assert stage.clock.monotonic() - began < SLOW / 2
    await stage.status(mover.id, "ACTIVE")
    assert await host_of(administrator, mover) != here


@pytest.mark.parametrize(("fault", "statuses"), [("fails", {"failed", "error"}), ("check_fails", {"error", "failed"})])
async def test_one_that_fails_leaves_it_where_it_was(
    stage: Stage, administrator: Cloud, mover: CloudServer, fault: str, statuses: set[str]
) -> None:
    here, old = await host_of(administrator, mover), await known(administrator, mover)
    with stage.bad_moves(fault):
        await administrator.live_migrate(mover.id)
        assert (await ended(stage, mover, old)).status in statuses
    seen = await stage.status(mover.id, "ACTIVE")
    assert (seen.fault, await host_of(administrator, mover)) == ("", here)


async def test_where_it_is_already_nothing_moves(stage: Stage, administrator: Cloud, mover: CloudServer) -> None:
    here, old = await host_of(administrator, mover), await known(administrator, mover)
    await administrator.live_migrate(mover.id, here)
    assert (await ended(stage, mover, old)).status == "error"
    with pytest.raises(BadRequest):
        await administrator.cold_migrate(mover.id, here)
    await stage.status(mover.id, "ACTIVE")


async def cold_moved(stage: Stage, server: CloudServer, host: str = "") -> CloudServer:
    await stage.administrator.cold_migrate(server.id, host)
    return await stage.status(server.id, "VERIFY_RESIZE")


async def test_a_cold_migration_waits_for_a_word(stage: Stage, administrator: Cloud, mover: CloudServer) -> None:
    here, there = await host_of(administrator, mover), await elsewhere(administrator, mover)
    old = await known(administrator, mover)
    await cold_moved(stage, mover, there)
    record = await ended(stage, mover, old)
    assert (record.kind, record.status, record.source, record.destination) == (COLD, "finished", here, there)
    assert await host_of(administrator, mover) == there
    assert await administrator.moves_under_way(mover.id) == (), "progress is told of live ones only"
    for act in (administrator.live_migrate, administrator.cold_migrate, stage.cloud.stop_server):
        with pytest.raises(Conflict):
            await act(mover.id)
    await stage.cloud.confirm_move(mover.id)
    with pytest.raises((BadRequest, Conflict)):
        await stage.cloud.confirm_move(mover.id)
    await stage.status(mover.id, "ACTIVE")
    assert (await administrator.move_records(mover.id))[0].status == "confirmed"
    assert await host_of(administrator, mover) == there


async def test_a_cold_migration_is_taken_back(stage: Stage, administrator: Cloud, mover: CloudServer) -> None:
    here = await host_of(administrator, mover)
    await cold_moved(stage, mover)
    assert await host_of(administrator, mover) != here
    await stage.cloud.revert_move(mover.id)
    await stage.status(mover.id, "ACTIVE")
    assert await host_of(administrator, mover) == here
    assert (await administrator.move_records(mover.id))[0].status == "reverted"


async def test_a_server_that_is_off_moves_cold_only_and_stays_off(
    stage: Stage, administrator: Cloud, mover: CloudServer
) -> None:
    await stage.cloud.stop_server(mover.id)
    await stage.status(mover.id, "SHUTOFF")
    with pytest.raises(Conflict):
        await administrator.live_migrate(mover.id)
    await cold_moved(stage, mover)
    await stage.cloud.confirm_move(mover.id)
    await stage.status(mover.id, "SHUTOFF")
    await stage.cloud.start_server(mover.id)
    await stage.status(mover.id, "ACTIVE")


async def test_a_cold_migration_that_fails_leaves_an_error(
    stage: Stage, administrator: Cloud, mine: Belongings
) -> None:
    server = await mine.active_server()
    here = await host_of(administrator, server)
    with stage.bad_moves("cold_fails"):
        await administrator.cold_migrate(server.id)
        seen = await stage.status(server.id, "ERROR")
    assert seen.fault
    assert await host_of(administrator, server) == here
    assert (await ended(stage, server)).status == "error"
    await stage.cloud.reboot_server(server.id, hard=True)

    async def back() -> bool:
        seen = await stage.cloud.get_server(server.id)
        return seen.status == "ACTIVE" and not seen.task_state

    await stage.until(back, "it to come back")
