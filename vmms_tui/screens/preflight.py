"""Preflight: before anything is changed, what will happen and what can be undone. Cancel has the focus."""

import asyncio
from datetime import timedelta
from functools import partialmethod
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Static

from vmms_tui.keys import Place, key_name
from vmms_tui.keys.everywhere import Back
from vmms_tui.keys.forms import NextField
from vmms_tui.keys.lists import Down
from vmms_tui.keys.preflight import CopyCommand, EventsOfPlan, ReadLive
from vmms_tui.model.commands import ReadServers, Reply
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.dialog import Dialog, button, content, text
from vmms_tui.screens.frame import MirrorChanged
from vmms_tui.screens.paragraphs import Paragraph, line
from vmms_tui.screens.plans import MakePlan, Plan, Reading, read_live
from vmms_tui.screens.plantext import plan_lines
from vmms_tui.screens.textpage import TextPage
from vmms_tui.screens.wording import clock_time, span
from vmms_tui.widgets.line import Lines, Piece, piece, width_of
from vmms_tui.widgets.text import plain, wrapped

WIDEST = 100
"""Cells of the box, at most, as in vmms.tcss."""
FRAME = 5
"""Cells of its border, padding and scroll bar."""
LEAST = 8
"""Cells of a button, at least, as in vmms.tcss."""
FIELD = 8
"""Cells of the field for the count, as in vmms.tcss."""
PATIENCE = 6.0
"""Seconds that the cloud gets to answer; then the plan says that it could not be read."""
LAST_EVENTS = 20
MANY = 100
"""Plans of more parts than this are not thought through anew at each change."""
CHANGED = "This changed while you were reading. Look again before you go on."


class Preflight(Dialog[Plan | None]):
    """Shows a plan; ends with what of it is to be done when the user goes on, and with None otherwise."""

    place = Place.PREFLIGHT
    AUTO_FOCUS = "#cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, desk: Desk, make_plan: MakePlan) -> None:
        super().__init__("PREFLIGHT")
        self._desk = desk
        self._make_plan = make_plan
        self._reading: Reading | None = None
        self._asking = False
        self._stale = False
        """Whether something has changed since the last look."""
        self._said = ""
        self._copied = ""
        self._plan = self._look()

    def _look(self) -> Plan | None:
        """The plan from what is known now."""
        plan = self._make_plan()
        return read_live(plan, self._reading, self._desk.mirror.now) if plan is not None else None

    @property
    def _careful(self) -> bool:
        """Whether a count has to be typed."""
        status = self._desk.mirror.status
        production = status is not None and status.context.production
        return production and self._plan is not None and self._plan.ends > 0

    @property
    def _room(self) -> int:
        """Cells of a line in the box."""
        return min(self.size.width * 94 // 100, WIDEST) - FRAME

    # What stands in it

    def inside(self) -> ComposeResult:
        """See Dialog."""
        with VerticalScroll(id="plan", can_focus=False):
            yield text([], id="plan-text")
        with Horizontal(id="typed-line"):
            yield Lines(id="typed-label")
            entry = Input(id="typed", compact=True, max_length=6)
            entry.cursor_blink = False
            yield entry
        with Horizontal(classes="buttons"):
            yield button("Cancel", "cancel")
            yield button("", "calm")
            yield button("", "go")
        yield Lines(id="hint", classes="hint")

    def on_mount(self) -> None:
        """Show the plan, and have its servers read."""
        self.on_resize()
        self._read()

    @property
    def _stands(self) -> bool:
        """Whether all of it is there: it is not yet being taken down."""
        return self.is_mounted and len(self.query("#plan-text, #typed, #cancel")) == 3

    def on_resize(self) -> None:
        """Wrap anew."""
        if self._stands:
            self.query_one("#hint", Lines).show([keys_hint(self._room)])
            self._show()

    def on_mirror_changed(self, _message: MirrorChanged) -> None:
        """Look whether what was read still holds. If not, the focus goes back to Cancel.

        To look at very many things takes long, and keys come first: that is done with the next tick.
        """
        if not self._stands:
            return
        if self._plan is not None and (len(self._plan.parts) > MANY or self._plan.costly):
            self._stale = True
        else:
            self._look_again()

    def tick(self) -> None:
        """Bring the age of the live read to the present."""
        if not self._stands:
            return
        if self._stale:
            self._look_again()
        else:
            self._show()

    def _look_again(self) -> None:
        self._stale = False
        now, before = self._look(), self._plan
        if now is None or before is None:
            self._plan = now
            self._said = "There is nothing left to do."
            self.query_one("#cancel").focus()
        elif now.commands != before.commands or (not now.id and now.effects != before.effects):
            self._said = CHANGED
            self.query_one("#typed", Input).value = ""
            self.query_one("#cancel").focus()
        self._plan = now or before
        self._show()

    def _show(self) -> None:
        plan, width = self._plan, self._room
        self._show_buttons(plan)
        more = self._arrange()
        self.leave_room(self.query_one("#plan"), 8 + more, 6 + more)
        if plan is None:
            self.query_one("#plan-text", Static).update(content([[piece("There is nothing left to do.", "warn")]]))
        else:
            lines = plan_lines(plan, self._said, self._read_words(plan), width)
            if self._copied:
                lines.append([piece(self._copied, "good")])
            self.query_one("#plan-text", Static).update(content(lines))

    def _arrange(self) -> int:
        """Put what does not fit beside each other below each other; how many lines that is more than usual."""
        buttons = [one for one in self.query(Button) if one.display]
        beside = sum(max(LEAST, cell_len(str(one.label))) + 2 for one in buttons) <= self._room
        row = self.query_one(".buttons")
        row.styles.layout = "horizontal" if beside else "vertical"
        row.styles.height = 1 if beside else len(buttons)
        more = 0 if beside else len(buttons) - 1
        return more + (self._ask(self._plan) if self._careful and self._plan is not None else 0)

    def _ask(self, plan: Plan) -> int:
        """Ask for the count, before its field or above it; how many lines that takes."""
        words = f"PROD {plain(self._place)}: type how many this {plan.does} ({plan.ends}) to go on: "
        label, row = self.query_one("#typed-label", Lines), self.query_one("#typed-line")
        below = width_of([piece(words)]) + FIELD > self._room
        rows = wrapped(words, self._room) if below else [words]
        label.styles.width, label.styles.height = max(width_of([piece(one)]) for one in rows), len(rows)
        row.styles.layout, row.styles.height = ("vertical", len(rows) + 1) if below else ("horizontal", 1)
        label.show([[piece(one, "bad")] for one in rows])
        return len(rows) + 1 + int(below)

    def _show_buttons(self, plan: Plan | None) -> None:
        self.query_one("#typed-line").display = self._careful
        calm = plan.calm if plan is not None else None
        self._let("go", plan, "" if plan is None else plan.button)
        self._let("calm", calm, "" if plan is None else plan.calm_button)

    def _let(self, name: str, plan: Plan | None, label: str) -> None:
        """Show a button, which can be pressed when its plan can be carried out."""
        one = self.query_one(f"#{name}", Button)
        one.display = plan is not None
        if plan is None:
            return
        if one.label != (new := content([[piece(f" {plain(label)} ")]])):
            one.label = new
        one.disabled = plan.blocked or (self._careful and self._typed != str(plan.ends))

    @property
    def _place(self) -> str:
        status = self._desk.mirror.status
        return (status.context.name or status.cloud.name) if status else ""

    @property
    def _typed(self) -> str:
        return self.query_one("#typed", Input).value.strip()

    def _read_words(self, plan: Plan) -> Piece:
        """How fresh it is what the plan was made from."""
        if not plan.server_ids:
            return piece("")
        if self._asking:
            return piece("reading live …", "muted")
        reading = self._reading
        if reading is None or reading.problem or set(plan.server_ids) <= set(reading.unread) or reading.at is None:
            return piece("not read live", "warn")
        return piece(f"read live {span(max(timedelta(0), self._desk.mirror.now - reading.at))} ago", "good")

    # What is done in it

    def _read(self) -> None:
        if self._plan is None or not self._plan.server_ids or self._asking:
            return
        self._asking = True
        self.run_worker(self._read_live(self._plan.server_ids), group="read", exit_on_error=True)

    async def _read_live(self, server_ids: tuple[str, ...]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                reply = await self._desk.send(ReadServers(server_ids=server_ids))
        except TimeoutError:
            listed = self._desk.mirror.status.cloud.listed_at if self._desk.mirror.status else None
            text = f"The cloud has not answered within {PATIENCE:g} s."
            reply = Reply(code="try_again", text=text, read_at=listed, unread=server_ids)
        self._asking, self._reading = False, Reading.of(reply)
        self._look_again()

    def do_read_live(self) -> None:
        """Ask the cloud once more."""
        self._said = ""
        self._read()
        self._look_again()

    def do_copy_command(self) -> None:
        """Copy the command lines."""
        if self._plan is not None:
            self._desk.copy("\n".join(self._plan.command_lines))
            self._copied = "Copied, if your terminal takes OSC 52."
            self._show()

    def do_events_of_plan(self) -> None:
        """Show what happened to what the plan is about."""
        if self._plan is None:
            return
        mirror = self._desk.mirror
        ids = {name for part in self._plan.parts for name in (part.server_id, getattr(part.command, "lease_id", ""))}
        found = mirror.events_of(*ids, limit=LAST_EVENTS)
        told = [Paragraph((piece(f"{clock_time(one.at, mirror.now)}  ", "muted"),), one.text) for one in found]
        none = line("Nothing is known to have happened lately.")
        self.app.push_screen(TextPage("Events", self._desk, told or [none]))

    # Scrolling a plan that is longer than the screen

    def _scroll(self, lines: float, *, pages: float = 0) -> None:
        plan = self.query_one("#plan")
        lines += pages * plan.scrollable_content_region.height
        plan.scroll_relative(y=lines, animate=False)

    do_down = partialmethod(_scroll, 1)
    do_up = partialmethod(_scroll, -1)
    do_half_down = partialmethod(_scroll, 0, pages=0.5)
    do_half_up = partialmethod(_scroll, 0, pages=-0.5)
    do_page_down = partialmethod(_scroll, 0, pages=1)
    do_page_up = partialmethod(_scroll, 0, pages=-1)

    def do_first(self) -> None:
        """To its beginning."""
        self.query_one("#plan").scroll_home(animate=False)

    def do_last(self) -> None:
        """To its end."""
        self.query_one("#plan").scroll_end(animate=False)

    def do_close_text(self) -> None:
        """Cancel."""
        self.action_close()

    @on(Input.Changed, "#typed")
    def _counted(self) -> None:
        self._show_buttons(self._plan)

    @on(Input.Submitted, "#typed")
    def _on_to_the_buttons(self) -> None:
        self.focus_next()

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#go")
    def _go(self) -> None:
        self._end(self._plan)

    @on(Button.Pressed, "#calm")
    def _go_calmly(self) -> None:
        self._end(self._plan.calm if self._plan is not None else None)

    def _end(self, plan: Plan | None) -> None:
        now = self._look()
        if now is None or plan is None:
            self.dismiss(None)
        elif self._plan is not None and now.id != self._plan.id:
            self._look_again()
        elif not plan.blocked:
            self.dismiss(plan)


def keys_hint(width: int) -> list[Piece]:
    """The keys of the dialog, as many as there is room for, each whole."""
    here = Place.PREFLIGHT
    said = [(key_name(act, here), word) for act, word in ((Back, "cancel"), (NextField, "next"))]
    said += [("enter", "press"), (key_name(Down, here), "scroll")]
    said += [(key_name(act, here), act.word()) for act in (CopyCommand, ReadLive, EventsOfPlan)]
    hint: list[Piece] = []
    for key, word in said:
        if not key:
            continue
        one = [piece(key, "key"), piece(f":{word}")]
        if width_of([*hint, *one]) > width:
            break
        hint += [*one, piece("  ")]
    return hint[:-1]
