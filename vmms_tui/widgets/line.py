"""Lines of styled text that are drawn again only when they say something else."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

Piece = tuple[str, str]
"""Safe text and the Textual style it is drawn in."""

STYLES = {
    "": "",
    "good": "$text-success",
    "warn": "$text-warning",
    "bad": "bold $text-error",
    "muted": "$vmms-muted",
    "strong": "bold",
    "key": "bold $text-accent",
    "title": "bold $text-primary",
    "shout": "bold reverse",
}
"""Tones as styles of the theme."""


def piece(text: str, tone: str = "") -> Piece:
    """Safe text in a tone."""
    return text, STYLES[tone]


def width_of(pieces: Sequence[Piece]) -> int:
    """Cells that the pieces take."""
    return sum(cell_len(text) for text, _ in pieces)


class Lines(Widget):
    """Some lines of text. Cut at the right, never wrapped, never interpreted."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 Textual's name
        super().__init__(id=id, classes=classes)
        self._content = Content()

    def show(self, lines: Sequence[Sequence[Piece]]) -> None:
        """Show these lines from now on."""
        content = Content("\n").join([Content.assemble(*pieces) for pieces in lines])
        if not content.is_same(self._content):
            self._content = content
            self.refresh()

    def render(self) -> Content:
        """See Widget."""
        return self._content

    @property
    def text(self) -> str:
        """What is shown, without styles."""
        return self._content.plain
