"""An engine against the real OpenStack of `make lab`, in this process, on a clock that can be moved ahead."""

import asyncio
import contextlib
import os
import uuid
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lab.openstack.control import CLOUDS, clear_faults, set_quota
from vmms_tui.engine.audit.archive import Archive
from vmms_tui.engine.audit.files import AuditFiles
from vmms_tui.engine.clock import RealClock
from vmms_tui.engine.cloud.errors import NotFound
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION
from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.engine import Engine
from vmms_tui.engine.guests.real import SSHGuests
from vmms_tui.engine.notices.simulated import SimulatedPost
from vmms_tui.engine.secrets import Vault
from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.witnesses.real import RealWitnesses
from vmms_tui.model.people import AccessRules, Role
from vmms_tui.model.records import Event, Server, ServerState, changed
from vmms_tui.model.spec import Policy, PoolSpec, Proof, ProofKind

PATIENCE = 120.0
"""Seconds until a condition counts as never to come, on a slow machine."""
SPEC = PoolSpec(
    name="ci",
    purposes=("ci",),
    flavor="m1.tiny",
    image="tiny",
    networks=("private",),
    floating_network="public",
    security_groups=("default",),
    available=6,
    limit=12,
    proof=Proof(kind=ProofKind.CONSOLE),
    access="none",
)
"""The lab's servers have no inside, so they prove themselves by their console and nobody logs in."""


async def until(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """What the condition says as soon as it is true."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while True:
        found = condition()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        assert loop.time() < end, f"{what}: not within {patience} s"
        await asyncio.sleep(0.05)


class LabEngine:
    """An engine with what a test wants to know of it."""

    def __init__(self, folder: Path, clock: RealClock, cloud: str = "lab-user") -> None:
        self.clock = clock
        self.account = OpenStackAccount(cloud)
        self.installation = f"test-{uuid.uuid4().hex[:8]}"
        self.engine = Engine(
            clock=clock,
            store=FileStore(folder / "store"),
            archive=Archive(AuditFiles(folder / "audit")),
            account=self.account,
            guests=SSHGuests(folder / "key"),
            vault=Vault(folder / "vault"),
            installation=self.installation,
            pools=[],
            policy=Policy(),
            post=SimulatedPost(),
            witnesses=RealWitnesses(),
        )
        self.state = self.engine.context.state

    @property
    def cloud(self) -> Cloud:
        """The project's cloud."""
        return self.account.project()

    async def use(self, spec: PoolSpec, policy: Policy | None = None) -> None:
        """Let this be the only pool."""
        everyone = AccessRules(everyone=Role.DEVELOPER)
        await self.engine.take_settings([spec], changed(policy or Policy(), access=everyone))

    def counts(self) -> Counter[ServerState]:
        """Servers by state."""
        return Counter(server.state for server in self.state.all(Server))

    async def filled(self, number: int) -> None:
        """Wait until so many servers are ready, and nothing is under way."""
        await until(lambda: self.counts()[ServerState.READY] == number, f"{number} ready servers")

    def events(self, kind: str) -> list[Event]:
        """Events of one kind, oldest first."""
        return [event for event in self.state.all(Event) if event.kind == kind]


@pytest.fixture(scope="session", autouse=True)
def lab_clouds() -> None:
    """Point the SDK at the lab."""
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(CLOUDS)


@pytest.fixture
def set_server_quota() -> Iterator[Callable[[int], None]]:
    """Sets how many servers the lab's project may have (-1: any number); no limit afterwards."""

    def set_instances(servers: int) -> None:
        with warnings.catch_warnings():
            # openstacksdk warns of its own next release; the product does not use what it warns of
            warnings.simplefilter("ignore")
            set_quota("labproject", instances=servers)

    yield set_instances
    set_instances(-1)


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[LabEngine]:
    """A running engine; everything that it made is gone afterwards."""
    clear_faults()
    made = LabEngine(tmp_path, RealClock())
    await made.engine.start()
    try:
        yield made
    finally:
        clear_faults()
        await made.engine.stop()
        account = OpenStackAccount("lab-user")
        await remove_everything(account.project(), made.installation)
        await account.close()


async def remove_everything(cloud: Cloud, installation: str) -> None:
    """Delete what carries this installation's tag, whatever state it is in."""
    mark = f"vmms {installation} "
    for ip in await cloud.list_floating_ips():
        if ip.description.startswith(mark):
            await cloud.delete_floating_ip(ip.id)

    async def ours() -> list[str]:
        listing = await cloud.list_servers()
        return [server.id for server in listing.servers if server.metadata.get(TAG_INSTALLATION) == installation]

    for server_id in await ours():
        with contextlib.suppress(NotFound):
            await cloud.delete_server(server_id)

    async def none_left() -> bool:
        return not await ours()

    await until(none_left, "the end of all servers")
    for port in await cloud.list_ports():
        if port.description.startswith(mark):
            with contextlib.suppress(NotFound):
                await cloud.delete_port(port.id)
    for volume in await cloud.list_volumes():
        if volume.metadata.get(TAG_INSTALLATION) == installation:
            with contextlib.suppress(NotFound):
                await cloud.delete_volume(volume.id)


def small(available: int, limit: int, **other: Any) -> PoolSpec:
    """The pool with other numbers."""
    return msgspec.structs.replace(SPEC, available=available, limit=limit, **other)


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    """The lab, beside the engine's back."""
    account = OpenStackAccount("lab-user")
    yield account.project()
    await account.close()
