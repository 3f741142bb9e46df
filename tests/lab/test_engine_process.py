"""`vmms engine` on the real OpenStack: asked through its door, and killed in the middle."""

import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.lab.conftest import until
from tests.lab.process import Process, installed, ours
from vmms_tui.engine.cloud.facts import TAG_LEASE, TAG_SERVER
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.model.records import ServerState

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    """An installation of its own."""
    async with installed(tmp_path) as made:
        yield made


async def test_killed_while_it_provisions_nothing_is_lost_or_doubled(process: Process, cloud: Cloud) -> None:
    for point in (ServerState.REQUESTED, ServerState.BUILDING, ServerState.PREPARING):
        await process.start()
        await until(lambda: process.reached(point), f"a server that is {point}")  # noqa: B023 awaited at once
        await process.end(signal.SIGKILL)
    await process.start()

    async def full() -> bool:
        states = await process.states()
        return states[ServerState.READY] == 6 and not set(states) - {ServerState.READY, ServerState.GONE}

    await until(full, "six ready servers and nothing else")
    there = await ours(cloud, process.installation)
    assert len(there) == 6
    assert len({server.metadata[TAG_SERVER] for server in there}) == 6
    mark = f"vmms {process.installation} "
    assert len([port for port in await cloud.list_ports() if port.description.startswith(mark)]) == 6
    assert len([ip for ip in await cloud.list_floating_ips() if ip.description.startswith(mark)]) == 6


async def test_the_commands_do_the_main_job(process: Process, cloud: Cloud) -> None:
    await process.start()

    async def full() -> bool:
        return (await process.states())[ServerState.READY] == 6

    await until(full, "six ready servers")
    code, printed = await process.vmms("request", "--purpose", "ci", "--for", "8h", "--json")
    assert code == 0
    reply = json.loads(printed)

    async def marked() -> bool:
        return any(
            server.metadata.get(TAG_LEASE) == reply["lease_id"] for server in await ours(cloud, process.installation)
        )

    await until(marked, "the lease in the metadata")
    assert (await process.vmms("renew", reply["lease_id"], "2d"))[0] == 0
    assert (await process.vmms("renew", reply["lease_id"], "60d"))[0] == 1
    _, printed = await process.vmms("leases", "--json")
    (lease,) = json.loads(printed)["leases"]
    assert lease["server_id"] == reply["server_id"]
    await process.end(signal.SIGKILL)
    assert (await process.vmms("leases"))[0] == 3
    await process.start()
    _, again = await process.vmms("show", reply["lease_id"], "--json")
    assert lease["end"] in again
    assert (await process.vmms("release", reply["lease_id"]))[0] == 0

    async def back() -> bool:
        return all(
            server.metadata[TAG_SERVER] != reply["server_id"] for server in await ours(cloud, process.installation)
        )

    await until(back, "the server's end")
