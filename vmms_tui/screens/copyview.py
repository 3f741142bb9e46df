"""What was copied, so that it can be selected by hand where the terminal took nothing."""

from collections.abc import Sequence

from vmms_tui.screens.desk import Desk
from vmms_tui.screens.pages import Pages
from vmms_tui.screens.paragraphs import Paragraph, line
from vmms_tui.widgets.line import Piece, piece


class CopiedText(Pages):
    """The text alone, without a frame beside it: what is selected with the mouse is nothing but the text."""

    places = Pages.places

    def __init__(self, desk: Desk, text: str) -> None:
        super().__init__("Copied, if your terminal takes OSC 52; else select it here", desk)
        self._text = [line(one) for one in text.split("\n")]

    def make(self) -> Sequence[Paragraph]:
        """See Pages."""
        return self._text

    def status(self) -> Piece | None:
        """See Pages."""
        return piece(f"{len(self._text)} lines " if len(self._text) > 1 else "", "muted")
