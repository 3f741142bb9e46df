"""What the cloud of `cloudland` tells of itself: hosts, volumes, networks and images, odd words among them."""

from datetime import timedelta
from typing import Any

from vmms_tui.model.records import AnyRecord, Server
from vmms_tui.model.surroundings import Host, Image, Kind, Network, Subnet, Survey, Volume

from .cloudland import NOW, WORLD, minutes
from .scripted import hours

DAY = timedelta(days=1)


def host(number: int, **fields: Any) -> Host:
    """A host of which some is used."""
    known: dict[str, Any] = {
        "id": f"aaaa0000-0000-4000-8000-{number:012d}",
        "name": f"h{number:02d}",
        "node": f"h{number:02d}.dc1.example",
        "state": "up",
        "status": "enabled",
        "zone": "az1",
        "kind": "QEMU",
        "version": "9.2.0",
        "vcpus": 64,
        "vcpus_used": 10 * number,
        "ram_mib": 131_072,
        "ram_used_mib": 24_576 * number,
        "disk_gib": 2_000,
        "disk_used_gib": 310 * number,
        "servers": 3 * number,
    }
    return Host(**{**known, **fields})


HOSTS = (
    host(1),
    host(2, status="disabled", disabled_reason="its disk is being replaced"),
    host(3, state="down", seen=NOW - minutes(4)),
    host(4, ram_used_mib=127_000),
    host(
        5, vcpus=None, vcpus_used=None, ram_mib=None, ram_used_mib=None, disk_gib=None, disk_used_gib=None, servers=None
    ),
    host(6, name="h-計算機-06", node="", state="\x1b[31mfenced", status="[bold]"),
)
VOLUMES = (
    Volume(
        id="v-1",
        name="build-cache",
        status="in-use",
        kind="ssd",
        size_gib=200,
        attached_to=("vm-00012",),
        created=NOW - 30 * DAY,
    ),
    Volume(id="v-2", name="artifacts", status="available", kind="hdd", size_gib=1_500, created=NOW - 400 * DAY),
    Volume(id="v-3", name="", status="error_deleting", kind="ssd", size_gib=10, created=NOW - hours(3)),
    Volume(id="v-4", name="[red]データ\x1b[0m", status="awaiting-transfer", attached_to=("somebody-elses",)),
)
NETWORKS = (
    Network(
        id="n-1",
        name="ci-12",
        status="ACTIVE",
        kind="vlan",
        segment=120,
        used=212,
        total=250,
        subnets=(Subnet(cidr="192.168.7.0/24", dhcp=True, pools=(("192.168.7.2", "192.168.7.251"),)),),
    ),
    Network(
        id="n-2",
        name="public",
        status="ACTIVE",
        external=True,
        kind="flat",
        used=1_003,
        total=1_011,
        subnets=(Subnet(cidr="10.20.4.0/22", dhcp=False, pools=(("10.20.4.9", "10.20.7.254"),)),),
    ),
    Network(
        id="n-3",
        name="lab-v6",
        status="DOWN",
        shared=True,
        subnets=(Subnet(cidr="2001:db8:5::/64", dhcp=None),),
        used=4,
        counted=True,
    ),
    Network(id="n-4", name="odd", status="\x1b]0;x\a", subnets=(Subnet(cidr="nonsense"),)),
)
IMAGES = (
    Image(
        id="i-1",
        name="el9-2026-02",
        status="active",
        visibility="public",
        size_bytes=1_288_490_188,
        updated=NOW - 9 * DAY,
        min_disk_gib=10,
    ),
    Image(id="i-2", name="el9-cuda-12", status="saving", visibility="private"),
    Image(id="i-3", name="nobody-boots-this", status="active"),
)
EVERY = {Kind.HOSTS: timedelta(minutes=1)}


def survey(kind: Kind, ago: timedelta | None = timedelta(seconds=42), problem: str = "") -> Survey:
    """A list that was read so long ago."""
    read_at = None if ago is None else NOW - ago
    return Survey(id=kind.value, every=EVERY.get(kind, timedelta(minutes=5)), read_at=read_at, problem=problem)


SURVEYS = tuple(survey(kind) for kind in Kind)
SURROUNDINGS: tuple[AnyRecord, ...] = (*HOSTS, *VOLUMES, *NETWORKS, *IMAGES, *SURVEYS)
CLOUDY: tuple[AnyRecord, ...] = (*WORLD, *SURROUNDINGS)
SERVERS = tuple(record for record in WORLD if isinstance(record, Server))
