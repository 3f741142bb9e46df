"""Text to read: the help, and why something is as it is."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from vmms_tui.keys import Place, acts_at, name_of
from vmms_tui.screens.dialog import Dialog, text
from vmms_tui.widgets.line import Lines, Piece, piece
from vmms_tui.widgets.text import fit


class Reader(Dialog[None]):
    """Some lines that can be scrolled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark", "close", "close", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[Sequence[Piece]]) -> None:
        super().__init__(title)
        self._lines = lines

    def inside(self) -> ComposeResult:
        """See Dialog."""
        with VerticalScroll(id="pages"):
            yield text(self._lines)
        yield Lines(id="hint", classes="hint")

    def on_mount(self) -> None:
        """Say how to read on and how to close."""
        pieces = [piece("j k PgDn", "key"), piece(":scroll  "), piece("esc", "key"), piece(":close")]
        self.query_one("#hint", Lines).show([pieces])

    def action_scroll(self, lines: int) -> None:
        """Scroll by some lines."""
        self.query_one("#pages").scroll_relative(y=lines, animate=False)


def help_lines(*places: Place) -> list[list[Piece]]:
    """The help for these places, from the key table."""
    lines = [[piece("Lower case looks, UPPER CASE (and +) changes, and asks before it does.", "muted")]]
    for place in places:
        lines += [[], [piece(f"{place.value[0].upper()}{place.value[1:]}", "title")]]
        for act in acts_at(place):
            keys = fit(" ".join(name_of(key) for key in act.keys), 12)
            lines.append([piece(f" {keys}", "key"), piece(f"{act.word()}: ", "strong"), piece(act.sentence())])
    return lines
