"""What happens to a dead host while its witnesses, or the cloud, take their time."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.engine.test_dead_hosts import DEAD, RULES, land_of, lend_all_on, suspect, until
from vmms_tui.engine.cloud.errors import AccessDenied
from vmms_tui.engine.witnesses.port import Suspected
from vmms_tui.model.commands import EvacuateHost, Reply
from vmms_tui.model.records import changed
from vmms_tui.model.suspects import Phase
from vmms_tui.model.witness import HostRules, Sign


async def test_what_an_operator_takes_in_hand_during_a_look_is_not_judged_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The witnesses of a dead host take seconds, and somebody swears in the middle of them."""
    world = await land_of(tmp_path, changed(RULES, automatic=False))
    await lend_all_on(world)
    world.account.world.host_down(DEAD)
    await until(world, Phase.SUSPECTED)
    looked = world.witnesses.signs
    replies = list[Reply]()

    async def slowly(rules: HostRules, hosts: Sequence[Suspected]) -> dict[str, tuple[Sign, ...]]:
        if not replies:
            replies.append(await world.send(EvacuateHost(host=DEAD, sworn="its plug is pulled"), "operator"))
        return await looked(rules, hosts)

    monkeypatch.setattr(world.witnesses, "signs", slowly)
    await world.pass_time(12)
    (reply,) = replies
    assert reply.ok, reply
    assert suspect(world).phase is Phase.EVACUATING
    assert not world.events("host.asks")
    await until(world, Phase.EVACUATED)
    await world.stop()


async def test_a_cloud_that_gives_nothing_up_is_asked_again_and_said_once(tmp_path: Path) -> None:
    land = await land_of(tmp_path)
    await lend_all_on(land)
    land.account.world.faults.fail("force_down", AccessDenied("Not for you."), times=None)
    land.account.world.host_down(DEAD)
    await until(land, Phase.FENCED)
    await land.pass_time(60)
    assert [one.host for one in land.events("host.asked")] == [DEAD]
    land.account.world.faults.clear()
    await until(land, Phase.EVACUATED)
    await land.stop()
