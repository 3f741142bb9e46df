"""What a column of a table is, and which columns have room. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from vmms_tui.widgets.filtering import Kind, Value

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
    """Cells that it needs at least; with less room it is hidden."""
    most: int = 24
    firm: bool = False
    """Never narrower than its words: an id that is cut is no id."""
    kind: Kind = Kind.TEXT
    """How a filter compares it."""
    value: Callable[[RowT, datetime], Value | None] | None = None
    """What a filter compares, at this instant; None: there is none."""
    rank: int = 0
    """Columns of a high rank are hidden first; of one rank those at the right."""
    right: bool = False
    grows: bool = False
    """Takes the room that is left over."""
    shorter: Callable[[str], str] | None = None
    """What is left of words that have no room, so that the most telling part is not what is cut."""


_NUMBERS = re.compile(r"(\d+)")


def natural(name: str) -> tuple[str | int, ...]:
    """What names are ordered by where people count in them: `cmp2` before `cmp10`."""
    return tuple(int(part) if at % 2 else part for at, part in enumerate(_NUMBERS.split(name)))


def still(
    key: str,
    letter: str,
    title: str,
    what: Callable[[RowT], str],
    *,
    order: Callable[[RowT], Any] | None = None,
    find: Callable[[RowT], str] | None = None,
    tone: Callable[[RowT, datetime], str] = no_tone,
    least: int = 4,
    most: int = 24,
    firm: bool = False,
    rank: int = 0,
    right: bool = False,
    grows: bool = False,
    count: Callable[[RowT], float | None] | None = None,
    shorter: Callable[[str], str] | None = None,
) -> Column[RowT]:
    """A column whose words do not change with time; with `count` it holds numbers, or None for what nobody knows."""
    number = count or (lambda _row: None)
    return Column(
        key=key,
        letter=letter,
        title=title,
        text=lambda row, _now: what(row),
        order=order or ((lambda row: _rank(number(row))) if count else what),
        find=find or what,
        tone=tone,
        least=least,
        most=most,
        firm=firm,
        rank=rank,
        right=right,
        grows=grows,
        kind=Kind.NUMBER if count else Kind.TEXT,
        value=(lambda row, _now: _float(number(row))) if count else None,
        shorter=shorter,
    )


def last_word(text: str) -> str:
    """The share of `124/128G 96%!`: the amounts before it give way first."""
    return text.rpartition(" ")[2]


def _float(number: float | None) -> float | None:
    return None if number is None else float(number)


def _rank(number: float | None) -> float:
    """What nobody knows comes before all numbers."""
    return float("-inf") if number is None else number


@dataclass(frozen=True)
class Placed(Generic[RowT]):
    """A column with its width in cells."""

    column: Column[RowT]
    width: int


def roomy(text: str, placed: Placed[RowT], widest: int) -> str:
    """The words of a cell, short in all rows of a column whose widest words do not fit."""
    shorter = placed.column.shorter
    return shorter(text) if shorter is not None and widest > placed.width else text


def place(columns: Sequence[Column[RowT]], wanted: Mapping[str, int], room: int, gap: int) -> list[Placed[RowT]]:
    """The columns that fit into `room` cells, hidden from the right, or by their rank.

    Columns shrink to their least before one is hidden. Room that is left goes to the first ones, then to the words of
    the one that grows, then to those whose words are longer than what a column takes at most, and what is over to the
    one that grows. `wanted` holds the cells that the words of a column take.
    """
    natural = [max(one.least, min(wanted.get(one.key, 0), one.most), len(one.title)) for one in columns]
    least = [full if one.firm else max(one.least, len(one.title)) for one, full in zip(columns, natural, strict=True)]
    chosen: list[int] = []
    for index in sorted(range(len(columns)), key=lambda index: columns[index].rank):
        if sum(least[one] + gap for one in chosen) + least[index] > room:
            break
        chosen.append(index)
    left = room - sum(least[one] for one in chosen) - gap * max(0, len(chosen) - 1)
    placed = []
    for index in sorted(chosen):
        more = 0 if columns[index].grows else min(natural[index] - least[index], left)
        left -= more
        placed.append(Placed(columns[index], least[index] + more))
    placed, left = _uncut(placed, wanted, left)
    return [Placed(one.column, one.width + left) if one.column.grows else one for one in placed]


def _uncut(placed: list[Placed[RowT]], wanted: Mapping[str, int], left: int) -> tuple[list[Placed[RowT]], int]:
    """Give columns whose words are cut what is left over, but for what the words of the one that grows take."""
    kept = sum(max(0, wanted.get(one.column.key, 0) - one.width) for one in placed if one.column.grows)
    wider = []
    for one in placed:
        more = 0 if one.column.grows else max(0, min(wanted.get(one.column.key, 0) - one.width, left - kept))
        left -= more
        wider.append(Placed(one.column, one.width + more))
    return wider, left


def place_all(columns: Sequence[Column[RowT]], wanted: Mapping[str, int]) -> list[Placed[RowT]]:
    """Every column, as wide as its words, also where the screen is narrower."""
    return [Placed(one, max(one.least, wanted.get(one.key, 0), len(one.title))) for one in columns]


def firm_ones(columns: Sequence[Column[RowT]]) -> int:
    """How many columns at the left are firm, at least one: they stay when the others move to the side."""
    return max(1, next((at for at, one in enumerate(columns) if not one.firm), len(columns)))
