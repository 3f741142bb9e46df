"""The world that pictures are made of: that of `cloudland` with plain names, and all that the nine screens can show."""

from datetime import timedelta
from typing import Any

from msgspec import structs

from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.commands import AnyCommand, Inspect, ReadConsole, ReadServer, Refresh, RehearseHostDown, Reply
from vmms_tui.model.draining import LegState
from vmms_tui.model.inspection import CallsOfKind, Inspection
from vmms_tui.model.needs import found
from vmms_tui.model.records import AnyRecord, Event, Lease, changed
from vmms_tui.model.rehearsal import Rehearsal, Rehearsed
from vmms_tui.model.status import EngineStatus
from vmms_tui.model.surroundings import Image, Kind, Network, Volume
from vmms_tui.model.tables import Tables

from .cloudland import NOW, STATUS, WORLD, minutes
from .cloudscape import DAY, IMAGES, NETWORKS, VOLUMES, host, survey
from .dashland import HANDED_OVER, TRENDS
from .moveland import MOVES, SWING
from .scripted import ScriptedClient
from .test_ops_screen import DONE, FAILED, REBUILD


def _plain(record: AnyRecord) -> AnyRecord:
    """Tests have odd names; pictures have plain ones."""
    if isinstance(record, Lease) and record.id == "lease-00031":
        return changed(record, owner="bob", note="nightly of the compiler")
    if isinstance(record, Lease) and record.owner.startswith("cy-"):
        return changed(record, owner="cyrus", note="waits for the next kernel")
    if isinstance(record, Event) and record.lease_id == "lease-00031":
        return changed(record, text="lease-00031: vm-00031 to bob for 4h", owner="bob")
    return record


HOSTS = (
    host(1, vcpus_used=38, ram_used_mib=70_000, disk_used_gib=1_100, servers=11),
    host(2, status="disabled", disabled_reason="its disk is being replaced"),
    host(3, state="down", seen=NOW - minutes(4)),
    host(4, ram_used_mib=127_000, vcpus_used=61),
    host(5, vcpus_used=22, ram_used_mib=48_000),
    host(6, vcpus_used=40, ram_used_mib=88_000, disk_used_gib=1_410),
)
VOLUMES_HERE = (
    *VOLUMES[:3],
    Volume(
        id="v-5",
        name="el9-mirror",
        status="in-use",
        kind="hdd",
        size_gib=800,
        attached_to=("repo-01",),
        created=NOW - 210 * DAY,
    ),
    Volume(id="v-6", name="fine-tuning", status="reserved", kind="ssd", size_gib=500, created=NOW - minutes(2)),
)
NETWORKS_HERE: tuple[Network, ...] = NETWORKS[:3]
IMAGES_HERE = (
    IMAGES[0],
    Image(
        id="i-2",
        name="el9-cuda-12",
        status="active",
        visibility="private",
        size_bytes=9_771_050_598,
        updated=NOW - 41 * DAY,
        min_disk_gib=60,
    ),
    Image(id="i-3", name="debian-13", status="active", visibility="public", size_bytes=412_000_000, updated=NOW - DAY),
)
SURVEYS = tuple(survey(kind, timedelta(seconds=42)) for kind in Kind)
_WITHOUT: tuple[AnyRecord, ...] = (
    *(_plain(record) for record in WORLD),
    *HANDED_OVER,
    *TRENDS,
    *HOSTS,
    *VOLUMES_HERE,
    *NETWORKS_HERE,
    *IMAGES_HERE,
    *SURVEYS,
    REBUILD,
    FAILED,
    DONE,
)


def _seen_to(need_id: str, by: str, note: str) -> Acknowledgement:
    need = next(one for one in found(Tables(_WITHOUT), STATUS, NOW) if one.id == need_id)
    return Acknowledgement(id=need.id, basis=need.basis, by=by, at=NOW - minutes(3), note=note)


FULL: tuple[AnyRecord, ...] = (*_WITHOUT, _seen_to("broken:win22", "olga", "the image comes at two"))

CONSOLE = "\r\n".join(
    f"[{at:12.6f}] {text}"
    for at, text in (
        (0.0, "Linux version 5.14.0-570.el9.x86_64"),
        (0.412, "virtio_blk virtio2: [vda] 83886080 512-byte logical blocks (42.9 GB/40.0 GiB)"),
        (1.904, "XFS (vda4): Mounting V5 Filesystem"),
        (3.377, "systemd[1]: Detected virtualization kvm."),
        (5.021, "cloud-init[612]: Cloud-init v. 24.4 running 'init-local'"),
        (7.733, "cloud-init[688]: ci-info: | eth0 | True | 192.168.7.12 | 255.255.255.0 | global |"),
        (11.48, "cloud-init[802]: Cloud-init v. 24.4 running 'modules:final'"),
        (24.16, "cloud-init[802]: Complete!"),
        (24.93, "cloud-init[802]: Cloud-init v. 24.4 finished. Datasource DataSourceOpenStack"),
    )
)
CONSOLE += "\r\n\r\nEnterprise Linux 9\r\nvm-00012 login: "
RAW = """{
  "id": "6f1e40d2-0000-4000-8000-000000000012",
  "name": "vm-00012",
  "status": "ACTIVE",
  "OS-EXT-STS:power_state": 1,
  "OS-EXT-STS:task_state": null,
  "created": "2026-03-01T11:00:00Z"
}"""


def _calls() -> tuple[CallsOfKind, ...]:
    told = (
        ("compute", "list_servers", 6, 10_812, 2, 0.118, 0.9, 4.2),
        ("compute", "hypervisors", 1, 1_800, 0, 0.21, 0.44, 1.9),
        ("network", "list_ports", 0, 361, 0, 0.087, 0.2, 0.7),
        ("image", "list_images", 0, 360, 1, 0.064, 0.1, 0.3),
    )
    names = ("service", "call", "last_minute", "total", "failed", "p50", "p95", "slowest")
    said: list[dict[str, Any]] = [dict(zip(names, one, strict=True)) for one in told]
    calls = [CallsOfKind(**one) for one in said]
    calls[0] = changed(calls[0], last_error="HTTP 503 Busy", last_error_at=NOW - minutes(3))
    return tuple(calls)


INSPECTION = Inspection(
    now=NOW,
    started=STATUS.started,
    version="0.1.0",
    pid=4242,
    memory=71_000_000,
    viewers=3,
    records={"pool": 4, "server": 17, "lease": 9, "request": 2, "operation": 10, "event": 11},
    reads={"servers": NOW - timedelta(seconds=4), "flavors, images": NOW - minutes(2)},
    loops=STATUS.loops,
    calls=_calls(),
)


def plain_moves() -> tuple[AnyRecord, ...]:
    """The drain of `h02` in full swing, with plain names."""
    legs = tuple(
        structs.replace(one, why="It is pinned to a device of h02.") if one.state is LegState.FAILED else one
        for one in SWING.legs
    )
    return (*MOVES, changed(SWING, reason="a new fan", legs=legs))


REHEARSED = Rehearsal(
    host="h03",
    at=NOW,
    took=timedelta(seconds=74),
    servers=tuple(
        Rehearsed(
            server_id=f"vm-000{12 + number}",
            lease_id=f"lease-000{12 + number}",
            owner=owner,
            importance=importance,
            to=to,
            asked=timedelta(seconds=number),
            ended=timedelta(seconds=31 + 9 * number),
        )
        for number, (owner, importance, to) in enumerate((("ada", 9, "h01"), ("lin", 5, "h05"), ("bob", 0, "h01")))
    ),
    pace=(30.0, 90.0),
    measured=12,
)


def full_client(status: EngineStatus = STATUS, *more: AnyRecord) -> ScriptedClient:
    """An engine that knows all of it, and has an answer for whoever looks closer."""
    made = ScriptedClient((*FULL, *more), status)
    answers: dict[type[AnyCommand], Reply] = {
        ReadConsole: Reply(body=CONSOLE, read_at=NOW),
        ReadServer: Reply(body=RAW, read_at=NOW),
        Inspect: Reply(inspection=INSPECTION),
        RehearseHostDown: Reply(rehearsal=REHEARSED),
        Refresh: Reply(text="The list of servers was read again; 1 call meanwhile: compute list_servers x1."),
    }
    otherwise = made.answer
    made.answer = lambda command: answers.get(type(command)) or otherwise(command)
    return made
