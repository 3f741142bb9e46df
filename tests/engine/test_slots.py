"""Several hosts that are emptied at once: no host gets more moves at a time than it may, whatever the limits are."""

from collections import Counter
from pathlib import Path

import pytest

from tests.engine.hosts_known import SEEN_DEAD
from tests.engine.test_draining import crowded, lent, on, queue, say
from tests.engine.world import World
from vmms_tui.engine.keepers import draining
from vmms_tui.model.commands import DrainHost
from vmms_tui.model.draining import LegState, MoveRules, Phase
from vmms_tui.model.moving import Question, stop_of
from vmms_tui.model.records import OperationKind, changed

TARGET = "cmp4"


def towards(world: World) -> Counter[str]:
    """How many moves go to each host now, by what the cloud itself does."""
    sims = world.account.world.contents
    ids = {one.server_id for one in world.state.live_operations() if one.kind is OperationKind.MOVE}
    cloud_ids = {one.cloud_id for one in lent(world) if one.id in ids}
    moves = [sims.moves[one.move_id] for one in sims.servers.values() if one.id in cloud_ids and one.move_id]
    return Counter(one.destination for one in moves if one.destination and one.status != "completed")


async def test_three_drains_together_do_not_storm_the_last_open_host(tmp_path: Path) -> None:
    world = await crowded(tmp_path, 9)
    names = [one.id for one in lent(world)]
    cloud = world.account.project()
    for name, to in zip(names, ["cmp1", "cmp2", "cmp3"] * 3, strict=True):
        server = next(one for one in lent(world) if one.id == name)
        if to != server.host:
            await cloud.live_migrate(server.cloud_id, to)
    await world.pass_time(SEEN_DEAD)
    sources = ("cmp1", "cmp2", "cmp3")
    assert [len(on(world, name)) for name in sources] == [3, 3, 3]
    for name in sources:
        assert (await say(world, DrainHost(host=name, reason="the room is painted", limit=3))).ok
    most, waited = 0, False
    for _ in range(600):
        await world.pass_time(1)
        most = max(most, towards(world)[TARGET])
        waited = waited or any("at a time" in one.why for name in sources for one in queue(world, name=name).legs)
        if all(queue(world, name=name).phase is Phase.DONE for name in sources):
            break
    assert most == 2
    assert waited
    assert len(on(world, TARGET)) == 9
    await world.stop()


async def test_more_at_a_time_where_the_settings_say_so(tmp_path: Path) -> None:
    world = await crowded(tmp_path, 6)
    for name in ("cmp2", "cmp3"):
        await world.account.project().disable_host(name, "not yet")
    await world.pass_time(SEEN_DEAD)
    policy = world.engine.context.policy
    world.engine.context.policy = changed(policy, moves=MoveRules(per_host=5, at_once=3))
    assert (await say(world, DrainHost(host="cmp1", reason="a new fan", limit=6))).ok
    most = 0
    for _ in range(300):
        await world.pass_time(1)
        most = max(most, towards(world)[TARGET])
        if queue(world).phase is Phase.DONE:
            break
    assert most == 3
    assert not on(world)
    await world.stop()


async def test_those_under_way_are_not_judged_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await crowded(tmp_path, 3)
    asked: list[str] = []

    def counted(question: Question) -> object:
        asked.append(question.server.id)
        return stop_of(question)

    monkeypatch.setattr(draining, "stop_of", counted)
    assert (await say(world, DrainHost(host="cmp1", reason="a new fan", limit=3))).ok
    for _ in range(100):
        await world.pass_time(1)
        moving = {one.server_id for one in queue(world).legs if one.state is LegState.MOVING}
        if len(moving) == 2:
            break
    asked.clear()
    await world.engine.moves.tick()
    assert moving
    assert not moving & set(asked)
    await world.stop()
