"""What the tables of `vmms.toml` have in common: lengths of time, counts, and what a table is."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo

from vmms_tui.model.durations import format_duration, parse_duration
from vmms_tui.model.errors import Refused


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError('write a length of time in quotes, like "8h" or "2d".')
    try:
        return parse_duration(value)
    except Refused as refused:
        raise ValueError(str(refused)) from refused


Duration = Annotated[timedelta, BeforeValidator(_duration)]


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("write text without line ends, escape codes and the like.")
    return value


Word = Annotated[str, StringConstraints(max_length=255), AfterValidator(_printable)]
"""A name, or nothing."""
Text = Annotated[Word, StringConstraints(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(max_length=100)]
Count = Annotated[int, Field(ge=0, le=100_000, strict=True)]
Positive = Annotated[int, Field(ge=1, le=100_000, strict=True)]


def matching(pattern: re.Pattern[str], words: str) -> AfterValidator:
    """A text that has this form; `words` say what to write instead."""

    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(words)
        return value

    return AfterValidator(check)


def at_least(value: timedelta, other: str, info: ValidationInfo) -> timedelta:
    """A length of time that is not shorter than another key's."""
    least = info.data.get(other)
    if least is not None and value < least:
        raise ValueError(f"it must not be shorter than {other}, which is {format_duration(least)}.")
    return value


class Table(BaseModel):
    """A table: keys that it does not know are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)
