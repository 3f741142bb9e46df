"""The table of all lists: only lines on the screen are made, and only lines that changed are drawn.

Cursor and marks are kept by id. Textual's own DataTable measures each cell, which takes seconds at 10,000 rows.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vmms_tui.widgets.column import Column, Placed, place
from vmms_tui.widgets.terminal import THRIFTY
from vmms_tui.widgets.text import fit, plain

Cell = tuple[str, str]
"""Text and tone."""
Line = tuple[bool, bool, tuple[Cell, ...]]
"""Whether the cursor is on it, whether it is marked, and its cells."""

MEASURED = 500
"""Rows that are looked at to find the width of the columns."""
WIDE = 100
"""From this width on there are two spaces between columns."""


class VirtualTable(Widget, can_focus=True):
    """Rows by id. The owner gives the order of ids and a function that says what the cells of an id are."""

    BINDINGS: ClassVar[list[BindingType]] = []
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--head",
        "table--good",
        "table--warn",
        "table--bad",
        "table--muted",
        "table--strong",
        "table--cursor",
        "table--marked",
        "table--empty",
    }

    class CursorMoved(Message):
        """The cursor is on another row, or on none."""

        def __init__(self, row_id: str | None) -> None:
            super().__init__()
            self.row_id = row_id

    def __init__(self, columns: Sequence[Column[object]], read: Callable[[str], Sequence[Cell]], *, tail: bool) -> None:
        """`read` gives a cell for each column of an id; with `tail` a cursor on the first row stays on the first."""
        super().__init__()
        self.cursor: str | None = None
        self.marks: set[str] = set()
        self.top = 0
        self._empty_text = ""
        self._columns = columns
        self._read = read
        self._tail = tail
        self._ids: Sequence[str] = ()
        self._row = -1
        """Where the cursor is, from 0; -1 when it is nowhere."""
        self._widths: dict[str, int] = {}
        self._placed: list[Placed[object]] = []
        self._shown: list[int] = []
        self._drawn: dict[int, Line | None] = {}
        self._styles: dict[str, Style] = {}

    # What is shown

    @property
    def ids(self) -> Sequence[str]:
        """The ids shown, in order."""
        return self._ids

    @property
    def cursor_row(self) -> int:
        """Where the cursor is, from 0; -1 when it is nowhere."""
        return self._row

    @property
    def shown_columns(self) -> list[str]:
        """Keys of the columns for which there is room."""
        return [placed.column.key for placed in self._placed]

    def say_when_empty(self, text: str) -> None:
        """What stands there when there are no rows."""
        if text != self._empty_text:
            self._empty_text = text
            if not self._ids:
                self.refresh()

    def merge(self, ids: Sequence[str], alive: Collection[str]) -> None:
        """Show these ids. Marks of ids that are not `alive` go; a cursor whose row went goes to its neighbour."""
        old, old_row = self._ids, self._row
        if bool(old) != bool(ids):
            self.refresh()
        at_top = self._tail and self.top == 0 and old_row <= 0
        offset = old_row - self.top
        self._ids = ids
        if self.marks:
            self.marks.intersection_update(alive)
        before = self.cursor
        self._row = min(0, len(ids) - 1) if at_top else self._kept_row(old, old_row)
        self.cursor = ids[self._row] if ids else None
        if not at_top and self.cursor_row >= 0 and not (self.top == 0 and self.cursor_row < self.page):
            self.top = self.cursor_row - offset
        self._keep_in_view()
        self._measure()
        self.sync()
        if self.cursor != before:
            self.post_message(self.CursorMoved(self.cursor))

    def _kept_row(self, old: Sequence[str], old_row: int) -> int:
        row = -1 if self.cursor is None else self._row_of(self.cursor)
        if row >= 0 or old_row < 0:
            return max(row, min(0, len(self._ids) - 1))
        there = set(self._ids)
        after = (row_id for row_id in islice(old, old_row + 1, None) if row_id in there)
        before = (row_id for row_id in reversed(old[:old_row]) if row_id in there)
        neighbour = next(after, None) or next(before, None)
        return self._row_of(neighbour) if neighbour else min(0, len(self._ids) - 1)

    def _row_of(self, row_id: str) -> int:
        """Where an id is, from 0; -1 when it is not shown. Looked for where the cursor was, then everywhere."""
        if 0 <= self._row < len(self._ids) and self._ids[self._row] == row_id:
            return self._row
        try:
            return self._ids.index(row_id)
        except ValueError:
            return -1

    def sync(self) -> None:
        """Draw the lines that are not as they were drawn."""
        if not self.is_mounted:
            return
        width = self.size.width
        stale = [y for y in range(self.size.height) if self._drawn.get(y, ...) != self._line(y)]
        if stale:
            self.refresh(*(Region(0, y, width, 1) for y in stale))

    # Moving

    @property
    def page(self) -> int:
        """How many rows fit."""
        return max(1, self.size.height - 1)

    def go(self, row: int) -> None:
        """Put the cursor on a row, counted from 0; beyond the ends: on the end."""
        row = max(0, min(row, len(self._ids) - 1))
        if self._ids and row != self._row:
            self._go(row)

    def go_to(self, row_id: str) -> None:
        """Put the cursor on this id, if it is shown."""
        row = self._row_of(row_id)
        if row >= 0 and row_id != self.cursor:
            self._go(row)

    def _go(self, row: int) -> None:
        self._row, self.cursor = row, self._ids[row]
        self._keep_in_view()
        self.sync()
        self.post_message(self.CursorMoved(self.cursor))

    def step(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self.go(self.cursor_row + rows)

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or take its mark off."""
        if self.cursor is not None:
            self.marks.symmetric_difference_update({self.cursor})
            self.sync()

    def clear_marks(self) -> None:
        """Take all marks off."""
        self.marks.clear()
        self.sync()

    def _keep_in_view(self) -> None:
        row = max(0, self.cursor_row)
        self.top = max(row - self.page + 1, min(self.top, row))
        self.top = max(0, min(self.top, len(self._ids) - self.page))

    # Drawing

    def on_resize(self, _event: events.Resize) -> None:
        """Place the columns anew."""
        self._keep_in_view()
        self._place()
        self._drawn.clear()
        self.refresh()

    def _measure(self) -> None:
        """Widen columns to what the rows say; never narrower again, so that nothing jumps."""
        grew = not self._placed
        sample = [*islice(self._ids, MEASURED), *self._ids[self.top : self.top + self.page]]
        for row_id in sample if len(self._widths) == 0 else sample[-self.page :]:
            for column, (text, _) in zip(self._columns, self._read(row_id), strict=True):
                width = min(cell_len(plain(text)), column.most)
                if width > self._widths.get(column.key, 0):
                    self._widths[column.key] = width
                    grew = True
        if grew:
            self._place()
            self._drawn.clear()
            self.refresh()

    def _place(self) -> None:
        gap = 2 if self.size.width >= WIDE else 1
        self._placed = place(self._columns, self._widths, self.size.width - 4, gap)
        keys = [column.key for column in self._columns]
        self._shown = [keys.index(placed.column.key) for placed in self._placed]

    def _line(self, y: int) -> Line | None:
        row = self.top + y - 1
        if y == 0 or row >= len(self._ids):
            return None
        row_id = self._ids[row]
        cells = self._read(row_id)
        return row_id == self.cursor, row_id in self.marks, tuple(cells[index] for index in self._shown)

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the heads, a row, or nothing."""
        line = self._line(y)
        self._drawn[y] = line
        base = self._style("")
        if line is not None:
            return self._row_strip(line, self._thumb(y), base)
        if y == 0:
            return self._head_strip(base)
        text = f"   {self._empty_text}" if y == 2 and not self._ids else ""
        style = base + self._style("empty")
        return Strip([Segment(fit(text, self.size.width), style)], self.size.width)

    def _head_strip(self, base: Style) -> Strip:
        gap = " " * (2 if self.size.width >= WIDE else 1)
        titles = gap.join(fit(one.column.title, one.width, right=one.column.right) for one in self._placed)
        style = base + self._style("head")
        return Strip([Segment(fit(f"   {titles}", self.size.width), style)], self.size.width)

    def _row_strip(self, line: Line, thumb: str, base: Style) -> Strip:
        cursor, marked, cells = line
        if marked:
            base += self._style("marked")
        rest = base
        if cursor:
            base += self._style("cursor")
            rest = rest if THRIFTY else base  # a bar over the whole line costs twice its bytes at each step
        segments = [Segment((">" if cursor else " ") + ("*" if marked else " ") + " ", base)]
        gap = Segment(" " * (2 if self.size.width >= WIDE else 1), rest)
        for placed, (text, tone) in zip(self._placed, cells, strict=True):
            style = base + self._style(tone) if tone else base
            segments += [Segment(fit(plain(text), placed.width, right=placed.column.right), style), gap]
            base = rest
        segments[-1:] = []
        used = sum(segment.cell_length for segment in segments)
        segments.append(Segment(fit("", self.size.width - used - 1), base))
        muted = self._style("") + self._style("muted")
        return Strip([*segments, Segment(thumb, muted)], self.size.width)

    def _style(self, name: str) -> Style:
        """The style of a tone or a part; of the table itself, if none is named. Asking Textual anew costs much."""
        if name not in self._styles:
            part = f"table--{name}"
            self._styles[name] = self.get_component_rich_style(part, partial=True) if name else self.rich_style
        return self._styles[name]

    def notify_style_update(self) -> None:
        """Forget the styles: the theme or the focus is another."""
        super().notify_style_update()
        self._styles.clear()

    def _thumb(self, y: int) -> str:
        """The scroll bar's cell beside a line; empty when everything fits."""
        total, page = len(self._ids), self.page
        if total <= page:
            return " "
        length = max(1, page * page // total)
        start = round(self.top / (total - page) * (page - length))
        return "┃" if start <= y - 1 < start + length else "│"
