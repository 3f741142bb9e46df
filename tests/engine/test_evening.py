"""A load that is uneven is evened, by moves of servers on leases alone."""

from datetime import timedelta
from pathlib import Path

from tests.engine.hosts_known import SEEN_DEAD
from tests.engine.test_draining import MANY, crowded, on, say, under_way
from tests.engine.test_draining import land as land
from tests.engine.world import World
from vmms_tui.model.commands import Rebalance
from vmms_tui.model.draining import MoveQueue, Phase


async def test_a_skewed_cloud_is_evened(land: World) -> None:
    await land.pass_time(SEEN_DEAD)
    command = Rebalance(threshold=20, margin=1, hold=timedelta(0))
    reply = await say(land, command)
    assert reply.ok, reply
    most = 0
    for _ in range(900):
        await land.pass_time(1)
        most = max(most, under_way(land))
        if not land.state.need(MoveQueue, "rebalance").open:
            break
    assert most == 2
    assert land.state.need(MoveQueue, "rebalance").phase is Phase.DONE
    await land.pass_time(SEEN_DEAD)
    assert 0 < len(on(land)) < MANY
    assert (await say(land, command)).rule == "even"
    assert (await say(land, Rebalance(important_from=9))).rule == "important"


async def test_ready_servers_even_nothing(tmp_path: Path) -> None:
    """They are lent where they are; whoever gets one finds it standing still."""
    made = await crowded(tmp_path, number=0, available=MANY)
    reply = await say(made, Rebalance(threshold=1, margin=0, hold=timedelta(0)))
    assert reply.rule == "even", reply
    await made.stop()
