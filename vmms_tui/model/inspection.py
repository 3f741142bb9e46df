"""What the engine says of itself when it is asked: its calls to the cloud, and what it holds. In no heartbeat."""

from datetime import datetime

import msgspec

from vmms_tui.model.status import LoopStatus


class CallsOfKind(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of one kind to the cloud. Latencies are seconds, of the last calls of this kind that were answered."""

    service: str
    """As OpenStack's service catalogue calls it: `compute`, `network` …"""
    call: str
    """Method and path without its ids, `GET /servers/detail`; or its name in the simulated cloud."""
    last_minute: int = 0
    total: int = 0
    """Since the engine started."""
    failed: int = 0
    """Of these: refused by the cloud, or without an answer."""
    p50: float | None = None
    p95: float | None = None
    slowest: float | None = None
    last_error: str = ""
    last_error_at: datetime | None = None


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """One look into the engine."""

    now: datetime
    started: datetime
    version: str
    pid: int
    memory: int = 0
    """Bytes of the engine's process that are in memory; 0: this system does not say."""
    viewers: int = 0
    """Screens that follow what happens."""
    records: dict[str, int] = {}
    """How many records of each type."""
    calls: tuple[CallsOfKind, ...] = ()
    """The busiest of the last minute first."""
    reads: dict[str, datetime] = {}
    """When what is kept of the cloud was last read, by what it is."""
    loops: tuple[LoopStatus, ...] = ()
