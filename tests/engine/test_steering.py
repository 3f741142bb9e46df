"""Operations that people pause, abort and try again: between steps, with a word, and through kill -9."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.test_kill import healthy
from tests.engine.world import POOL, World
from vmms_tui.engine.operations.plans import all_plans
from vmms_tui.model.commands import (
    AbortOperation,
    Freeze,
    PauseOperation,
    RebootServer,
    RebuildServer,
    Release,
    Renew,
    Reply,
    ResumeOperation,
    RetryOperation,
    Shorten,
    StartServer,
    StopServer,
    Thaw,
)
from vmms_tui.model.progress import STEPS
from vmms_tui.model.records import (
    UNFINISHED,
    Lease,
    LeaseState,
    Notice,
    Operation,
    OperationKind,
    OperationState,
    Pool,
    Server,
    ServerState,
)
from vmms_tui.model.spec import Allowance, Policy, QuotaRules


def test_the_table_of_steps_is_that_of_the_plans() -> None:
    plans = {plan.kind: plan for plan in all_plans()}
    assert set(STEPS) == set(OperationKind) == set(plans)
    for kind, plan in plans.items():
        assert STEPS[kind] == tuple(plan.steps), kind
        assert STEPS[kind][0] == plan.first


async def lent(world: World, who: str = "alice", term: timedelta = timedelta(hours=8)) -> Reply:
    """A lease whose server is handed over."""
    reply = await world.ask(who, term=term)
    await world.pass_time(5)
    return reply


async def begun(world: World, command: object) -> str:
    """The id of the operation that a command begins; nothing of it is done yet."""
    reply = await world.send(command)  # type: ignore[arg-type]
    assert reply.ok, reply
    return reply.operation_id


def operation(world: World, name: str) -> Operation:
    return world.state.need(Operation, name)


def building(world: World) -> Operation:
    """A build that is under way."""
    return next(one for one in world.state.live_operations() if one.kind is OperationKind.PROVISION)


async def test_a_paused_operation_stands_still_and_goes_on_where_it_stood(filled: World) -> None:
    lease = await lent(filled)
    name = await begun(filled, StopServer(lease_id=lease.lease_id))
    assert (await filled.send(PauseOperation(operation_id=name), "operator")).ok
    await filled.pass_time(900)
    held = operation(filled, name)
    assert (held.step, held.state, held.waiting_for) == ("ask", OperationState.WAITING, "paused by operator")
    assert filled.state.need(Server, lease.server_id).state is ServerState.LEASED
    again = await filled.send(PauseOperation(operation_id=name), "operator")
    assert (again.code, again.rule) == ("refused", "paused")
    assert (await filled.send(ResumeOperation(operation_id=name), "operator")).ok
    await filled.pass_time(30)
    assert operation(filled, name).state is OperationState.DONE
    assert filled.state.need(Server, lease.server_id).state is ServerState.STOPPED
    assert (await filled.send(ResumeOperation(operation_id=name), "operator")).rule == "ended"


@pytest.mark.parametrize("step", ["boot", "active", "floating_ip", "prove"])
async def test_a_build_paused_before_any_step_survives_a_kill_and_goes_on(tmp_path: Path, step: str) -> None:
    world = await World(tmp_path, POOL).start()
    for _ in range(60):
        await world.pass_time(1)
        if any(one.step == step for one in world.state.live_operations()):
            break
    found = [one for one in world.state.live_operations() if one.step == step]
    for one in found:
        assert (await world.send(PauseOperation(operation_id=one.id), "operator")).ok
    await world.restart()
    await world.pass_time(120)
    for one in found:
        assert (operation(world, one.id).step, operation(world, one.id).paused_by) == (step, "operator")
        assert (await world.send(ResumeOperation(operation_id=one.id), "operator")).ok
    await world.restart()
    await world.pass_time(90)
    assert world.counts()[ServerState.READY] == 4
    await healthy(world)
    await world.stop()


@pytest.mark.parametrize("touches", range(0, 40, 3))
async def test_an_aborted_build_leaves_nothing_behind_whenever_it_is_killed(tmp_path: Path, touches: int) -> None:
    world = await World(tmp_path, POOL).start()
    await world.pass_time(4)
    one = building(world)
    world.death.after(touches)
    reply = await world.send(AbortOperation(operation_id=one.id), "operator")
    await world.pass_time(10)
    await world.restart()
    await world.pass_time(120)
    if reply.ok:
        assert operation(world, one.id).outcome.startswith("overtaken by reclaim: operator aborted")
        assert world.state.need(Server, one.server_id).state is ServerState.GONE
    assert world.counts()[ServerState.READY] == 4
    await healthy(world)
    await world.stop()


async def test_a_release_is_taken_back_until_the_delete_is_begun(filled: World) -> None:
    lease = await lent(filled)
    end = filled.state.need(Lease, lease.lease_id).end
    name = await begun(filled, Release(lease_id=lease.lease_id))
    reply = await filled.send(AbortOperation(operation_id=name))
    assert reply.ok, reply
    await filled.pass_time(30)
    kept = filled.state.need(Lease, lease.lease_id)
    assert (kept.state, kept.end, kept.end_reason) == (LeaseState.ACTIVE, end, "")
    assert filled.state.need(Server, lease.server_id).state is ServerState.LEASED
    assert operation(filled, name).outcome == "aborted by alice"
    name = await begun(filled, Release(lease_id=lease.lease_id))
    await filled.pass_time(2)
    late = await filled.send(AbortOperation(operation_id=name))
    assert (late.code, late.rule) == ("refused", "half_way")
    assert late.remedy
    await filled.pass_time(30)
    assert filled.state.need(Server, lease.server_id).state is ServerState.GONE


@pytest.mark.parametrize("touches", range(12))
async def test_a_release_taken_back_holds_through_a_kill(tmp_path: Path, touches: int) -> None:
    world = await World(tmp_path, POOL).start()
    await world.pass_time(30)
    lease = await lent(world)
    name = await begun(world, Release(lease_id=lease.lease_id))
    world.death.after(touches)
    reply = await world.send(AbortOperation(operation_id=name))
    await world.pass_time(5)
    await world.restart()
    await world.pass_time(60)
    state = world.state.need(Server, lease.server_id).state
    assert state is (ServerState.LEASED if reply.ok else ServerState.GONE)
    await healthy(world)
    await world.stop()


async def test_a_lease_past_its_end_is_not_kept_by_an_abort(filled: World) -> None:
    lease = await lent(filled, term=timedelta(hours=1))
    await filled.to_the_end(lease.lease_id)
    for _ in range(60):
        await filled.engine.leases.tick()
        if found := filled.state.operation_on(lease.server_id):
            break
        filled.clock.advance(60)
    assert found
    assert found.kind is OperationKind.RECLAIM
    reply = await filled.send(AbortOperation(operation_id=found.id), "operator")
    assert (reply.rule, found.step) == ("lease_over", "check")
    await filled.pass_time(30)
    assert filled.state.need(Server, lease.server_id).state is ServerState.GONE


@pytest.mark.parametrize("command", [StopServer, RebootServer, RebuildServer])
async def test_what_was_asked_of_the_cloud_cannot_be_undone_half_way(filled: World, command: type[StopServer]) -> None:
    lease = await lent(filled)
    name = await begun(filled, command(lease_id=lease.lease_id))
    await filled.engine.runner.tick()
    await filled.engine.runner.settle()
    assert operation(filled, name).step != "ask"
    reply = await filled.send(AbortOperation(operation_id=name))
    assert (reply.code, reply.rule) == ("refused", "half_way")
    assert reply.remedy.startswith("Let it end")
    await filled.pass_time(60)
    assert operation(filled, name).state is OperationState.DONE


async def test_an_answer_that_was_lost_may_have_been_heard(filled: World) -> None:
    lease = await lent(filled)
    filled.account.world.faults.lose_answer("stop_server", done=True, times=1)
    name = await begun(filled, StopServer(lease_id=lease.lease_id))
    await filled.pass_time(1)
    assert operation(filled, name).attempts == 1
    assert (await filled.send(AbortOperation(operation_id=name))).rule == "half_way"


async def test_while_a_step_is_done_nobody_knows_what_comes_of_it(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = await lent(filled)
    name = await begun(filled, StopServer(lease_id=lease.lease_id))
    monkeypatch.setattr(filled.engine.runner, "under_way", lambda _name: True)
    assert (await filled.send(AbortOperation(operation_id=name))).code == "try_again"


async def test_an_aborted_stop_tells_the_owner_and_is_tried_again(filled: World) -> None:
    lease = await lent(filled)
    name = await begun(filled, StopServer(lease_id=lease.lease_id))
    assert (await filled.send(AbortOperation(operation_id=name), "operator")).ok
    (told,) = [one for one in filled.state.all(Notice) if "aborted by operator" in one.text]
    assert told.owner == "alice"
    await filled.pass_time(30)
    assert filled.state.need(Server, lease.server_id).state is ServerState.LEASED
    again = await filled.send(RetryOperation(operation_id=name))
    assert again.ok
    assert operation(filled, name).retried_as == again.operation_id
    assert (await filled.send(RetryOperation(operation_id=name))).rule == "retried"
    await filled.pass_time(30)
    assert filled.state.need(Server, lease.server_id).state is ServerState.STOPPED
    assert (await filled.send(RetryOperation(operation_id=again.operation_id))).rule == "not_failed"


async def test_a_failed_build_tried_again_wakes_its_pool(world: World) -> None:
    world.account.world.faults.build_fails(about="debian-13")
    for _ in range(300):
        await world.pass_time(5)
        if world.state.need(Pool, "dev").paused:
            break
    paused = world.state.need(Pool, "dev").paused_until
    assert paused
    world.account.world.faults.clear()
    failed = [one for one in world.state.all(Operation) if one.state is OperationState.FAILED]
    kept = [one for one in failed if world.state.need(Server, one.server_id).state is ServerState.FAILED]
    assert kept
    assert (await world.send(RetryOperation(operation_id=kept[-1].id), "alice")).rule == "not_owner"
    reply = await world.send(RetryOperation(operation_id=kept[-1].id), "operator")
    assert reply.ok, reply
    assert not world.state.need(Pool, "dev").paused
    await world.pass_time(4)
    assert world.clock.now() < paused, "it did not have to wait for this"
    assert set(world.counts()) & UNFINISHED
    await world.pass_time(60)
    assert world.state.need(Server, kept[-1].server_id).state is ServerState.GONE
    assert world.counts()[ServerState.READY] > 0


async def test_nobody_steers_what_is_anothers(filled: World) -> None:
    lease = await lent(filled)
    name = await begun(filled, StopServer(lease_id=lease.lease_id))
    assert (await filled.send(AbortOperation(operation_id=name), "bob")).rule == "not_owner"
    assert (await filled.send(PauseOperation(operation_id=name), "alice")).rule == "role"
    assert (await filled.send(AbortOperation(operation_id="op-999999"), "alice")).rule == "unknown"
    await filled.send(Release(lease_id=(await lent(filled, "bob")).lease_id), "bob")
    await filled.pass_time(1)
    assert (await filled.send(AbortOperation(operation_id=building(filled).id), "alice")).rule == "not_owner"


async def test_an_operation_knows_how_long_such_ones_take(filled: World) -> None:
    lease = await lent(filled)
    first = await begun(filled, StopServer(lease_id=lease.lease_id))
    assert operation(filled, first).expected is None
    await filled.pass_time(30)
    took = operation(filled, first).updated - operation(filled, first).started
    await filled.send(StartServer(lease_id=lease.lease_id))
    await filled.pass_time(30)
    second = await begun(filled, StopServer(lease_id=lease.lease_id))
    assert operation(filled, second).expected == took > timedelta(0)


async def test_what_is_kept_again_must_fit_the_quota(tmp_path: Path) -> None:
    policy = Policy(quota=QuotaRules(person=Allowance(servers=1)))
    world = await World(tmp_path, POOL, policy=policy).start()
    await world.pass_time(30)
    first = await lent(world)
    name = await begun(world, Release(lease_id=first.lease_id))
    assert (await world.ask("alice")).ok, "what is given back counts no more"
    reply = await world.send(AbortOperation(operation_id=name))
    assert (reply.code, reply.rule) == ("refused", "quota")
    await world.pass_time(30)
    assert world.state.need(Server, first.server_id).state is ServerState.GONE
    await world.stop()


async def test_an_aborted_build_waits_while_everything_stands_still(tmp_path: Path) -> None:
    world = await World(tmp_path, POOL).start()
    await world.pass_time(4)
    one = building(world)
    await world.send(Freeze(reason="a new switch"), "operator")
    assert (await world.send(AbortOperation(operation_id=one.id), "operator")).ok
    await world.pass_time(60)
    held = world.state.operation_on(one.server_id)
    assert held
    assert held.waiting_for.startswith("frozen: ")
    await world.send(Thaw(), "operator")
    await world.pass_time(30)
    assert world.state.need(Server, one.server_id).state is ServerState.GONE
    await world.stop()


# The end of a lease is set back


async def test_time_is_taken_off_again(filled: World) -> None:
    lease = await lent(filled)
    end = filled.state.need(Lease, lease.lease_id).end
    await filled.send(Renew(lease_id=lease.lease_id, term=timedelta(hours=4)))
    await filled.pass_time(5)
    reply = await filled.send(Shorten(lease_id=lease.lease_id, term=timedelta(hours=4)))
    assert (reply.ok, reply.end) == (True, end)
    await filled.pass_time(5)
    server = filled.state.need(Server, lease.server_id)
    seen = await filled.cloud.get_server(server.cloud_id)
    assert str(int(end.timestamp())) in "".join(seen.metadata.values()) or end.isoformat()[:16] in str(seen.metadata)


async def test_no_end_is_set_so_near_that_nobody_can_be_told(filled: World) -> None:
    lease = await lent(filled)
    left = filled.state.need(Lease, lease.lease_id).end - filled.clock.now()
    too_much = left - timedelta(minutes=4)
    reply = await filled.send(Shorten(lease_id=lease.lease_id, term=too_much))
    assert (reply.code, reply.rule) == ("refused", "too_soon")
    assert (await filled.send(Shorten(lease_id=lease.lease_id, term=left - timedelta(minutes=5)))).ok
    assert (await filled.send(Shorten(lease_id=lease.lease_id, term=timedelta(hours=1)), "bob")).rule == "not_owner"
    assert (await filled.send(Shorten(lease_id=lease.lease_id, term=timedelta(0)))).rule == "bad_term"
    await filled.pass_time(240, step=5)
    assert filled.state.need(Lease, lease.lease_id).state is LeaseState.ACTIVE
