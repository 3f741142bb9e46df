"""A panel: a title on a line, and some lines under it. It can have the focus, and then says so without a colour."""

from collections.abc import Sequence

from rich.cells import cell_len

from vmms_tui.widgets.line import Lines, Piece, piece, width_of
from vmms_tui.widgets.text import fit


class Panel(Lines, can_focus=True):
    """Its title has a mark while it has the focus."""

    def __init__(self, *, id: str, rule: str) -> None:  # noqa: A002 Textual's name
        super().__init__(id=id, classes="panel")
        self._rule = rule
        self._title = ""
        self._said: list[list[Piece]] = []

    @property
    def room(self) -> tuple[int, int]:
        """Cells and lines under the title."""
        return self.content_size.width, max(0, self.content_size.height - 1)

    def tell(self, title: str, lines: Sequence[Sequence[Piece]]) -> None:
        """Show this from now on. The title is safe text."""
        self._title, self._said = title, [list(line) for line in lines]
        self._draw()

    def _draw(self) -> None:
        self.show([title_line(self._title, self.content_size.width, self._rule, here=self.has_focus), *self._said])

    def watch_has_focus(self, has_focus: bool) -> None:
        """Mark the title, or take the mark away."""
        super().watch_has_focus(has_focus)
        self._draw()


def title_line(title: str, width: int, rule: str, *, here: bool, said: Sequence[Piece] = ()) -> list[Piece]:
    """A title, what else is `said` there, and a line to the end of the width; `here` it has the focus."""
    name = fit(title, max(1, min(cell_len(title), width - 4)))
    line = rule * max(0, width - cell_len(name) - 5 - width_of(said))
    lead = piece("> ", "shout") if here else piece(f"{rule}{rule}", "muted")
    return [lead, piece(f" {name} ", "shout" if here else "title"), *said, piece(line, "muted")]
