"""A small menu: one letter each, an entry that cannot be chosen says why."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.geometry import Offset

from vmms_tui.keys import name_of
from vmms_tui.keys.everywhere import Back
from vmms_tui.screens.dialog import Dialog
from vmms_tui.screens.footer import keys_said
from vmms_tui.widgets.line import Lines, Piece, piece
from vmms_tui.widgets.text import plain

HIGHEST = 10
"""Entries that are seen at once."""


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
        self.row = next((row for row, one in enumerate(items) if one.id == at), 0)

    def inside(self) -> ComposeResult:
        """See Dialog."""
        yield Lines(id="entries")
        yield Lines(id="hint", classes="hint")

    def on_mount(self) -> None:
        """Show the entries."""
        self.query_one("#entries").styles.height = min(HIGHEST, len(self.items))
        self._show("")

    def _show(self, said: str) -> None:
        top = max(0, min(self.row - HIGHEST // 2, len(self.items) - HIGHEST))
        shown = range(top, min(len(self.items), top + HIGHEST))
        entries = self.query_one("#entries", Lines)
        entries.show([self._entry(row) for row in shown])
        self.call_after_refresh(self._point, self.row - top)
        keys = [piece("enter", "key"), piece(":choose  "), *keys_said(self.place, (Back, "close"))]
        self.query_one("#hint", Lines).show([[piece(said, "warn")] if said else keys])

    def _point(self, line: int) -> None:
        """Put the terminal's own cursor on the entry."""
        self.app.cursor_position = self.query_one("#entries").content_region.offset + Offset(0, line)

    def _entry(self, row: int) -> list[Piece]:
        item, here = self.items[row], row == self.row
        tone = "shout" if here else "muted" if item.why_not else ""
        key = [piece(f"{item.key} ", "muted" if item.why_not else "key")] if item.key else []
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
