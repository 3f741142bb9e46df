"""A text that stays as it is."""

from collections.abc import Sequence

from vmms_tui.screens.desk import Desk
from vmms_tui.screens.pages import Pages
from vmms_tui.screens.paragraphs import Paragraph


class TextPage(Pages):
    """These paragraphs, to be read."""

    def __init__(self, title: str, desk: Desk, paragraphs: Sequence[Paragraph]) -> None:
        super().__init__(title, desk)
        self._text = paragraphs

    def make(self) -> Sequence[Paragraph]:
        """See Pages."""
        return self._text

    def why_not_again(self) -> str:
        """See Pages."""
        return "this stays as it is."
