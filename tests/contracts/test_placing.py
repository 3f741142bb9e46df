"""What a cloud tells of aggregates and groups, and of why it refused a move."""

import pytest

from vmms_tui.engine.cloud.errors import AccessDenied, NotFound
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.port import Cloud

from .stage import NOBODY, Belongings, Stage
from .test_moves import administrator as administrator
from .test_moves import elsewhere, ended, host_of, known
from .test_moves import mover as mover


async def test_aggregates_are_for_administrators(stage: Stage, cloud: Cloud) -> None:
    for one in await stage.administrator.aggregates():
        assert one.name
        assert all(one.hosts)
        assert all(isinstance(said, str) for said in one.metadata.values())
    with pytest.raises(AccessDenied):
        await cloud.aggregates()


async def test_groups_are_told_to_everybody_as_far_as_they_are_theirs(stage: Stage, cloud: Cloud) -> None:
    every = {one.id: one for one in await stage.administrator.server_groups()}
    assert {one.id for one in await cloud.server_groups()} <= every.keys()
    for one in every.values():
        assert one.policy
        assert one.most >= 1


async def test_flavors_and_ports_tell_what_they_ask_for(stage: Stage, mine: Belongings) -> None:
    flavors = await stage.administrator.flavors()
    assert all(isinstance(said, str) for one in flavors for said in one.extra.values())
    port = await mine.port()
    assert (await stage.administrator.get_port(port.id)).kind == "normal"


async def test_why_a_move_was_refused(stage: Stage, administrator: Cloud, mover: CloudServer) -> None:
    here, old = await host_of(administrator, mover), await known(administrator, mover)
    await administrator.live_migrate(mover.id, here)
    assert (await ended(stage, mover, old)).status == "error"
    order = next(one for one in await administrator.server_actions(mover.id) if one.name == "live-migration")
    assert order.request_id
    events = await administrator.action_events(mover.id, order.request_id)
    assert any(one.failed and one.why for one in events), events


async def test_a_move_that_went_well_has_no_reason(stage: Stage, administrator: Cloud, mover: CloudServer) -> None:
    old = await known(administrator, mover)
    await administrator.live_migrate(mover.id, await elsewhere(administrator, mover))
    assert (await ended(stage, mover, old)).status == "completed"
    order = next(one for one in await administrator.server_actions(mover.id) if one.name == "live-migration")
    events = await administrator.action_events(mover.id, order.request_id)
    assert not any(one.failed or one.why for one in events), events


async def test_an_action_that_there_never_was(administrator: Cloud, mover: CloudServer) -> None:
    with pytest.raises(NotFound):
        await administrator.action_events(mover.id, f"req-{NOBODY}")
    with pytest.raises(NotFound):
        await administrator.action_events(NOBODY, f"req-{NOBODY}")
