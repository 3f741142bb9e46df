"""Long acts with steps, as the engine remembers them."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vmms_tui.model.migration import Moving
from vmms_tui.model.readdress import Readdress
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
    MOVE = "move"
    EVACUATE = "evacuate"
    HEAL = "heal"
    REPLACE = "replace"


class OperationState(StrEnum):
    """`waiting` says in `reason` for what."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Point(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How far a step was at an instant."""

    at: datetime
    processed: float
    left: float


class Amount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a step works off that can be counted, and how that went lately; see `progress.counted`."""

    step: str
    """The step that counts; what an earlier one counted says nothing of the present one."""
    unit: str
    """`B` for bytes; else what is counted, as a word for many: `packages`."""
    processed: float
    left: float
    """How much is still to be done. It need not fall: memory that is moved is written anew meanwhile."""
    points: tuple[Point, ...]
    """The last ones in order, the newest last."""


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
    remedy: str = ""
    """What to do after it failed, in whole sentences."""
    paused_by: str = ""
    """Who holds it between two steps; empty: it goes on."""
    expected: timedelta | None = None
    """How long such an operation lately took in its pool, as was known when it began."""
    retried_as: str = ""
    """The operation that was begun in its place after it had failed."""
    amount: Amount | None = None
    """How much of its present step is done, where that can be counted."""
    moving: Moving | None = None
    """How a move of a server stands."""
    readdress: Readdress | None = None
    """What is done about the floating IP of its server, and what was done."""
    args: dict[str, str] = msgspec.field(default_factory=dict)
    """What this kind needs to know beside: `hard` for a reboot, `host` and `cold` for a move, `dead` and `rank` for an
    evacuation, and `hand_over` where it took the place of one, `rung` for healing."""
