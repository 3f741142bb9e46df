"""A live move that does not end by itself is completed by force: once, told, and only while it copies."""

from datetime import timedelta

from tests.engine.test_moves import elsewhere, land, lent, move, moving, operation, server, until
from tests.engine.world import World
from vmms_tui.engine.cloud.errors import BadRequest
from vmms_tui.model.commands import AbortOperation, ForceOperation, PauseOperation, Reply
from vmms_tui.model.migration import endless
from vmms_tui.model.records import OperationState, ServerState

__all__ = ["land"]


async def stuck(world: World) -> Reply:
    """A live move that copies and does not come to an end."""
    _, before = await lent(world)
    world.account.world.faults.move_sticks()
    reply = await move(world, before.id, elsewhere(before))
    await until(world, reply, "follow")
    for _ in range(60):
        copying = moving(world, reply).copying
        if copying is not None and endless(copying):
            return reply
        await world.pass_time(2)
    raise AssertionError(operation(world, reply))


async def force(world: World, reply: Reply, who: str = "operator") -> Reply:
    return await world.send(ForceOperation(operation_id=reply.operation_id), who)


def calls(world: World) -> int:
    return world.account.calls_made().get(("compute", "force_move"), 0)


async def test_it_ends_soon_and_is_proved(land: World) -> None:
    reply = await stuck(land)
    forced = await force(land, reply)
    assert forced.ok, forced
    assert "stands still until the rest is copied" in forced.text
    await land.pass_time(15)
    done = operation(land, reply)
    assert done.state is OperationState.DONE, done
    assert calls(land) == 1
    assert server(land, done.server_id).state is ServerState.LEASED
    (said,) = land.events("operation.forced")
    assert (said.actor, said.operation_id) == ("operator", done.id)


async def test_it_is_asked_again_after_a_crash_until_the_cloud_has_taken_it_on(land: World) -> None:
    reply = await stuck(land)
    land.account.world.faults.fail("force_move", BadRequest("Migration is preparing."), times=4)
    assert (await force(land, reply)).ok
    await land.restart()
    await land.pass_time(3)
    assert "does not force it yet: Migration is preparing" in operation(land, reply).waiting_for
    await land.pass_time(20)
    assert operation(land, reply).state is OperationState.DONE


async def test_a_paused_one_goes_on(land: World) -> None:
    reply = await stuck(land)
    assert (await land.send(PauseOperation(operation_id=reply.operation_id), "operator")).ok
    assert (await force(land, reply)).ok
    await land.pass_time(15)
    assert operation(land, reply).state is OperationState.DONE


async def test_only_an_operator_and_only_what_copies(land: World) -> None:
    lease, before = await lent(land)
    cold = await move(land, before.id, cold=True)
    assert (await force(land, cold)).rule == "not_live"
    await land.pass_time(40)
    over = await force(land, cold)
    assert (over.code, over.rule) == ("refused", "ended")
    early = await move(land, before.id)
    refused = await force(land, early)
    assert (refused.rule, refused.remedy) == ("not_begun", "Wait until it has.")
    await land.pass_time(40)
    assert (await force(land, await stuck(land), "alice")).rule == "role"
    assert lease.lease_id
    assert not calls(land)


async def test_once_forced_it_is_not_forced_again_and_can_still_be_taken_back(land: World) -> None:
    reply = await stuck(land)
    land.account.world.faults.fail("force_move", BadRequest("Migration is preparing."), times=None)
    assert (await force(land, reply)).ok
    assert (await force(land, reply)).rule == "forced"
    assert (await land.send(AbortOperation(operation_id=reply.operation_id), "operator")).ok
    assert (await force(land, reply)).rule == "ending"
    await land.pass_time(20)
    over = operation(land, reply)
    assert over.state is OperationState.FAILED
    assert over.outcome.startswith("aborted by operator")
    assert timedelta(0) < over.updated - over.started < timedelta(minutes=3)
