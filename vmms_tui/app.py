"""The Textual app: screens over the client protocol. It shows and asks; the engine decides."""

import vmms_tui.widgets.terminal  # noqa: F401  Textual reads its settings from the environment when it is imported

# isort: split
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from rich.console import RenderableType
from textual import events
from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingsMap, BindingType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widgets import Input

from vmms_tui.attached import AttachedApp, ClientFactory
from vmms_tui.client.protocol import EngineClient
from vmms_tui.keys import Place, key_name, keys_at, name_of, press
from vmms_tui.keys.everywhere import Interrupt, Quit
from vmms_tui.keys.inforce import use
from vmms_tui.keys.menus import CopySsh
from vmms_tui.keys.saying import typed
from vmms_tui.model.commands import AnyCommand
from vmms_tui.screens.bell import Bell
from vmms_tui.screens.changes import Changes
from vmms_tui.screens.commandline.objects import Objects
from vmms_tui.screens.commandline.opening import ask_for_command
from vmms_tui.screens.copying import osc52
from vmms_tui.screens.copyview import CopiedText
from vmms_tui.screens.details import operation_text
from vmms_tui.screens.frame import Frame
from vmms_tui.screens.header import alarms_by_name
from vmms_tui.screens.history import History
from vmms_tui.screens.listing import ListScreen
from vmms_tui.screens.locking import Lock
from vmms_tui.screens.mirror import Delta, Mirror
from vmms_tui.screens.modes import MODES
from vmms_tui.screens.notices import SMALLEST, LeaveDialog, TooSmall
from vmms_tui.screens.pages import Pages
from vmms_tui.screens.personal import Personal
from vmms_tui.screens.playback import Playback
from vmms_tui.screens.preflight import Preflight
from vmms_tui.screens.reminding import reminders
from vmms_tui.screens.request import RequestScreen
from vmms_tui.screens.sshing import Way
from vmms_tui.screens.terminal import ssh_to
from vmms_tui.widgets.text import plain
from vmms_tui.widgets.themes import DARK, set_up, theme_variables
from vmms_tui.widgets.wire import Wire, counting

log = logging.getLogger(__name__)

LONGEST_COPY = 74_994
"""Bytes that terminals take by OSC 52 without trouble."""


def look() -> Path:
    """Where vmms.tcss is: beside this file in an installed wheel, at the top of the project in a source tree."""
    beside = Path(__file__).with_name("vmms.tcss")
    return beside if beside.is_file() else Path(__file__).parent.parent / "vmms.tcss"


def _interrupt() -> list[Binding]:
    """The key that does not quit: it must be caught before anything else sees it."""
    keys = keys_at(Interrupt, Place.EVERYWHERE)
    return [Binding(",".join(keys), Interrupt.id, show=False, priority=True, id=Interrupt.id)] if keys else []


def _with_interrupt(had: BindingsMap) -> BindingsMap:
    """The app's bindings with that key as it is in force now."""
    fresh = BindingsMap(_interrupt())
    for key, others in had.key_to_bindings.items():
        fresh.key_to_bindings.setdefault(key, []).extend(one for one in others if one.id != Interrupt.id)
    return fresh


class VmmsApp(AttachedApp, inherit_bindings=False):
    """VMMS in a terminal. Implements Desk for its screens."""

    CSS_PATH = look()
    TITLE = "VMMS"
    ENABLE_COMMAND_PALETTE = False
    DEFAULT_MODE = Place.DASH.value
    TICK: ClassVar[float] = 1.0
    """Seconds between two looks at the clock."""
    playback: Playback | None = None
    """See Desk."""
    BINDINGS: ClassVar[list[BindingType]] = [*_interrupt()]

    def __init__(
        self,
        client: ClientFactory | EngineClient,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        retry_after: float = 0.5,
        start: Place = Place.DASH,
        theme: str = DARK.name,
        filters: Sequence[LineFilter] = (),
        driver: type[Driver] | None = None,
        personal: Personal | None = None,
        real: Callable[[], float] | None = None,
    ) -> None:
        """`client` is an engine's client, or makes one.

        `retry_after` is the first wait in seconds after a failure, `start` the screen to begin with, `theme` its look.
        `filters` change what is drawn, last of all; `driver` is what talks to the terminal, if not Textual's own.
        `personal` is what is the user's own: without it nothing is kept. `real` is the time in which bytes go to the
        terminal, where `monotonic` is time that is played.
        """
        self.personal = personal or Personal()
        use(self.personal.keymap)
        self.DEFAULT_MODE = start.value  # type: ignore[misc]  # Textual asks the instance for it when it is made
        self.wire = Wire(real or monotonic)
        super().__init__(driver_class=driver)
        self.driver_class = counting(self.driver_class, self.wire)
        self.heard = Bell()
        self.animation_level = "none"
        self.mirror = Mirror(monotonic)
        self._source = client
        self._retry_after = retry_after
        self._came_from: Place | None = None
        self.changes = Changes(self, self.push_screen)
        self.lock = Lock(self, self, monotonic)
        self._seen: set[str] = set()
        for place, screen in MODES.items():
            self.add_mode(place.value, partial(screen, self))
        self._bindings = _with_interrupt(self._bindings)
        self.objects = Objects()
        self.history = History()
        self.history.visit(start)
        self._begun = False
        self._ended_by = 0
        """The signal that told us to end, if one has."""
        self.failure = ""
        """What was our mistake, when one ended the screen."""
        self.typed_ahead = b""
        """Keys that were pressed before the screen was there."""
        set_up(self, theme, filters)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_css_variables(self) -> dict[str, str]:
        """The theme's colours, and those that we mix of them for any theme."""
        variables = super().get_css_variables()
        return {**variables, **theme_variables(self.current_theme, variables)}

    def _load_screen_css(self, screen: Screen[Any]) -> None:
        """See App. A new screen has the style as it is now: Textual would read all style sheets anew for it, twice."""
        super()._load_screen_css(screen)
        if screen._css_update_count < 0:  # noqa: SLF001 it was never shown
            screen._css_update_count = self._css_update_count  # noqa: SLF001

    def on_mount(self) -> None:
        """Begin to follow the engine."""
        self.call_after_refresh(self.begin)
        self.set_interval(self.TICK, self.pass_time)
        self._watch_size()

    def pass_time(self) -> None:
        """Bring what shows a time to the present."""
        self.lock.look()
        self._ring()
        for screen in self.screen_stack:
            if isinstance(screen, Frame | RequestScreen | Preflight | Pages):
                screen.tick()

    def _post(self, delta: Delta) -> None:
        super()._post(delta)
        self._ring()

    def _ring(self) -> None:
        """Keep what is wrong, and what this person has to answer, until it is read."""
        mirror = self.mirror
        wrong = alarms_by_name(mirror.status, mirror.away if mirror.number else "", mirror.now)
        if mirror.status and mirror.status.cloud.since is None:
            wrong.pop("cloud", None)  # it was not asked yet
        self.heard.stand(wrong, mirror.now)
        for notice_id, text in reminders(mirror.tables, mirror.you, mirror.now):
            self.heard.notice(notice_id, text, mirror.now)

    async def on_event(self, event: events.Event) -> None:
        """See App. A key shows that somebody is there."""
        if isinstance(event, events.Key | events.Paste):
            self.lock.touch()
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.wire.pressed(name_of(event.key))
        await super().on_event(event)

    def unlock(self) -> None:
        """See Desk."""
        self.lock.ask()

    def propose(self, commands: Sequence[AnyCommand], *, why: str = "", then: Callable[[], None] | None = None) -> None:
        """See Desk."""
        self.changes.propose(commands, why=why, then=then)

    def undo(self) -> None:
        """See Desk."""
        self.changes.undo()

    def look_only(self, on: bool) -> str:
        """See Desk."""
        self.mirror.look_only = on
        self.pass_time()
        off = typed("readonly off", self.here)
        return f"This screen changes nothing until {off}." if on else "This screen may change things again."

    def command_line(self, *, box: bool) -> None:
        """See Desk."""
        if isinstance(self.screen, Frame):
            ask_for_command(self, self.screen, self.objects, box=box)

    def _fatal_error(self) -> None:
        """See App: instead of a traceback on the terminal, a line in the log and a sentence when we have left."""
        self._fail(self._exception)

    def panic(self, *renderables: RenderableType) -> None:
        """See App."""
        self._fail(self._exception or sys.exc_info()[1])

    def _fail(self, error: BaseException | None) -> None:
        log.critical("the screen has failed", exc_info=error)
        self.failure = plain(f"{type(error).__name__}: {error}", 200) if error else "something unknown"
        self._close_messages_no_wait()

    def begin(self) -> None:
        """See AttachedApp; whoever was told to end before the first frame ends now."""
        self._begun = True
        if self._ended_by:
            self.end_by_signal(self._ended_by)
        else:
            super().begin()

    def end_by_signal(self, number: int) -> None:
        """End in good order. Textual cannot be left before its first screen stands: then it is left after that."""
        self._ended_by = number
        if self._begun:
            self.exit(return_code=128 + number)

    # What screens ask for

    def say(self, text: str, tone: str = "") -> None:
        """See Desk."""
        self.heard.hear(text, tone, self.mirror.now, unread=tone != "")
        for screen in self.screen_stack:
            if isinstance(screen, Frame | RequestScreen | Pages):
                screen.show_message(text, tone)

    def go(self, place: Place, *, narrow: str = "", row_id: str = "") -> None:
        """See Desk."""
        self._came_from = Place(self.current_mode) if narrow else None
        self.history.visit(place)
        self._show(place)
        screen = self.screen_stack[0]
        if isinstance(screen, ListScreen):
            if narrow:
                screen.call_after_refresh(screen.narrow, narrow)
            if row_id:
                screen.want(row_id)

    def _show(self, place: Place) -> None:
        self.switch_mode(place.value)
        while isinstance(self.screen_stack[-1], RequestScreen):
            self.pop_screen()

    def travel(self, steps: int) -> None:
        """See Desk."""
        place = self.history.travel(steps)
        if place is None:
            self.say("There is no screen " + ("before this one." if steps < 0 else "after this one."))
        else:
            self._show(place)

    def come_back(self) -> bool:
        """See Desk."""
        if self._came_from is None:
            return False
        self.go(self._came_from)
        return True

    def copy(self, text: str) -> None:
        """See Desk."""
        if len(text.encode()) > LONGEST_COPY:
            self.say("That is too long for a terminal's clipboard.", "warn")
            return
        self.copy_to_clipboard(text)
        said = f"Copied, if your terminal takes OSC 52: {text}"
        if "\n" in text or len(said) + 1 >= self.size.width:
            self.push_screen(CopiedText(self, text))
        else:
            self.say(said, "good")

    def copy_to_clipboard(self, text: str) -> None:
        """OSC 52, passed on by tmux or GNU screen where we run in them."""
        self._clipboard = text
        if self._driver is not None:
            self._driver.write(osc52(text, os.environ))

    @property
    def here(self) -> Place:
        """See Desk."""
        frames = [screen for screen in self.screen_stack if isinstance(screen, Frame)]
        return frames[-1].place if frames else Place(self.current_mode)

    @property
    def embedded(self) -> bool:
        """See Desk."""
        return self._client is not None and self._client.embedded

    def log_in(self, way: Way) -> None:
        """See Desk. Nothing is drawn meanwhile; the engine, in a thread or process of its own, goes on."""
        try:
            with self.suspend():
                said = ssh_to(way)  # raises nothing: Textual would not take the terminal back
            self.draw_anew()
        except SuspendNotSupported:
            copies = press(CopySsh, self.here)
            said = f"This terminal cannot be given to ssh; {copies} copies the line for another one.", "warn"
        self.say(*said)

    def leave(self) -> None:
        """See Desk."""
        running = self.mirror.running()
        if not running or self._client is None or not self._client.embedded:
            self.exit()
            return

        def decided(go: bool | None) -> None:
            if go:
                self.exit()

        now = self.mirror.now
        texts = [f"{operation.server_id}: {operation_text(operation, now)}" for operation in running]
        self.push_screen(LeaveDialog(texts), decided)

    def action_leave(self) -> None:
        """Quit from where nothing else can be done."""
        self.leave()

    def action_interrupt(self) -> None:
        """Ctrl-c never quits."""
        self.say(f"{key_name(Interrupt, Place.EVERYWHERE)} does not quit; {press(Quit, self.here)} does.", "")

    # The terminal

    @property
    def takes_text(self) -> bool:
        """Whether what is typed goes into a field."""
        return bool(self._screen_stack) and isinstance(self.screen.focused, Input)

    def on_resize(self, _event: events.Resize) -> None:
        """Watch for a terminal that is too small."""
        self.call_after_refresh(self._watch_size)

    def _watch_size(self) -> None:
        small = self.size.width < SMALLEST[0] or self.size.height < SMALLEST[1]
        if small and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())
        elif not small and isinstance(self.screen, TooSmall):
            self.pop_screen()

    def on_paste(self, event: events.Paste) -> None:
        """Text pasted where nothing takes text is dropped: it would be read as keys."""
        self.say(f"{len(event.text)} pasted characters ignored.", "warn")
