"""Servers of a host that is dead are built anew elsewhere, with their ids, ports and floating IPs."""

import pytest

from vmms_tui.engine.cloud.errors import AccessDenied, BadRequest, NotFound
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.moves import EVACUATION, MoveRecord
from vmms_tui.engine.cloud.port import Cloud

from .stage import NOBODY, Belongings, Stage


@pytest.fixture
def administrator(stage: Stage) -> Cloud:
    return stage.administrator


async def arrived(stage: Stage, server: CloudServer, dead: str) -> CloudServer:
    """The server as an administrator sees it, once it is at rest on another host."""

    async def look() -> CloudServer | None:
        seen = await stage.administrator.get_server(server.id)
        return seen if seen.host != dead and not seen.task_state and seen.status != "REBUILD" else None

    return await stage.until(look, f"server {server.id} to leave {dead}")


async def newest(administrator: Cloud, server: CloudServer) -> MoveRecord:
    return (await administrator.move_records(server.id))[0]


async def test_what_ran_runs_and_what_was_off_is_off(stage: Stage, administrator: Cloud, mine: Belongings) -> None:
    port = await mine.port()
    running = await mine.active_server(port)
    address = await mine.floating_ip(port_id=port.id)
    dead = (await administrator.get_server(running.id)).host
    with pytest.raises(BadRequest, match="still in use"):
        await administrator.evacuate(running.id)
    others = [one.host for one in await administrator.compute_services() if one.host != dead]
    off = await mine.active_server(await mine.port())
    await administrator.live_migrate(off.id, dead) if await _host(administrator, off) != dead else None
    await stage.status(off.id, "ACTIVE")
    assert await _host(administrator, off) == dead
    await stage.cloud.stop_server(off.id)
    await stage.status(off.id, "SHUTOFF")

    async with stage.dead_host(dead):
        seen = await administrator.get_server(running.id)
        assert (seen.status, seen.host) == ("ACTIVE", dead), "Nova goes on showing it as it was"
        with pytest.raises(AccessDenied):
            await stage.cloud.evacuate(running.id)
        with pytest.raises(BadRequest):
            await administrator.evacuate(running.id, "cmp99")
        await administrator.evacuate(running.id, others[0])
        await administrator.evacuate(off.id)
        seen = await arrived(stage, running, dead)
        assert (seen.status, seen.host) == ("ACTIVE", others[0])
        assert (await arrived(stage, off, dead)).status == "SHUTOFF"
        assert (await administrator.get_port(port.id)).host == others[0]
        assert (await stage.cloud.get_floating_ip(address.id)).port_id == port.id
        record = await newest(administrator, running)
        assert (record.kind, record.status, record.source, record.destination) == (EVACUATION, "done", dead, others[0])

    async def completed() -> bool:
        return (await newest(administrator, running)).status == "completed"

    await stage.until(completed, "the host that is back to remove what is left")
    assert (await administrator.get_server(running.id)).host == others[0]


async def test_a_host_that_is_forced_down_counts_as_down(stage: Stage, administrator: Cloud, mine: Belongings) -> None:
    server = await mine.active_server(await mine.port())
    host = await _host(administrator, server)
    assert not await _forced(administrator, host)
    await administrator.force_down(host, down=True)
    try:
        assert await _forced(administrator, host)
        assert {one.host: one.state for one in await administrator.compute_services()}[host] == "down"
        assert {one.host: one.state for one in await administrator.hypervisors()}[host] == "down"
    finally:
        await administrator.force_down(host, down=False)

    async def up() -> bool:
        return {one.host: one.state for one in await administrator.compute_services()}[host] == "up"

    await stage.until(up, f"{host} to be up")
    assert not await _forced(administrator, host)


async def test_what_has_no_host_to_go_to_is_in_error(stage: Stage, administrator: Cloud, mine: Belongings) -> None:
    server = await mine.active_server(await mine.port())
    dead = await _host(administrator, server)
    others = [one.host for one in await administrator.compute_services() if one.host != dead]
    async with stage.dead_host(dead):
        try:
            for host in others:
                await administrator.disable_host(host, "full")
            await administrator.evacuate(server.id)

            async def error() -> CloudServer | None:
                seen = await administrator.get_server(server.id)
                return seen if seen.status == "ERROR" else None

            seen = await stage.until(error, "the server to be in ERROR")
            assert seen.host == dead
            assert "No valid host" in seen.fault
            assert (await newest(administrator, server)).status == "error"
        finally:
            for host in others:
                await administrator.enable_host(host)
        await administrator.evacuate(server.id)
        assert (await arrived(stage, server, dead)).status == "ACTIVE"


async def test_what_is_deleted_on_a_dead_host_is_gone_at_once(
    stage: Stage, administrator: Cloud, mine: Belongings
) -> None:
    server = await mine.active_server(await mine.port())
    async with stage.dead_host(await _host(administrator, server)):
        await stage.cloud.delete_server(server.id)
        await stage.gone(stage.cloud.get_server, server.id)


async def test_hosts_and_servers_that_are_not_there(administrator: Cloud) -> None:
    with pytest.raises(NotFound):
        await administrator.evacuate(NOBODY)
    with pytest.raises(NotFound):
        await administrator.force_down("cmp99", down=True)


async def test_a_member_forces_no_host_down(cloud: Cloud) -> None:
    with pytest.raises(AccessDenied):
        await cloud.force_down("cmp1", down=True)


async def _host(administrator: Cloud, server: CloudServer) -> str:
    return (await administrator.get_server(server.id)).host


async def _forced(administrator: Cloud, host: str) -> bool:
    return {one.host: one.forced_down for one in await administrator.compute_services()}[host]
