"""The time guard while the disk is full: what could not be written is not forgotten, and nobody's server goes."""

from tests.engine.small_disk import full_disk
from tests.engine.test_guard import HOUR, begun, frozen, jump, lease_of, many
from tests.engine.world import World
from vmms_tui.model.records import LeaseState, OperationKind

__all__ = ["many"]


async def test_a_jump_that_the_full_disk_does_not_take_is_not_forgotten(filled: World) -> None:
    reply = await filled.ask(term=3 * HOUR)
    await filled.pass_time(5)
    with full_disk(0):
        await jump(filled, 5 * HOUR)
        assert filled.engine.context.frozen
        assert filled.engine.status().frozen is None
    await filled.pass_time(60)
    assert frozen(filled).startswith("the clock jumped 5 h forward")
    assert lease_of(filled, reply).state == LeaseState.ACTIVE
    assert not begun(filled, OperationKind.RECLAIM)


async def test_too_many_leases_at_once_freeze_also_after_a_full_disk(many: World) -> None:
    for number in range(12):
        await many.ask(f"user{number}", term=HOUR)
    many.clock.advance(1800)
    await many.pass_time(30)
    with full_disk(0):
        many.clock.advance(1800)
        await many.pass_time(20)
        assert not frozen(many)
    await many.pass_time(60)
    assert frozen(many).startswith("12 of 12 leases fell due at once")
    assert not begun(many, OperationKind.RECLAIM)
