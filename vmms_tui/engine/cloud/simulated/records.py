"""What the simulated cloud is made of: records that change in place, and that its file holds as they are.

Instants are seconds since 1970, with fractions, on the cloud's own time.
"""

from enum import StrEnum

import msgspec


class Effect(StrEnum):
    """What happens at a step, beside the new status."""

    NONE = "none"
    PLACE = "place"
    """The scheduler looks for a host."""
    PLUG = "plug"
    """The ports are given to the server."""
    UP = "up"
    """The guest starts to boot."""
    DOWN = "down"
    """The guest is off."""
    FAIL = "fail"
    """The status becomes ERROR, with the step's text as the fault."""
    GONE = "gone"
    """It is no longer there."""


class Step(msgspec.Struct, omit_defaults=True):
    """Something that happens at an instant."""

    at: float
    status: str
    task_state: str = ""
    effect: Effect = Effect.NONE
    text: str = ""


class SimAction(msgspec.Struct, omit_defaults=True):
    """What was done to a server, and by whom; an empty user is Nova itself."""

    name: str
    user: str
    at: float


REMEMBERED = 20
"""Actions that are kept of a server."""


class Project(msgspec.Struct, omit_defaults=True):
    """A project and its limits; -1 is no limit."""

    name: str
    admin: bool = False
    servers: int = -1
    vcpus: int = -1
    ram_mib: int = -1
    ports: int = -1
    floating_ips: int = -1
    security_groups: list[str] = msgspec.field(default_factory=lambda: ["default"])


class Thing(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Something that belongs to a project and has a life of its own."""

    id: str
    name: str
    project: str
    status: str
    steps: list[Step] = msgspec.field(default_factory=list)
    """What is still to come, in order."""


class SimServer(Thing, kw_only=True):
    """A server."""

    created: float
    updated: float
    flavor: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    image_id: str
    port_ids: list[str]
    task_state: str = ""
    fault: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    host: str = ""
    plugged: bool = False
    volume_ids: list[str] = msgspec.field(default_factory=list)
    user_data: bytes = b""
    booted: float | None = None
    """When the guest last began to boot."""
    halted: float | None = None
    """When it was switched off after that; None while it runs."""
    deleted: float | None = None
    clings: bool = False
    """When it goes, its ports and volumes still name it."""
    sick: str = ""
    """What its set-up script says when it fails; empty: it does not fail."""
    paused: bool = False
    """Its hypervisor holds it, and Nova says nothing of that."""
    actions: list[SimAction] = msgspec.field(default_factory=list)
    """What was done to it, the oldest first."""

    @property
    def running(self) -> bool:
        """Whether the guest is on."""
        return self.booted is not None and self.halted is None and self.deleted is None

    @property
    def power(self) -> str:
        """What its hypervisor says."""
        if self.paused:
            return "paused"
        return "running" if self.running else "shut down"

    def note(self, name: str, user: str, at: float) -> None:
        """Note what was done to it, as Nova does."""
        self.actions = [*self.actions[1 - REMEMBERED :], SimAction(name, user, at)]


class SimVolume(Thing, kw_only=True):
    """A volume."""

    size_gib: int
    kind: str = ""
    server_id: str = ""
    description: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    created: float = 0.0


class SimPort(msgspec.Struct, omit_defaults=True):
    """A port. `device_id` is the server that uses it."""

    id: str
    name: str
    project: str
    network_id: str
    address: str
    description: str = ""
    security_groups: tuple[str, ...] = ()
    device_id: str = ""
    floating_ip_id: str = ""
    created: float = 0.0


class SimFloatingIP(msgspec.Struct, omit_defaults=True):
    """A floating IP."""

    id: str
    project: str
    address: str
    network_id: str
    description: str = ""
    port_id: str = ""
    created: float = 0.0


class SimNetwork(msgspec.Struct, omit_defaults=True):
    """A network with one subnet; addresses are given from `first` to `last`, the least recently used first."""

    id: str
    name: str
    first: str
    last: str
    external: bool = False
    cursor: int = 0
    """How far from `first` the next address is looked for."""
    kind: str = ""
    segment: int | None = None


class SimFlavor(msgspec.Struct):
    """A flavor."""

    id: str
    name: str
    ram_mib: int
    vcpus: int
    disk_gib: int


class SimImage(msgspec.Struct, omit_defaults=True):
    """An image."""

    id: str
    name: str
    min_ram_mib: int = 0
    min_disk_gib: int = 0
    size_bytes: int | None = None
    updated: float = 0.0


class SimHost(msgspec.Struct, omit_defaults=True):
    """A compute host."""

    name: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    state: str = "up"
    status: str = "enabled"
    disabled_reason: str = ""
    down_since: float = 0.0
    """When it gave its last sign of life, while it is down."""


class Contents(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Everything that there is."""

    version: int = 1
    seed: int
    time: float = 0.0
    """When this was written."""
    serial: int = 0
    """How many ids were given out."""
    projects: dict[str, Project] = msgspec.field(default_factory=dict)
    hosts: dict[str, SimHost] = msgspec.field(default_factory=dict)
    flavors: dict[str, SimFlavor] = msgspec.field(default_factory=dict)
    images: dict[str, SimImage] = msgspec.field(default_factory=dict)
    networks: dict[str, SimNetwork] = msgspec.field(default_factory=dict)
    servers: dict[str, SimServer] = msgspec.field(default_factory=dict)
    ports: dict[str, SimPort] = msgspec.field(default_factory=dict)
    floating_ips: dict[str, SimFloatingIP] = msgspec.field(default_factory=dict)
    volumes: dict[str, SimVolume] = msgspec.field(default_factory=dict)
