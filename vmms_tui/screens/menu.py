"""A small menu: one letter each, an entry that cannot be chosen says why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.geometry import Offset, Size

from vmms_tui.keys import name_of
from vmms_tui.keys.everywhere import Back
from vmms_tui.screens.dialog import Dialog
from vmms_tui.screens.footer import keys_said
from vmms_tui.widgets.line import Lines, Piece, piece
from vmms_tui.widgets.text import fit, plain, wrapped

HIGHEST = 10
"""Entries that are seen at once, at most."""
WIDEST, HIGH = 100, 0.94
"""Cells of the box, at most, and its share of the screen, as in vmms.tcss."""
FRAME, MARKS, HINT = 4, 5, 4
"""Cells of its border and padding, those around an entry, and the lines of border and hint."""


@dataclass(frozen=True)
class MenuItem:
    """An entry: its letter (or none), what is returned, what it says, and why it cannot be chosen."""

    key: str
    id: str
    text: str
    why_not: str = ""


class Menu(Dialog[str | None]):
    """Choose one of a few things with its letter, or with the arrows and enter."""

    def __init__(self, title: str, items: Sequence[MenuItem], at: str = "") -> None:
        super().__init__(title)
        self.items = items
        self._laid: tuple[int, int, str] | None = None
        """How high its parts are, and which of the entries are seen."""
        self._drawn_for = Size(0, 0)
        self.row = next((row for row, one in enumerate(items) if one.id == at), 0)

    def inside(self) -> ComposeResult:
        """See Dialog."""
        yield Lines(id="entries")
        yield Lines(id="whole")
        yield Lines(id="hint", classes="hint")

    def on_mount(self) -> None:
        """Show the entries."""
        self._show("")

    def on_resize(self) -> None:
        """Show as many as there is room for."""
        if self.size != self._drawn_for:
            self._show("")

    @property
    def _room(self) -> int:
        """Cells of a line in the box."""
        return min(WIDEST, int(self.size.width * HIGH)) - FRAME

    @property
    def _keys(self) -> int:
        """Cells of the widest key."""
        return max((cell_len(one.key) for one in self.items), default=0)

    def _whole(self, item: MenuItem) -> list[str]:
        """An entry that is cut, in several lines."""
        if cell_len(plain(item.text)) + self._keys + MARKS <= self._room:
            return []
        return wrapped(plain(re.sub(" {2,}", ": ", item.text, count=1)), max(1, self._room))

    def _show(self, said: str) -> None:
        self._drawn_for = self.size
        whole = max((len(self._whole(one)) for one in self.items), default=0)
        high = min(HIGHEST, len(self.items), max(3, int(self.size.height * HIGH) - HINT - whole))
        top = max(0, min(self.row - high // 2, len(self.items) - high))
        shown = range(top, min(len(self.items), top + high))
        entries, below = self.query_one("#entries", Lines), self.query_one("#whole", Lines)
        part = f" {top + 1}-{top + high} of {len(self.items)} " if high < len(self.items) else ""
        if (high, whole, part) != self._laid:
            self._laid = (high, whole, part)
            entries.styles.height, below.styles.height = high, whole
            self.query_one(".box").border_subtitle = part
        entries.show([self._entry(row) for row in shown])
        below.show([[piece(one, "muted")] for one in (self._whole(self.items[self.row]) if self.items else [])])
        self.call_after_refresh(self._point, self.row - top)
        keys = [piece("enter", "key"), piece(":choose  "), *keys_said(self.place, (Back, "close"))]
        self.query_one("#hint", Lines).show([[piece(said, "warn")] if said else keys])

    def _point(self, line: int) -> None:
        """Put the terminal's own cursor on the entry."""
        self.app.cursor_position = self.query_one("#entries").content_region.offset + Offset(0, line)

    def _entry(self, row: int) -> list[Piece]:
        item, here = self.items[row], row == self.row
        tone = "shout" if here else "muted" if item.why_not else ""
        key = [piece(f"{fit(item.key, self._keys)} ", "muted" if item.why_not else "key")] if item.key else []
        return [piece("> " if here else "  "), *key, piece(f" {plain(item.text)} ", tone)]

    def on_key(self, event: events.Key) -> None:
        """Move, choose."""
        if event.key in {"down", "j", "tab"}:
            self._step(1)
        elif event.key in {"up", "k", "shift+tab"}:
            self._step(-1)
        elif event.key == "enter":
            self._choose(self.items[self.row])
        else:
            pressed = {event.character, name_of(event.key)}
            item = next((one for one in self.items if one.key and one.key in pressed), None)
            if item is None:
                return
            self._choose(item)
        event.stop()
        event.prevent_default()

    def _step(self, rows: int) -> None:
        self.row = (self.row + rows) % len(self.items)
        self._show("")

    def _choose(self, item: MenuItem) -> None:
        if item.why_not:
            self._show(item.why_not)
        else:
            self.dismiss(item.id)
