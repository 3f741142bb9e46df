"""Small dialogs: a password, leaving while operations run, a terminal that is too small."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap, BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from vmms_tui.keys import Place, key_name, keys_at
from vmms_tui.keys.dialogs import CopyPassword
from vmms_tui.keys.everywhere import Back, Quit
from vmms_tui.keys.forms import NextField
from vmms_tui.screens.dialog import Dialog, button, content, text
from vmms_tui.screens.footer import keys_line, keys_said
from vmms_tui.widgets.line import piece
from vmms_tui.widgets.text import plain

SMALLEST = (60, 16)
"""Columns and lines that the screens need."""


class PasswordDialog(Dialog[None]):
    """A password, this once. Enter on Close or esc closes; it is nowhere else on the screen."""

    place = Place.SHOWN_ONCE

    AUTO_FOCUS = "#close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, password: str, copy: Callable[[str], None]) -> None:
        super().__init__(title)
        self._password = password
        self._copy = copy

    def inside(self) -> ComposeResult:
        """See Dialog."""
        yield text([[], [piece("   " + plain(self._password), "strong")], []], id="password")
        yield text([[piece("Write it down now: it is not shown again.", "warn")]])
        yield text([[]], id="said")
        with Horizontal(classes="buttons"):
            yield button("Close", "close")
            yield button("Copy", "copy")
        yield text([keys_line(self.place, CopyPassword, Back)], classes="hint")

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#copy")
    def do_copy_password(self) -> None:
        """Put it on the clipboard of the terminal."""
        self._copy(self._password)
        self.query_one("#said", Static).update(content([[piece("Copied, if your terminal takes OSC 52.", "good")]]))


class LeaveDialog(Dialog[bool | None]):
    """Asks before quitting while operations of an engine in this program run."""

    AUTO_FOCUS = "#stay"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, running: Sequence[str]) -> None:
        super().__init__("Quit?")
        self._operations = running

    def inside(self) -> ComposeResult:
        """See Dialog."""
        shown = [[piece(f"- {plain(one)}")] for one in self._operations[:5]]
        if len(self._operations) > len(shown):
            shown.append([piece(f"  and {len(self._operations) - len(shown)} more", "muted")])
        count = len(self._operations)
        head = "1 operation runs:" if count == 1 else f"{count} operations run:"
        after = "They go on: an engine in the background takes over. `vmms` comes back to it."
        yield text([[piece(head)], *shown, [], [piece(after, "muted")]])
        with Horizontal(classes="buttons"):
            yield button("Stay", "stay")
            yield button("Quit", "leave")
        yield text([keys_said(self.place, (NextField, "next"), (Back, "stay"))], classes="hint")

    @on(Button.Pressed, "#stay")
    def _stay(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(True)


class TooSmall(ModalScreen[None]):
    """Instead of a screen that cannot be read. Only what quits acts."""

    def __init__(self) -> None:
        super().__init__()
        keys = keys_at(Quit, Place.EVERYWHERE)
        if keys:
            self._bindings = BindingsMap([Binding(",".join(keys), "app.leave", show=False)])

    def compose(self) -> ComposeResult:
        """See Screen."""
        yield text([[]], id="too-small")

    def on_mount(self) -> None:
        """Say it."""
        self._say()

    def on_resize(self) -> None:
        """Say the size as it is now."""
        self._say()

    def _say(self) -> None:
        (width, height), (columns, lines) = self.app.size, SMALLEST
        key = key_name(Quit, Place.EVERYWHERE)
        quits = f" {key} quits." if key else ""
        words = f"This terminal is too small: {width}x{height}. VMMS needs {columns}x{lines}.{quits}"
        self.query_one("#too-small", Static).update(content([[piece(words, "warn")]]))
