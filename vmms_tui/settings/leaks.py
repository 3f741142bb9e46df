"""`[leaks]`: what is done about things that are left over in the cloud."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from vmms_tui.model.durations import format_duration
from vmms_tui.model.spec import LeakPolicy
from vmms_tui.settings.basics import Duration, Table

LEAST_PAUSE = timedelta(minutes=1)
"""Two looks that are closer together prove too little, and cost calls."""


def _long_enough(value: timedelta) -> timedelta:
    if value < LEAST_PAUSE:
        raise ValueError(f"write {format_duration(LEAST_PAUSE)} or more.")
    return value


Pause = Annotated[Duration, AfterValidator(_long_enough)]


class LeaksTable(Table):
    """The numbers of the keeper of leaks."""

    remove: Annotated[bool, Field(strict=True)] = LeakPolicy().remove
    every: Pause = LeakPolicy().every
    age: Pause = LeakPolicy().age
    most_at_once: Annotated[int, Field(ge=1, le=1000, strict=True)] = LeakPolicy().most_at_once

    def rules(self) -> LeakPolicy:
        """As the engine needs it."""
        return LeakPolicy(**{name: getattr(self, name) for name in type(self).model_fields})
