"""Columns that take any record: what cannot be said of an odd one is a question mark, and it stands last. Pure."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from vmms_tui.widgets.column import Column, RowT

log = logging.getLogger(__name__)
T = TypeVar("T")
UNKNOWN = "?"


class Last:
    """Stands after everything else in an order."""

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return not isinstance(other, Last)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Last)

    def __hash__(self) -> int:
        return 0


def guarded(act: Callable[..., T], otherwise: T, what: str) -> Callable[..., T]:
    """The same function, with an answer where it fails."""

    def answer(*arguments: Any) -> T:
        try:
            return act(*arguments)
        except Exception:  # one odd record must not take a whole list away
            log.exception("%s cannot be said of %r", what, arguments[0])
            return otherwise

    return answer


def forgiving(columns: Sequence[Column[RowT]]) -> list[Column[RowT]]:
    """The same columns, slower, for lists where there is an odd record."""
    return [
        replace(
            one,
            text=guarded(one.text, UNKNOWN, one.key),
            tone=guarded(one.tone, "warn", one.key),
            order=guarded(one.order, Last(), one.key),
            find=guarded(one.find, UNKNOWN, one.key),
            value=guarded(one.value, None, one.key) if one.value else None,
        )
        for one in columns
    ]
