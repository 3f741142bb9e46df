"""What was copied, so that it can be selected by hand where the terminal took nothing."""

from vmms_tui.screens.desk import Desk
from vmms_tui.screens.paragraphs import line
from vmms_tui.screens.textpage import TextPage
from vmms_tui.widgets.line import Piece, piece


class CopiedText(TextPage):
    """The text alone, without a frame beside it: what is selected with the mouse is nothing but the text."""

    def __init__(self, desk: Desk, text: str) -> None:
        lines = [line(one) for one in text.split("\n")]
        super().__init__("Copied, if your terminal takes OSC 52; else select it here", desk, lines)

    def status(self) -> Piece | None:
        """See Pages."""
        return piece(f"{len(self._text)} lines " if len(self._text) > 1 else "", "muted")
