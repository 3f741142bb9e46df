"""The frame of every screen: the bars above and below, how they follow the engine, and what a key does."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.screen import Screen

from vmms_tui.keys import ACTS, Act, Place, Target, key_name, why_not
from vmms_tui.keys.everywhere import BellAct, Go, Help, Inspector
from vmms_tui.screens import footer, header
from vmms_tui.screens.belldialog import BellDialog
from vmms_tui.screens.binding import bindings as bindings
from vmms_tui.screens.binding import rebound
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.help import PLAYING, HelpPage, help_entries
from vmms_tui.screens.inspector import InspectorDialog
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.reminding import reminders
from vmms_tui.widgets.line import Lines, Piece, piece
from vmms_tui.widgets.text import plain

BY_ID = {act.id: act for act in ACTS}
SHORT = 20
"""Screens lower than this show less."""
CAPTION = 4
"""Lines of the caption of what is played, with its keys, at most."""
NARROW = 80
"""Below so many columns the help has no column of its own for the words."""
QUIET = {"down", "up", "first", "last", "half_down", "half_up", "page_down", "page_up", "shift_left", "shift_right"}
"""Acts that leave the message standing."""


class MirrorChanged(Message):
    """An update has come in."""

    def __init__(self, delta: Delta) -> None:
        super().__init__()
        self.delta = delta


class Frame(Screen[None]):
    """One of the screens: header, age, alarms, tabs, what the subclass puts between, and the footer.

    A subclass says what is in `inside`, what keys act on in `target`, and brings it to the present in `follow`
    and `pass_time`. One method `do_…` for each id of the key table.
    """

    place: ClassVar[Place]
    tab: ClassVar[Place]
    places: ClassVar[tuple[Place, ...]] = ()
    """Where the keys of this screen stand in the table, besides `place` and everywhere."""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012 declared so by Textual
    VERTICAL_BREAKPOINTS = [(0, "-short"), (SHORT, "-tall"), (32, "-high")]  # noqa: RUF012 declared so by Textual

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._bindings = rebound(self._bindings, self.place, *self.places, Place.EVERYWHERE)
        self._built = False
        self._seen = -1
        self._message: Piece | None = None

    # Said by subclasses

    def inside(self) -> ComposeResult:
        """What stands between the tabs and the footer."""
        yield Container(id="body")

    def target(self) -> Target:
        """What a key would act on."""
        return Target(you=self.desk.mirror.you)

    def catch_up(self) -> None:
        """Show all that is known, anew."""

    def follow(self, delta: Delta) -> None:
        """Show what an update touched."""
        self.catch_up()

    def pass_time(self) -> None:
        """Bring to the present time whatever shows a time, between the bars."""

    def alarms(self) -> list[str]:
        """What is wrong, as sentences for the bar under the header; the worst first."""
        return header.alarms(self.desk.mirror.status, self.desk.mirror.away, self.desk.mirror.now)

    def hint(self) -> Piece | None:
        """What stands in the footer instead of its first line, unless there is a message."""
        return None

    # The frame

    def compose(self) -> ComposeResult:
        """See Screen."""
        with Horizontal(id="top"):
            yield Lines(id="header")
            yield Lines(id="age")
        yield Lines(id="caption")
        yield Lines(id="alarms")
        yield Lines(id="tabs")
        yield from self.inside()
        yield Lines(id="footer")

    @property
    def ready(self) -> bool:
        """Whether everything stands on the screen: no longer being built, not yet being taken down."""
        return self._built and bool(self.query("#footer"))

    def on_mount(self) -> None:
        """Show what is known."""
        self._built = True
        self._catch_up()

    def on_screen_resume(self) -> None:
        """Catch up on what came while another screen was shown."""
        if self.ready:
            self._catch_up()

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the bars to the new size."""
        self.call_after_refresh(self.tick)

    def on_mirror_changed(self, message: MirrorChanged) -> None:
        """Redraw what an update touched."""
        delta = message.delta
        if delta.number <= self._seen or not self.ready:
            return
        if delta.everything or delta.number != self._seen + 1:
            self._catch_up()
            return
        self._seen = delta.number
        self.follow(delta)
        self.tick()

    def _catch_up(self) -> None:
        if self._seen != self.desk.mirror.number:
            self._seen = self.desk.mirror.number
            self.catch_up()
        self.tick()

    def tick(self) -> None:
        """Bring to the present time whatever shows a time."""
        if not self.ready:
            return
        self.set_class(header.stale(self.desk.mirror), "-stale")
        playback = self.desk.playback
        played = playback.header() if playback else ()
        line, age = header.bars(self.desk.mirror, self.size.width, self.desk.heard, played)
        if playback is not None:
            self._say_in("caption", playback.caption(self.size.width, CAPTION if self.size.height >= SHORT else 2))
        self.bar("header", [line])
        self.bar("age", [age])
        self._say_what_matters()
        self.bar("tabs", [footer.tabs(self.tab, self.size.width)])
        self.pass_time()
        self.show_footer()

    def _say_what_matters(self) -> None:
        """What is wrong, then what this person has to answer. What they could read, the engine is told."""
        mirror, now = self.desk.mirror, self.desk.mirror.now
        wrong = [*self.alarms(), *map(plain, self.desk.personal.problems)]
        said = reminders(mirror.tables, mirror.you, now)
        most = 3 if self.size.height >= SHORT else 2
        lines = header.alarm_lines(wrong, [line for _, line in said], most, self.size.width, self.place)
        self._say_in("alarms", lines)
        drawn = [notice_id for notice_id, _ in said[: max(0, most - len(wrong))]]
        if drawn and self.is_active:
            self.call_after_refresh(self.desk.seen, drawn)

    def _say_in(self, name: str, lines: Sequence[Sequence[Piece]]) -> None:
        """Let a bar be as high as what it says."""
        self.bar(name, lines)
        bar = self.query_one(f"#{name}")
        if bar.styles.height is None or bar.styles.height.value != len(lines):
            bar.styles.height = len(lines)

    def bar(self, name: str, lines: Sequence[Sequence[Piece]]) -> None:
        """Let a bar say this."""
        self.query_one(f"#{name}", Lines).show(lines)

    def show_footer(self) -> None:
        """The keys, or what there is to say."""
        if not self.ready:
            return
        lines = footer.footer((self.place, *self.places, Place.EVERYWHERE), self._now(), self.size.width)
        said = self._message or self.hint()
        if said is not None:
            lines[0] = [footer.cut(said, self.size.width, self.place)]
        self.bar("footer", lines)

    def show_message(self, text: str, tone: str) -> None:
        """Put a sentence into the footer."""
        self._message = piece(f" {plain(text)}", tone) if text else None
        self.show_footer()

    # What keys do

    def action_do(self, act_id: str) -> None:
        """Do what a key stands for, or say why not."""
        act = BY_ID[act_id]
        if act.changes and self.desk.mirror.locked:
            self.desk.unlock()
            return
        if no := self.refusal(act):
            said = f"{key_name(act, self.place)} {act.word()}: {no}".lstrip()
            self.show_message(said, "warn")
            self.desk.heard.hear(said, "warn", self.desk.mirror.now, unread=False)
            return
        if self._message is not None and act_id not in QUIET:
            self.show_message("", "")
        if issubclass(act, Go):
            self.desk.go(act.to)
            return
        perform: Callable[[], None] = getattr(self, f"do_{act_id}")
        perform()

    def refusal(self, act: type[Act]) -> str:
        """Why this cannot be done here and now; empty when it can."""
        target = self._now()
        return act.why_not_now(target) if act.allowed(target.you) else why_not(target.you)

    def _now(self) -> Target:
        """What a key would act on, and whether the world lets it."""
        mirror = self.desk.mirror
        return replace(self.target(), engine_away=header.engine_away(mirror), cloud_away=header.cloud_away(mirror))

    def do_help(self) -> None:
        """Show the keys."""
        here = (self.place, *self.places, Place.EVERYWHERE, *(PLAYING if self.desk.playback else ()))
        page = HelpPage(self.desk, help_entries(*here, narrow=self.size.width < NARROW))
        self.app.push_screen(page, self._looked_at)

    def do_command_line(self) -> None:
        """Type a command in a line."""
        self.desk.command_line(box=False)

    def do_palette(self) -> None:
        """Type a command in a box."""
        self.desk.command_line(box=True)

    def do_bell(self) -> None:
        """Show what was said."""
        self.app.push_screen(BellDialog(self.desk), self._looked_at)

    def do_inspector(self) -> None:
        """Show how busy everything is."""
        self.app.push_screen(InspectorDialog(self.desk), self._looked_at)

    def _looked_at(self, wanted: str | None) -> None:
        """The help, the bell or the inspector was closed, perhaps for another of them."""
        self.tick()
        if wanted == BellAct.id:
            self.do_bell()
        elif wanted == Inspector.id:
            self.do_inspector()
        elif wanted == Help.id:
            self.do_help()

    def do_back(self) -> None:
        """Undo one step: where we came from, then up."""
        if not self.desk.come_back():
            self.go_up()

    def go_up(self) -> None:
        """Leave this screen for the one above; at the top there is none."""

    def do_earlier(self) -> None:
        """Back in the history of screens."""
        self.desk.travel(-1)

    def do_later(self) -> None:
        """Forward in it."""
        self.desk.travel(1)

    def do_undo(self) -> None:
        """Take the last change back."""
        self.desk.undo()

    def do_quit(self) -> None:
        """Leave the program."""
        self.desk.leave()

    def do_suspend(self) -> None:
        """To the shell."""
        self.app.action_suspend_process()

    def do_redraw(self) -> None:
        """Draw everything again."""
        self.desk.draw_anew()
