"""Something that waits for a person, as the engine and the screens know it. `model.needs` finds it."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Protocol

import msgspec

from vmms_tui.model.healing import Illness, Incident
from vmms_tui.model.records import Lease, Notice, Operation, Pool, Server
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import Suspect
from vmms_tui.model.tables import RecordT


class Severity(IntEnum):
    """How urgent it is; the lowest number comes first."""

    CRIT = 0
    """Something does not work, or is lost soon."""
    WARN = 1
    """Something does not heal by itself."""
    SOON = 2
    """It is well now, and will not be for long."""


class NeedKind(StrEnum):
    """The kinds. The value is the first word of the id."""

    ENGINE = "engine"
    FROZEN = "frozen"
    CLOUD = "cloud"
    LOOP = "loop"
    SETTINGS = "settings"
    HOST = "host"
    RESERVE = "reserve"
    BROKEN = "broken"
    HELD = "held"
    SHORT = "short"
    INCIDENT = "incident"
    ILL = "ill"
    OPERATION = "operation"
    FAILED = "failed"
    MISSING = "missing"
    ENDS = "ends"
    OVERDUE = "overdue"
    UNTOLD = "untold"


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """What a pool has, and who waits for it."""

    ready: int = 0
    building: int = 0
    waiting: int = 0
    oldest: datetime | None = None
    """When the one that waits longest was asked."""


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for a person."""

    kind: NeedKind
    subject: str
    """What it is about, by its own id or name."""
    severity: Severity
    since: datetime | None = None
    """Since when it is so, where that is known."""
    due: datetime | None = None
    """When it gets worse by itself."""
    basis: str = ""
    """What makes it this one: with another one it has come anew."""
    on_call: bool = True
    """Whether it is for those on call; otherwise only for its owner."""
    owner: str = ""
    """Whose lease it is about."""
    shelf: Shelf = Shelf()
    pool: Pool | None = None
    server: Server | None = None
    lease: Lease | None = None
    notice: Notice | None = None
    operation: Operation | None = None
    illness: Illness | None = None
    incident: Incident | None = None
    host: Host | None = None
    suspect: Suspect | None = None
    """What the witnesses say of that host, and how far its rescue has come."""
    servers: int = 0
    """How many of our servers are on that host."""
    lent: int = 0
    """How many of them are on leases."""

    @property
    def id(self) -> str:
        """The same for as long as it lasts: `broken:win22`."""
        return f"{self.kind.value}:{self.subject}" if self.subject else self.kind.value


class Records(Protocol):
    """Where needs are looked for: tables of records."""

    def all(self, kind: type[RecordT]) -> list[RecordT]:
        """Every record of a type."""
        ...

    def get(self, kind: type[RecordT], record_id: str) -> RecordT | None:
        """The record with this id."""
        ...
