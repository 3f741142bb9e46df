"""What can be done in the demo about a host that died: docs/demo.md says it."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.people import peer
from vmms_tui.demo.director import Director
from vmms_tui.demo.scenes import HOST_DOWN
from vmms_tui.demo.stage import STEP, Stage
from vmms_tui.model.commands import EvacuateHost
from vmms_tui.model.records import Lease, LeaseState, Server, ServerState


@pytest.mark.parametrize("steps", [2, 3], ids=["it is down", "it is given up"])
async def test_emmys_server_is_evacuated_and_works_elsewhere(steps: int, tmp_path: Path) -> None:
    stage = await Stage(tmp_path, start=HOST_DOWN.start).open()
    director, state = Director(stage, HOST_DOWN), stage.engine.context.state
    for step in HOST_DOWN.steps[:steps]:
        await stage.advance(max(0.001, director.begins(step)), 5.0)
        assert await stage.until(lambda: all(one.holds(stage) for one in step.sees), step.within, STEP)  # noqa: B023
    lease = next(one for one in state.all(Lease) if one.owner == "emmy" and one.state is LeaseState.ACTIVE)
    before = state.need(Server, lease.server_id)
    reply = await stage.engine.submit(EvacuateHost(host=before.host, sworn="I pulled its plug"), peer("operator"))
    assert reply.ok, reply

    def works() -> bool:
        now = state.need(Server, before.id)
        return now.state is ServerState.LEASED and now.host != before.host and now.cloud_status == "ACTIVE"

    assert await stage.until(works, timedelta(minutes=5), STEP), state.need(Server, before.id)
    assert state.need(Server, before.id).floating_ip == before.floating_ip
    await stage.close()
