"""Preflight: before anything is changed, what will happen and what can be undone. Cancel has the focus."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Static

from vmms_tui.screens.dialog import Dialog, button, content, text
from vmms_tui.screens.plans import MakePlan, Plan
from vmms_tui.widgets.line import Piece, piece
from vmms_tui.widgets.text import fit, plain, wrapped

UNDO = 24
"""Cells of the column that says what can be undone."""
WIDEST = 100
"""Cells of the box, at most, as in vmms.tcss."""
FRAME = 5
"""Cells of its border, padding and scroll bar."""
CHANGED = "This changed while you were reading. Look again before you go on."


class Preflight(Dialog[Plan | None]):
    """Shows a plan; ends with it when the user goes on, and with None otherwise."""

    AUTO_FOCUS = "#cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
        Binding("q", "close", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
    ]

    def __init__(self, make_plan: MakePlan) -> None:
        super().__init__("PREFLIGHT")
        self._make_plan = make_plan
        self._plan = make_plan()

    def inside(self) -> ComposeResult:
        """See Dialog."""
        with VerticalScroll(id="plan", can_focus=False):
            yield text([], id="plan-text")
        with Horizontal(classes="buttons"):
            yield button("Cancel", "cancel")
            if self._plan is not None:
                yield button(plain(self._plan.button), "go")
        hint = [piece("tab", "key"), piece(":next  "), piece("enter", "key"), piece(":press  "), piece("esc", "key")]
        yield text([[*hint, piece(":cancel")]], classes="hint")

    def on_mount(self) -> None:
        """Show the plan."""
        self._show("")

    def on_resize(self) -> None:
        """Wrap anew."""
        self._show("")

    def _show(self, said: str) -> None:
        if self._plan is not None:
            self.leave_room(self.query_one("#plan"), 8)
            width = min(self.size.width * 94 // 100, WIDEST) - FRAME
            self.query_one("#plan-text", Static).update(content(plan_lines(self._plan, said, width)))

    def action_scroll(self, lines: int) -> None:
        """Scroll a plan that is longer than the screen."""
        self.query_one("#plan").scroll_relative(y=lines, animate=False)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#go")
    def _go(self) -> None:
        now = self._make_plan()
        if now is None or self._plan is None:
            self.dismiss(None)
        elif now.basis != self._plan.basis:
            self._plan = now
            self._show(CHANGED)
            self.query_one("#cancel").focus()
        else:
            self.dismiss(now)


def plan_lines(plan: Plan, said: str, width: int) -> list[list[Piece]]:
    """A plan as lines of at most `width` cells."""
    undo = min(UNDO, width // 3)
    room = width - undo - 4
    lines: list[list[Piece]] = [
        [piece(fit(plain(plan.title), width).rstrip(), "title")],
        [piece(said, "bad") if said else piece("Nothing has been changed yet.", "muted")],
        *([piece("WARN  ", "warn"), piece(plain(warning))] for warning in plan.warnings),
        [],
        [piece(fit("what will happen", room + 4), "muted"), piece("can it be undone?", "muted")],
    ]
    for effect in plan.effects:
        undone = wrapped(effect.undone, undo)
        what = wrapped(plain(effect.what), room)
        for row in range(max(len(what), len(undone))):
            mark = "- " if row == 0 else "  "
            left = fit(mark + (what[row] if row < len(what) else ""), room + 4)
            lines.append([piece(left), piece(undone[row] if row < len(undone) else "", "muted")])
    if plan.command_lines:
        lines.append([])
        lines += [[piece("same as  ", "muted"), piece(plain(line))] for line in plan.command_lines]
    return lines
