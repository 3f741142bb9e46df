"""Long acts with steps, as the engine remembers them."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vmms_tui.model.record import Record


class OperationKind(StrEnum):
    """The long acts."""

    PROVISION = "provision"
    HAND_OVER = "hand_over"
    RECLAIM = "reclaim"
    STOP = "stop"
    START = "start"
    REBOOT = "reboot"
    RESET_PASSWORD = "reset_password"  # noqa: S105 the name of an act
    REBUILD = "rebuild"
    HEAL = "heal"
    REPLACE = "replace"


class OperationState(StrEnum):
    """`waiting` says in `reason` for what."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Operation(Record, frozen=True, tag="operation"):
    """A long act with steps. Kept before its first step and after each; taken up again after a crash."""

    kind: OperationKind
    server_id: str
    started: datetime
    updated: datetime
    step: str
    actor: str
    reason: str = ""
    """Why it was begun."""
    lease_id: str = ""
    state: OperationState = OperationState.RUNNING
    waiting_for: str = ""
    attempts: int = 0
    """How often the present step failed in a way that may pass."""
    deadline: datetime | None = None
    """When the present step has taken too long."""
    outcome: str = ""
    paused_by: str = ""
    """Who holds it between two steps; empty: it goes on."""
    expected: timedelta | None = None
    """How long such an operation lately took in its pool, as was known when it began."""
    retried_as: str = ""
    """The operation that was begun in its place after it had failed."""
    args: dict[str, str] = msgspec.field(default_factory=dict)
    """What this kind needs to know beside: `hard` for a reboot, `hash` for a password, `rung` for healing."""
