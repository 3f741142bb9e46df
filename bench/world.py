"""An installation of any size, as it looks after some weeks: ten pools, most servers lent, a past."""

import gc
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from vmms_tui.demo import fleet
from vmms_tui.demo.fleet import cloud_id as cloud_id
from vmms_tui.engine.audit.archive import Archive
from vmms_tui.engine.audit.files import AuditFiles
from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings
from vmms_tui.engine.engine import Engine
from vmms_tui.engine.guests.simulated import SimulatedGuests
from vmms_tui.engine.secrets import Vault
from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.store.opened import fill_store as fill_store
from vmms_tui.engine.witnesses.simulated import SimulatedWitnesses
from vmms_tui.model.people import Peer
from vmms_tui.model.records import AnyRecord
from vmms_tui.model.spec import Policy, PoolSpec

POOLS = 10
INSTALLATION = "bench"


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

    def fleet(self) -> fleet.Fleet:
        """The same, for the maker."""
        pools = specs(self)
        return fleet.Fleet(
            installation=INSTALLATION,
            pools=pools,
            layout=pools,
            owners=[f"owner{number}" for number in range(300)],
            servers=self.servers,
            ready=self.ready,
            leases=self.leases,
            requests=self.requests,
            operations=self.operations,
            events=self.events,
            secrets=self.secrets,
            sizes={"m1.small": (1, 2048, 10)},
        )


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


def records(size: Size, now: datetime) -> Iterator[AnyRecord]:
    """Everything that the store holds at `now`."""
    return fleet.records(size.fleet(), now)


def cloud(clock: Clock, size: Size, path: Path | None = None) -> SimulatedAccount:
    """A simulated cloud without limits that has the servers."""
    roomy = SimulatedSettings(
        admin=True, hosts=200, host_vcpus=512, host_ram_mib=1 << 20, host_disk_gib=100_000, quota_servers=-1,
        quota_vcpus=-1, quota_ram_mib=-1,
    )  # fmt: skip
    account = SimulatedAccount(clock, path=path, settings=roomy)
    fleet.fill_cloud(account, size.fleet())
    return account


def engine(folder: Path, clock: Clock, size: Size) -> Engine:
    """An engine on a store on disk with so many records, and on the cloud that they tell of."""
    store = folder / "store"
    store.mkdir(parents=True)
    fill_store(store, tuple(records(size, clock.now())))
    account = cloud(clock, size)
    gc.collect()
    gc.freeze()  # the simulated cloud's objects are not the engine's: its collector shall not pay for them
    return engine_of(folder, clock, account, specs(size))


def engine_of(
    folder: Path, clock: Clock, account: SimulatedAccount, pools: Sequence[PoolSpec], policy: Policy | None = None
) -> Engine:
    """An engine on a simulated cloud, with its files in this folder, whose `store` is there."""
    return Engine(
        clock=clock,
        store=FileStore(folder / "store"),
        archive=Archive(AuditFiles(folder / "audit")),
        account=account,
        guests=SimulatedGuests(account.up_for),
        vault=Vault(folder / "vault"),
        installation=INSTALLATION,
        pools=pools,
        policy=policy or Policy(),
        witnesses=SimulatedWitnesses(account),
    )
