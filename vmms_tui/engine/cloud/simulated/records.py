"""What the simulated cloud is made of: records that change in place, and that its file holds as they are.

Instants are seconds since 1970, with fractions, on the cloud's own time. What a record holds is in no cycle, so the
collector does not look at it; and what is mostly empty is a tuple, as there is only one empty tuple.
"""

from collections.abc import Sequence
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
    CHOOSE = "choose"
    """The scheduler looks for a host to move to; with a text there is none."""
    COPY = "copy"
    """The copying of a live migration begins."""
    ARRIVE = "arrive"
    """It is on its new host."""
    STAY = "stay"
    """Its move ends as the step's text says, and it stays where it is."""
    CONFIRM = "confirm"
    """A cold move is for good."""
    REVERT = "revert"
    """A cold move was taken back."""
    LEAVE_DEAD = "leave dead"
    """The scheduler looks for a host for a server whose own is dead; with a text there is none."""
    BUILT_ANEW = "built anew"
    """It is there, and what is left on the dead host is stale."""


class Step(msgspec.Struct, omit_defaults=True, gc=False):
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


class Thing(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """Something that belongs to a project and has a life of its own."""

    id: str
    name: str
    project: str
    status: str
    steps: Sequence[Step] = ()
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
    port_ids: tuple[str, ...]
    task_state: str = ""
    fault: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    host: str = ""
    plugged: bool = False
    volume_ids: tuple[str, ...] = ()
    user_data: bytes = b""
    booted: float | None = None
    """When the guest last began to boot."""
    halted: float | None = None
    """When it was switched off after that; None while it runs."""
    deleted: float | None = None
    zone: str = ""
    """The zone that it was asked for in; empty: in any."""
    clings: bool = False
    """When it goes, its ports and volumes still name it."""
    move_id: str = ""
    """The move that it is on, or that waits for a word."""
    held_on: str = ""
    """A second host where its room is held while it moves."""
    sick: str = ""
    """What its set-up script says when it fails; empty: it does not fail."""
    paused: bool = False
    """Its hypervisor holds it, and Nova says nothing of that."""
    actions: Sequence[SimAction] = ()
    """What was done to it, the oldest first."""
    disk: int = 0
    """How often its disk was made anew from its image."""

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
        self.actions = (*self.actions[1 - REMEMBERED :], SimAction(name, user, at))


class SimMove(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A move of a server between hosts. `id` is a number."""

    id: str
    server_id: str
    kind: str
    status: str
    was: str
    """The server's status before it."""
    source: str
    wanted: str = ""
    """The host that was asked for; empty: the scheduler chooses."""
    destination: str = ""
    created: float = 0.0
    updated: float = 0.0
    why: str = ""
    """What Nova says of its failure."""
    began: float | None = None
    """When the copying began."""
    seconds: float = 1.0
    """How long the copying takes."""
    dirty: float = 0.0
    """Bytes that the server writes anew while one is copied."""
    with_disk: bool = False
    """Whether the disk is copied, too."""
    aborted: bool = False
    dead_address: bool = False
    """Its floating IP leads nowhere afterwards."""
    ran_on: bool = False
    """Of an evacuation: its guest still ran on the host that was called dead."""


class SimVolume(Thing, kw_only=True):
    """A volume."""

    size_gib: int
    kind: str = ""
    server_id: str = ""
    description: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    created: float = 0.0


class SimPort(msgspec.Struct, omit_defaults=True, gc=False):
    """A port. `device_id` is the server that uses it."""

    id: str
    name: str
    project: str
    network_id: str
    address: str
    description: str = ""
    security_groups: tuple[str, ...] = ()
    device_id: str = ""
    kind: str = "normal"
    """Its vnic_type."""
    floating_ip_id: str = ""
    created: float = 0.0


class SimFloatingIP(msgspec.Struct, omit_defaults=True, gc=False):
    """A floating IP."""

    id: str
    project: str
    address: str
    network_id: str
    description: str = ""
    port_id: str = ""
    created: float = 0.0
    dead: bool = False
    """It leads nowhere until it is associated anew."""


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


class SimFlavor(msgspec.Struct, omit_defaults=True):
    """A flavor."""

    id: str
    name: str
    ram_mib: int
    vcpus: int
    disk_gib: int
    extra: dict[str, str] = msgspec.field(default_factory=dict)


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
    """When it gave its last sign of life, while it is down; when it came back, while it is up."""
    cpu: str = ""
    """Its processors, as administrators are told."""
    forced_down: bool = False
    """It counts as down, whatever it does."""
    alive: bool = False
    """While it is down: it is only cut off, and its guests run on."""
    hung: bool = False
    """While it is down: it answers nobody, nor do its guests; its power is on, and they may run on at any moment."""
    dead_agents: list[str] = msgspec.field(default_factory=list)
    """Agents that have died while the host lives."""
    stale: list[str] = msgspec.field(default_factory=list)
    """Servers that were evacuated from it: what is left of them goes when it is back."""

    @property
    def counts_as_up(self) -> bool:
        """Whether Nova says so."""
        return self.state == "up" and not self.forced_down

    @property
    def powered(self) -> bool:
        """Whether its power is on."""
        return self.state == "up" or self.alive or self.hung


class SimAggregate(msgspec.Struct, omit_defaults=True):
    """A group of hosts."""

    name: str
    hosts: list[str] = msgspec.field(default_factory=list)
    metadata: dict[str, str] = msgspec.field(default_factory=dict)


class SimGroup(msgspec.Struct, omit_defaults=True):
    """Servers that are to be together, or apart."""

    id: str
    name: str
    project: str
    policy: str
    most: int = 1
    members: list[str] = msgspec.field(default_factory=list)


class Contents(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Everything that there is."""

    version: int = 1
    seed: int
    time: float = 0.0
    """When this was written."""
    generation: int = 0
    """How often this was written."""
    twice: list[str] = msgspec.field(default_factory=list)
    """Servers that ran on two hosts at once: what nobody may ever bring about."""
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
    moves: dict[str, SimMove] = msgspec.field(default_factory=dict)
    aggregates: dict[str, SimAggregate] = msgspec.field(default_factory=dict)
    groups: dict[str, SimGroup] = msgspec.field(default_factory=dict)
    moves_made: int = 0
    """How many moves were begun."""
