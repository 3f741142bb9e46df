"""What an operation is made of: named steps, each of which looks first and then acts, so that it can be repeated."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Protocol

import msgspec

from vmms_tui.engine.context import Context
from vmms_tui.model.records import AnyRecord, Operation, OperationKind, Server


class Next(msgspec.Struct, frozen=True):
    """Go on with this step, after these changes."""

    step: str
    changes: tuple[AnyRecord, ...] = ()


class Wait(msgspec.Struct, frozen=True):
    """Look again in so many seconds."""

    seconds: float
    why: str


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
