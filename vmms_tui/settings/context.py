"""`[context]`: where people act, as their screens say it, and how careful the screens are there."""

from datetime import timedelta

from pydantic import field_validator

from vmms_tui.model.durations import format_duration
from vmms_tui.model.spec import ContextRules
from vmms_tui.settings.basics import Duration, Table, Word

LONGEST_NAME = 24
"""Cells of the header that a name may take."""
LEAST_LOCK = timedelta(minutes=1)


class ContextTable(Table):
    """As the screens need it."""

    name: Word = ContextRules().name
    production: bool = ContextRules().production
    lock_after: Duration = ContextRules().lock_after

    @field_validator("name")
    @classmethod
    def _fits_the_header(cls, name: str) -> str:
        if len(name) > LONGEST_NAME:
            raise ValueError(f"write at most {LONGEST_NAME} characters: it stands in the first line of every screen.")
        return name

    @field_validator("lock_after")
    @classmethod
    def _time_to_read(cls, lock_after: timedelta) -> timedelta:
        if lock_after < LEAST_LOCK:
            raise ValueError(f"write {format_duration(LEAST_LOCK)} or more.")
        return lock_after

    def rules(self) -> ContextRules:
        """As the engine needs it."""
        return ContextRules(name=self.name, production=self.production, lock_after=self.lock_after)
