"""The company when it has grown: its pools, its cloud and its rules for any number of servers. Pure."""

from collections import Counter
from datetime import timedelta

import msgspec

from vmms_tui.demo import company
from vmms_tui.demo.fleet import Fleet
from vmms_tui.demo.people import HABITS, NAMES
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings
from vmms_tui.model.records import changed
from vmms_tui.model.spec import Policy, PoolSpec

SHARES = {"debian-dev": 6, "el9-ci": 3, "el9-load": 1, "gpu-train": 1, "windows-qa": 1}
"""Of twelve servers, how many are in which pool."""
READY = 10
"""One in so many is ready, the others are lent."""
WEEK = timedelta(days=7)
ON_A_HOST = 60


class Large(msgspec.Struct, frozen=True, kw_only=True):
    """A company with a fleet."""

    fleet: Fleet
    pools: tuple[PoolSpec, ...]
    cloud: SimulatedSettings
    policy: Policy
    scale: float
    """How many times as much is asked for as in the small company."""


def large(servers: int) -> Large:
    """So many servers, most of them lent, with leases that end over the coming week."""
    small = {spec.name: spec for spec in company.POOLS}
    order = [name for name, share in SHARES.items() for _ in range(share)]
    ready = servers // READY
    counts = Counter({name: servers // len(order) * share for name, share in SHARES.items()})
    counts.update(order[: servers % len(order)])
    pools = {name: _grown(small[name], counts[name]) for name in SHARES}
    hosts = max(company.CLOUD.hosts, servers // ON_A_HOST + 1)
    fleet = Fleet(
        installation=company.INSTALLATION,
        pools=tuple(pools.values()),
        layout=[pools[name] for name in order],
        owners=NAMES,
        servers=servers,
        ready=ready,
        leases=servers,
        events=min(servers, 2000),
        hosts=hosts,
        first_host=1,
        placed=True,
        ends_from=timedelta(minutes=20),
        ends_within=WEEK,
        sizes={name: (vcpus, ram, disk) for name, ram, vcpus, disk in company.CLOUD.flavors},
    )
    asked_a_day = sum(habit.a_day for habit in HABITS.values())
    return Large(
        fleet=fleet,
        pools=tuple(pools.values()),
        cloud=_roomy(hosts),
        policy=changed(company.POLICY, parallel_builds=max(company.POLICY.parallel_builds, servers // 500)),
        scale=max(1.0, (servers - ready) / WEEK.days / asked_a_day),
    )


def _grown(spec: PoolSpec, servers: int) -> PoolSpec:
    """A pool with so many servers: as many ready as there are at first, and room for a third more."""
    available = max(spec.available, servers // READY)
    return changed(spec, available=available, limit=max(spec.limit, servers * 4 // 3))


def _roomy(hosts: int) -> SimulatedSettings:
    """A cloud without limits."""
    return changed(
        company.CLOUD,
        hosts=hosts,
        host_vcpus=2048,
        host_ram_mib=1 << 23,
        host_disk_gib=100_000,
        quota_servers=-1,
        quota_vcpus=-1,
        quota_ram_mib=-1,
    )
