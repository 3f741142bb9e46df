"""kill -9 at any touch of the world: nothing that was acknowledged is lost, nothing is doubled, nothing left behind."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.world import POOL, World
from vmms_tui.model.commands import Release
from vmms_tui.model.errors import VmmsError
from vmms_tui.model.records import Lease, LeaseState, Operation, Server, ServerState


async def healthy(world: World) -> None:
    """What must be so when all has settled."""
    there = await world.in_cloud()
    assert all(len(seen) == 1 for seen in there.values()), "a server is doubled"
    alive = {server.id for server in world.state.all(Server) if server.state != ServerState.GONE}
    assert set(there) == alive, "cloud and store do not agree"
    assert not await world.leftovers()
    assert not world.state.live_operations()


@pytest.mark.parametrize("touches", range(0, 120, 3))
async def test_killed_while_a_pool_fills(tmp_path: Path, touches: int) -> None:
    world = await World(tmp_path, POOL).start()
    world.death.after(touches)
    await world.pass_time(20)
    await world.restart()
    await world.pass_time(90)
    assert world.counts()[ServerState.READY] == 4
    await healthy(world)
    await world.stop()


@pytest.mark.parametrize("touches", range(0, 60, 2))
async def test_killed_while_servers_are_lent_and_taken_back(tmp_path: Path, touches: int) -> None:
    world = await World(tmp_path, POOL).start()
    await world.pass_time(30)
    early = await world.ask(term=timedelta(hours=1))
    world.death.after(touches)
    acknowledged = {early.lease_id}
    try:
        reply = await world.ask("bob", term=timedelta(days=2))
        if reply.code == "ok" and reply.lease_id:
            acknowledged.add(reply.lease_id)
        released = (await world.send(Release(lease_id=early.lease_id))).ok
        await world.pass_time(15)
    except VmmsError:
        released = False
    await world.restart()
    assert acknowledged <= {lease.id for lease in world.state.all(Lease)}
    if released:
        assert world.state.need(Lease, early.lease_id).state in {LeaseState.ENDING, LeaseState.ENDED}
    await world.pass_time(120)
    await healthy(world)
    live = {lease.id for lease in world.state.all(Lease) if lease.state == LeaseState.ACTIVE}
    assert acknowledged - {early.lease_id} <= live
    await world.stop()


async def test_an_answer_that_was_lost_makes_no_second_server(world: World) -> None:
    world.account.world.faults.lose_answer("create_server", done=True, times=3)
    world.account.world.faults.lose_answer("create_port", done=True, times=2)
    world.account.world.faults.lose_answer("create_floating_ip", done=True, times=2)
    await world.pass_time(120)
    assert world.counts() == {ServerState.READY: 4}
    await healthy(world)


async def test_a_lost_store_is_rebuilt_from_the_cloud(tmp_path: Path) -> None:
    world = await World(tmp_path, POOL).start()
    await world.pass_time(30)
    lent = await world.ask("bob", term=timedelta(days=2), importance=8)
    await world.pass_time(30)
    before = {server.id for server in world.state.servers_of("dev")}
    await world.kill()
    for path in (tmp_path / "store").iterdir():
        path.unlink()
    await world.start()
    await world.pass_time(30)
    assert {server.id for server in world.state.servers_of("dev")} == before
    lease = world.state.need(Lease, lent.lease_id)
    assert (lease.owner, lease.end, lease.importance) == ("bob", lent.end, 8)
    assert world.counts()[ServerState.READY] == 4
    await healthy(world)
    reply = await world.ask("carol")
    assert reply.lease_id != lent.lease_id
    await world.stop()


async def test_servers_of_others_are_never_touched(filled: World) -> None:
    seen = (await filled.cloud.list_servers()).servers[0]
    await filled.cloud.set_metadata(seen.id, {"vmms_installation": "somebody-else"})
    server = filled.state.server_by_cloud_id(seen.id)
    assert server
    await filled.send(Release(lease_id=(await filled.ask()).lease_id))
    filled.clock.advance(20 * 86400)
    await filled.pass_time(60)
    assert await filled.cloud.get_server(seen.id)
    failures = [operation for operation in filled.state.all(Operation) if operation.server_id == server.id]
    assert any("does not carry our tag" in operation.outcome for operation in failures)


async def test_an_old_copy_of_the_store_lends_nothing_twice(tmp_path: Path) -> None:
    world = await World(tmp_path, POOL).start()
    await world.pass_time(30)
    old = {path: path.read_bytes() for path in (tmp_path / "store").iterdir()}
    lent = [await world.ask("bob", term=timedelta(days=2)) for _ in range(2)]
    await world.pass_time(40)
    before = {name: seen[0].id for name, seen in (await world.in_cloud()).items()}
    assert len(before) == 6
    await world.kill()
    for path in (tmp_path / "store").iterdir():
        path.unlink()
    for path, data in old.items():
        path.write_bytes(data)
    await world.start()
    await world.pass_time(60)
    assert {name: seen[0].id for name, seen in (await world.in_cloud()).items()} == before
    assert {lease.id for lease in world.state.all(Lease)} == {reply.lease_id for reply in lent}
    reply = await world.ask("carol")
    assert reply.code == "ok"
    assert reply.server_id not in {other.server_id for other in lent}
    await world.pass_time(60)
    await healthy(world)
    await world.stop()
