"""The time guard: a clock that jumps, or too many leases that end at once, take nobody's server before a thaw."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.world import World, let_run, pool
from tests.people import peer
from vmms_tui.engine.cloud.errors import CloudFault
from vmms_tui.engine.cloud.facts import NewServer
from vmms_tui.engine.operations.steps import FROZEN
from vmms_tui.model.commands import Freeze, Release, Renew, Reply, Thaw
from vmms_tui.model.records import (
    Guard,
    Lease,
    LeaseState,
    Notice,
    Operation,
    OperationKind,
    OperationState,
    Pool,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.spec import Policy

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
async def many(tmp_path: Path) -> AsyncIterator[World]:
    """A world with room for twelve leases."""
    made = await World(tmp_path, pool(available=13, limit=20)).start()
    await made.pass_time(60)
    yield made
    await made.stop()


def frozen(world: World) -> str:
    guard = world.engine.status().frozen
    return guard.reason if guard else ""


async def thaw(world: World) -> Reply:
    return await world.send(Thaw(), "operator")


async def jump(world: World, by: timedelta) -> None:
    world.clock.jump(by.total_seconds())
    await world.pass_time(20)


def lease_of(world: World, reply: Reply) -> Lease:
    return world.state.need(Lease, reply.lease_id)


def begun(world: World, kind: OperationKind) -> list[Operation]:
    return [operation for operation in world.state.all(Operation) if operation.kind == kind]


async def test_a_jump_forward_freezes_and_takes_nothing(filled: World) -> None:
    ordinary = await filled.ask(term=3 * HOUR)
    important = await filled.ask(term=3 * HOUR, importance=9)
    await filled.pass_time(5)
    await jump(filled, 5 * HOUR)
    assert frozen(filled).startswith("the clock jumped 5 h forward (it said 2026-03-02 12:00:3")
    assert filled.counts()[ServerState.LEASED] == 2
    assert {lease_of(filled, one).state for one in (ordinary, important)} == {LeaseState.ACTIVE}
    assert not begun(filled, OperationKind.RECLAIM)
    assert not begun(filled, OperationKind.STOP)
    (said,) = filled.events("guard.frozen")
    assert said.actor == "engine"
    assert "5 h forward" in said.text


async def test_after_a_thaw_whoever_the_jump_ended_is_warned_first_and_then_ends_as_ever(filled: World) -> None:
    reply = await filled.ask(term=3 * HOUR)
    await filled.pass_time(5)
    await jump(filled, 5 * HOUR)
    told = await thaw(filled)
    assert told.text.endswith("0 leases past the end, 1 lease with time given back.")
    await filled.pass_time(20)
    lease = lease_of(filled, reply)
    assert (lease.state, lease.warned) == (LeaseState.ACTIVE, (2 * HOUR,))
    assert timedelta(0) < lease.end - filled.clock.now() <= 2 * HOUR
    assert "ends in 2 h" in filled.post.letters_to("alice")[-1].subject
    assert not frozen(filled)
    filled.clock.advance(2 * 3600)
    await filled.pass_time(60)
    assert lease_of(filled, reply).state == LeaseState.ENDED
    assert [event.actor for event in filled.events("guard.thawed")] == ["operator"]


async def test_an_important_lease_keeps_its_whole_grace_through_a_jump(filled: World) -> None:
    reply = await filled.ask(term=HOUR, importance=9)
    await filled.pass_time(5)
    await filled.to_the_end(reply.lease_id)
    await filled.pass_time(30)
    stopped = lease_of(filled, reply)
    assert stopped.stopped_at is not None
    await jump(filled, 10 * DAY)
    await thaw(filled)
    await filled.pass_time(60)
    assert lease_of(filled, reply).state == LeaseState.OVERDUE
    filled.clock.advance(3 * 86_400 - 200)
    await filled.pass_time(20)
    assert lease_of(filled, reply).state == LeaseState.OVERDUE
    await filled.pass_time(400)
    assert lease_of(filled, reply).state == LeaseState.ENDED


async def test_a_jump_back_freezes_too_and_the_loops_go_by_the_new_clock(filled: World) -> None:
    before = filled.clock.now()
    await jump(filled, -2 * DAY)
    assert "jumped 2 d back" in frozen(filled)
    listed = filled.engine.status().cloud.listed_at
    assert listed is not None
    assert listed < before - DAY
    replies = [await filled.ask() for _ in range(4)]
    assert {reply.code for reply in replies} == {"ok"}
    await filled.pass_time(60)
    assert filled.counts()[ServerState.READY] >= 3


async def test_what_people_ask_for_goes_on(filled: World) -> None:
    mine, other = await filled.ask(term=2 * HOUR), await filled.ask(term=2 * HOUR)
    await jump(filled, HOUR)
    assert (await filled.send(Renew(lease_id=other.lease_id, term=HOUR))).ok
    assert (await filled.ask()).code == "ok"
    assert (await filled.send(Release(lease_id=mine.lease_id))).ok
    await filled.pass_time(30)
    assert frozen(filled)
    assert lease_of(filled, mine).state == LeaseState.ENDED
    assert lease_of(filled, other).state == LeaseState.ACTIVE


async def test_a_release_whose_removal_failed_is_tried_again_while_frozen(filled: World) -> None:
    mine = await filled.ask(term=2 * HOUR)
    await filled.pass_time(5)
    await filled.send(Freeze(reason="maintenance"), "operator")
    filled.account.world.faults.fail("list_floating_ips", CloudFault("no"), times=1000)
    await filled.send(Release(lease_id=mine.lease_id))
    await filled.pass_time(5)
    operation = filled.state.operation_on(mine.server_id)
    assert operation is not None
    failed = changed(operation, state=OperationState.FAILED, outcome="for the test")
    await filled.let_be(failed)
    filled.account.world.faults.clear()
    await filled.pass_time(400, step=5)
    assert lease_of(filled, mine).state == LeaseState.ENDED
    assert frozen(filled)


async def test_a_standstill_outlives_the_engine(filled: World) -> None:
    reply = await filled.ask(term=3 * HOUR)
    await jump(filled, 5 * HOUR)
    reason = frozen(filled)
    await filled.restart()
    assert frozen(filled) == reason
    await filled.pass_time(60)
    assert lease_of(filled, reply).state == LeaseState.ACTIVE
    assert (await thaw(filled)).ok
    await filled.restart()
    assert not frozen(filled)


async def test_a_start_with_a_clock_behind_the_store_freezes_until_somebody_looks(filled: World) -> None:
    await filled.kill()
    filled.clock.jump(-86_400)
    await filled.start()
    assert "was at work at 2026-03-02 12:00:" in frozen(filled)
    assert (await thaw(filled)).ok
    await filled.restart()
    assert not frozen(filled)


async def test_many_leases_that_fall_due_at_once_are_asked_about(many: World) -> None:
    replies = await let_run(*(many.ask(f"user{number}", term=3 * HOUR) for number in range(12)))
    await many.pass_time(5)
    many.clock.advance(2.5 * 3600)
    await many.pass_time(20)  # everybody is warned
    many.clock.advance(3600)
    await many.pass_time(20)
    guard = many.engine.status().frozen
    assert guard is not None
    assert (guard.due, guard.live, guard.reason) == (12, 12, "12 of 12 leases fell due at once")
    assert many.counts()[ServerState.LEASED] == 12
    told = await thaw(many)
    assert "12 leases past the end, 0 leases" in told.text
    await many.pass_time(90)
    assert {lease_of(many, reply).state for reply in replies} == {LeaseState.ENDED}
    assert not frozen(many)


async def test_leases_that_ended_while_no_engine_ran_are_asked_about_and_then_warned(many: World) -> None:
    replies = await let_run(*(many.ask(f"user{number}", term=3 * HOUR) for number in range(12)))
    await many.pass_time(5)
    await many.kill()
    many.clock.advance(86_400)
    await many.start()
    await many.pass_time(20)
    assert frozen(many) == "12 of 12 leases fell due at once"
    assert "12 leases with time given back" in (await thaw(many)).text
    await many.pass_time(60)
    assert {lease_of(many, reply).state for reply in replies} == {LeaseState.ACTIVE}
    assert len(many.state.all(Notice)) == 12


async def test_what_was_known_as_due_is_no_news_after_a_restart(many: World) -> None:
    """Leases that could not be taken back before, for a cloud that is away, say, freeze nothing at the next start."""
    for number in range(12):
        await many.ask(f"user{number}", term=HOUR + number * timedelta(minutes=10))
    await many.pass_time(5)
    many.account.world.faults.unreachable()
    for _ in range(40):
        many.clock.advance(270)
        await many.pass_time(6, step=3)
    many.account.world.faults.clear()
    await many.restart()
    await many.pass_time(60)
    assert not frozen(many)


async def test_four_leases_in_a_demonstration_freeze_nothing(filled: World) -> None:
    replies = [await filled.ask(f"user{number}", term=HOUR) for number in range(4)]
    await filled.to_the_end(replies[-1].lease_id)
    await filled.pass_time(60)
    assert not frozen(filled)
    assert {lease_of(filled, reply).state for reply in replies} == {LeaseState.ENDED}


async def test_a_reclaim_that_had_begun_waits_at_its_check_and_does_not_fail_for_it(filled: World) -> None:
    reply = await filled.ask(term=HOUR)
    await filled.pass_time(5)
    filled.clock.advance(1800)
    await filled.pass_time(5)
    filled.clock.advance(1800)
    await filled.engine.leases.tick()
    (operation,) = begun(filled, OperationKind.RECLAIM)
    assert (await filled.send(Freeze(reason="a new switch"), "operator")).ok
    await filled.pass_time(3600, step=30)
    operation = filled.state.need(Operation, operation.id)
    assert (operation.step, operation.state) == ("check", OperationState.WAITING)
    assert operation.waiting_for == f"{FROZEN}a new switch"
    assert lease_of(filled, reply).state == LeaseState.ACTIVE
    assert (await thaw(filled)).ok
    await filled.pass_time(30)
    assert filled.state.need(Operation, operation.id).state == OperationState.DONE
    assert lease_of(filled, reply).state == LeaseState.ENDED


async def test_a_reclaim_whose_address_is_gone_still_spares_the_server(filled: World) -> None:
    reply = await filled.ask(term=HOUR)
    await filled.pass_time(5)
    await filled.to_the_end(reply.lease_id)
    filled.account.world.faults.fail("list_floating_ips", CloudFault("no"), times=1000)
    await filled.pass_time(10)
    (operation,) = begun(filled, OperationKind.RECLAIM)
    assert filled.state.need(Operation, operation.id).step == "floating_ip"
    await filled.send(Freeze(reason="a new switch"), "operator")
    filled.account.world.faults.clear()
    await filled.pass_time(120)
    assert filled.state.need(Operation, operation.id).step == "server"
    server = filled.state.need(Server, reply.server_id)
    assert (await filled.cloud.get_server(server.cloud_id)).status == "ACTIVE"


async def test_ready_and_failed_servers_are_kept_while_frozen(filled: World) -> None:
    await filled.send(Freeze(reason="a new switch"), "operator")
    kept = next(server for server in filled.state.all(Server) if server.state == ServerState.READY)
    failed = changed(kept, state=ServerState.FAILED, failure="for the test")
    await filled.let_be(failed)
    await filled.engine.take_settings([pool(available=1, limit=8)], filled.policy)
    filled.clock.advance(20 * 86_400)  # far beyond the age of refreshing, and of keeping what failed
    await filled.pass_time(120)
    assert not begun(filled, OperationKind.RECLAIM)
    assert filled.state.need(Server, kept.id).state == ServerState.FAILED
    assert filled.counts()[ServerState.READY] >= 3
    await thaw(filled)
    await filled.pass_time(120)
    assert filled.state.need(Server, kept.id).state == ServerState.GONE
    assert filled.counts()[ServerState.READY] == 1


async def test_builds_go_on_through_a_jump_of_hours(world: World) -> None:
    await world.pass_time(4)
    assert world.counts()[ServerState.BUILDING]
    await jump(world, 5 * HOUR)
    await world.pass_time(30)
    assert world.counts() == {ServerState.READY: 4}
    built = begun(world, OperationKind.PROVISION)
    assert {operation.state for operation in built} == {OperationState.DONE}
    assert all(operation.updated - operation.started < timedelta(minutes=2) for operation in built)


@pytest.mark.parametrize("by", [3 * DAY, -3 * DAY])
async def test_a_pause_ends_when_it_would_have(filled: World, by: timedelta) -> None:
    one = filled.state.need(Pool, "dev")
    until = filled.clock.now() + timedelta(minutes=10)
    await filled.let_be(changed(one, paused="for the test", paused_until=until))
    await jump(filled, by)
    assert filled.state.need(Pool, "dev").paused_until == until + by
    await filled.pass_time(570)
    assert filled.state.need(Pool, "dev").paused
    await filled.pass_time(20)
    assert not filled.state.need(Pool, "dev").paused


async def test_jumps_add_up_and_a_clock_set_right_again_gives_nothing_away(filled: World) -> None:
    reply = await filled.ask(term=3 * HOUR)
    end = lease_of(filled, reply).end
    await jump(filled, 5 * DAY)
    await jump(filled, -5 * DAY)
    assert frozen(filled).startswith("the clock jumped and came back")
    await thaw(filled)
    await filled.pass_time(20)
    assert lease_of(filled, reply).end == end


async def test_operators_freeze_by_hand_and_everybody_reads_why(filled: World) -> None:
    assert (await filled.send(Freeze(reason="x"), "alice")).rule == "role"
    assert (await filled.send(Thaw(), "alice")).rule == "role"
    assert (await filled.send(Freeze(reason=" \n"), "operator")).rule == "reason"
    assert (await filled.send(Freeze(reason="x" * 201), "operator")).rule == "reason"
    assert (await thaw(filled)).text == "Nothing is frozen."
    assert (await filled.send(Freeze(reason="a new\nswitch in rack 4."), "operator")).ok
    assert frozen(filled) == "a new switch in rack 4"
    guard = filled.engine.status().frozen
    assert guard is not None
    assert guard.by == "operator"
    assert "already: a new switch in rack 4." in (await filled.send(Freeze(reason="y"), "operator")).text
    await jump(filled, HOUR)
    assert frozen(filled).startswith("a new switch in rack 4; the clock jumped 1 h forward")


async def test_whoever_asks_first_sees_the_jump_before_any_loop_has_looked(filled: World) -> None:
    assert not filled.engine.context.frozen
    filled.clock.jump(7200)
    assert filled.engine.context.frozen.startswith("the clock jumped 2 h forward")
    assert not filled.events("guard.frozen")


async def test_a_small_step_and_a_long_sleep_are_no_jumps(filled: World) -> None:
    filled.clock.jump(59)
    await filled.pass_time(5)
    filled.clock.advance(9 * 3600)
    await filled.pass_time(5)
    assert not frozen(filled)


async def test_records_are_not_forgotten_while_the_clock_may_be_wrong(filled: World) -> None:
    reply = await filled.ask()
    await filled.send(Release(lease_id=reply.lease_id))
    await filled.pass_time(30)
    await jump(filled, 90 * DAY)
    await filled.pass_time(30)
    assert filled.state.get(Lease, reply.lease_id) is not None


async def test_the_length_of_a_jump_is_a_setting(filled: World) -> None:
    policy = changed(filled.policy, guard=changed(Policy().guard, jump=timedelta(hours=2)))
    await filled.engine.take_settings(filled.pools, policy)
    await jump(filled, HOUR)
    assert not frozen(filled)
    await jump(filled, 3 * HOUR)
    assert frozen(filled)


async def test_a_double_in_the_cloud_stays_as_long_as_it_is_frozen(filled: World) -> None:
    (name, (there,)), *_ = (await filled.in_cloud()).items()
    double = NewServer(name=name, flavor="m1.small", image="debian-13", port_ids=(), metadata=there.metadata)
    await filled.cloud.create_server(double)
    await filled.send(Freeze(reason="a look at the doubles"), "operator")

    await filled.pass_time(900, step=5)
    assert len((await filled.in_cloud())[name]) == 2
    (line,) = (await filled.engine.leaks.report()).lines
    assert "a look at the doubles" in line.then
    await thaw(filled)
    await filled.pass_time(900, step=5)
    assert len((await filled.in_cloud())[name]) == 1


@pytest.mark.parametrize("who", ["alice", "operator"])
async def test_everybody_is_told_by_the_status_and_nobody_gets_the_record(filled: World, who: str) -> None:
    await jump(filled, HOUR)
    snapshot = await filled.engine.snapshot(peer(who))
    assert snapshot.status.frozen is not None
    assert not [record for record in snapshot.records if isinstance(record, Guard)]
