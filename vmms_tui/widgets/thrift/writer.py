"""What a terminal shows, cell by cell, and what must be written to make it show something else.

Cells that look the same are left alone. Where terminals may differ about the width of a character the rest of its line
is written again, each piece after it at its own place: whatever the terminal thinks, nothing is left behind.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from vmms_tui.widgets.thrift.cells import TAIL, UNKNOWN, Row, is_firm, is_wide
from vmms_tui.widgets.thrift.looks import BARE, DRAWN, Look, blank, delta, on_blank

ASTRAY: Final = -1
"""Stands for a column that is not sure."""
WORTH_ERASING: Final = 4
"""So many blanks at the end of a line are erased rather than written."""
WORTH_SKIPPING: Final = 9
"""So many blanks within a line are."""


class Talents(NamedTuple):
    """What a terminal can do besides what all can. terminfo(5): bce, ech."""

    erases_in_colour: bool = False
    erases_characters: bool = False


class Writer:
    """Remembers what the terminal shows. Between two paintings it writes in the terminal's own look."""

    def __init__(self, talents: Talents = Talents()) -> None:  # noqa: B008 frozen
        self._talents = talents
        self._rows: list[Row] = []
        self._width = 0
        self._out: list[str] = []
        self._pen = BARE
        self._at: tuple[int, int] | None = None
        """Column and line where the next character goes; the column may be ASTRAY; None: nobody knows."""

    @property
    def sure(self) -> bool:
        """Whether we know what the terminal shows."""
        return bool(self._rows)

    def forget(self) -> None:
        """The terminal may show anything now."""
        self._rows = []

    def paint(self, rows: Mapping[int, Row], size: tuple[int, int], cursor: tuple[int, int]) -> str:
        """What to write so that these lines are shown, and the cursor stands there; empty when all is as it should be.

        Cells of the lines that are unknown stay as they are. `size` in columns and lines.
        """
        self._out, self._pen, self._at = [], BARE, None
        if (self._width, len(self._rows)) != size:
            self._begin(rows, size)
        for y, row in sorted(rows.items()):
            self._row(y, row)
        if not self._out:
            return ""
        self._wear(BARE)
        self._go(*cursor)
        return "".join(self._out)

    def _begin(self, rows: Mapping[int, Row], size: tuple[int, int]) -> None:
        """Erase everything, in the colour that most blanks will have."""
        self._width = size[0]
        self._rows = [Row(self._width) for _ in range(size[1])]
        paper = BARE
        if self._talents.erases_in_colour:
            blanks = Counter(
                look
                for row in rows.values()
                for text, look in zip(row.texts, row.looks, strict=True)
                if text == " " and not look.bits
            )
            paper = next((look for look, _ in blanks.most_common(1)), BARE)
        self._wear(paper)
        self._out.append("\x1b[2J")
        for row in self._rows:
            row.texts, row.looks = [" "] * self._width, [paper] * self._width

    def _row(self, y: int, new: Row) -> None:
        old = self._rows[y]
        if UNKNOWN in new.texts:
            new = _completed(new, old)
        if old.texts == new.texts and old.looks == new.looks:
            return
        stale = _stale(old, new)
        self._rows[y] = new
        x = stale.index(True)
        while x < self._width:
            if stale[x] and new.texts[x] != TAIL:
                x = self._cell(x, y, stale)
            else:
                x += 1

    def _cell(self, x: int, y: int, stale: Sequence[bool]) -> int:
        """Write a cell, or erase what is blank from there on; the next cell to look at."""
        row = self._rows[y]
        text, look = row.texts[x], row.looks[x]
        if text == " ":
            end = self._blanks(row, x)
            blanks = sum(stale[x:end]) if self._erases(look) else 0
            if end == self._width and blanks >= WORTH_ERASING:
                return self._erase(x, y, "\x1b[K", end)
            if self._talents.erases_characters and blanks >= (WORTH_SKIPPING if any(stale[end:]) else WORTH_ERASING):
                return self._erase(x, y, f"\x1b[{end - x}X", end)
        self._go(x, y)
        self._wear(self._for_blank(row, x) if text == " " else look)
        after = x + 1 + is_wide(text)
        if is_firm(text):
            self._out.append(text)
            self._at = (after if after < self._width else ASTRAY), y
        else:  # blanks first: the terminal may think it narrower than we do
            self._out += [" " * (after - x), _absolute(x, y), text]
            self._at = ASTRAY, y
        return after

    def _blanks(self, row: Row, x: int) -> int:
        look, end = row.looks[x], x
        while end < self._width and row.texts[end] == " " and row.looks[end] == look:
            end += 1
        return end

    def _for_blank(self, row: Row, x: int) -> Look:
        """A look to write this blank in: the present one, or else the next that will be worn anyway."""
        wanted = row.looks[x]
        nearest = on_blank(self._pen, wanted)
        if nearest == self._pen:
            return nearest
        coming = next((at for at in range(x, self._width) if row.texts[at] != " "), x)
        return row.looks[coming] if blank(row.looks[coming]) == wanted else nearest

    def _erases(self, look: Look) -> bool:
        return not look.bits & DRAWN and (self._talents.erases_in_colour or not look.back)

    def _erase(self, x: int, y: int, sequence: str, end: int) -> int:
        self._go(x, y)
        self._wear(on_blank(self._pen, self._rows[y].looks[x]))
        self._out.append(sequence)
        return end

    def _wear(self, look: Look) -> None:
        if look != self._pen:
            self._out.append(delta(self._pen, look))
            self._pen = look

    def _go(self, x: int, y: int) -> None:
        """Go there by the shortest way."""
        if self._at == (x, y):
            return
        ways = [_absolute(x, y)]
        if self._at is not None:
            column, line = self._at
            if line == y and x > column >= 0:
                ways += [_right(x - column), *self._through(column, x, y)]
            elif 0 <= y - line <= 1:
                ways.append("\r" + "\n" * (y - line) + _right(x))
        self._out.append(min(ways, key=len))
        self._at = x, y

    def _through(self, start: int, end: int, y: int) -> list[str]:
        """What stands between two cells, when it can be written again as it is."""
        row, pen = self._rows[y], self._pen
        cells = range(start, end)
        if end - start > len(_right(end - start)) or not all(" " <= row.texts[x] < "\x7f" for x in cells):
            return []
        fits = all(row.looks[x] == pen or (row.texts[x] == " " and on_blank(pen, row.looks[x]) == pen) for x in cells)
        return ["".join(row.texts[start:end])] if fits else []


def _completed(new: Row, old: Row) -> Row:
    row = Row(len(new.texts))
    for x, text in enumerate(new.texts):
        source = old if text == UNKNOWN else new
        row.texts[x], row.looks[x] = source.texts[x], source.looks[x]
    row.mend()
    return row


def _stale(old: Row, new: Row) -> list[bool]:
    """Which cells must be written."""
    width = len(new.texts)
    pairs = zip(old.texts, new.texts, old.looks, new.looks, strict=True)
    stale = [was != text or had != look for was, text, had, look in pairs]
    for x in range(1, width):
        if new.texts[x] == TAIL and stale[x]:
            stale[x - 1] = True
    if not (old.firm and new.firm):
        first = stale.index(True)
        stale[first:] = [True] * (width - first)
    return stale


def _absolute(x: int, y: int) -> str:
    if x:
        return f"\x1b[{y + 1};{x + 1}H"
    return f"\x1b[{y + 1}H" if y else "\x1b[H"


def _right(cells: int) -> str:
    if cells < 1:
        return ""
    return f"\x1b[{cells}C" if cells > 1 else "\x1b[C"
