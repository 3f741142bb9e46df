"""What all dialogs have in common: a box over the screen, esc to close, texts that are never markup."""

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from vmms_tui.keys import Place
from vmms_tui.keys.inforce import around
from vmms_tui.screens.binding import rebound
from vmms_tui.widgets.line import Piece
from vmms_tui.widgets.text import plain

ResultT = TypeVar("ResultT")
TALLEST = 0.94
"""What of the screen's height a box may take, as in vmms.tcss."""


class Dialog(ModalScreen[ResultT]):
    """A box over the screen that ends with a result, or with None. One method `do_…` for each id of its place."""

    place: ClassVar[Place] = Place.DIALOG

    def __init__(self, title: str) -> None:
        super().__init__()
        self._bindings = rebound(self._bindings, *around(self.place))
        self._heading = title

    def compose(self) -> ComposeResult:
        """See Screen."""
        with Vertical(classes="box") as box:
            box.border_title = Content(plain(self._heading))
            yield from self.inside()

    def inside(self) -> ComposeResult:
        """What stands in the box."""
        raise NotImplementedError

    above = 0
    """Lines at the top of the screen that are somebody else's."""

    def leave_room(self, scroll: Widget, lines: int, own: int) -> None:
        """Let a scrolled part be as high as it wants, but leave `lines` of the screen, of which the box needs `own`."""
        most = min(self.size.height - lines, int(self.size.height * TALLEST) - own)
        scroll.styles.max_height = max(3, most - self.above)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Take the terminal's cursor along; a field for text does it itself."""
        if not isinstance(event.widget, Input):
            self.call_after_refresh(self._point_at, event.widget)

    def _point_at(self, widget: Widget) -> None:
        if widget.has_focus:
            self.app.cursor_position = widget.content_region.offset

    def action_do(self, act_id: str) -> None:
        """Do what a key stands for."""
        perform: Callable[[], None] = getattr(self, f"do_{act_id}")
        perform()

    def do_back(self) -> None:
        """Close."""
        self.action_close()

    def do_next_field(self) -> None:
        """To the next button or field."""
        self.focus_next()

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)


def text(lines: Sequence[Sequence[Piece]], *, id: str | None = None, classes: str | None = None) -> Static:  # noqa: A002
    """Styled text that wraps."""
    return Static(content(lines), id=id, classes=classes, markup=False)


def content(lines: Sequence[Sequence[Piece]]) -> Content:
    """Pieces as one text."""
    return Content("\n").join([Content.assemble(*line) for line in lines])


def button(label: str, name: str) -> Button:
    """A button of one line, without the flash during which it would not hear a second press."""
    made = Button(Content(f" {label} "), id=name, compact=True)
    made.active_effect_duration = 0
    return made
