"""Servers that move between hosts: seen to be there before it is said, and in one piece whatever comes between."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.test_kill import healthy
from tests.engine.world import POOL, World
from vmms_tui.engine.cloud.errors import AccessDenied, BadRequest
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, CloudServer
from vmms_tui.model import migration
from vmms_tui.model.commands import AbortOperation, MigrateServer, Release, Renew, Reply, RetryOperation, StopServer
from vmms_tui.model.migration import Moving
from vmms_tui.model.progress import BYTES, rate
from vmms_tui.model.records import (
    Lease,
    LeaseState,
    Notice,
    NoticeKind,
    Operation,
    OperationState,
    Server,
    ServerState,
)
from vmms_tui.model.surroundings import Host

HOSTS_READ = 65
"""Seconds until the list of hosts is known to a new administrator."""


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[World]:
    """A full pool, an administrator's credentials, hosts that are known."""
    made = World(tmp_path, POOL)
    made.account.world.set_admin()
    await made.start()
    await made.pass_time(HOSTS_READ)
    assert made.state.all(Host)
    yield made
    await made.stop()


async def lent(world: World, importance: int = 0) -> tuple[Reply, Server]:
    """A lease and its server."""
    reply = await world.ask("alice", importance=importance)
    await world.pass_time(5)
    return reply, world.state.need(Server, reply.server_id)


def operation(world: World, reply: Reply) -> Operation:
    return world.state.need(Operation, reply.operation_id)


def server(world: World, name: str) -> Server:
    return world.state.need(Server, name)


async def seen(world: World, name: str) -> CloudServer:
    return await world.cloud.get_server(server(world, name).cloud_id)


async def move(world: World, name: str, host: str = "", *, cold: bool = False) -> Reply:
    reply = await world.send(MigrateServer(server_id=name, host=host, cold=cold), "operator")
    assert reply.ok, reply
    return reply


def elsewhere(one: Server) -> str:
    return "cmp1" if one.host != "cmp1" else "cmp2"


def moving(world: World, reply: Reply) -> Moving:
    found = operation(world, reply).moving
    assert found is not None
    return found


async def until(world: World, reply: Reply, step: str) -> None:
    """Until it is at this step."""
    for _ in range(300):
        if operation(world, reply).step == step:
            return
        await world.pass_time(0.5, step=0.5)
    raise AssertionError(operation(world, reply))


async def test_a_live_move_is_told_when_it_is_seen(land: World) -> None:
    lease, before = await lent(land)
    there = elsewhere(before)
    reply = await move(land, lease.lease_id, there)
    await until(land, reply, "follow")
    assert server(land, before.id).state is ServerState.MOVING
    await land.pass_time(6)
    copying = moving(land, reply).copying
    assert copying is not None
    assert copying.memory_total == 2048 * 2**20
    assert migration.rate(copying)
    speed = rate(operation(land, reply), land.clock.now())
    assert speed is not None
    assert speed.unit == BYTES
    assert speed.per_second == migration.rate(copying)
    assert migration.estimate(copying) is not None
    assert (moving(land, reply).source, moving(land, reply).destination) == (before.host, there)
    await land.pass_time(30)
    done, after = operation(land, reply), server(land, before.id)
    assert done.state is OperationState.DONE, done
    assert done.outcome.startswith(f"on {there} after ")
    assert "its address answers" in done.outcome
    assert (after.state, after.host, after.task_state) == (ServerState.LEASED, there, "")
    assert (after.floating_ip, after.lease_id) == (before.floating_ip, before.lease_id)
    assert (await land.cloud.get_floating_ip(after.floating_ip_id)).port_id == before.port_ids[0]
    (said,) = land.events("server.moved")
    assert f"from {before.host} to {there}" in said.text
    assert said.actor == "operator"
    assert land.state.need(Lease, lease.lease_id).state is LeaseState.ACTIVE
    await healthy(land)


async def test_a_cold_move_is_confirmed_when_it_is_seen(land: World) -> None:
    lease, before = await lent(land)
    reply = await move(land, before.id, cold=True)
    await until(land, reply, "verify")
    records = await land.cloud.move_records(before.cloud_id)
    assert records[0].status == "finished", "it is not made final before it is proved"
    await land.pass_time(30)
    assert operation(land, reply).state is OperationState.DONE
    assert server(land, before.id).host != before.host
    assert (await land.cloud.move_records(before.cloud_id))[0].status == "confirmed"
    assert (await seen(land, before.id)).status == "ACTIVE"
    assert land.state.need(Lease, lease.lease_id).state is LeaseState.ACTIVE


async def test_a_server_that_is_off_moves_cold_and_stays_off(land: World) -> None:
    lease, before = await lent(land)
    await land.send(StopServer(lease_id=lease.lease_id))
    await land.pass_time(10)
    refused = await land.send(MigrateServer(server_id=before.id), "operator")
    assert (refused.rule, refused.remedy) == ("move_power", "Move it cold.")
    reply = await move(land, before.id, cold=True)
    await land.pass_time(40)
    after = server(land, before.id)
    assert operation(land, reply).state is OperationState.DONE, operation(land, reply)
    assert after.host != before.host
    assert (after.state, (await seen(land, before.id)).status) == (ServerState.STOPPED, "SHUTOFF")


async def test_a_ready_server_moves_and_no_other_is_built_for_it(land: World) -> None:
    one = next(each for each in land.state.all(Server) if each.state is ServerState.READY)
    await move(land, one.id)
    await land.pass_time(40)
    assert server(land, one.id).state is ServerState.READY
    assert server(land, one.id).host != one.host
    assert len(land.state.all(Server)) == 4


@pytest.mark.parametrize("touches", range(0, 46, 2))
@pytest.mark.parametrize("cold", [False, True], ids=["live", "cold"])
async def test_killed_at_any_touch_it_moves_once(tmp_path: Path, touches: int, *, cold: bool) -> None:
    land = World(tmp_path, POOL)
    land.account.world.set_admin()
    await land.start()
    await land.pass_time(HOSTS_READ)
    one = next(each for each in land.state.all(Server) if each.state is ServerState.READY)
    reply = await move(land, one.id, elsewhere(one), cold=cold)
    land.death.after(touches)
    await land.pass_time(20)
    await land.restart()
    await land.pass_time(120)
    assert operation(land, reply).state is OperationState.DONE, operation(land, reply)
    assert (server(land, one.id).state, server(land, one.id).host) == (ServerState.READY, elsewhere(one))
    records = await land.cloud.move_records(one.cloud_id)
    assert [record.status for record in records] == ["confirmed" if cold else "completed"]
    await healthy(land)
    await land.stop()


@pytest.mark.parametrize("call", ["live_migrate", "cold_migrate"])
async def test_an_order_whose_answer_is_lost_is_not_given_twice(land: World, call: str) -> None:
    _, before = await lent(land)
    land.account.world.faults.lose_answer(call, done=True)
    reply = await move(land, before.id, cold=call == "cold_migrate")
    await land.pass_time(60)
    assert operation(land, reply).state is OperationState.DONE, operation(land, reply)
    assert len(await land.cloud.move_records(before.cloud_id)) == 1


@pytest.mark.parametrize(
    ("fault", "words", "remedy"),
    [
        ("move_fails", "failed", "--to HOST` tries another host"),
        ("move_check_fails", "failed", "logs of nova-compute"),
        ("no_host", "the scheduler found no host", "nova-scheduler"),
    ],
)
async def test_a_move_that_fails_says_where_the_server_is_and_what_to_do(
    land: World, fault: str, words: str, remedy: str
) -> None:
    _, before = await lent(land)
    getattr(land.account.world.faults, fault)()
    reply = await move(land, before.id)
    await land.pass_time(40)
    failed = operation(land, reply)
    assert failed.state is OperationState.FAILED
    assert words in failed.outcome.replace("came to nothing", "failed")
    assert f"{before.id} is on {before.host} as before" in failed.outcome
    assert remedy in failed.remedy
    assert (server(land, before.id).state, server(land, before.id).host) == (ServerState.LEASED, before.host)
    assert not [one for one in land.state.all(Notice) if one.kind is NoticeKind.FAILED], "its owner noticed nothing"
    tried = await land.send(RetryOperation(operation_id=failed.id), "operator")
    await land.pass_time(40)
    assert operation(land, tried).state is OperationState.DONE


async def test_a_cold_move_that_fails_tells_its_owner(land: World) -> None:
    _, before = await lent(land)
    land.account.world.faults.cold_move_fails()
    reply = await move(land, before.id, cold=True)
    await land.pass_time(40)
    assert operation(land, reply).state is OperationState.FAILED
    assert f"vmms reboot {before.id} --hard" in operation(land, reply).remedy
    (notice,) = [one for one in land.state.all(Notice) if one.kind is NoticeKind.FAILED]
    assert notice.owner == "alice"
    assert server(land, before.id).state is ServerState.LEASED


async def test_an_abort_ends_a_live_move_where_it_began(land: World) -> None:
    _, before = await lent(land)
    land.account.world.faults.move_sticks()
    reply = await move(land, before.id)
    await land.pass_time(30)
    stuck = operation(land, reply)
    assert "written anew as fast as it is copied" in stuck.waiting_for
    aborted = await land.send(AbortOperation(operation_id=stuck.id), "operator")
    assert aborted.ok, aborted
    again = await land.send(AbortOperation(operation_id=stuck.id), "operator")
    assert again.rule == "ending"
    await land.pass_time(20)
    over = operation(land, reply)
    assert over.state is OperationState.FAILED
    assert over.outcome == f"aborted by operator: {before.id} is on {before.host} as before"
    assert (server(land, before.id).state, server(land, before.id).host) == (ServerState.LEASED, before.host)
    assert (await land.cloud.move_records(before.cloud_id))[0].status == "cancelled"
    assert (await seen(land, before.id)).status == "ACTIVE"


async def test_an_abort_takes_a_cold_move_back(land: World) -> None:
    _, before = await lent(land)
    reply = await move(land, before.id, cold=True)
    await until(land, reply, "follow")
    assert (await land.send(AbortOperation(operation_id=reply.operation_id), "operator")).ok
    await land.pass_time(40)
    assert operation(land, reply).outcome.startswith("aborted by operator")
    assert (await land.cloud.move_records(before.cloud_id))[0].status == "reverted"
    assert (server(land, before.id).state, server(land, before.id).host) == (ServerState.LEASED, before.host)


async def test_an_abort_survives_kill_9(land: World) -> None:
    _, before = await lent(land)
    land.account.world.faults.move_sticks()
    reply = await move(land, before.id)
    await until(land, reply, "follow")
    assert (await land.send(AbortOperation(operation_id=reply.operation_id), "operator")).ok
    await land.restart()
    await land.pass_time(20)
    assert operation(land, reply).outcome.startswith("aborted by operator")
    assert server(land, before.id).host == before.host


async def test_one_that_takes_too_long_is_taken_back(land: World) -> None:
    _, before = await lent(land)
    land.account.world.faults.move_sticks()
    reply = await move(land, before.id)
    await land.pass_time(migration.patience(2048, 10).total_seconds() + 60, step=10)
    assert operation(land, reply).outcome.startswith("not over within ")
    assert server(land, before.id).host == before.host
    assert (await seen(land, before.id)).status == "ACTIVE"


async def test_a_live_move_whose_address_does_not_answer_is_no_success(land: World) -> None:
    _, before = await lent(land)
    land.guests.silent.add(before.id)
    reply = await move(land, before.id)
    calls = land.account.calls_made().get(("network", "associate_floating_ip"), 0)
    await land.pass_time(700, step=5)
    failed = operation(land, reply)
    assert failed.state is OperationState.FAILED
    assert "no answer from it yet" in failed.outcome
    assert f"vmms migrate {before.id} --to {before.host}" in failed.remedy
    assert server(land, before.id).host != before.host, "it says where it is"
    assert land.account.calls_made()[("network", "associate_floating_ip")] == calls + 2, "the address was put on anew"
    assert (await land.cloud.get_floating_ip(before.floating_ip_id)).port_id == before.port_ids[0]


async def test_a_cold_move_whose_address_does_not_answer_is_taken_back(land: World) -> None:
    _, before = await lent(land)
    land.guests.silent.add(before.id)
    reply = await move(land, before.id, cold=True)
    await land.pass_time(800, step=5)
    failed = operation(land, reply)
    assert failed.state is OperationState.FAILED
    assert failed.outcome.startswith("not as it should be on the other host (no answer")
    assert server(land, before.id).host == before.host
    assert (await land.cloud.move_records(before.cloud_id))[0].status == "reverted"


async def test_a_floating_ip_that_fell_off_is_put_back(land: World) -> None:
    _, before = await lent(land)
    reply = await move(land, before.id)
    await until(land, reply, "follow")
    await land.cloud.associate_floating_ip(before.floating_ip_id, "")
    await land.pass_time(40)
    assert operation(land, reply).state is OperationState.DONE
    assert (await land.cloud.get_floating_ip(before.floating_ip_id)).port_id == before.port_ids[0]


async def test_what_changed_since_it_was_asked_for_stops_it(land: World) -> None:
    _, before = await lent(land)
    there = elsewhere(before)
    reply = await move(land, before.id, there)
    land.account.world.host_down(there)
    await land.pass_time(5)
    assert operation(land, reply).outcome == f"{there} is down"
    assert "Name another host" in operation(land, reply).remedy
    assert not await land.cloud.move_records(before.cloud_id), "the cloud was not even asked"
    assert server(land, before.id).state is ServerState.LEASED


async def test_what_is_not_ours_is_not_moved(land: World) -> None:
    _, before = await lent(land)
    reply = await move(land, before.id)
    await land.cloud.set_metadata(before.cloud_id, {TAG_INSTALLATION: "somebody-else"})
    await land.pass_time(5)
    assert "does not carry our tag" in operation(land, reply).outcome
    assert not await land.cloud.move_records(before.cloud_id)


async def test_a_refusal_of_the_cloud_is_the_reason(land: World) -> None:
    _, before = await lent(land)
    for error in (AccessDenied("Policy doesn't allow it."), BadRequest("Compute service of cmp1 is unavailable.")):
        land.account.world.faults.fail("live_migrate", error)
        reply = await move(land, before.id)
        await land.pass_time(5)
        assert operation(land, reply).outcome == error.message.rstrip(".")
        assert operation(land, reply).remedy
        assert server(land, before.id).state is ServerState.LEASED


async def test_a_release_in_the_middle_takes_the_server_back(land: World) -> None:
    lease, before = await lent(land)
    reply = await move(land, before.id)
    await until(land, reply, "follow")
    assert (await land.send(Release(lease_id=lease.lease_id))).ok
    await land.pass_time(60)
    assert operation(land, reply).outcome.startswith("overtaken by reclaim")
    assert server(land, before.id).state is ServerState.GONE
    await healthy(land)


async def test_a_renewal_that_would_start_it_waits_for_its_move(land: World) -> None:
    lease, before = await lent(land, importance=9)
    await land.to_the_end(lease.lease_id)
    await land.pass_time(60)
    assert server(land, before.id).state is ServerState.STOPPED
    reply = await move(land, before.id, cold=True)
    await until(land, reply, "follow")
    renewal = Renew(lease_id=lease.lease_id, term=POOL.terms.default)
    assert (await land.send(renewal)).code == "try_again"
    await land.pass_time(40)
    assert operation(land, reply).state is OperationState.DONE
    assert (await land.send(renewal)).ok
    await land.pass_time(20)
    assert server(land, before.id).state is ServerState.LEASED
