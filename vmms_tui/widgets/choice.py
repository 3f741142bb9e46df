"""One of a few things, on one line: left and right step through them, enter opens the list."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from vmms_tui.widgets.text import fit, plain


class Choice(Widget, can_focus=True):
    """A field that holds one of `options`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right,space", "turn(1)", show=False),
        Binding("enter", "open", show=False),
    ]

    class Changed(Message):
        """Another option is held."""

    class Open(Message):
        """The user wants to see all options."""

    def __init__(self, options: Sequence[str], value: str, *, id: str) -> None:  # noqa: A002 Textual's name
        super().__init__(id=id)
        self.options = list(options)
        self.value = value if value in self.options else next(iter(self.options), "")

    def choose(self, value: str) -> None:
        """Hold this option."""
        self.value = value
        self.refresh()
        self.post_message(self.Changed())

    def offer(self, options: Sequence[str]) -> None:
        """Hold one of these from now on; the same as before where that is still among them."""
        if list(options) != self.options:
            self.options = list(options)
            self.choose(self.value if self.value in self.options else next(iter(self.options), ""))

    def action_turn(self, steps: int) -> None:
        """Step through the options."""
        if self.options:
            at = self.options.index(self.value) if self.value in self.options else 0
            self.choose(self.options[(at + steps) % len(self.options)])

    def action_open(self) -> None:
        """Ask for the list."""
        if self.options:
            self.post_message(self.Open())

    def render(self) -> Content:
        """See Widget."""
        width = self.content_size.width
        return Content(fit(plain(self.value) or "-", max(0, width - 2)) + " ▾")
