"""`vmms engine` as a process of its own on the real OpenStack: asked through its door, and killed in the middle."""

import asyncio
import json
import os
import signal
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.openstack.control import CLOUDS
from tests.lab.conftest import remove_everything, until
from vmms_tui.client.remote import RemoteClient
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, TAG_LEASE, TAG_SERVER, CloudServer
from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import Server, ServerState

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
VMMS = [sys.executable, "-m", "vmms_tui.cli"]
SETTINGS = """
cloud = "lab-user"
installation = "{installation}"

[pools.ci]
purposes = ["ci"]
flavor = "m1.tiny"
image = "tiny"
networks = ["private"]
floating_network = "public"
available = 6
limit = 12
access = "none"
readiness = {{ kind = "console" }}
"""


class Process:
    """An installation with a settings file and a state folder, and the engine that runs on them now."""

    def __init__(self, folder: Path) -> None:
        self.installation = f"test-{uuid.uuid4().hex[:8]}"
        config = folder / "vmms.toml"
        config.write_text(SETTINGS.format(installation=self.installation))
        self.environ = os.environ | {
            "OS_CLIENT_CONFIG_FILE": str(CLOUDS),
            "VMMS_CONFIG": str(config),
            "VMMS_STATE_DIR": str(folder / "state"),
        }
        self.client = RemoteClient(folder / "state" / "engine.sock")
        self.engine: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the engine and wait until its door answers."""
        self.engine = await asyncio.create_subprocess_exec(
            *VMMS, "engine", env=self.environ, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        await until(self.answers, "the engine's door")

    async def answers(self) -> bool:
        """Whether the door is open."""
        try:
            await self.client.snapshot()
        except TryAgain:
            return False
        return True

    async def end(self, how: signal.Signals) -> None:
        """Send the engine a signal and wait for its end."""
        if self.engine is not None and self.engine.returncode is None:
            self.engine.send_signal(how)
            await self.engine.wait()

    async def states(self) -> Counter[ServerState]:
        """Servers by state, as the engine tells."""
        snapshot = await self.client.snapshot()
        return Counter(record.state for record in snapshot.records if isinstance(record, Server))

    async def reached(self, point: ServerState) -> bool:
        """Whether a server is in that state, or already ready."""
        states = await self.states()
        return states[point] + states[ServerState.READY] > 0

    async def vmms(self, *words: str) -> tuple[int, str]:
        """Run a command; its exit code and what it printed."""
        command = await asyncio.create_subprocess_exec(*VMMS, *words, env=self.environ, stdout=asyncio.subprocess.PIPE)
        printed, _ = await command.communicate()
        assert command.returncode is not None
        return command.returncode, printed.decode()


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    """An installation of its own; everything that it made is gone afterwards."""
    made = Process(tmp_path)
    yield made
    await made.end(signal.SIGTERM)
    await made.client.close()
    account = OpenStackAccount("lab-user")
    await remove_everything(account.project(), made.installation)
    await account.close()


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    """The lab, beside the engine's back."""
    account = OpenStackAccount("lab-user")
    yield account.project()
    await account.close()


async def ours(cloud: Cloud, installation: str) -> list[CloudServer]:
    listing = await cloud.list_servers()
    return [server for server in listing.servers if server.metadata.get(TAG_INSTALLATION) == installation]


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
