"""A host of a real OpenStack with ten servers is emptied, two at a time, and what left it comes back."""

from pathlib import Path

import pytest

from tests.lab.conftest import until
from tests.lab.rescuing import LONG, rescuers
from tests.people import peer
from vmms_tui.model.commands import DrainHost, UndrainHost
from vmms_tui.model.draining import Errand, LegState, MoveQueue, Phase, queue_id, tally
from vmms_tui.model.records import OperationKind, ServerState

HOST = "cmp2"
MANY = 10

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


async def test_ten_servers_leave_a_host_two_at_a_time_and_it_is_empty_then(tmp_path: Path) -> None:
    async with rescuers(tmp_path) as land:
        await land.lend_on(HOST, MANY)
        before = {one.id: one for one in land.servers()}
        drain = DrainHost(host=HOST, reason="its memory is to be changed", limit=2)
        reply = await land.engine.submit(drain, peer("operator"))
        assert reply.ok, reply
        most: set[int] = set()

        def queue() -> MoveQueue:
            return land.state.need(MoveQueue, queue_id(Errand.DRAIN, HOST))

        def over() -> bool:
            live = land.state.live_operations()
            most.add(sum(1 for one in live if one.kind is OperationKind.MOVE))
            return queue().phase is Phase.DONE

        await until(over, f"the end of the drain: {queue()}", LONG)
        assert max(most) == 2, "two at a time, never more"
        assert tally(queue()) == {LegState.DONE: MANY}
        for one in land.servers():
            was = before[one.id]
            assert one.host != HOST
            assert (one.state, one.floating_ip) == (ServerState.LEASED, was.floating_ip)
            seen = await land.cloud.get_server(one.cloud_id)
            assert (seen.status, seen.task_state, seen.host) == ("ACTIVE", "", one.host)
            assert (await land.cloud.get_port(one.port_ids[0])).host == one.host
            assert (await land.cloud.move_records(one.cloud_id))[0].source == HOST
        service = next(one for one in await land.cloud.compute_services() if one.host == HOST)
        assert service.status == "disabled"
        assert "its memory is to be changed" in service.disabled_reason
        assert (await land.engine.submit(UndrainHost(host=HOST), peer("operator"))).ok
        await until(land.all_open, "the host to be open")
