"""What mending servers asks of a cloud: who did what to a server, its state reset, an address described anew."""

import pytest

from vmms_tui.engine.cloud.errors import AccessDenied, NotFound
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.port import Cloud

from .stage import NOBODY, Belongings, Stage, new_server


async def test_who_did_what(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    server = await mine.active_server()
    await stage.pass_time(1.0)
    await cloud.stop_server(server.id)
    await stage.status(server.id, "SHUTOFF")
    await stage.pass_time(1.0)
    await cloud.start_server(server.id)
    await stage.status(server.id, "ACTIVE")
    done = await cloud.server_actions(server.id)
    assert [one.name for one in done] == ["start", "stop", "create"]
    assert all(one.user for one in done)
    assert all(one.at for one in done)
    with pytest.raises(NotFound):
        await cloud.server_actions(NOBODY)


async def test_what_the_hypervisor_says(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    server = await mine.active_server()
    assert server.power == "running"
    await cloud.stop_server(server.id)
    assert (await stage.status(server.id, "SHUTOFF")).power == "shut down"


async def test_a_state_is_reset_by_administrators_only(stage: Stage, cloud: Cloud, shared: CloudServer) -> None:
    with pytest.raises(AccessDenied):
        await cloud.reset_state(shared.id)
    admin = stage.administrator
    born = await admin.create_server(new_server(stage.name()))
    try:

        async def status(wanted: str) -> bool:
            seen = await admin.get_server(born.id)
            return seen.status == wanted and not seen.task_state

        await stage.until(lambda: status("ACTIVE"))
        await admin.stop_server(born.id)
        await stage.until(lambda: status("SHUTOFF"))
        await admin.reset_state(born.id)
        assert await status("ACTIVE")
        await admin.reboot_server(born.id, hard=True)
        await stage.until(lambda: status("ACTIVE"))
        with pytest.raises(NotFound):
            await admin.reset_state(NOBODY)
    finally:
        await admin.delete_server(born.id)


async def test_a_floating_ip_is_described_anew(cloud: Cloud, mine: Belongings) -> None:
    port = await mine.port()
    ip = await mine.floating_ip("contract before", port.id)
    said = await cloud.describe_floating_ip(ip.id, "contract after")
    assert (said.description, said.port_id, said.address) == ("contract after", port.id, ip.address)
    assert [one.id for one in await cloud.list_floating_ips("contract after")] == [ip.id]
    with pytest.raises(NotFound):
        await cloud.describe_floating_ip(NOBODY, "contract")
