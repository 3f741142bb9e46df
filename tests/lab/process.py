"""`vmms engine` as a process of its own on the real OpenStack."""

import asyncio
import os
import signal
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from lab.openstack.control import CLOUDS
from tests.lab.conftest import remove_everything, until
from vmms_tui.client.remote import RemoteClient
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, CloudServer
from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import Server, ServerState

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
available = {available}
limit = {limit}
access = "none"
readiness = {{ kind = "console" }}
"""


class Process:
    """An installation with a settings file and a state folder, and the engine that runs on them now."""

    def __init__(self, folder: Path, *, available: int = 6, limit: int = 12, more: str = "") -> None:
        self.folder = folder
        self.installation = f"test-{uuid.uuid4().hex[:8]}"
        config = folder / "vmms.toml"
        settings = SETTINGS.format(installation=self.installation, available=available, limit=limit)
        config.write_text(settings + more)
        self.environ = os.environ | {
            "OS_CLIENT_CONFIG_FILE": str(CLOUDS),
            "VMMS_CONFIG": str(config),
            "VMMS_STATE_DIR": str(folder / "state"),
        }
        self.client = RemoteClient(folder / "state" / "engine.sock")
        self.engine: asyncio.subprocess.Process | None = None
        self.before: tuple[str, ...] = ()
        """Words before those that start the engine, to run it elsewhere."""

    async def start(self) -> None:
        """Start the engine and wait until its door answers."""
        self.engine = await asyncio.create_subprocess_exec(
            *(*self.before, *VMMS, "engine"),
            env=self.environ,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
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


@asynccontextmanager
async def installed(folder: Path, *, available: int = 6, limit: int = 12, more: str = "") -> AsyncIterator[Process]:
    """An installation of its own, with `more` in its settings; everything that it made is gone afterwards."""
    made = Process(folder, available=available, limit=limit, more=more)
    try:
        yield made
    finally:
        await made.end(signal.SIGTERM)
        await made.client.close()
        account = OpenStackAccount("lab-user")
        await remove_everything(account.project(), made.installation)
        await account.close()


async def ours(cloud: Cloud, installation: str) -> list[CloudServer]:
    listing = await cloud.list_servers()
    return [server for server in listing.servers if server.metadata.get(TAG_INSTALLATION) == installation]
