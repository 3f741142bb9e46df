"""Text to read: the help, and why something is as it is."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from vmms_tui.keys import Place, acts_at, name_of
from vmms_tui.screens.dialog import Dialog, content, text
from vmms_tui.widgets.line import Lines, Piece, piece, width_of
from vmms_tui.widgets.text import fit, plain, wrapped

Entry = tuple[Sequence[Piece], str]
"""What stands in front, and the words after it, which wrap beside it."""
KEYS = 11
"""Cells of the column with the keys."""
WIDEST = 90
"""Cells of the box, at most, as in vmms.tcss."""
FRAME = 5
"""Cells of its border, padding and scroll bar."""


class Reader(Dialog[None]):
    """Some text that can be scrolled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,x", "close", "close", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, title: str, entries: Sequence[Entry]) -> None:
        super().__init__(title)
        self._entries = entries

    def inside(self) -> ComposeResult:
        """See Dialog."""
        with VerticalScroll(id="pages"):
            yield text([], id="page")
        yield Lines(id="hint", classes="hint")

    def on_mount(self) -> None:
        """Say how to read on and how to close."""
        pieces = [piece("j k PgDn", "key"), piece(":scroll  "), piece("esc", "key"), piece(":close")]
        self.query_one("#hint", Lines).show([pieces])
        self.on_resize()

    def on_resize(self) -> None:
        """Wrap anew."""
        self.leave_room(self.query_one("#pages"), 7)
        width = min(self.size.width * 94 // 100, WIDEST) - FRAME
        lines = [line for entry in self._entries for line in _wrapped(entry, width)]
        self.query_one("#page", Static).update(content(lines))

    def action_scroll(self, lines: int) -> None:
        """Scroll by some lines."""
        self.query_one("#pages").scroll_relative(y=lines, animate=False)


def _wrapped(entry: Entry, width: int) -> list[list[Piece]]:
    front, words = entry
    room = max(20, width - width_of(front))
    blank = piece(" " * width_of(front))
    return [[*(front if not row else [blank]), piece(one)] for row, one in enumerate(wrapped(plain(words), room))]


def help_entries(*places: Place, narrow: bool = False) -> list[Entry]:
    """The help for these places, from the key table."""
    entries: list[Entry] = [([], "Lower case looks, UPPER CASE (and +) changes, and asks before it does.")]
    for place in places:
        entries += [([], ""), ([piece(f"{place.value[0].upper()}{place.value[1:]}", "title")], "")]
        for act in acts_at(place):
            keys = fit(" ".join(name_of(key) for key in act.keys), KEYS)
            front = [piece(f" {keys} ", "key")]
            if narrow:
                entries.append((front, f"{act.word()}: {act.sentence()}"))
            else:
                entries.append(([*front, piece(f"{fit(act.word(), 15)} ", "strong")], act.sentence()))
    return entries
