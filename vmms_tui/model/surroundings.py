"""What the cloud tells of itself: hosts, networks, volumes, images. Facts that are read again after each start.

They reach the viewers like all records, and no disk. Words and numbers are as the cloud gave them; None or empty is
what it did not tell.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vmms_tui.model.record import Record


class Kind(StrEnum):
    """The lists, each read at its own pace. The value is the id of its survey, and the name of its command."""

    HOSTS = "hosts"
    NETWORKS = "networks"
    VOLUMES = "volumes"
    IMAGES = "images"


class Survey(Record, frozen=True, tag="survey"):
    """How old what is known of a list is. `id` is its kind; a failed reading leaves what is known, with its age."""

    every: timedelta
    """How often it is read."""
    read_at: datetime | None = None
    """When it was last read; None: never."""
    problem: str = ""
    """Why the last reading failed, in one sentence; empty: it did not."""
    agents_at: datetime | None = None
    """Of hosts: when their agents were last read; None: never."""
    remedy: str = ""
    """What to do about that; empty: it may pass by itself, or nothing has to be done."""

    def stale(self, now: datetime) -> bool:
        """Whether three readings in a row are missing."""
        return self.read_at is not None and now - self.read_at > 3 * self.every + SLACK


SLACK = timedelta(seconds=30)
"""How much later than planned a reading may come: it takes its time, and lets others go first."""


class Agent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What runs on a host beside Nova: a network agent, or a service that holds volumes."""

    name: str
    """As the cloud calls it."""
    alive: bool = False
    enabled: bool = True
    """Whether it takes new work."""


class Host(Record, frozen=True, tag="host"):
    """A compute host. `id` is the cloud's own for its hypervisor, or its name where it has none."""

    name: str
    """As servers name the host that they are on."""
    node: str = ""
    """How the hypervisor calls itself, where that is another word."""
    address: str = ""
    """In the network where it is managed."""
    state: str = ""
    """`up` or `down`."""
    status: str = ""
    """`enabled` or `disabled`: whether new servers may come."""
    disabled_reason: str = ""
    zone: str = ""
    kind: str = ""
    version: str = ""
    vcpus: int | None = None
    """As the host has them; more may be used, where the cloud gives each out several times."""
    vcpus_used: int | None = None
    ram_mib: int | None = None
    ram_used_mib: int | None = None
    disk_gib: int | None = None
    disk_used_gib: int | None = None
    servers: int | None = None
    """How many it holds, whosever they are."""
    seen: datetime | None = None
    """The last sign of life of one that is not up; the others gave one within the minute before they were read."""
    forced_down: bool = False
    """Somebody said that it counts as down, whatever its service says."""
    agents: tuple[Agent, ...] | None = None
    """Network agents and volume services on it, read more rarely than the rest; None: nobody knows."""
    cpu: str = ""
    """Its processors: architecture, vendor and model; empty: the cloud does not tell."""
    aggregates: tuple[str, ...] = ()
    """The aggregates that it is in, by name."""
    properties: tuple[tuple[str, str], ...] = ()
    """What these say of their hosts, as key and value; a key may be there several times."""

    @property
    def is_up(self) -> bool:
        """Whether the cloud says that it works. It may say neither."""
        return self.state.lower() == "up"

    @property
    def is_down(self) -> bool:
        """Whether the cloud says that it does not."""
        return self.state.lower() == "down"


class Subnet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A range of addresses of a network."""

    cidr: str
    dhcp: bool | None = None
    pools: tuple[tuple[str, str], ...] = ()
    """First and last address of each range that addresses are given from."""


class Network(Record, frozen=True, tag="network"):
    """A network. `id` is the cloud's."""

    name: str
    status: str = ""
    external: bool = False
    shared: bool = False
    kind: str = ""
    """`vlan`, `flat` …"""
    segment: int | None = None
    """The VLAN or tunnel number."""
    subnets: tuple[Subnet, ...] = ()
    used: int | None = None
    """IPv4 addresses that are given out."""
    total: int | None = None
    """IPv4 addresses that there are to give out."""
    counted: bool = False
    """`used` holds the addresses of our own projects alone: others may have more."""


class Volume(Record, frozen=True, tag="volume"):
    """A volume. `id` is the cloud's."""

    name: str
    status: str = ""
    kind: str = ""
    size_gib: int | None = None
    project: str = ""
    attached_to: tuple[str, ...] = ()
    """Servers that hold it: the id of ours, else the name, else the cloud's id."""
    created: datetime | None = None


class Image(Record, frozen=True, tag="image"):
    """An image. `id` is the cloud's."""

    name: str
    status: str = ""
    visibility: str = ""
    size_bytes: int | None = None
    min_disk_gib: int = 0
    min_ram_mib: int = 0
    updated: datetime | None = None


Surrounding = Host | Network | Volume | Image
"""What a list holds."""
HOLDS: dict[Kind, type[Record]] = {
    Kind.HOSTS: Host,
    Kind.NETWORKS: Network,
    Kind.VOLUMES: Volume,
    Kind.IMAGES: Image,
}
"""The records of each list."""
