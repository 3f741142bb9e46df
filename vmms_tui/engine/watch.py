"""Sees the wall clock jump."""

from datetime import datetime, timedelta

import msgspec

from vmms_tui.engine.clock import Clock
from vmms_tui.engine.policy.guard import Look, jump_between
from vmms_tui.model.spec import GuardRules


class Jump(msgspec.Struct, frozen=True):
    """How far the wall clock jumped ahead (below zero: back), and what it said before."""

    far: timedelta
    before: datetime


class Watch:
    """Compares the wall clock with seconds that nobody can set, from look to look."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = self._now()
        self._jump: Jump | None = None

    def look(self, rules: GuardRules) -> Jump | None:
        """The jumps, taken together, since they were last taken note of. Cheap: ask as often as you like."""
        now = self._now()
        far = jump_between(self._last, now, rules)
        if far:
            self._jump = Jump(self._jump.far + far, self._jump.before) if self._jump else Jump(far, self._last.wall)
        self._last = now
        return self._jump

    def noted(self) -> None:
        """What was seen so far is on its way to the store."""
        self._jump = None

    def not_noted(self, jump: Jump) -> None:
        """It did not get there: it is still to be taken note of, with what was seen since."""
        self._jump = Jump(jump.far + self._jump.far, jump.before) if self._jump else jump

    def _now(self) -> Look:
        return Look(self._clock.now(), self._clock.boottime())
