"""An installation of any size, as it looks after some weeks: ten pools, most servers lent, a past."""

import gc
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from vmms_tui.engine.audit.archive import Archive
from vmms_tui.engine.audit.files import AuditFiles
from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, TAG_POOL, TAG_SERVER
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.records import SimServer
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings
from vmms_tui.engine.engine import Engine
from vmms_tui.engine.guests.simulated import SimulatedGuests
from vmms_tui.engine.secrets import Vault
from vmms_tui.engine.store import checkpoint, disk, lines
from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.store.folder import Folder
from vmms_tui.model.people import Peer
from vmms_tui.model.records import (
    AnyRecord,
    Counters,
    Event,
    Lease,
    LeaseState,
    Operation,
    OperationKind,
    OperationState,
    Pool,
    Request,
    RequestState,
    Secret,
    Server,
    ServerState,
)
from vmms_tui.model.spec import Policy, PoolSpec

POOLS = 10
INSTALLATION = "bench"
TOKEN = "gAAAAABo" + "x" * 92
"""As long as an encrypted password."""


class Size:
    """How many of each kind of record there are in so many records."""

    def __init__(self, records: int) -> None:
        self.records = records
        self.servers = records // 10
        self.ready = records // 100
        self.leases = records * 4 // 10
        self.requests = self.operations = records * 15 // 100
        self.events = records // 10
        self.secrets = records - self.servers - self.leases - 2 * self.requests - self.events - POOLS - 1

    @property
    def ready_each(self) -> int:
        """Ready servers in each pool."""
        return self.ready // POOLS


def specs(size: Size) -> list[PoolSpec]:
    """The settings of the pools: as many ready as there are, and room for a fifth more."""
    limit = max(2, size.servers * 12 // (10 * POOLS))
    return [
        PoolSpec(
            name=f"pool-{number}",
            purposes=(f"purpose-{number}",),
            flavor="m1.small",
            image="debian-13",
            networks=("private",),
            available=max(1, size.ready_each),
            limit=limit,
        )
        for number in range(POOLS)
    ]


def peer(name: str) -> Peer:
    """Somebody who asks, as the engine's own user: nothing here is about roles."""
    return Peer(name=name, uid=os.geteuid())


def pool_of(number: int) -> str:
    """The pool of a server by its number."""
    return f"pool-{number % POOLS}"


def cloud_id(number: int) -> str:
    """The cloud's id of a server by its number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def records(size: Size, now: datetime) -> Iterator[AnyRecord]:
    """Everything that the store holds at `now`."""
    for spec in specs(size):
        yield Pool(
            id=spec.name, purposes=spec.purposes, flavor=spec.flavor, image=spec.image, vcpus=1, ram_mib=2048,
            disk_gib=10, available=spec.available, limit=spec.limit,
        )  # fmt: skip
    for number in range(size.servers):
        yield _server(number, size, now)
    for number in range(size.leases):
        yield _lease(number, size, now)
    day = timedelta(days=1)
    for number in range(size.requests):
        yield Request(
            id=f"req-{number:05d}", owner=f"owner{number % 300}", purpose=f"purpose-{number % POOLS}",
            pool=pool_of(number), term=timedelta(hours=8), asked=now - day * (1 - number / size.requests) - day / 4,
            state=RequestState.GRANTED, lease_id=f"lease-{number:05d}", reason="m1.small is the smallest for any size",
        )  # fmt: skip
    for number in range(size.operations):
        began = now - day * (1 - number / size.operations)
        yield Operation(
            id=f"op-{number:06d}", kind=OperationKind.PROVISION, server_id=f"vm-{number % size.servers:05d}",
            started=began, updated=began + timedelta(seconds=50), step="prove", actor="engine",
            state=OperationState.DONE, outcome="ready after 50 s", reason=f"pool {pool_of(number)} wants it",
        )  # fmt: skip
    for number in range(size.events):
        yield Event(
            id=f"{number:010d}", at=now - day * (1 - number / size.events), kind="server.ready",
            text=f"vm-{number % size.servers:05d} is ready after 50 s: SSH lets vmms in", pool=pool_of(number),
            server_id=f"vm-{number % size.servers:05d}",
        )  # fmt: skip
    for number in range(size.secrets):
        yield Secret(id=f"vm-{number:05d}", token=TOKEN, shown=True)
    yield Counters(
        id="counters", server=size.servers, lease=size.leases, request=size.requests, operation=size.operations,
        event=size.events,
    )  # fmt: skip


def _server(number: int, size: Size, now: datetime) -> Server:
    ready = number < size.ready
    return Server(
        id=f"vm-{number:05d}",
        pool=pool_of(number),
        state=ServerState.READY if ready else ServerState.LEASED,
        since=now - timedelta(hours=2),
        created=now - timedelta(hours=3),
        ready_at=now - timedelta(hours=2, seconds=number % 3600),
        refresh_age=timedelta(days=12),
        flavor="m1.small",
        image="debian-13",
        vcpus=1,
        ram_mib=2048,
        disk_gib=10,
        cloud_id=cloud_id(number),
        port_ids=(f"11111111-0000-4000-8000-{number:012d}",),
        address=f"10.20.{number // 250}.{number % 250 + 2}",
        host=f"cmp{number % 200}",
        cloud_status="ACTIVE",
        host_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGvN0dd7MqRyNpsBoeYb8aWzNg2Vi4Yx1rYtXY3bZ0Qm",
        lease_id="" if ready else f"lease-{number:05d}",
    )


def _lease(number: int, size: Size, now: datetime) -> Lease:
    """Those of the servers that are lent are live, the others are past."""
    live = size.ready <= number < size.servers
    start = now - timedelta(days=1, hours=number % 24)
    return Lease(
        id=f"lease-{number:05d}",
        server_id=f"vm-{number:05d}",
        pool=pool_of(number),
        owner=f"owner{number % 300}",
        purpose=f"purpose-{number % POOLS}",
        start=start,
        end=now + timedelta(days=2, minutes=number % 5000) if live else now - timedelta(hours=1),
        importance=number % 11,
        note="nightly build",
        state=LeaseState.ACTIVE if live else LeaseState.ENDED,
        ended_at=None if live else now - timedelta(hours=1),
        end_reason="" if live else "released by its owner",
        matched="m1.small of pool el9-ci is the smallest for any size, and serves ci",
    )


def fill_cloud(account: SimulatedAccount, size: Size) -> None:
    """Put the servers into the simulated cloud."""
    contents = account.world.contents
    image = next(one.id for one in contents.images.values() if one.name == "debian-13")
    born = account.world.now() - 10_800
    for number in range(size.servers):
        contents.servers[cloud_id(number)] = SimServer(
            id=cloud_id(number), name=f"vm-{number:05d}", project=account.world.settings.project, status="ACTIVE",
            created=born, updated=born - number, flavor="m1.small", vcpus=1, ram_mib=2048, disk_gib=10, image_id=image,
            port_ids=[], booted=born,
            metadata={TAG_INSTALLATION: INSTALLATION, TAG_POOL: pool_of(number), TAG_SERVER: f"vm-{number:05d}"},
        )  # fmt: skip


def cloud(clock: Clock, size: Size, path: Path | None = None) -> SimulatedAccount:
    """A simulated cloud without limits that has the servers."""
    roomy = SimulatedSettings(
        admin=True, hosts=200, host_vcpus=512, host_ram_mib=1 << 20, host_disk_gib=100_000, quota_servers=-1,
        quota_vcpus=-1, quota_ram_mib=-1,
    )  # fmt: skip
    account = SimulatedAccount(clock, path=path, settings=roomy)
    fill_cloud(account, size)
    return account


def fill_store(folder: Path, contents: Sequence[AnyRecord]) -> None:
    """A store with a checkpoint of these records and nothing since."""
    names = Folder(folder)
    disk.write_whole(names.journal(1), [lines.head(1)])
    checkpoint.write(names.checkpoint(1), 1, contents)


def engine(folder: Path, clock: Clock, size: Size) -> Engine:
    """An engine on a store on disk with so many records, and on the cloud that they tell of."""
    store = folder / "store"
    store.mkdir(parents=True)
    fill_store(store, tuple(records(size, clock.now())))
    account = cloud(clock, size)
    gc.collect()
    gc.freeze()  # the simulated cloud's objects are not the engine's: its collector shall not pay for them
    return Engine(
        clock=clock,
        store=FileStore(store),
        archive=Archive(AuditFiles(folder / "audit")),
        account=account,
        guests=SimulatedGuests(account.up_for),
        vault=Vault(folder / "vault"),
        installation=INSTALLATION,
        pools=specs(size),
        policy=Policy(),
    )
