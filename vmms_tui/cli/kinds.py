"""What people may write after an option: lengths of time, whole numbers, instants."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from vmms_tui.model.durations import parse_duration
from vmms_tui.model.errors import Refused


class Length(click.ParamType):
    """A length of time above zero: 90min, 8h, 2d, 1d12h."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """See click.ParamType."""
        if isinstance(value, timedelta):
            return value
        try:
            return parse_duration(value)
        except Refused as refused:
            self.fail(str(refused), param, ctx)


class Whole(click.ParamType):
    """A whole number between two others."""

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self._least = least
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """See click.ParamType."""
        try:
            number = int(value)
        except ValueError:
            number = self._least - 1
        if not self._least <= number <= self._most:
            self.fail(f"{value} cannot be; write a whole number from {self._least} to {self._most}.", param, ctx)
        return number


class Since(click.ParamType):
    """A length of time before now, or an instant in ISO 8601; without a zone it is UTC, as everything shown is."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | datetime:
        """See click.ParamType."""
        if isinstance(value, timedelta | datetime):
            return value
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        try:
            return parse_duration(value)
        except Refused:
            self.fail(f"{value!r} is no time: write 2h, 1d or 2026-03-02T14:41Z.", param, ctx)
