"""What Dash counts: pools, leases, waits, the week that comes, hosts. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from vmms_tui.model.needs import SOON
from vmms_tui.model.records import (
    Lease,
    LeaseState,
    Operation,
    OperationKind,
    OperationState,
    Request,
    RequestState,
)
from vmms_tui.model.reserve import Reserve
from vmms_tui.model.surroundings import Host
from vmms_tui.model.tables import Tables
from vmms_tui.model.trends import Sample
from vmms_tui.screens.rows import PoolRow, pool_rows
from vmms_tui.screens.trendlines import samples_of

DAYS = 7
"""Of the coming week, today included."""
WEEK = timedelta(days=DAYS)


@dataclass(frozen=True)
class LeaseCounts:
    """Leases and requests. Today is that of UTC, as all times."""

    active: int = 0
    begun_today: int = 0
    ended_today: int = 0
    soon: int = 0
    """End within the hour."""
    overdue: int = 0
    queued: int = 0
    week: tuple[int, ...] = (0,) * DAYS
    """How many end on each day from today on; what is past its end counts for today."""


@dataclass(frozen=True)
class Waits:
    """How long people waited from their request to a server that was handed over, lately."""

    number: int = 0
    half: timedelta = timedelta(0)
    """At most so long for half of them."""
    most: timedelta = timedelta(0)
    """For 95 of 100."""


@dataclass(frozen=True)
class HostRoom:
    """How full a host is. `cpu` and `ram` are pairs of used and of how much; None: the cloud did not tell."""

    name: str
    state: str
    cpu: tuple[int, int] | None
    ram: tuple[int, int] | None

    @property
    def share(self) -> float:
        """How full it is, by what is fuller."""
        return max((used / of for used, of in (self.cpu or (0, 0), self.ram or (0, 0)) if of > 0), default=0.0)


@dataclass(frozen=True)
class Overview:
    """All of it, at an instant."""

    now: datetime
    pools: list[PoolRow] = field(default_factory=list)
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    leases: LeaseCounts = field(default_factory=LeaseCounts)
    waits: Waits = field(default_factory=Waits)
    running: list[Operation] = field(default_factory=list)
    hosts: list[HostRoom] = field(default_factory=list)
    reserve: Reserve | None = None
    """Room that is kept free for hosts that die."""

    @property
    def worst(self) -> PoolRow | None:
        """The pool that lacks the largest share of what it wants; of equals the one that lacks more."""
        able = [row for row in self.pools if not row.pool.retired]
        return min(able, key=_lack, default=None)


def _lack(row: PoolRow) -> tuple[float, int, str]:
    wanted = row.pool.available_now
    return row.ready / max(1, wanted) if wanted else 1.0, row.ready - wanted, row.id


def overview(tables: Tables, now: datetime, reserve: Reserve | None = None) -> Overview:
    """Count everything."""
    under_way = (OperationState.RUNNING, OperationState.WAITING)
    return Overview(
        now=now,
        pools=pool_rows(tables),
        samples=samples_of(tables),
        leases=_leases(tables, now),
        waits=_waits(tables),
        running=[one for one in tables.all(Operation) if one.state in under_way],
        hosts=hosts_of(tables),
        reserve=reserve,
    )


def _leases(tables: Tables, now: datetime) -> LeaseCounts:
    """One pass; there may be many."""
    today, soon = now.replace(hour=0, minute=0, second=0, microsecond=0), now + SOON
    active = begun = ended = ends = overdue = 0
    week = [0] * DAYS
    is_ended, is_overdue, first, after = LeaseState.ENDED, LeaseState.OVERDUE, today.toordinal(), today + WEEK
    for lease in tables.all(Lease):
        begun += lease.start >= today
        if lease.state is is_ended:
            ended += lease.ended_at is not None and lease.ended_at >= today
            continue
        active += 1
        end = lease.end
        if lease.state is is_overdue:
            overdue += 1
        elif end <= soon:
            ends += 1
        if end < after:
            week[max(0, end.toordinal() - first)] += 1
    return LeaseCounts(
        active=active,
        begun_today=begun,
        ended_today=ended,
        soon=ends,
        overdue=overdue,
        queued=sum(1 for one in tables.all(Request) if one.state is RequestState.QUEUED),
        week=tuple(week),
    )


def _waits(tables: Tables) -> Waits:
    asked = {one.lease_id: one.asked for one in tables.all(Request) if one.state is RequestState.GRANTED}
    done = OperationState.DONE
    handed: dict[str, datetime] = {}
    for one in tables.all(Operation):
        if one.kind is OperationKind.HAND_OVER and one.state is done and one.lease_id in asked:
            handed.setdefault(one.lease_id, one.updated)
    waits = sorted(at - asked[lease_id] for lease_id, at in handed.items())
    if not waits:
        return Waits()
    return Waits(len(waits), waits[ceil(len(waits) * 0.5) - 1], waits[ceil(len(waits) * 0.95) - 1])


def hosts_of(tables: Tables) -> list[HostRoom]:
    """The hosts that the cloud tells, the fullest first."""
    found = [
        HostRoom(
            host.name or host.id,
            host.state,
            _pair(host.vcpus_used, host.vcpus),
            _pair(host.ram_used_mib, host.ram_mib),
        )
        for host in tables.all(Host)
    ]
    return sorted(found, key=lambda room: (-room.share, room.name))


def _pair(used: int | None, of: int | None) -> tuple[int, int] | None:
    return (used, of) if used is not None and of is not None else None
