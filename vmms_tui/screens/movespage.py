"""The page on queues of moves: hosts that are emptied, what comes back to them, and the load that is evened."""

from collections.abc import Sequence

from vmms_tui.screens.desk import Desk
from vmms_tui.screens.pages import Pages
from vmms_tui.screens.paragraphs import Paragraph
from vmms_tui.screens.queues import page


class MovesPage(Pages):
    """Kept up to date while it is read; that of one host stands first."""

    def __init__(self, desk: Desk, host: str) -> None:
        super().__init__("Moves, some at a time", desk)
        self._host = host

    def make(self) -> Sequence[Paragraph]:
        """See Pages."""
        mirror = self.desk.mirror
        return page(mirror.tables, mirror.now, self._host)
