"""The strip with the facts of the row under the cursor."""

from collections.abc import Sequence

from rich.cells import cell_len

from vmms_tui.widgets.line import Lines, Piece, piece
from vmms_tui.widgets.text import fit, plain, wrapped

LABEL = 8
"""Cells of a label."""
FLAT = 8
"""A strip lower than this shows each fact on one line, cut; a higher one wraps."""
WHOLE = frozenset({"outcome", "do", "waits"})
"""Facts that also wrap in a low strip, over half of it each: why something failed or waits, and what to do now."""


class DetailStrip(Lines):
    """A title and labelled facts. The words may come from outside."""

    def __init__(self) -> None:
        super().__init__(id="strip")
        self._title = ""
        self._facts: tuple[tuple[str, str], ...] = ()

    def tell(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        """Show this from now on."""
        self._title, self._facts = title, tuple(facts)
        width, height = self.content_size
        lines: list[list[Piece]] = [_rule(plain(self._title), width)]
        for label, text in self._facts:
            most = height if height > FLAT else max(1, (height - 1) // 2) if label in WHOLE else 1
            lines += _fact(label, plain(text), width, most)
        self.show(lines[:height])

    def on_resize(self) -> None:
        """Fit the facts to the new size."""
        self.tell(self._title, self._facts)


def _rule(title: str, width: int) -> list[Piece]:
    name = fit(title, width - 6).rstrip() if title else "nothing selected"
    line = "─" * max(0, width - cell_len(name) - 4)
    return [piece("── ", "muted"), piece(name, "strong"), piece(f" {line}", "muted")]


def _fact(label: str, text: str, width: int, most: int) -> list[list[Piece]]:
    room = max(10, width - LABEL - 2)
    texts = wrapped(text, room) if most > 1 else [text]
    texts = [*texts[: most - 1], fit(" ".join(texts[most - 1 :]), room).rstrip()] if len(texts) >= most else texts
    return [[piece(" " + fit(label if row == 0 else "", LABEL), "muted"), piece(one)] for row, one in enumerate(texts)]
