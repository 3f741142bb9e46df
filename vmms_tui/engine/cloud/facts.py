"""What the cloud tells, as frozen facts. Unknown words and missing fields pass through as text or nothing."""

from datetime import datetime

import msgspec

# The tags that every object of ours carries: as metadata (servers, volumes), or in the description (ports, floating
# IPs).
TAG_INSTALLATION = "vmms_installation"
TAG_POOL = "vmms_pool"
TAG_SERVER = "vmms_server"
TAG_LEASE = "vmms_lease"


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something the cloud said. It holds only values, so the collector need not look at it."""


class CloudServer(Fact, frozen=True, kw_only=True):
    """A server as Nova's list shows it (compute API, `GET /servers/detail`)."""

    id: str
    name: str
    status: str
    """ACTIVE, BUILD, SHUTOFF, ERROR, REBUILD, DELETED … as it came."""
    task_state: str = ""
    """`spawning`, `powering-off` …; empty when nothing is going on."""
    power: str = ""
    """What its hypervisor says: `running`, `paused`, `shut down`, `crashed`, `suspended`; empty: it is not told."""
    fault: str = ""
    metadata: dict[str, str] = {}
    addresses: tuple[str, ...] = ()
    """Fixed addresses."""
    floating_addresses: tuple[str, ...] = ()
    host: str = ""
    """Empty for whoever may not see it."""
    flavor: str = ""
    image_id: str = ""
    volume_ids: tuple[str, ...] = ()
    created: datetime | None = None
    updated: datetime | None = None


class ServerAction(Fact, frozen=True, kw_only=True):
    """What was done to a server (compute API, `GET /servers/{id}/os-instance-actions`)."""

    name: str
    """`create`, `stop`, `reboot` … as it came."""
    user: str = ""
    """The id of who asked for it; empty: Nova did it of its own accord."""
    at: datetime | None = None
    request_id: str = ""
    """What its parts are asked for by; empty: the cloud does not tell."""


class Listing(Fact, frozen=True, kw_only=True):
    """An answer to the list of servers."""

    servers: tuple[CloudServer, ...]
    complete: bool
    """False: only what changed since the instant asked for, with servers deleted since as status DELETED."""


class Port(Fact, frozen=True, kw_only=True):
    """A Neutron port."""

    id: str
    name: str
    network_id: str
    addresses: tuple[str, ...] = ()
    device_id: str = ""
    """The server that uses it; empty while none does."""
    device_owner: str = ""
    """What kind of thing uses it: `compute:ZONE` for a server; empty while nothing does."""
    description: str = ""
    host: str = ""
    """The host that it is bound to; empty where it is bound to none, and for whoever may not see it."""
    kind: str = ""
    """`normal`, or the kind of hardware that it is (`binding:vnic_type`: `direct`, `macvtap` …); empty: not told."""
    created: datetime | None = None


class FloatingIP(Fact, frozen=True, kw_only=True):
    """A Neutron floating IP. `port_id` is empty while it is free."""

    id: str
    address: str
    network_id: str = ""
    port_id: str = ""
    description: str = ""
    status: str = ""
    created: datetime | None = None


class Flavor(Fact, frozen=True, kw_only=True):
    """A Nova flavor."""

    id: str
    name: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    extra: dict[str, str] = {}
    """Its extra specs; empty also where they are not for us, or the cloud is older than 2.61."""


class Image(Fact, frozen=True, kw_only=True):
    """A Glance image."""

    id: str
    name: str
    status: str = "active"
    min_disk_gib: int = 0
    min_ram_mib: int = 0
    size_bytes: int | None = None
    """None while it is not uploaded."""
    visibility: str = ""
    """`public`, `private`, `shared` or `community`."""
    updated: datetime | None = None


class Network(Fact, frozen=True, kw_only=True):
    """A Neutron network."""

    id: str
    name: str
    external: bool = False
    shared: bool = False
    status: str = ""
    kind: str = ""
    """`vlan`, `flat`, `geneve` …; empty for whoever may not see it."""
    segment: int | None = None
    """The VLAN or tunnel number; None where there is none, or for whoever may not see it."""


class Subnet(Fact, frozen=True, kw_only=True):
    """A Neutron subnet."""

    id: str
    network_id: str
    cidr: str
    dhcp: bool | None = None
    pools: tuple[tuple[str, str], ...] = ()
    """First and last address of each range that addresses are given from."""


class AddressUse(Fact, frozen=True, kw_only=True):
    """How many IPv4 addresses of a network are given out, of how many (administrators only)."""

    network_id: str
    used: int
    total: int


class Quota(Fact, frozen=True, kw_only=True):
    """Limits of a project and what is used of them; -1 is no limit."""

    servers: int = -1
    servers_used: int = 0
    vcpus: int = -1
    vcpus_used: int = 0
    ram_mib: int = -1
    ram_mib_used: int = 0


class Hypervisor(Fact, frozen=True, kw_only=True):
    """A compute host (administrators only). None: the cloud does not tell."""

    id: str
    host: str
    state: str
    """`up` or `down`."""
    status: str
    """`enabled` or `disabled`."""
    node: str = ""
    """How the hypervisor calls itself; often the same, or with its domain."""
    address: str = ""
    """As the host calls its own in the network where it is managed."""
    kind: str = ""
    """`QEMU`, `fake` …"""
    version: str = ""
    disabled_reason: str = ""
    vcpus: int | None = None
    """As the host has them, whatever the ratio at which they are given out: more may be used."""
    vcpus_used: int | None = None
    ram_mib: int | None = None
    ram_used_mib: int | None = None
    disk_gib: int | None = None
    disk_used_gib: int | None = None
    servers: int | None = None
    """How many it holds, whosever they are."""
    cpu: str = ""
    """Its processors: architecture, vendor and model."""


class ComputeService(Fact, frozen=True, kw_only=True):
    """The service of a compute host (administrators only)."""

    host: str
    state: str
    """`up` or `down`."""
    status: str
    """`enabled` or `disabled`."""
    zone: str = ""
    disabled_reason: str = ""
    seen: datetime | None = None
    """When it gave its last sign of life."""
    forced_down: bool = False
    """Somebody said that it counts as down."""


class Agent(Fact, frozen=True, kw_only=True):
    """A network agent, or a volume service, of a host (administrators only)."""

    host: str
    name: str
    """As the cloud calls it: `Open vSwitch agent`, `cinder-volume`."""
    alive: bool = False
    """Whether it gave a sign of life lately."""
    enabled: bool = True
    """Whether it takes new work."""


class Attachment(Fact, frozen=True, kw_only=True):
    """What holds a volume."""

    id: str
    server_id: str


class Volume(Fact, frozen=True, kw_only=True):
    """A Cinder volume."""

    id: str
    name: str
    status: str
    """`available`, `in-use`, `error`, `deleting` … as it came."""
    size_gib: int | None
    kind: str = ""
    """Its volume type."""
    attachments: tuple[Attachment, ...] = ()
    description: str = ""
    metadata: dict[str, str] = {}
    created: datetime | None = None

    @property
    def server_ids(self) -> tuple[str, ...]:
        """The servers that it is attached to."""
        return tuple(attachment.server_id for attachment in self.attachments)


class NewServer(Fact, frozen=True, kw_only=True):
    """All that is needed to boot one."""

    name: str
    flavor: str
    """Name or id."""
    image: str
    """Name or id."""
    port_ids: tuple[str, ...]
    user_data: bytes = b""
    """As cloud-init reads it; the adapter encodes it. At most 65,535 bytes once encoded in base64."""
    metadata: dict[str, str] = {}
    availability_zone: str = ""


class Identity(Fact, frozen=True, kw_only=True):
    """Who we are there, and what the cloud can do."""

    user: str
    project: str
    microversion: str = ""
    """The compute microversion that was negotiated."""
    region: str = ""
