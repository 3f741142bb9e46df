"""A question with one line for the answer, and a sentence under it that says what the answer would mean."""

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from vmms_tui.keys.everywhere import Back
from vmms_tui.screens.dialog import Dialog
from vmms_tui.screens.footer import keys_said
from vmms_tui.widgets.line import Lines, piece
from vmms_tui.widgets.text import plain, wrapped

Preview = Callable[[str], tuple[str, str]]
"""What an answer would mean, as a sentence and a tone."""


WIDEST = 76
"""Cells of the box, at most, as in vmms.tcss."""
FRAME = 4
"""Cells of its border and padding."""


class Prompt(Dialog[str | None]):
    """Asks for one line. An answer that means nothing is not taken."""

    def __init__(self, title: str, value: str, preview: Preview) -> None:
        """`preview` says what an answer would mean; its tone `bad` means that it is not taken."""
        super().__init__(title)
        self._value = value
        self._preview = preview

    def inside(self) -> ComposeResult:
        """See Dialog."""
        entry = Input(self._value, id="answer", compact=True)
        entry.cursor_blink = False
        yield entry
        yield Lines(id="preview")
        yield Lines(id="hint", classes="hint")

    def fill(self, answer: str) -> None:
        """Write this answer, to be read and sent by the user."""
        entry = self.query_one("#answer", Input)
        entry.value = answer
        entry.cursor_position = len(answer)

    def on_mount(self) -> None:
        """Say how to go on."""
        enter = [piece("enter", "key"), piece(":go on  ")]
        self.query_one("#hint", Lines).show([[*enter, *keys_said(self.place, (Back, "cancel"))]])
        self._say(self._value)

    def _say(self, answer: str) -> str:
        words, tone = self._preview(answer)
        room = min(WIDEST, self.size.width * 94 // 100) - FRAME
        lines = [part for one in words.split("\n") for part in wrapped(plain(one), room) or [""]]
        preview = self.query_one("#preview", Lines)
        preview.styles.height = len(lines)
        preview.show([[piece(line, tone)] for line in lines])
        return tone

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._say(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if self._say(event.value) != "bad":
            self.dismiss(event.value)
