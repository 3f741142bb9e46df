"""Installations of any size as they look after some weeks: most servers lent, a past. For the demo and for bench."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, TAG_POOL, TAG_SERVER
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.hosts import Hosts
from vmms_tui.engine.cloud.simulated.records import SimServer
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
from vmms_tui.model.spec import PoolSpec

TOKEN = "gAAAAABo" + "x" * 92
"""As long as an encrypted password."""
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGvN0dd7MqRyNpsBoeYb8aWzNg2Vi4Yx1rYtXY3bZ0Qm"
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """How many of each kind of record there are, and of what they are made."""

    installation: str
    pools: Sequence[PoolSpec]
    layout: Sequence[PoolSpec]
    """Server by server, again and again, the pool that it is in."""
    owners: Sequence[str]
    servers: int
    ready: int
    """The first servers are ready, the others lent."""
    leases: int
    """Those of the servers that are lent, and past ones."""
    requests: int = 0
    operations: int = 0
    events: int = 0
    secrets: int = 0
    hosts: int = 200
    first_host: int = 0
    placed: bool = False
    """Whether the cloud knows on which hosts they are."""
    ends_from: timedelta = 2 * DAY
    """When the first of the live leases ends …"""
    ends_within: timedelta = timedelta(minutes=5000)
    """… and how much later the last."""
    sizes: dict[str, tuple[int, int, int]]
    """vCPUs, MiB of RAM and GiB of disk of each flavor."""

    def pool_of(self, number: int) -> PoolSpec:
        """The pool of a server."""
        return self.layout[number % len(self.layout)]

    def host_of(self, number: int) -> str:
        """The host of a server."""
        return f"cmp{number % self.hosts + self.first_host}"


def cloud_id(number: int) -> str:
    """The cloud's id of a server by its number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def records(fleet: Fleet, now: datetime) -> Iterator[AnyRecord]:
    """Everything that the store holds at `now`."""
    return chain(
        (_pool(spec, fleet) for spec in fleet.pools),
        (_server(number, fleet, now) for number in range(fleet.servers)),
        (_lease(number, fleet, now) for number in range(fleet.leases)),
        (_request(number, fleet, now) for number in range(fleet.requests)),
        (_operation(number, fleet, now) for number in range(fleet.operations)),
        (_event(number, fleet, now) for number in range(fleet.events)),
        (Secret(id=f"vm-{number:05d}", token=TOKEN, shown=True) for number in range(fleet.secrets)),
        [
            Counters(
                id="counters",
                server=fleet.servers,
                lease=fleet.leases,
                request=fleet.requests,
                operation=fleet.operations,
                event=fleet.events,
            )
        ],
    )


def _pool(spec: PoolSpec, fleet: Fleet) -> Pool:
    vcpus, ram, disk_gib = fleet.sizes[spec.flavor]
    return Pool(
        id=spec.name,
        purposes=spec.purposes,
        flavor=spec.flavor,
        image=spec.image,
        vcpus=vcpus,
        ram_mib=ram,
        disk_gib=disk_gib,
        available=spec.available,
        limit=spec.limit,
    )


def _server(number: int, fleet: Fleet, now: datetime) -> Server:
    ready, spec = number < fleet.ready, fleet.pool_of(number)
    vcpus, ram, disk_gib = fleet.sizes[spec.flavor]
    return Server(
        id=f"vm-{number:05d}",
        pool=spec.name,
        state=ServerState.READY if ready else ServerState.LEASED,
        since=now - timedelta(hours=2),
        created=now - timedelta(hours=3),
        ready_at=now - timedelta(hours=2, seconds=number % 3600),
        refresh_age=timedelta(days=12),
        flavor=spec.flavor,
        image=spec.image,
        vcpus=vcpus,
        ram_mib=ram,
        disk_gib=disk_gib,
        cloud_id=cloud_id(number),
        port_ids=(f"11111111-0000-4000-8000-{number:012d}",),
        address=f"10.20.{number // 250}.{number % 250 + 2}",
        host=fleet.host_of(number),
        cloud_status="ACTIVE",
        host_key=HOST_KEY,
        lease_id="" if ready else f"lease-{number:05d}",
    )


def _lease(number: int, fleet: Fleet, now: datetime) -> Lease:
    """Those of the servers that are lent are live, the others are past."""
    live = fleet.ready <= number < fleet.servers
    spec = fleet.pool_of(number)
    spread = int(fleet.ends_within / timedelta(minutes=1))
    return Lease(
        id=f"lease-{number:05d}",
        server_id=f"vm-{number:05d}",
        pool=spec.name,
        owner=fleet.owners[number % len(fleet.owners)],
        purpose=spec.purposes[0],
        start=now - timedelta(days=1, hours=number % 24),
        end=now + fleet.ends_from + timedelta(minutes=number % spread) if live else now - timedelta(hours=1),
        importance=number % 11,
        note="nightly build",
        state=LeaseState.ACTIVE if live else LeaseState.ENDED,
        ended_at=None if live else now - timedelta(hours=1),
        end_reason="" if live else "released by its owner",
        matched=f"{spec.flavor} of pool {spec.name} is the smallest for any size, and serves {spec.purposes[0]}",
    )


def _ago(number: int, of: int, now: datetime) -> datetime:
    """Spread over the last day."""
    return now - DAY * (1 - number / of)


def _request(number: int, fleet: Fleet, now: datetime) -> Request:
    spec = fleet.pool_of(number)
    return Request(
        id=f"req-{number:05d}",
        owner=fleet.owners[number % len(fleet.owners)],
        purpose=spec.purposes[0],
        pool=spec.name,
        term=timedelta(hours=8),
        asked=_ago(number, fleet.requests, now) - DAY / 4,
        state=RequestState.GRANTED,
        lease_id=f"lease-{number:05d}",
        reason=f"{spec.flavor} is the smallest for any size",
    )


def _operation(number: int, fleet: Fleet, now: datetime) -> Operation:
    began = _ago(number, fleet.operations, now)
    return Operation(
        id=f"op-{number:06d}",
        kind=OperationKind.PROVISION,
        server_id=f"vm-{number % fleet.servers:05d}",
        started=began,
        updated=began + timedelta(seconds=50),
        step="prove",
        actor="engine",
        state=OperationState.DONE,
        outcome="ready after 50 s",
        reason=f"pool {fleet.pool_of(number).name} wants it",
    )


def _event(number: int, fleet: Fleet, now: datetime) -> Event:
    return Event(
        id=f"{number:010d}",
        at=_ago(number, fleet.events, now),
        kind="server.ready",
        text=f"vm-{number % fleet.servers:05d} is ready after 50 s: SSH lets vmms in",
        pool=fleet.pool_of(number).name,
        server_id=f"vm-{number % fleet.servers:05d}",
    )


def fill_cloud(account: SimulatedAccount, fleet: Fleet) -> None:
    """Put the servers into the simulated cloud."""
    contents = account.world.contents
    images = {one.name: one.id for one in contents.images.values()}
    born = account.world.now() - 10_800
    for number in range(fleet.servers):
        spec = fleet.pool_of(number)
        vcpus, ram, disk_gib = fleet.sizes[spec.flavor]
        contents.servers[cloud_id(number)] = SimServer(
            id=cloud_id(number),
            name=f"vm-{number:05d}",
            project=account.world.settings.project,
            status="ACTIVE",
            created=born,
            updated=born - number,
            flavor=spec.flavor,
            vcpus=vcpus,
            ram_mib=ram,
            disk_gib=disk_gib,
            image_id=images[spec.image],
            port_ids=(),
            booted=born,
            host=fleet.host_of(number) if fleet.placed else "",
            metadata={TAG_INSTALLATION: fleet.installation, TAG_POOL: spec.name, TAG_SERVER: f"vm-{number:05d}"},
        )
    account.world.hosts = Hosts(contents)
