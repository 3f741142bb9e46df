"""Worlds for Dash: one in which everything is wrong at once, one in which all is well; and how their pools did."""

from datetime import timedelta
from math import sin

from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.healing import INCIDENT, Illness, Incident, Rung, Sickness
from vmms_tui.model.needs import found
from vmms_tui.model.records import (
    AnyRecord,
    Guard,
    Lease,
    Notice,
    NoticeKind,
    Operation,
    OperationKind,
    OperationState,
    Pool,
    Request,
    RequestState,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.reserve import Reserve
from vmms_tui.model.status import LoopStatus
from vmms_tui.model.surroundings import Host
from vmms_tui.model.tables import Tables
from vmms_tui.model.trends import PIECE, Sample, Trend

from .cloudland import NOW, POOLS, STATUS, WORLD, lent, minutes, server
from .cloudscape import HOSTS
from .scripted import hours


def trends(pool: Pool, long: timedelta = timedelta(hours=2), number: int = 0) -> tuple[Trend, ...]:
    """A pool that breathes: its last so many hours, a sample a minute."""
    pieces: dict[int, list[Sample]] = {}
    count = long // minutes(1)
    for minute in range(count + 1):
        at = NOW - (count - minute) * minutes(1)
        ready = max(0, round(pool.available * (0.6 + 0.6 * sin(minute / 17 + number))))
        surge = 1.5 if minute > count - 15 else 1.0
        asked = (minute * 7 + number) % 13 // 5
        one = Sample(at, ready, pool.available * surge, ready + 3, pool.limit * surge, surge, asked, 0)
        pieces.setdefault((at - NOW) // PIECE, []).append(one)
    return tuple(
        Trend(id=f"{pool.id}@{place}", pool=pool.id, start=NOW + place * PIECE, samples=tuple(samples))
        for place, samples in pieces.items()
    )


TRENDS = tuple(one for number, pool in enumerate(POOLS) for one in trends(pool, number=number))


def _handed_over(number: int, took: timedelta) -> tuple[AnyRecord, ...]:
    """A request that was answered, and the operation that handed the server over."""
    lease_id = f"lease-{number:05d}"
    asked = NOW - hours(2)
    return (
        Request(
            id=f"req-9{number:04d}",
            owner="ada",
            purpose="build",
            term=hours(4),
            asked=asked,
            state=RequestState.GRANTED,
            lease_id=lease_id,
        ),
        Operation(
            id=f"op-9{number:05d}",
            kind=OperationKind.HAND_OVER,
            server_id=f"vm-{number:05d}",
            started=asked,
            updated=asked + took,
            step="key",
            actor="engine",
            lease_id=lease_id,
            state=OperationState.DONE,
        ),
    )


HANDED_OVER = tuple(
    one
    for number, took in ((12, 6), (18, 8), (31, 9), (44, 11), (45, 31))
    for one in _handed_over(number, timedelta(seconds=took))
)
LACK = "the servers of a host do not all find room on the others"
WRONG_STATUS = changed(
    STATUS,
    problem="no space left on /var/lib/vmms",
    frozen=Guard(id="guard", since=NOW - minutes(5), reason="the clock jumped 2 h forward"),
    cloud=changed(STATUS.cloud, ok=False, problem="no answer within 30 s", since=NOW - minutes(4)),
    loops=(LoopStatus(name="pools", interval=5, late=True, last_start=NOW - minutes(3)),),
    settings_problems=("pools.el9-ci: limit 2 is below available 4", "access: there is no group ops"),
    reserve=Reserve(hosts=1, holds=False, why=LACK, reserved_mib=96 * 1024, free_mib=72 * 1024),
)
_BROKEN_OPERATION = Operation(
    id="op-000060",
    kind=OperationKind.REBOOT,
    server_id="vm-00018",
    started=NOW - minutes(12),
    updated=NOW - minutes(9),
    step="off",
    actor="ada",
    lease_id="lease-00018",
    state=OperationState.FAILED,
    outcome="the cloud refused: 409 Cannot 'reboot' instance while it is in vm_state error",
)
_UNTOLD = Notice(
    id="notice-9",
    at=NOW - minutes(40),
    owner="[red]bob[/red]",
    lease_id="lease-00031",
    text="Your lease ends.",
    kind=NoticeKind.WARNING,
    about_end=NOW + hours(4.1),
    attempts=3,
    problem="550 no such mailbox \x1b[31m",
)
_MISSING = changed(server(81, "el9-dev", ServerState.READY), missing_since=NOW - minutes(6))
_IMPORTANT = lent(77, "el9-dev", "grace", minutes(42), importance=9, note="demo", start=NOW - hours(5))
_ILL = Illness(
    id="vm-00044",
    kind=Sickness.ERROR,
    why="the cloud says ERROR",
    since=NOW - minutes(25),
    lease_id="lease-00044",
    rung=Rung.RESET_STATE,
    tries=2,
    acts=4,
    then=Rung.REBUILD,
    asks="it cannot be moved; a rebuild would lose its disk, and it is important",
)
_MANY = Incident(id=INCIDENT, since=NOW - minutes(3), ill=40, of=90)
WRONG: tuple[AnyRecord, ...] = (
    *WORLD,
    *HANDED_OVER,
    *TRENDS,
    _BROKEN_OPERATION,
    _UNTOLD,
    _MISSING,
    _ILL,
    _MANY,
    *_IMPORTANT,
    *HOSTS,
)


def seen_to(need_id: str, note: str = "on it, back at nine") -> Acknowledgement:
    """Somebody sees to a need of WRONG."""
    need = next(one for one in found(Tables(WRONG), WRONG_STATUS, NOW) if one.id == need_id)
    return Acknowledgement(id=need.id, basis=need.basis, by="olga", at=NOW - minutes(3), note=note)


def _well(record: AnyRecord) -> AnyRecord | None:
    if isinstance(record, Pool):
        return changed(record, broken="", paused="", paused_until=None)
    if isinstance(record, Server) and record.state is ServerState.FAILED:
        return changed(record, state=ServerState.LEASED) if record.lease_id else None
    if isinstance(record, Lease):
        return changed(record, end=max(record.end, NOW + hours(2))) if record.id != "lease-00046" else None
    if isinstance(record, Host):
        return changed(record, state="up", seen=None) if record.state == "down" else record
    return None if isinstance(record, Request) else record


WELL: tuple[AnyRecord, ...] = tuple(one for record in (*WORLD, *TRENDS, *HOSTS) if (one := _well(record)) is not None)
