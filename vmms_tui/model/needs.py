"""What waits for a person: found in the records and in how the engine is. Pure; screens put it into words.

The engine looks with the same eyes: it takes an acknowledgement only for what there is, and forgets it with the need.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.draining import MoveQueue, stuck
from vmms_tui.model.draining import Phase as QueuePhase
from vmms_tui.model.healing import Illness, Incident
from vmms_tui.model.need import Need as Need
from vmms_tui.model.need import NeedKind as NeedKind
from vmms_tui.model.need import Records as Records
from vmms_tui.model.need import Severity as Severity
from vmms_tui.model.need import Shelf as Shelf
from vmms_tui.model.people import Caller
from vmms_tui.model.records import (
    UNFINISHED,
    Lease,
    LeaseState,
    Notice,
    Operation,
    OperationKind,
    OperationState,
    Pool,
    Request,
    RequestState,
    Server,
    ServerState,
)
from vmms_tui.model.reserve import NOT_READ
from vmms_tui.model.status import EngineStatus
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import Phase, Suspect

SOON = timedelta(hours=1)
"""A lease that ends within this is looked at."""
FRESH = timedelta(minutes=10)
"""Whoever got a lease so lately knows when it ends."""
PATIENCE = timedelta(minutes=1)
"""A request that waits no longer than this needs nobody."""
LONG = timedelta(minutes=30)
"""One that waits so long needs somebody at once."""
LAST_DAY = timedelta(days=1)
"""Of an important lease before its server is deleted."""
MANY_FAILURES = 3
"""So many builds that fail in a row are no accident."""


_TOLD_ELSEWHERE = frozenset({OperationKind.PROVISION, OperationKind.HEAL, OperationKind.REPLACE})


def found(records: Records, status: EngineStatus, now: datetime) -> list[Need]:
    """Everything that waits for anybody, in no order; their ids are unique."""
    notices = _undelivered(records)
    return [
        *_of_the_engine(status, now),
        *_of_pools_and_servers(records, now),
        *_of_hosts(records),
        *_of_moves(records),
        *_of_the_ill(records),
        *_of_operations(records),
        *_of_leases(records, notices, status.importance_threshold, now),
    ]


def concerns(need: Need, you: Caller) -> bool:
    """Whether it is shown to them: all of it to those on call and those who watch, their own leases to everybody."""
    return need.owner == you.name or (need.on_call and you.sees_all)


def holds(said: Acknowledgement | None, need: Need) -> bool:
    """Whether this acknowledges that: it is the same need still."""
    return said is not None and said.id == need.id and said.basis == need.basis


def order(need: Need) -> tuple[int, bool, float, str]:
    """By severity, then what is due first, or what is so the longest."""
    at = need.due if need.severity is Severity.SOON else need.since
    return need.severity.value, at is None, at.timestamp() if at else 0.0, need.id


def _of_the_engine(status: EngineStatus, now: datetime) -> Iterator[Need]:
    if status.problem:
        yield Need(kind=NeedKind.ENGINE, subject="", severity=Severity.CRIT)
    if status.frozen is not None:
        since = status.frozen.since
        yield Need(kind=NeedKind.FROZEN, subject="", severity=Severity.CRIT, since=since, basis=_at(since))
    cloud = status.cloud
    if not cloud.ok and (cloud.since is not None or now - status.started > PATIENCE):
        yield Need(kind=NeedKind.CLOUD, subject="", severity=Severity.CRIT, since=cloud.since, basis=_at(cloud.since))
    for loop in status.loops:
        if loop.late or loop.error:
            basis = "failed" if loop.error else "late"
            since = loop.last_start if loop.late else None
            yield Need(kind=NeedKind.LOOP, subject=loop.name, severity=Severity.WARN, since=since, basis=basis)
    if status.settings_problems:
        said = "\n".join(status.settings_problems)
        yield Need(kind=NeedKind.SETTINGS, subject="", severity=Severity.WARN, basis=said)
    kept = status.reserve
    if kept is not None and not kept.holds and kept.why != NOT_READ:
        yield Need(kind=NeedKind.RESERVE, subject="", severity=Severity.WARN, basis=f"{kept.holds} {kept.hosts}")


def _at(since: datetime | None) -> str:
    return since.isoformat() if since else ""


# Pools and servers


def _of_pools_and_servers(records: Records, now: datetime) -> Iterator[Need]:
    ready: dict[str, int] = {}
    building: dict[str, int] = {}
    leased, at_hand, failed = ServerState.LEASED, ServerState.READY, ServerState.FAILED
    for server in records.all(Server):
        state = server.state
        if state is leased and server.missing_since is None:
            continue  # most of them
        if state is at_hand:
            ready[server.pool] = ready.get(server.pool, 0) + 1
        elif state in UNFINISHED and not server.lease_id:
            building[server.pool] = building.get(server.pool, 0) + 1
        if state is failed or server.missing_since is not None:
            yield from _of_server(records, server)
    waits = _waiting(records)
    for name in {pool.id for pool in records.all(Pool)} | waits.keys():
        waiting, oldest = waits.get(name, (0, None))
        there, coming = ready.get(name, 0), building.get(name, 0)
        shelf = Shelf(ready=there, building=coming, waiting=waiting, oldest=oldest)
        yield from _of_pool(name, records.get(Pool, name), shelf, now)


def _waiting(records: Records) -> dict[str, tuple[int, datetime | None]]:
    """How many wait for each pool, and since when the first of them."""
    waits: dict[str, tuple[int, datetime | None]] = {}
    for request in records.all(Request):
        if request.state is RequestState.QUEUED:
            number, oldest = waits.get(request.pool, (0, None))
            waits[request.pool] = number + 1, min(request.asked, oldest or request.asked)
    return waits


def _of_pool(name: str, pool: Pool | None, shelf: Shelf, now: datetime) -> Iterator[Need]:
    stuck = bool(shelf.waiting) and not shelf.ready + shelf.building
    worst = Severity.CRIT if stuck else Severity.WARN
    if pool is not None and pool.broken:
        since, basis = pool.broken_since, f"{_at(pool.broken_since)} {pool.broken}"
        yield Need(
            kind=NeedKind.BROKEN,
            subject=name,
            severity=Severity.CRIT,
            since=since,
            basis=basis,
            pool=pool,
            shelf=shelf,
        )
    elif pool is not None and not pool.retired and (pool.paused or pool.refusals or pool.failures >= MANY_FAILURES):
        since = pool.held_since
        yield Need(
            kind=NeedKind.HELD, subject=name, severity=worst, since=since, basis=_at(since), pool=pool, shelf=shelf
        )
    elif shelf.oldest is not None and now - shelf.oldest >= PATIENCE:
        severity = Severity.CRIT if now - shelf.oldest >= LONG else worst
        yield Need(kind=NeedKind.SHORT, subject=name, severity=severity, since=shelf.oldest, pool=pool, shelf=shelf)


def _of_server(records: Records, server: Server) -> Iterator[Need]:
    """One that failed on a lease, or that the cloud does not show any more."""
    lease = records.get(Lease, server.lease_id) if server.lease_id else None
    lent = lease is not None and lease.state is not LeaseState.ENDED
    owner = lease.owner if lease is not None and lent else ""
    severity = Severity.CRIT if server.lease_id else Severity.WARN
    if server.state is ServerState.FAILED:
        if lent:
            basis = _at(server.since)
            yield Need(
                kind=NeedKind.FAILED,
                subject=server.id,
                severity=severity,
                since=server.since,
                basis=basis,
                owner=owner,
                server=server,
                lease=lease,
            )
    elif server.state is not ServerState.GONE and server.state is not ServerState.RECLAIMING:
        basis = _at(server.missing_since)
        yield Need(
            kind=NeedKind.MISSING,
            subject=server.id,
            severity=severity,
            since=server.missing_since,
            basis=basis,
            owner=owner,
            server=server,
            lease=lease,
        )


# Hosts


def _of_hosts(records: Records) -> Iterator[Need]:
    """Those that are down and meant to be up, or that a person must decide about, with what is ours on them."""
    suspects = {one.id: one for one in records.all(Suspect)}
    down = {one.name: one for one in records.all(Host) if one.is_down and _waits(one, suspects.get(one.name))}
    if not down:
        return
    on: dict[str, list[Server]] = {}
    for server in records.all(Server):
        if server.host in down and server.state is not ServerState.GONE:
            on.setdefault(server.host, []).append(server)
    for name, host in down.items():
        ours, suspect = on.get(name, []), suspects.get(name)
        asks = (suspect.asks or suspect.remedy) if suspect is not None else ""
        yield Need(
            kind=NeedKind.HOST,
            subject=name or host.id,
            severity=Severity.CRIT if ours else Severity.WARN,
            since=host.seen,
            basis=f"{_at(host.seen)} {asks}".rstrip(),
            host=host,
            suspect=suspect,
            servers=len(ours),
            lent=sum(1 for server in ours if server.lease_id),
        )


def _waits(host: Host, suspect: Suspect | None) -> bool:
    """Whether it is nobody's yet: those that are being evacuated, or were closed, are somebody's.

    One that is fenced is closed by us, and what keeps it from being given up must be seen.
    """
    if suspect is None:
        return host.status != "disabled"
    if suspect.phase in {Phase.EVACUATING, Phase.EVACUATED}:
        return False
    held = bool(suspect.asks) or (suspect.phase is Phase.FENCED and bool(suspect.waits))
    return host.status != "disabled" or held


def _of_moves(records: Records) -> Iterator[Need]:
    """Queues of moves of which nothing more can go; with others that cannot go it is another need."""
    hosts = {one.name: one for one in records.all(Host)}
    for queue in records.all(MoveQueue):
        if queue.phase is QueuePhase.WAITING:
            yield Need(
                kind=NeedKind.MOVES,
                subject=queue.id,
                severity=Severity.WARN,
                since=queue.waits_since,
                basis=" ".join((_at(queue.since), *sorted(one.server_id for one in stuck(queue)))),
                host=hosts.get(queue.host),
                queue=queue,
            )


# Servers that do not work


def _of_the_ill(records: Records) -> Iterator[Need]:
    """Those for whom a person must decide; and many at once, which is one thing."""
    for incident in records.all(Incident):
        if not incident.passed_by:
            basis = _at(incident.since)
            yield Need(
                kind=NeedKind.INCIDENT,
                subject="",
                severity=Severity.CRIT,
                since=incident.since,
                basis=basis,
                incident=incident,
            )
    for ill in records.all(Illness):
        lease = records.get(Lease, ill.lease_id) if ill.lease_id else None
        if ill.asks and ill.well_since is None and lease is not None and lease.state is LeaseState.ACTIVE:
            yield Need(
                kind=NeedKind.ILL,
                subject=ill.id,
                severity=Severity.CRIT,
                since=ill.since,
                basis=f"{_at(ill.since)} {ill.asks}",
                owner=lease.owner,
                illness=ill,
                server=records.get(Server, ill.id),
                lease=lease,
            )


# Operations


def _of_operations(records: Records) -> Iterator[Need]:
    """Those that failed, and that nothing has made good since: builds are told of with their pool, mending as `ill`."""
    last: dict[tuple[str, OperationKind], Operation] = {}
    for operation in records.all(Operation):
        last[operation.server_id, operation.kind] = operation
    for operation in last.values():
        if operation.state is not OperationState.FAILED or operation.kind in _TOLD_ELSEWHERE:
            continue
        server = records.get(Server, operation.server_id)
        if server is None or server.state is ServerState.GONE:
            continue
        lease = records.get(Lease, operation.lease_id) if operation.lease_id else None
        yield Need(
            kind=NeedKind.OPERATION,
            subject=operation.id,
            severity=Severity.WARN,
            since=operation.updated,
            basis=operation.id,
            owner=lease.owner if lease is not None and lease.state is not LeaseState.ENDED else "",
            server=server,
            lease=lease,
            operation=operation,
        )


# Leases


def _undelivered(records: Records) -> dict[str, Notice]:
    """The last notice about each lease that reached nobody yet, with what the last try said."""
    return {one.lease_id: one for one in records.all(Notice) if one.problem and one.owner and one.open}


def _of_leases(records: Records, notices: dict[str, Notice], important_from: int, now: datetime) -> Iterator[Need]:
    soon, ended, ending, over = now + SOON, LeaseState.ENDED, LeaseState.ENDING, LeaseState.OVERDUE
    for lease in records.all(Lease):
        state = lease.state
        if state is ended or state is ending:
            continue
        notice = notices.get(lease.id) if notices else None
        if notice is not None:
            yield _untold(lease, notice)
        if state is over:
            yield _overdue(lease, now)
        elif lease.end <= soon:
            yield _ends(lease, important_from, notice, now)


def _untold(lease: Lease, notice: Notice) -> Need:
    return Need(
        kind=NeedKind.UNTOLD,
        subject=lease.id,
        severity=Severity.WARN,
        since=notice.at,
        due=notice.happens_at,
        basis=notice.id,
        lease=lease,
        notice=notice,
    )


def _overdue(lease: Lease, now: datetime) -> Need:
    last = lease.grace_until is not None and lease.grace_until - now <= LAST_DAY
    return Need(
        kind=NeedKind.OVERDUE,
        subject=lease.id,
        severity=Severity.CRIT if last else Severity.WARN,
        since=lease.end,
        due=lease.grace_until,
        basis=_at(lease.end),
        owner=lease.owner,
        lease=lease,
    )


def _ends(lease: Lease, important_from: int, notice: Notice | None, now: datetime) -> Need:
    untold = lease.notified_of != lease.end and notice is None and now - lease.start > FRESH
    return Need(
        kind=NeedKind.ENDS,
        subject=lease.id,
        severity=Severity.SOON,
        due=lease.end,
        basis=_at(lease.end),
        on_call=untold or lease.importance >= important_from,
        owner=lease.owner,
        lease=lease,
    )
