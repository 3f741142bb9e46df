"""`[guard]`: when destructive work stands still and asks."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, field_validator

from vmms_tui.model.durations import format_duration
from vmms_tui.model.spec import GuardRules
from vmms_tui.settings.basics import Duration, Positive, Table

LEAST_JUMP = timedelta(seconds=10)
"""Less is what a busy machine does by itself."""


class GuardTable(Table):
    """The numbers of `engine.policy.guard`."""

    jump: Duration = GuardRules().jump
    share: Annotated[float, Field(gt=0, le=1)] = GuardRules().share
    least: Positive = GuardRules().least

    @field_validator("jump")
    @classmethod
    def _not_too_small(cls, jump: timedelta) -> timedelta:
        if jump < LEAST_JUMP:
            raise ValueError(f"write {format_duration(LEAST_JUMP)} or more.")
        return jump

    def rules(self) -> GuardRules:
        """As the engine needs it."""
        return GuardRules(jump=self.jump, share=self.share, least=self.least)
