"""What an operation is made of: named steps, each of which looks first and then acts, so that it can be repeated."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Protocol

import msgspec

from vmms_tui.engine.context import Context
from vmms_tui.engine.policy.expiry import RELEASED
from vmms_tui.model.records import AnyRecord, Lease, Operation, OperationKind, Server

FROZEN = "frozen: "
"""How the reason begins for which an operation waits while destructive work stands still."""
LOOK_WHETHER_THAWED = 5.0


class Next(msgspec.Struct, frozen=True):
    """Go on with this step, after these changes."""

    step: str
    changes: tuple[AnyRecord, ...] = ()


class Wait(msgspec.Struct, frozen=True):
    """Look again in so many seconds."""

    seconds: float
    why: str
    held: bool = False
    """It is not the step that takes so long: the time does not count."""


class Done(msgspec.Struct, frozen=True):
    """It is done."""

    outcome: str
    changes: tuple[AnyRecord, ...] = ()


class Fail(msgspec.Struct, frozen=True):
    """It will not work. `detail` is for Events: the end of a console log, say."""

    reason: str
    detail: str = ""
    quota: bool = False
    """A quota refused it: nothing is wrong with the thing itself."""
    remedy: str = ""
    """What to do now, in whole sentences; empty: what is usual after such an operation (`remedies.py`)."""


Outcome = Next | Wait | Done | Fail
Step = Callable[[Context, Operation, Server], Awaitable[Outcome]]


class Plan(Protocol):
    """How one kind of operation goes."""

    @property
    def kind(self) -> OperationKind:
        """Which kind."""
        ...

    @property
    def first(self) -> str:
        """The step that it begins with."""
        ...

    @property
    def steps(self) -> Mapping[str, Step]:
        """All steps by name."""
        ...

    def time_limit(self, context: Context, server: Server, step: str) -> timedelta:
        """How long a step may take before the operation fails."""
        ...

    async def failed(
        self, context: Context, operation: Operation, server: Server, failure: Fail
    ) -> tuple[AnyRecord, ...]:
        """What else changes when it failed: states, pools, events. May look into the cloud; must not raise."""
        ...


def held_back(context: Context, operation: Operation) -> Wait | None:
    """How destructive acts wait while such work stands still; None: go on.

    What owners gave back goes on, and so does all that people ask for, but for the removal of a build.
    """
    lease = context.state.get(Lease, operation.lease_id)
    if lease is not None and lease.end_reason.startswith(RELEASED):
        return None
    if operation.actor != "engine" and operation.kind is not OperationKind.RECLAIM:
        return None
    why = context.frozen
    return Wait(LOOK_WHETHER_THAWED, FROZEN + why, held=True) if why else None
