"""A compute service of a real OpenStack is killed, sworn dead and evacuated; then it comes back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from lab.openstack.control import clear_faults, kill_compute, start_compute
from tests.lab.conftest import remove_everything, small, until
from tests.lab.rescuing import ADMINISTRATOR, Rescuers, ended_badly
from tests.people import peer
from vmms_tui.engine.clock import RealClock
from vmms_tui.engine.cloud.moves import EVACUATION
from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
from vmms_tui.model.commands import EnableHost, EvacuateHost, Reply, RequestServer
from vmms_tui.model.records import OperationState, Server, ServerState
from vmms_tui.model.surroundings import Host

OATH = "its nova-compute was killed by this test"
LENT = 4

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


class Sworn(Rescuers):
    """Its dead hosts are evacuated when an operator swears."""

    async def operator(self, command: EvacuateHost | EnableHost) -> Reply:
        return await self.engine.submit(command, peer("operator"))

    async def is_now(self, name: str, state: str) -> bool:
        """Whether the list of hosts, read now, says so."""
        await self.look_at_hosts()
        return self.host(name).state == state


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[Sworn]:
    """Lent servers at rest, and hosts that are known."""
    clear_faults()
    made = Sworn(tmp_path, RealClock(), ADMINISTRATOR)
    await made.engine.start()
    try:
        await made.use(small(LENT, LENT))
        await made.filled(LENT)
        replies = [await made.engine.submit(RequestServer(purpose="ci"), peer("alice")) for _ in range(LENT)]
        made.names = tuple(reply.server_id for reply in replies)
        await until(lambda: made.state.all(Host), "the hosts")
        await until(lambda: not made.state.live_operations() and all(one.host for one in made.servers()), "rest")
        yield made
    finally:
        await made.engine.stop()
        account = OpenStackAccount(ADMINISTRATOR)
        await remove_everything(account.project(), made.installation)
        await account.close()


async def test_all_of_a_dead_host_lives_on_elsewhere_and_the_host_comes_back(land: Sworn) -> None:
    before = {one.id: one for one in land.servers()}
    hosts = [one.host for one in land.servers()]
    dead = max(hosts, key=hosts.count)
    lost = [one for one in before.values() if one.host == dead]
    refused = await land.operator(EvacuateHost(host=dead, sworn=OATH))
    assert refused.rule == "not_down", "it lives"
    kill_compute(dead)
    try:
        await until(lambda: land.is_now(dead, "down"), "the host to be down")
        assert (await land.operator(EvacuateHost(host=dead, sworn=""))).rule == "not_sworn"
        reply = await land.operator(EvacuateHost(host=dead, sworn=OATH))
        assert reply.ok, reply
        live = {OperationState.RUNNING, OperationState.WAITING}
        await until(lambda: all(one.state not in live for one in land.evacuations()), "all of them")
        assert ended_badly(land.evacuations()) == []
        assert {one.server_id for one in land.evacuations()} == {one.id for one in lost}
        for one in lost:
            await _lives(land, one, dead)
        assert (land.host(dead).forced_down, land.host(dead).status) == (True, "disabled")
    finally:
        start_compute(dead)
    await until(lambda: _all_completed(land, lost), "the host that is back to remove what it had")
    assert (await land.operator(EnableHost(host=dead))).ok
    await until(lambda: land.is_now(dead, "up"), "the host to be up")
    assert (land.host(dead).forced_down, land.host(dead).status) == (False, "enabled")
    assert all(server.host != dead for server in land.servers() if before[server.id] in lost)


async def _lives(land: Sworn, before: Server, dead: str) -> None:
    after = land.state.need(Server, before.id)
    assert after.host != dead
    assert (after.state, after.floating_ip, after.lease_id) == (
        ServerState.LEASED, before.floating_ip, before.lease_id
    )  # fmt: skip
    seen = await land.cloud.get_server(before.cloud_id)
    assert (seen.status, seen.task_state, seen.host) == ("ACTIVE", "", after.host)
    assert (await land.cloud.get_port(before.port_ids[0])).host == after.host
    assert (await land.cloud.get_floating_ip(before.floating_ip_id)).port_id == before.port_ids[0]
    assert (await land.cloud.move_records(before.cloud_id))[0].kind == EVACUATION


async def _all_completed(land: Sworn, lost: list[Server]) -> bool:
    records = [(await land.cloud.move_records(one.cloud_id))[0] for one in lost]
    return all(record.status == "completed" for record in records)
