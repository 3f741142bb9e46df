"""The world that pictures are made of: that of `cloudland` with plain names, and all that the nine screens can show."""

from datetime import timedelta

from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.needs import found
from vmms_tui.model.records import AnyRecord, Event, Lease, changed
from vmms_tui.model.status import EngineStatus
from vmms_tui.model.surroundings import Image, Kind, Network, Volume
from vmms_tui.model.tables import Tables

from .cloudland import NOW, STATUS, WORLD, minutes
from .cloudscape import DAY, IMAGES, NETWORKS, VOLUMES, host, survey
from .dashland import HANDED_OVER, TRENDS
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


def full_client(status: EngineStatus = STATUS) -> ScriptedClient:
    """An engine that knows all of it, and has an answer for whoever looks closer."""
    return ScriptedClient(FULL, status)
