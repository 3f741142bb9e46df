"""What is known of servers that do not work, and of what is done about them, as the engine remembers it.

The ladder goes up: recover (start, reboot, hard reboot, reset the state), then rebuild, move, replace. How far it has
come for a server is a record, so that no crash makes the engine do anything twice.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vmms_tui.model.record import Record

INCIDENT = "incident"
"""The id of the one record of an incident."""


class Sickness(StrEnum):
    """In what way a server does not work."""

    ERROR = "error"
    """The cloud says ERROR."""
    OFF = "off"
    """It is shut off, and nobody asked for that."""
    PAUSED = "paused"
    """It stands still, and nobody asked for that."""
    STUCK = "stuck"
    """What the cloud does with it does not come to an end."""
    MUTE = "mute"
    """It does not answer as its pool's health proof wants it."""
    HOST = "host"
    """The host that it is on is down."""


class Rung(StrEnum):
    """What can be done about it."""

    START = "start"
    REBOOT = "reboot"
    HARD_REBOOT = "hard_reboot"
    RESET_STATE = "reset_state"
    """Let the cloud call it ACTIVE again, then pull its plug and start it."""
    MOVE = "move"
    REBUILD = "rebuild"
    """Put its image on it anew: what is on its disk is lost, its address and its volumes stay."""
    REPLACE = "replace"
    """Give its lease another server of the pool, with the same floating IP."""

    @property
    def words(self) -> str:
        """As people say it."""
        return self.value.replace("_", " ")


LOSES_DISK = frozenset({Rung.REBUILD, Rung.REPLACE})
"""After these the owner's work on the server's own disk is lost."""


class Illness(Record, frozen=True, tag="illness"):
    """A server that does not work, or did not until a moment ago. `id` is the server's."""

    kind: Sickness
    why: str
    """One sentence, without its stop."""
    since: datetime
    """When it was seen first."""
    lease_id: str = ""
    """The lease that it was on then; empty: it was ready."""
    rung: Rung | None = None
    """The last one that was tried; None: nothing was done yet."""
    tries: int = 0
    """How often that one."""
    acts: int = 0
    """How often anything was done."""
    then: Rung | None = None
    """What comes next, as far as that is known."""
    next_at: datetime | None = None
    """Nothing is done before this."""
    waits: str = ""
    """For what it waits, beside the time: a ready server, say."""
    asks: str = ""
    """Why a person must decide; empty: the engine goes on by itself."""
    well_since: datetime | None = None
    """Since when it works again. It is watched for a while before this record goes."""
    allowed_by: str = ""
    """Who let the next act be done that the engine would not do by itself."""
    exempt: bool = False
    """An operator lets its ladder go on also while many are ill at once."""


class Many(msgspec.Struct, frozen=True, order=True):
    """Servers of one pool that are ill in one way."""

    pool: str
    kind: Sickness


class Incident(Record, frozen=True, tag="incident"):
    """Many servers are ill at once: that has one cause, and mending each would not mend it. `id` is INCIDENT."""

    since: datetime
    ill: int
    of: int
    """Of how many in use, in the pools that it is about."""
    passed_by: str = ""
    """The operator who lets these ladders go on; empty: they wait."""
    groups: tuple[Many, ...] = ()
    """Which servers it is about; empty: all that are in use."""

    def covers(self, pool: str, kind: Sickness) -> bool:
        """Whether it is about a server of this pool that is ill in this way."""
        return not self.groups or Many(pool, kind) in self.groups

    def holds(self, ill: "Illness", pool: str) -> bool:
        """Whether the ladder of this one waits for its end."""
        return not self.passed_by and not ill.exempt and self.covers(pool, ill.kind)

    @property
    def words(self) -> str:
        """How many are ill, of how many, without a stop."""
        pools = sorted({one.pool for one in self.groups})
        if not pools:
            whose = "in use"
        elif len(pools) == 1:
            whose = f"of pool {pools[0]}"
        else:
            whose = f"of {len(pools)} pools ({', '.join(pools[:3])}{' …' if len(pools) > 3 else ''})"
        return f"{self.ill} of {self.of} servers {whose} are ill at once"


class HealthKind(StrEnum):
    """How a server in use shows that it works."""

    NONE = "none"
    PORT = "port"
    """A TCP port takes a connection."""
    SSH = "ssh"
    """What answers on a TCP port begins as SSH does (RFC 4253, section 4.2)."""
    HTTP = "http"
    """A page answers with 200."""


class HealthProof(msgspec.Struct, frozen=True, kw_only=True):
    """A pool's proof that a server in use works."""

    kind: HealthKind = HealthKind.NONE
    port: int = 22
    path: str = "/"
    """Of `http`."""
    every: timedelta = timedelta(minutes=1)
    failures: int = 3
    """So many in a row are an illness."""
    rebuild: bool = False
    """Whether one that stays mute after a hard reboot is rebuilt or replaced; else a person decides: perhaps its owner
    only closed a port."""


class HealingRules(msgspec.Struct, frozen=True, kw_only=True):
    """When servers are mended, and how far that goes without a person."""

    on: bool = True
    wait: timedelta = timedelta(minutes=1)
    """How long a server is ill before anything is done."""
    tries: int = 2
    """How often each way to recover is tried."""
    settle: timedelta = timedelta(minutes=30)
    """How long it works before its ladder is forgotten; if it falls ill before that, the ladder goes on."""
    stuck: timedelta = timedelta(minutes=15)
    """How long a task of the cloud on it may take …"""
    stuck_long: timedelta = timedelta(hours=4)
    """… or one that copies: a snapshot, a migration, a resize."""
    at_once: int = 5
    """Servers that are mended at the same time, at most."""
    share: float = 0.2
    """More than this share of the servers in use ill at once …"""
    least: int = 10
    """… and at least so many, are an incident: their ladders wait."""
    many: int = 50
    """So many are one whatever their share."""
    rebuild: bool = True
    """Whether ordinary servers are rebuilt without a person."""
    replace: bool = True
    """Whether they are replaced without a person."""
