"""Lines of styled text that are drawn again only when they say something else."""

from collections.abc import Sequence
from itertools import takewhile

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Region
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
    """Some lines of text. Cut at the right, never wrapped, never interpreted; only what changed is drawn again."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 Textual's name
        super().__init__(id=id, classes=classes)
        self._lines: list[list[Piece]] = []

    def show(self, lines: Sequence[Sequence[Piece]]) -> None:
        """Show these lines from now on."""
        fresh = [list(line) for line in lines]
        longest = max(len(fresh), len(self._lines))
        pairs = zip(_filled(self._lines, longest), _filled(fresh, longest), strict=True)
        changed = [(y, same_cells(old, new)) for y, (old, new) in enumerate(pairs) if old != new]
        self._lines = fresh
        if changed:
            width, left, top = self.size.width, self.gutter.left, self.gutter.top
            self.refresh(*(Region(left + x, top + y, max(1, width - x), 1) for y, x in changed))

    def render(self) -> Content:
        """See Widget."""
        return Content("\n").join([Content.assemble(*pieces) for pieces in self._lines])

    @property
    def text(self) -> str:
        """What is shown, without styles."""
        return self.render().plain


def _filled(lines: list[list[Piece]], count: int) -> list[list[Piece]]:
    return lines + [[] for _ in range(count - len(lines))]


def same_cells(old: Sequence[Piece], new: Sequence[Piece]) -> int:
    """How many cells from the left look the same."""
    cells = 0
    for one, other in zip(old, new, strict=False):
        if one == other:
            cells += cell_len(one[0])
            continue
        if one[1] == other[1]:
            pairs = takewhile(lambda pair: pair[0] == pair[1], zip(one[0], other[0], strict=False))
            cells += sum(cell_len(character) for character, _ in pairs)
        break
    return cells
