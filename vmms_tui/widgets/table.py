"""The table of all lists: only lines on the screen are made, and only lines that changed are drawn.

Cursor and marks are kept by id. Textual's own DataTable measures each cell, which takes seconds at 10,000 rows.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Offset, Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vmms_tui.widgets.column import Column, Placed, firm_ones, place, place_all, roomy
from vmms_tui.widgets.sideways import moved, next_stop, side_by_side, worded
from vmms_tui.widgets.terminal import THRIFTY
from vmms_tui.widgets.text import fit, plain, wrapped
from vmms_tui.widgets.traces import Cell as Cell
from vmms_tui.widgets.traces import Fresh, Gone

Line = tuple[bool, str, tuple[Cell, ...]]
"""Whether the cursor is on it, its mark (`*` marked, `x` gone), and its cells."""

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
        "table--gone",
        "table--fresh",
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
        self.range_from: str | None = None
        """Where a range of marks begins that is not ended yet."""
        self.gone = Gone()
        self.fresh = Fresh()
        self.top = 0
        self.wide = False
        """Whether every column is as wide as its words, and those that are not firm move to the side."""
        self._shift = 0
        """Cells that they are moved."""
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

    def say_when_empty(self, text: str) -> None:
        """What stands there when there are no rows."""
        if (text := plain(text)) != self._empty_text:
            self._empty_text = text
            if not self._ids:
                self.refresh()

    def merge(self, ids: Sequence[str], alive: Collection[str]) -> None:
        """Show these ids, and those that went a moment ago at their place.

        Marks of ids that are not `alive` go; a cursor whose row is not shown any more goes to its neighbour.
        """
        old, old_row = self._ids, self._row
        ids = self.gone.weave(old, ids, alive)
        if bool(old) != bool(ids):
            self.refresh()
        at_top = self._tail and self.top == 0 and old_row <= 0
        offset = old_row - self.top
        self._ids = ids
        if self.marks:
            self.marks.intersection_update(alive)
        if self.range_from not in alive:
            self.range_from = None
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
        self._point()
        if stale:
            self.refresh(*(Region(0, y, width, 1) for y in stale))

    def near(self) -> set[str]:
        """The ids on the screen, and on a page above and below it."""
        return set(self._ids[max(0, self.top - self.page) : self.top + 2 * self.page])

    def bury(self, rows: Mapping[str, Sequence[Cell]], now: datetime) -> None:
        """Before they are merged away: these rows go, and stay struck through for a while. What they said last."""
        self.gone.bury(rows, now)

    def pass_time(self, now: datetime) -> bool:
        """It is later. Whether rows that went are not to be shown any more: merge then."""
        self.fresh.expire(now)
        return self.gone.expire(now)

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
        """Mark the row under the cursor, or take its mark off. What is gone takes no mark."""
        if self.cursor is not None and self.cursor not in self.gone:
            self.marks.symmetric_difference_update({self.cursor})
            self.sync()

    def mark_range(self) -> None:
        """Begin a range at the cursor; or end it here, and mark all that stands between."""
        begin, here = self.range_from, self.cursor
        if here is None or here in self.gone:
            return
        self.range_from = None if begin else here
        first, last = sorted((self._row_of(begin) if begin else self._row, self._row))
        self.mark_all(self._ids[max(0, first) : last + 1])

    def mark_all(self, ids: Collection[str]) -> None:
        """Mark all these."""
        self.marks.update(one for one in ids if one not in self.gone)
        self.sync()

    def clear_marks(self) -> None:
        """Take all marks off, and forget where a range began."""
        self.marks.clear()
        self.range_from = None
        self.sync()

    def widen(self) -> None:
        """Make every column as wide as its words, or fit them into the screen again."""
        self.wide, self._shift = not self.wide, 0
        self._measure()
        self._place()
        self._draw_all()

    def shift(self, columns: int) -> None:
        """Move the columns that are not firm: to the next one, or a screen on in one that is wider than that."""
        widths = [one.width for one in self._placed[self._fixed() :]]
        shift = next_stop(widths, self._gap(), self._room(), self._shift, columns)
        if shift != self._shift:
            self._shift = shift
            self._draw_all()

    def _keep_in_view(self) -> None:
        row = max(0, self.cursor_row)
        self.top = max(row - self.page + 1, min(self.top, row))
        self.top = max(0, min(self.top, len(self._ids) - self.page))

    # Drawing

    def on_resize(self, _event: events.Resize) -> None:
        """Place the columns anew."""
        self._keep_in_view()
        self._place()
        self._draw_all()

    def on_focus(self) -> None:
        """Take the terminal's cursor along."""
        self._point()

    def _point(self) -> None:
        """Put the terminal's own cursor on the row: screen readers and magnifiers follow it."""
        if self.has_focus and self._row >= 0:
            self.app.cursor_position = self.content_region.offset + Offset(0, 1 + self._row - self.top)

    def _draw_all(self) -> None:
        self._drawn.clear()
        self.refresh()

    def _gap(self) -> int:
        return 2 if self.size.width >= WIDE else 1

    def _fixed(self) -> int:
        return firm_ones([one.column for one in self._placed])

    def _room(self) -> int:
        """Cells for the columns that move."""
        return max(8, self.size.width - 4 - sum(one.width + self._gap() for one in self._placed[: self._fixed()]))

    def _measure(self) -> None:
        """Widen columns to what the rows say; never narrower again, so that nothing jumps."""
        grew = not self._placed
        sample = [*islice(self._ids, MEASURED), *self._ids[self.top : self.top + self.page]]
        for row_id in sample if len(self._widths) == 0 else sample[-self.page :]:
            for column, (text, _) in zip(self._columns, self._cells(row_id), strict=True):
                width, before = cell_len(plain(text)), self._widths.get(column.key, 0)
                if width > before:
                    self._widths[column.key] = width
                    grew = grew or self.wide or before < column.most
        if grew:
            self._place()
            self._draw_all()

    def _cells(self, row_id: str) -> Sequence[Cell]:
        return self.gone.cells(row_id) if row_id in self.gone else self._read(row_id)

    def _place(self) -> None:
        if self.wide:
            self._placed = place_all(self._columns, self._widths)
        else:
            self._placed = place(self._columns, self._widths, self.size.width - 4, self._gap())
        keys = [column.key for column in self._columns]
        self._shown = [keys.index(placed.column.key) for placed in self._placed]

    def _line(self, y: int) -> Line | None:
        row = self.top + y - 1
        if y == 0 or row >= len(self._ids):
            return None
        row_id = self._ids[row]
        cells = self._cells(row_id)
        here = row_id == self.cursor
        if row_id in self.gone:
            return here, "x", tuple((cells[index][0], " gone") for index in self._shown)
        shown = tuple(
            (cells[index][0], f"{cells[index][1]} fresh") if (row_id, index) in self.fresh else cells[index]
            for index in self._shown
        )
        return here, "*" if row_id in self.marks else " ", shown

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the heads, a row, or nothing."""
        line = self._line(y)
        self._drawn[y] = line
        base = self._style("")
        if line is not None:
            return self._row_strip(line, self._thumb(y), base)
        if y == 0:
            return self._head_strip(base)
        said = [] if self._ids else wrapped(self._empty_text, max(1, self.size.width - 4))
        text = f"   {said[y - 2]}" if 2 <= y < 2 + len(said) else ""
        style = base + self._style("empty")
        return Strip([Segment(fit(text, self.size.width), style)], self.size.width)

    def _head_strip(self, base: Style) -> Strip:
        style = base + self._style("head")
        cells = [Segment(fit(one.column.title, one.width, right=one.column.right), style) for one in self._placed]
        return Strip([Segment("   ", style), *self._beside([[one] for one in cells], style, self.size.width - 3)])

    def _row_strip(self, line: Line, thumb: str, base: Style) -> Strip:
        cursor, mark, cells = line
        if mark == "*":
            base += self._style("marked")
        rest = base
        if cursor:
            base += self._style("cursor")
            rest = rest if THRIFTY else base  # a bar over the whole line costs twice its bytes at each step
        shown = [
            self._cell(plain(text), tone, placed, rest if row else base)
            for row, (placed, (text, tone)) in enumerate(zip(self._placed, cells, strict=True))
        ]
        muted = self._style("") + self._style("muted")
        head = Segment((">" if cursor else " ") + mark + " ", base)
        return Strip([head, *self._beside(shown, rest, self.size.width - 4), Segment(thumb, muted)], self.size.width)

    def _cell(self, text: str, tone: str, placed: Placed[object], base: Style) -> list[Segment]:
        style = base + self._style(tone) if tone else base
        words = roomy(text, placed, self._widths.get(placed.column.key, 0))
        said = fit(words, placed.width, right=placed.column.right)
        return worded(said, style, base) if " " in tone else [Segment(said, style)]

    def _beside(self, cells: Sequence[Sequence[Segment]], base: Style, width: int) -> list[Segment]:
        if self.wide:
            return moved(cells, self._gap(), base, width, self._fixed(), self._shift)
        return side_by_side(cells, self._gap(), base, width)

    def _style(self, name: str) -> Style:
        """The style of a tone or a part; of the table itself, if none is named. Asking Textual anew costs much."""
        if " " in name:
            tone, _, trace = name.partition(" ")
            return (self._style(tone) if tone else Style.null()) + self._style(trace)
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
