"""The world that screens are tested on and pictures are made of: three pools, a dozen leases, odd names."""

from datetime import timedelta
from typing import Any

from vmms_tui.model.records import (
    AnyRecord,
    Event,
    Lease,
    LeaseState,
    Level,
    Notice,
    NoticeKind,
    Operation,
    OperationKind,
    Pool,
    Request,
    Server,
    ServerState,
)
from vmms_tui.model.status import CloudStatus, EngineStatus, LoopStatus

from .scripted import day, hours

NOW = day("2026-03-02T12:00:00")


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


STATUS = EngineStatus(
    now=NOW,
    started=NOW - hours(30),
    version="0.1.0",
    installation="lab",
    cloud=CloudStatus(
        name="eu-west", ok=True, problem="", listed_at=NOW - timedelta(seconds=4), calls_last_minute=6, since=NOW
    ),
    loops=(LoopStatus(name="observe", interval=10, last_start=NOW, last_end=NOW),),
)

POOLS = (
    Pool(
        id="el9-ci",
        purposes=("build", "test"),
        flavor="m1.large",
        image="el9-2026-02",
        vcpus=4,
        ram_mib=8192,
        disk_gib=40,
        available=4,
        limit=12,
        surge=1.5,
        surge_since=NOW - minutes(7),
    ),
    Pool(
        id="el9-dev",
        purposes=("develop",),
        flavor="m1.medium",
        image="el9-2026-02",
        vcpus=2,
        ram_mib=4096,
        disk_gib=20,
        available=3,
        limit=8,
    ),
    Pool(
        id="gpu-a",
        purposes=("train",),
        flavor="g1.a100",
        image="el9-cuda-12",
        vcpus=16,
        ram_mib=131072,
        disk_gib=200,
        available=1,
        limit=2,
        paused="Quota of cores is used up (2 of 2 asked).",
        paused_until=NOW + minutes(4),
    ),
    Pool(
        id="win22",
        purposes=("office",),
        flavor="m1.large",
        image="windows-2022",
        vcpus=4,
        ram_mib=8192,
        disk_gib=80,
        available=2,
        limit=4,
        broken="There is no image windows-2022.",
    ),
)


def server(number: int, pool: str, state: ServerState, **fields: Any) -> Server:
    """A server of a pool."""
    size = next(one for one in POOLS if one.id == pool)
    made = NOW - hours(20 + number % 7)
    known: dict[str, Any] = {
        "id": f"vm-{number:05d}",
        "pool": pool,
        "state": state,
        "since": NOW - minutes(number % 50 + 3),
        "created": made,
        "ready_at": made + minutes(2),
        "flavor": size.flavor,
        "image": size.image,
        "vcpus": size.vcpus,
        "ram_mib": size.ram_mib,
        "disk_gib": size.disk_gib,
        "cloud_id": f"6f1e40d2-0000-4000-8000-{number:012d}",
        "address": f"192.168.7.{number % 250}",
        "floating_ip": f"10.20.4.{number % 250}",
        "host": f"h{number % 5 + 1:02d}",
        "cloud_status": "ACTIVE",
    }
    return Server(**{**known, **fields})


def lent(number: int, pool: str, owner: str, left: timedelta, **fields: Any) -> tuple[Server, Lease]:
    """A server on a lease."""
    state = fields.pop("server_state", ServerState.LEASED)
    on = server(number, pool, state, lease_id=f"lease-{number:05d}")
    known: dict[str, Any] = {
        "id": f"lease-{number:05d}",
        "server_id": on.id,
        "pool": pool,
        "owner": owner,
        "purpose": next(one for one in POOLS if one.id == pool).purposes[0],
        "start": NOW - hours(3),
        "end": NOW + left,
        "matched": "smallest that fits, ready longest",
    }
    return on, Lease(**{**known, **fields})


def _leases() -> list[AnyRecord]:
    pairs = (
        lent(12, "el9-ci", "ada", minutes(18), note="release 4.2 soak", warned=(minutes(30),)),
        lent(18, "el9-ci", "ada", minutes(72)),
        lent(31, "el9-ci", "[red]bob[/red]", hours(4.1), note="\x1b[31mnot red\x1b[0m \u202eturned"),
        lent(44, "el9-dev", "山田太郎", hours(5.5), note="開発サーバー、触らないでください"),
        lent(45, "el9-dev", "grace", hours(30), importance=8, note="demo for the board on Thursday, please keep it"),
        lent(
            46,
            "el9-dev",
            "grace",
            -hours(1),
            importance=9,
            state=LeaseState.OVERDUE,
            server_state=ServerState.STOPPED,
            stopped_at=NOW - minutes(58),
            told_at=NOW - minutes(57),
            grace_until=NOW + hours(71),
        ),
        lent(52, "el9-ci", "cy-with-a-very-long-name-indeed", hours(50), server_state=ServerState.STOPPED),
        lent(60, "gpu-a", "ada", hours(144), importance=3, note="fine-tuning", renewals=2),
        lent(61, "gpu-a", "lin", hours(100), server_state=ServerState.FAILED),
    )
    return [record for pair in pairs for record in pair]


READY = (
    server(70, "el9-ci", ServerState.READY),
    server(71, "el9-ci", ServerState.READY),
    server(72, "el9-ci", ServerState.PREPARING, floating_ip="", ready_at=None, created=NOW - minutes(1)),
    server(
        73,
        "el9-ci",
        ServerState.BUILDING,
        floating_ip="",
        address="",
        ready_at=None,
        task_state="spawning",
        created=NOW - timedelta(seconds=14),
        since=NOW - timedelta(seconds=9),
    ),
    server(80, "el9-dev", ServerState.READY),
    server(81, "el9-dev", ServerState.READY),
    server(82, "el9-dev", ServerState.READY),
    server(90, "win22", ServerState.FAILED, failure="No answer on TCP port 22 within 10 minutes.", floating_ip=""),
)
REQUESTS = (
    Request(
        id="req-00007",
        owner="lin",
        purpose="train",
        term=hours(24),
        asked=NOW - minutes(6),
        pool="gpu-a",
        position=1,
        estimate=minutes(41),
        reason="none ready, the pool is paused",
    ),
    Request(
        id="req-00008", owner="ada", purpose="train", term=hours(8), asked=NOW - minutes(2), pool="gpu-a", position=2
    ),
)
OPERATIONS = (
    Operation(
        id="op-000071",
        kind=OperationKind.PROVISION,
        server_id="vm-00072",
        started=NOW - minutes(1),
        updated=NOW,
        step="prove",
        actor="engine",
        reason="el9-ci has 2 ready of 6 wanted",
        waiting_for="TCP port 22",
    ),
    Operation(
        id="op-000072",
        kind=OperationKind.PROVISION,
        server_id="vm-00073",
        started=NOW - timedelta(seconds=14),
        updated=NOW,
        step="boot",
        actor="engine",
        reason="el9-ci has 2 ready of 6 wanted",
    ),
)


def event(number: int, ago: timedelta, kind: str, text: str, level: Level = Level.INFO, **about: Any) -> Event:
    """An event."""
    return Event(id=f"{number:010d}", at=NOW - ago, kind=kind, text=text, level=level, **about)


EVENTS = (
    event(1, hours(29), "engine.started", "engine 0.1.0 took over 14 servers"),
    event(2, hours(3), "lease.granted", "lease-00012: vm-00012 to ada for 3h18m", server_id="vm-00012", owner="ada"),
    event(
        3,
        minutes(58),
        "server.stopped",
        "vm-00046 is stopped: lease-00046 is past its end and important",
        Level.WARNING,
        server_id="vm-00046",
        lease_id="lease-00046",
        pool="el9-dev",
        owner="grace",
    ),
    event(4, minutes(57), "lease.notice", "grace was told to renew", lease_id="lease-00046", owner="grace"),
    event(
        5,
        minutes(20),
        "server.failed",
        "vm-00090 has failed: No answer on TCP port 22 within 10 minutes.",
        Level.ERROR,
        server_id="vm-00090",
        pool="win22",
        detail="[  12.4] cloud-init: failed\n[  12.5] no route to host",
    ),
    event(6, minutes(15), "pool.broken", "win22: There is no image windows-2022.", Level.ERROR, pool="win22"),
    event(
        7,
        minutes(7),
        "pool.surge",
        "el9-ci goes to x1.5: 5 requests in 10m, 1.2 of its 4 wanted",
        pool="el9-ci",
    ),
    event(
        8,
        minutes(6),
        "pool.paused",
        "gpu-a waits: quota of cores is used up (2 of 2 asked)",
        Level.WARNING,
        pool="gpu-a",
    ),
    event(9, minutes(6), "request.queued", "lin waits for gpu-a", request_id="req-00007", pool="gpu-a", owner="lin"),
    event(
        10,
        minutes(3),
        "lease.granted",
        "lease-00031: vm-00031 to [red]bob[/red] \x1b[31m",
        server_id="vm-00031",
        lease_id="lease-00031",
        pool="el9-ci",
    ),
    event(11, minutes(1), "server.asked", "vm-00072 is built: 2 ready of 6 wanted", server_id="vm-00072"),
)

WORLD: tuple[AnyRecord, ...] = (*POOLS, *_leases(), *READY, *REQUESTS, *OPERATIONS, *EVENTS)


def reminder(number: int) -> Notice:
    """A warning of the end of ada's first lease."""
    return Notice(
        id=f"notice-{number}",
        at=NOW,
        owner="ada",
        lease_id="lease-00012",
        text="Your lease lease-00012 ends 2026-03-02 12:18 UTC (it was lent for 3 h 18 min, never renewed).",
        kind=NoticeKind.WARNING,
        about_end=NOW + minutes(18),
        happens="its server vm-00012 is deleted, with all that is on its disk",
        happens_at=NOW + minutes(18),
        command="vmms renew lease-00012 8h",
    )
