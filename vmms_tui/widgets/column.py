"""What a column of a table is, and which columns have room. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

RowT = TypeVar("RowT")


class HasId(Protocol):
    """A row: anything with an id that stays the same while it lives."""

    @property
    def id(self) -> str:
        """The row's identity."""
        ...


def no_tone(_row: Any, _now: datetime) -> str:
    """Drawn like any text."""
    return ""


@dataclass(frozen=True, kw_only=True)
class Column(Generic[RowT]):
    """One column: what it shows, in which tone, how it is ordered and found."""

    key: str
    """The word for `key:value` in a filter, and for the order."""
    letter: str
    """Its letter in the menu that orders the list."""
    title: str
    text: Callable[[RowT, datetime], str]
    """The words at this instant. They may come from outside: the table makes them safe."""
    order: Callable[[RowT], Any]
    """What the list is ordered by; does not change with time."""
    find: Callable[[RowT], str]
    """What a filter looks at; does not change with time."""
    tone: Callable[[RowT, datetime], str] = no_tone
    """`good`, `warn`, `bad`, `muted`, `strong` or nothing; the words say the same without colour."""
    least: int = 4
    most: int = 24
    right: bool = False
    grows: bool = False
    """Takes the room that is left over."""


@dataclass(frozen=True)
class Placed(Generic[RowT]):
    """A column with its width in cells."""

    column: Column[RowT]
    width: int


def place(columns: Sequence[Column[RowT]], wanted: Mapping[str, int], room: int, gap: int) -> list[Placed[RowT]]:
    """The columns that fit into `room` cells, hidden from the right; one that grows takes what is left."""
    placed: list[Placed[RowT]] = []
    left = room
    for column in columns:
        width = max(column.least, min(wanted.get(column.key, 0), column.most), len(column.title))
        needed = (column.least if column.grows else width) + (gap if placed else 0)
        if needed > left:
            break
        placed.append(Placed(column, needed - (gap if len(placed) else 0)))
        left -= needed
    return [Placed(one.column, one.width + left) if one.column.grows else one for one in placed]
