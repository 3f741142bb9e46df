"""Dash: what needs you, what runs, and is there room."""

import os
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from vmms_tui.keys import Place, press
from vmms_tui.keys.dash import Jump
from vmms_tui.keys.rows import Explain
from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.commands import Acknowledge, HealAll, Thaw, Unacknowledge
from vmms_tui.model.draining import MoveQueue
from vmms_tui.model.healing import Illness, Incident
from vmms_tui.model.records import Lease, Notice, Operation, Pool, Request, Server
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import Suspect
from vmms_tui.model.trends import Trend
from vmms_tui.screens import header, panels, queues
from vmms_tui.screens.commands import command_line
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.frame import bindings
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.needlist import NeedList
from vmms_tui.screens.needs import NeedRow, seen_words, sentence, step, subject, waiting
from vmms_tui.screens.overview import Overview, overview
from vmms_tui.screens.prompt import Prompt
from vmms_tui.screens.wording import clock_time
from vmms_tui.widgets.bars import glyphs_for
from vmms_tui.widgets.line import Lines, Piece, piece, width_of
from vmms_tui.widgets.panel import Panel, title_line
from vmms_tui.widgets.table import VirtualTable
from vmms_tui.widgets.text import plain, wrapped

AGAIN = timedelta(seconds=5)
"""After so long all is counted anew, although nothing was told: time makes needs, too."""
MANY, AT_MOST = 5_000, timedelta(seconds=2)
"""With more leases than this, all is counted no more often than that."""
COUNTED = (
    Pool,
    Server,
    Lease,
    Request,
    Operation,
    Notice,
    Acknowledgement,
    Trend,
    Host,
    Illness,
    Incident,
    Suspect,
    MoveQueue,
)
"""What makes needs and numbers."""
LONGEST_NOTE = 200
"""Characters that the engine takes."""
PLACES = {
    "capacity": Place.POOLS,
    "leases": Place.LEASES,
    "requests": Place.POOLS,
    "running": Place.OPS,
    "plot": Place.POOLS,
    "week": Place.LEASES,
    "hosts": Place.HOSTS,
}
"""The panels, in their order, and the screen that each opens."""


class DashScreen(NeedList):
    """Panels. The first is a list of decisions, each with its next step."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.DASH, Place.EVERYWHERE)]
    AUTO_FOCUS = "VirtualTable"
    place = tab = Place.DASH

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.glyphs = glyphs_for(os.environ)
        self.facts = Overview(desk.mirror.now)
        self._changed = False
        """Whether something has changed since all was counted."""

    # The frame

    def inside(self) -> ComposeResult:
        """See Frame."""
        rule = self.glyphs.rule
        with Vertical(id="dash"):
            yield Lines(id="needs-title")
            yield from self.filter_line()
            yield self.table
            yield Lines(id="need")
            for row in (("capacity", "leases"), ("requests", "running"), ("plot", "week", "hosts")):
                with Horizontal(id=f"row-{row[0]}", classes="panels"):
                    for name in row:
                        yield Panel(id=name, rule=rule)

    def alarms(self) -> list[str]:
        """See Frame. What stands in the list of needs is not said twice."""
        mirror = self.desk.mirror
        return header.alarms(None if mirror.you.sees_all else mirror.status, mirror.away, mirror.now)

    def catch_up(self) -> None:
        """See Frame."""
        self.find_needs()
        self._count()

    def _count(self) -> None:
        mirror = self.desk.mirror
        self._changed = False
        if mirror.status is not None:
            self.facts = overview(mirror.tables, mirror.now, mirror.status.reserve)

    def follow(self, delta: Delta) -> None:
        """See Frame. The engine's own needs come with any update; counting waits where there is much to count."""
        self.find_needs()
        self._changed = self._changed or bool(delta.of(*COUNTED))

    def pass_time(self) -> None:
        """See Frame."""
        age = self.desk.mirror.now - self.facts.now
        many = self.desk.mirror.tables.count(Lease) > MANY
        if not timedelta(0) <= age < AGAIN:
            self.catch_up()
        elif self._changed and (not many or age >= AT_MOST):
            self._count()
        self.needs_pass_time()
        self.table.say_when_empty(self._why_empty())
        self.table.sync()
        self._show_title()
        self._show_need()
        self.call_after_refresh(self._show_panels)

    def _why_empty(self) -> str:
        mirror = self.desk.mirror
        if mirror.status is None:
            return "Asking the engine …"
        if hidden := self.hidden():
            return hidden
        at = f"Looked at {clock_time(mirror.status.now, mirror.now)} UTC."
        if mirror.away:
            return f"Nobody knows whether anything needs you. {at}"
        return f"Nothing needs you. {at}"

    def _asked(self) -> bool:
        """Whether the engine has told anything yet. Until then a zero would be a guess."""
        return self.desk.mirror.status is not None

    def _show_title(self) -> None:
        rows = list(self.rows.values())
        new = waiting(rows)
        seen = f", {len(rows) - new} seen to" if new != len(rows) else ""
        title = f"Needs you now ({new}{seen})" if self._asked() else "Needs you now"
        if self.desk.mirror.away and self.desk.mirror.status is not None:
            title += f", as of {clock_time(self.desk.mirror.status.now, self.desk.mirror.now)} UTC"
        here = self.table.has_focus or self.query_one("#filter").has_focus
        line = title_line(title, self.size.width, self.glyphs.rule, here=here, said=self.filter_words())
        self.bar("needs-title", [line])

    def _show_need(self) -> None:
        """The whole sentence of the need under the cursor, and what to do next."""
        row, bar = self.row(), self.query_one("#need", Lines)
        height, width = bar.size.height, self.size.width
        if row is None or height < 1:
            bar.show([])
            return
        now = self.desk.mirror.now
        whole = f"{plain(subject(row))}: {plain(sentence(row, now))}"
        said: list[list[Piece]] = [[piece(f" {line}")] for line in wrapped(whole, width - 2)[: height - 1]]
        todo = step(row)
        advice = [piece(" next: ", "muted"), piece(plain(todo.words))]
        command = [piece(" or: " if todo.act is Jump else " same as: ", "muted"), piece(plain(todo.command))]
        if width_of(command) >= width:  # a part of a command is none
            command = [piece(f" {press(Explain, Place.DASH)} shows the command", "muted")]
        if row.said is not None:
            said.append([piece(f" {plain(seen_words(row.said, now))}", "strong")])
        elif len(said) + 1 < height:
            said += [advice, command]
        else:
            both = [*advice, piece(" "), *command]
            said.append(both if width_of(both) < width else advice)
        bar.show(said)

    def _show_panels(self) -> None:
        facts, glyphs = self.facts, self.glyphs
        draw: dict[str, Callable[[int, int], panels.Panel]] = {
            "capacity": partial(panels.capacity, facts, glyphs=glyphs),
            "leases": partial(panels.leases, facts),
            "requests": partial(panels.requests, facts, glyphs=glyphs),
            "running": partial(panels.running, facts),
            "plot": partial(panels.plot, facts, glyphs=glyphs),
            "week": partial(panels.week, facts, glyphs=glyphs),
            "hosts": partial(panels.hosts, facts, glyphs=glyphs),
        }
        if not self.ready:
            return
        hosts = self.query_one("#hosts")
        if hosts.display is not bool(facts.hosts):
            hosts.display = bool(facts.hosts)
            self.call_after_refresh(self._show_panels)
            return
        for name, make in draw.items():
            panel = self.query_one(f"#{name}", Panel)
            width, lines = panel.room
            if width > 0 and lines > 0:
                title, said = make(width, lines)
                panel.tell(*((title, said) if self._asked() else (title.partition(" (")[0], [])))

    @on(VirtualTable.CursorMoved)
    def _cursor_moved(self) -> None:
        self.table.sync()
        self._show_need()
        self.show_footer()

    def on_descendant_focus(self) -> None:
        """Keys act on another panel."""
        if self.ready:
            self._show_title()
            self.show_footer()

    # What can be done

    def do_jump(self) -> None:
        """To where it can be mended; from another panel, to its screen."""
        name = self.focused.id if self.focused is not None else None
        if name in PLACES:
            worst = self.facts.worst if name in {"requests", "plot"} else None
            self.desk.go(PLACES[name], row_id=worst.id if worst else "")
        else:
            super().do_jump()

    def do_next_panel(self) -> None:
        """Give the next panel the focus; from the filter the list."""
        if self.query_one("#filter").has_focus:
            self.leave_filter()
        else:
            self.focus_next()

    def do_previous_panel(self) -> None:
        """Give it to the panel before."""
        if self.query_one("#filter").has_focus:
            self.leave_filter()
        else:
            self.focus_previous()

    def do_acknowledge(self) -> None:
        """Ask for a note, or take the acknowledgement back."""
        row = self.row()
        if row is None:
            return
        if row.said is not None:
            self.desk.carry_out([Unacknowledge(need_id=row.id)])
            return

        def answered(note: str | None) -> None:
            if note is not None:
                self.desk.carry_out([Acknowledge(need_id=row.id, note=note.strip())])

        self.app.push_screen(
            Prompt(f"Acknowledge {row.id}: a note for all on call", "", partial(_preview, row)), answered
        )

    def do_heal_all(self) -> None:
        """Let all ladders go on in an incident, after Preflight."""
        self.desk.propose([HealAll()])

    def do_retry_moves(self) -> None:
        """Have the moves tried again that could not go, after Preflight."""
        if (row := self.row()) is not None and row.need.queue is not None:
            self.desk.propose([queues.again(row.need.queue, self.desk.mirror.tables)])

    def do_thaw(self) -> None:
        """Let destructive work go on, after Preflight."""
        self.desk.propose([Thaw()])


def _preview(row: NeedRow, note: str) -> tuple[str, str]:
    """What an answer would mean."""
    if len(note) > LONGEST_NOTE:
        return f"{LONGEST_NOTE} characters are shown, these are {len(note)}.", "bad"
    command = command_line(Acknowledge(need_id=row.id, note=note.strip()))
    return f"It moves to the end of everybody's list until it is over.\nsame as  {command}", ""
