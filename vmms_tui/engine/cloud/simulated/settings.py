"""How large and how fast the simulated cloud is, and what is in it at first."""

import msgspec

from vmms_tui.engine.cloud.simulated import chance
from vmms_tui.engine.cloud.simulated.records import (
    Contents,
    Project,
    SimFlavor,
    SimHost,
    SimImage,
    SimNetwork,
    SimVolume,
)

Span = tuple[float, float]
"""Least and most seconds."""
DAY = 86_400.0
"""In seconds."""


class SimulatedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The defaults fill pools within seconds; sizes of flavors and networks are those of the project's real lab."""

    project: str = "demo"
    """The project of the credentials."""
    admin: bool = False
    """Whether the credentials are an administrator's."""
    only_projects: tuple[str, ...] = ()
    """Projects that there are besides; empty: any name that is asked for becomes one."""
    building: Span = (3.0, 8.0)
    """From the request for a server until it is ACTIVE."""
    stopping: Span = (1.0, 2.0)
    starting: Span = (1.0, 2.0)
    rebooting: Span = (1.5, 3.0)
    rebuilding: Span = (2.0, 5.0)
    deleting: Span = (0.5, 1.5)
    moving: Span = (4.0, 8.0)
    """For the copying of a live migration."""
    cold_moving: Span = (3.0, 6.0)
    """From the request for a cold migration until it waits for a word."""
    evacuating: Span = (3.0, 8.0)
    """From the request for an evacuation until the server is on its new host."""
    dirty: float = 0.25
    """Bytes that a server writes anew while a live migration copies one."""
    shared_storage: bool = True
    """Whether disks are where every host reaches them; else they are copied when a server moves, and lost when its
    host dies."""
    volumes: Span = (0.3, 1.0)
    """For anything that happens to a volume."""
    booting: float = 1.5
    """Seconds from ACTIVE until the guest's console says that the set-up is over."""
    hosts: int = 4
    host_vcpus: int = 64
    host_ram_mib: int = 131_072
    host_disk_gib: int = 2_000
    quota_servers: int = 100
    quota_vcpus: int = 256
    quota_ram_mib: int = 524_288
    flavors: tuple[tuple[str, int, int, int], ...] = (
        ("m1.tiny", 512, 1, 1),
        ("m1.small", 2048, 1, 10),
        ("m1.medium", 4096, 2, 20),
        ("m1.large", 8192, 4, 40),
        ("m1.xlarge", 16384, 8, 80),
    )
    """Name, RAM in MiB, vCPUs, disk in GiB."""
    images: tuple[tuple[str, int, int], ...] = (
        ("tiny", 64, 0),
        ("debian-12", 512, 3),
        ("debian-13", 512, 3),
        ("el9", 1024, 10),
        ("ubuntu-24.04", 512, 4),
        ("windows-2022", 4096, 32),
    )
    """Name, least RAM in MiB, least disk in GiB."""
    networks: tuple[tuple[str, str, str, bool], ...] = (
        ("private", "10.20.0.2", "10.20.255.254", False),
        ("ci-vlan", "10.30.0.2", "10.30.255.254", False),
        ("public", "203.0.113.10", "203.0.113.250", True),
    )
    """Name, first and last address to give out, whether it is external (floating IPs)."""
    volume_kind: str = "ssd"
    """The type of volumes that are made."""
    others_volumes: tuple[tuple[str, int, str], ...] = ()
    """Volumes that are there at first and nobody's business: name, size in GiB, type."""


EXAMPLE = SimulatedSettings(
    admin=True,
    others_volumes=(
        ("build-cache", 200, "ssd"), ("artifacts-2026", 1_500, "hdd"), ("golden-el9", 40, "ssd"),
        ("db-dump-monthly", 800, "hdd"),
    ),
)  # fmt: skip
"""What somebody gets who looks at the program without a cloud: everything that there is to see can be seen."""


def first_contents(seed: int, settings: SimulatedSettings) -> Contents:
    """A cloud without servers."""
    contents = Contents(seed=seed)
    for name in (settings.project, *settings.only_projects):
        contents.projects[name] = new_project(name, settings)
    for number in range(1, settings.hosts + 1):
        host = SimHost(f"cmp{number}", settings.host_vcpus, settings.host_ram_mib, settings.host_disk_gib)
        contents.hosts[host.name] = host
    for number, (name, ram, vcpus, disk) in enumerate(settings.flavors, start=1):
        contents.flavors[str(number)] = SimFlavor(str(number), name, ram, vcpus, disk)
    for number, (name, ram, disk) in enumerate(settings.images):
        image_id = chance.identifier(seed, "image", number, name)
        size = int(chance.between(seed, 0.25, 0.75, "size of image", name) * max(disk, 1) * 2**30)
        contents.images[image_id] = SimImage(image_id, name, ram, disk, size)
    for number, (name, first, last, external) in enumerate(settings.networks):
        network_id = chance.identifier(seed, "network", number, name)
        kind, segment = ("flat", None) if external else ("vlan", 100 + 10 * number)
        contents.networks[network_id] = SimNetwork(network_id, name, first, last, external, kind=kind, segment=segment)
    for number, (name, size, kind) in enumerate(settings.others_volumes):
        volume_id = chance.identifier(seed, "volume", number, name)
        contents.volumes[volume_id] = SimVolume(
            id=volume_id, name=name, project=settings.project, status="available", size_gib=size, kind=kind
        )
    return contents


def date(contents: Contents, now: float) -> None:
    """Give what is there from the beginning a past."""
    for image in contents.images.values():
        image.updated = now - chance.between(contents.seed, 3, 90, "age of image", image.name) * DAY
    for volume in contents.volumes.values():
        volume.created = now - chance.between(contents.seed, 5, 400, "age of volume", volume.name) * DAY


def new_project(name: str, settings: SimulatedSettings) -> Project:
    """A project with the quota of all."""
    admin = settings.admin and name == settings.project
    return Project(
        name, admin, servers=settings.quota_servers, vcpus=settings.quota_vcpus, ram_mib=settings.quota_ram_mib
    )
