"""Servers that move between hosts of a real OpenStack: progress seen, aborts, failures, a host that dies."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from lab.openstack.control import clear_faults, kill_compute, set_faults, start_compute
from tests.lab.conftest import LabEngine, remove_everything, small, until
from tests.people import peer
from vmms_tui.engine.clock import RealClock
from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
from vmms_tui.model.commands import AbortOperation, MigrateServer, RequestServer
from vmms_tui.model.records import Operation, OperationState, Server, ServerState
from vmms_tui.model.surroundings import Host

ADMINISTRATOR = "lab-project-admin"

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


class Movers(LabEngine):
    """An engine with an administrator's credentials and a lent server."""

    name: str

    @property
    def server(self) -> Server:
        return self.state.need(Server, self.name)

    async def move(self, host: str = "", *, cold: bool = False) -> str:
        """Begin a move; the id of its operation."""
        command = MigrateServer(server_id=self.name, host=host, cold=cold)
        reply = await self.engine.submit(command, peer("operator"))
        assert reply.ok, reply
        return reply.operation_id

    def operation(self, name: str) -> Operation:
        return self.state.need(Operation, name)

    async def ended(self, name: str) -> Operation:
        live = {OperationState.RUNNING, OperationState.WAITING}
        await until(lambda: self.operation(name).state not in live, f"the end of {self.operation(name)}")
        return self.operation(name)

    async def status(self) -> tuple[str, str, str]:
        seen = await self.cloud.get_server(self.server.cloud_id)
        return seen.status, seen.task_state, seen.host

    async def copies(self, name: str) -> None:
        """Until the cloud has told how far it is."""

        def told() -> bool:
            moving = self.operation(name).moving
            return moving is not None and moving.copying is not None and moving.copying.total > 0

        await until(told, "the copying")


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[Movers]:
    """One lent server, and hosts that are known."""
    clear_faults()
    made = Movers(tmp_path, RealClock(), ADMINISTRATOR)
    await made.engine.start()
    try:
        await made.use(small(1, 2))
        await made.filled(1)
        reply = await made.engine.submit(RequestServer(purpose="ci"), peer("alice"))
        made.name = reply.server_id
        await until(lambda: made.state.all(Host), "the hosts")
        await until(lambda: made.state.operation_on(made.name) is None and made.server.host, "a server at rest")
        yield made
    finally:
        clear_faults()
        await made.engine.stop()
        account = OpenStackAccount(ADMINISTRATOR)
        await remove_everything(account.project(), made.installation)
        await account.close()


def elsewhere(land: Movers) -> str:
    return next(host.name for host in land.state.all(Host) if host.name != land.server.host and host.state == "up")


async def test_a_live_move_with_its_progress(land: Movers) -> None:
    set_faults({"*": {"live_migration_seconds": 12}})
    before, there = land.server, elsewhere(land)
    name = await land.move(there)
    left: set[int] = set()

    def over() -> bool:
        moving = land.operation(name).moving
        if moving is not None and moving.copying is not None and moving.copying.total:
            left.add(moving.copying.memory_left)
        return land.operation(name).state is OperationState.DONE

    await until(over, "the move")
    assert len(left) >= 3, "its progress was seen"
    after = land.server
    assert (after.host, after.state, after.floating_ip) == (there, ServerState.LEASED, before.floating_ip)
    assert await land.status() == ("ACTIVE", "", there)
    assert (await land.cloud.get_port(before.port_ids[0])).host == there
    assert (await land.cloud.get_floating_ip(before.floating_ip_id)).port_id == before.port_ids[0]
    (said,) = land.events("server.moved")
    assert f"from {before.host} to {there}" in said.text


async def test_an_abort_leaves_it_where_it_was(land: Movers) -> None:
    set_faults({"*": {"live_migration_seconds": 90}})
    here = land.server.host
    name = await land.move()
    await land.copies(name)
    assert (await land.engine.submit(AbortOperation(operation_id=name), peer("operator"))).ok
    aborted = await land.ended(name)
    assert aborted.outcome == f"aborted by operator: {land.name} is on {here} as before"
    assert await land.status() == ("ACTIVE", "", here)
    assert (land.server.state, land.server.host) == (ServerState.LEASED, here)
    assert (await land.cloud.move_records(land.server.cloud_id))[0].status == "cancelled"


async def test_a_cold_move_is_made_final(land: Movers) -> None:
    here = land.server.host
    done = await land.ended(await land.move(cold=True))
    assert done.state is OperationState.DONE, done
    assert land.server.host != here
    assert await land.status() == ("ACTIVE", "", land.server.host)
    assert (await land.cloud.move_records(land.server.cloud_id))[0].status == "confirmed"


@pytest.mark.parametrize("fault", ["live_migration_fail", "pre_live_migration_fail"])
async def test_a_failure_says_where_it_is_and_what_to_do(land: Movers, fault: str) -> None:
    set_faults({"*": {fault: True}})
    here = land.server.host
    failed = await land.ended(await land.move())
    assert failed.state is OperationState.FAILED
    assert f"{land.name} is on {here} as before" in failed.outcome
    assert f"vmms migrate {land.name} --to HOST" in failed.remedy
    assert await land.status() == ("ACTIVE", "", here)
    assert land.server.state is ServerState.LEASED


async def test_from_a_host_that_died_nothing_moves_and_nothing_is_asked(land: Movers) -> None:
    here = land.server.host
    kill_compute(here)
    try:
        await until(lambda: _is_down(land, here), "the host to be down")
        reply = await land.engine.submit(MigrateServer(server_id=land.name), peer("operator"))
        said = reply.text if not reply.ok else (await land.ended(reply.operation_id)).outcome
        assert said.startswith(f"{here} is down: nothing moves away from a host that is not up")
        assert await land.cloud.move_records(land.server.cloud_id) == ()
        assert land.server.state is ServerState.LEASED
    finally:
        start_compute(here)
        await until(lambda: _is_up(land, here), "the host to be back")


async def _is_down(land: Movers, host: str) -> bool:
    return any(one.host == host and one.state == "down" for one in await land.cloud.compute_services())


async def _is_up(land: Movers, host: str) -> bool:
    return any(one.host == host and one.state == "up" for one in await land.cloud.compute_services())
