"""How the engine is, and what it hands to its viewers. None of it is kept on disk."""

from datetime import datetime

import msgspec

from vmms_tui.model.people import Caller
from vmms_tui.model.records import AnyRecord, Guard
from vmms_tui.model.reserve import Reserve
from vmms_tui.model.spec import ContextRules
from vmms_tui.model.tables import Change
from vmms_tui.model.witness import HostRules


class LoopStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The heartbeat of one loop."""

    name: str
    interval: float
    """Seconds between two runs at rest."""
    last_start: datetime | None = None
    last_end: datetime | None = None
    error: str = ""
    late: bool = False
    """It has not come back, or not run, for far longer than its interval."""


class CloudStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How we stand with the cloud."""

    name: str
    ok: bool = False
    problem: str = "not asked yet"
    remedy: str = ""
    """What to do about that; empty: it may pass by itself."""
    since: datetime | None = None
    listed_at: datetime | None = None
    """When the last complete answer to the list of servers came: the age of what the screens show."""
    calls_last_minute: int = 0


class EngineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the engine."""

    now: datetime
    """The engine's own time: ages and times left are counted from it."""
    started: datetime
    version: str
    installation: str
    cloud: CloudStatus
    loops: tuple[LoopStatus, ...] = ()
    problem: str = ""
    """Why the engine takes no changes, if it does not: a full disk, say."""
    frozen: Guard | None = None
    """Why nothing is stopped, deleted or taken back of the engine's own accord, if so. `vmms thaw` ends it."""
    settings_problems: tuple[str, ...] = ()
    """What is wrong with the settings file as it is now on disk; the last good one stays in force."""
    context: ContextRules = ContextRules()
    """Where this is, and how careful screens are here."""
    remarks: tuple[str, ...] = ()
    """What should be known and is no fault."""
    paths: dict[str, str] = {}
    importance_threshold: int = 7
    """Leases at or above it are important: they are stopped and kept for a while before they are deleted."""
    reserve: Reserve | None = None
    """The room that is kept free for hosts that die; None: none is."""
    fences: bool = False
    """Whether a fence command is configured."""
    most_down: float = HostRules().share
    """Share of all hosts; when more are down, the fault is likelier our own than theirs."""
    most_rescued: int = HostRules().at_once
    """Hosts that may be rescued at the same time."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine has to do: what goes on although nobody looks."""

    operations: int = 0
    requests: int = 0
    leases: int = 0

    def __bool__(self) -> bool:
        return bool(self.operations or self.requests or self.leases)

    def __str__(self) -> str:
        counts = {"operation": self.operations, "request": self.requests, "lease": self.leases}
        return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items() if count)


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a viewer may see, at one instant. `sequence` is the number of the last change in it."""

    sequence: int
    records: tuple[AnyRecord, ...]
    status: EngineStatus
    you: Caller = Caller(name="")
    """Who the viewer is to the engine."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a large Snapshot has come so far, in records; the Snapshot follows when all of them have."""

    had: int
    of: int


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since the update before, in order."""

    sequence: int
    changes: tuple[Change, ...]
    status: EngineStatus
