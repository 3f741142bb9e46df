"""The app for time that is played: the same screens, with the keys that turn the player's knobs and lead the tour."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingsMap, BindingType
from textual.keys import _character_to_key

from vmms_tui.app import VmmsApp
from vmms_tui.attached import ClientFactory
from vmms_tui.client.player import Player
from vmms_tui.client.protocol import EngineClient
from vmms_tui.keys import Place, acts_at, key_name, keys_at, name_of
from vmms_tui.keys.playing import NextStop
from vmms_tui.screens.frame import CAPTION, Frame
from vmms_tui.screens.pages import Pages
from vmms_tui.screens.playback import NO_TOUR, Playback
from vmms_tui.widgets.line import Lines

BETWEEN_KEYS = 0.25
"""Seconds between two keys that the tour presses: people want to see what each does."""
LONGEST_KEY = 1.0
"""Seconds after which the tour goes on although what a key brought was not drawn."""
_TOUR = {"next_stop", "stop_before"}


def key_event(key: str) -> events.Key:
    """A key as if it had been pressed: a character, or a name like `escape`."""
    return events.Key(_character_to_key(key), key) if len(key) == 1 else events.Key(key, None)


def _bindings() -> list[Binding]:
    """From the key table, as it is in force. Those of the tour come before everything that takes text."""
    return [
        Binding(
            ",".join(keys),
            f"play('{act.id}')",
            act.word(),
            show=False,
            priority=act.id in _TOUR or act.id == "tour",
            id=act.id,
        )
        for act in acts_at(Place.PLAYED, Place.TOUR)
        if (keys := keys_at(act, act.places[0]))
    ]


def _with_ours(had: BindingsMap) -> BindingsMap:
    """The app's bindings with those of played time as they are in force now."""
    fresh = BindingsMap(_bindings())
    ours = {act.id for act in acts_at(Place.PLAYED, Place.TOUR)}
    for key, others in had.key_to_bindings.items():
        fresh.key_to_bindings.setdefault(key, []).extend(one for one in others if one.id not in ours)
    return fresh


class PlayedApp(VmmsApp):
    """VMMS on a demo or a recording."""

    BINDINGS: ClassVar[list[BindingType]] = [*_bindings()]
    playback: Playback
    TICK = 0.5

    def __init__(
        self,
        client: ClientFactory | EngineClient,
        player: Player,
        *,
        start: Place = Place.DASH,
        between_keys: float = BETWEEN_KEYS,
        tour: bool = False,
        **terminal: Any,
    ) -> None:
        """With `tour` it begins on the guided tour. `terminal` is what VmmsApp takes for a terminal's sake."""
        terminal.setdefault("real", time.monotonic)
        super().__init__(client, monotonic=player.monotonic, start=start, **terminal)
        self._bindings = _with_ours(self._bindings)
        self.playback = Playback(player)
        self._start = start
        self._between_keys = between_keys
        self._pressing = asyncio.Lock()
        self._begin_with_tour = tour
        self._ours: events.Key | None = None
        """The key that the tour presses."""

    def on_mount(self) -> None:
        """See VmmsApp."""
        super().on_mount()
        if self._begin_with_tour:
            self.call_after_refresh(self.action_play, "tour")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the tour are everybody else's while nobody is on it."""
        if action == "play" and parameters and parameters[0] in _TOUR:
            return self.playback.tourist.at is not None
        return super().check_action(action, parameters)

    def action_play(self, act_id: str) -> None:
        """Turn a knob of the player, or go on with the tour."""
        if act_id in _TOUR or act_id == "tour":
            self._lead(act_id)
        elif no := self.playback.turn(act_id):
            self.say(no, "warn")
        self.pass_time()

    def pass_time(self) -> None:
        """See VmmsApp. What is none of the nine screens has the caption laid on its top; a dialog, that of the tour."""
        super().pass_time()
        if not self.screen_stack:  # it has ended meanwhile
            return
        screen = self.screen
        if isinstance(screen, Frame) or not screen.is_mounted:
            return
        hidden = screen.is_modal and self.playback.tourist.at is None
        lines = [] if hidden else self.playback.caption(self.size.width, CAPTION)
        laid = screen.query("Lines.caption-over")
        if laid:
            over = laid.first(Lines)
            over.styles.height = len(lines)
            over.show(lines)
        elif lines:
            screen.mount(Lines(classes="caption-over"), before=0)
            self.call_after_refresh(self.pass_time)
        if isinstance(screen, Pages):
            screen.leave_above(len(lines))

    def _lead(self, act_id: str) -> None:
        tourist = self.playback.tourist
        if not tourist.stops:
            self.say(NO_TOUR, "warn")
        elif act_id == "tour" and tourist.at is None:
            self._press(tourist.begin())
        elif act_id == "stop_before":
            keys = tourist.back()
            if keys is None:
                key = key_name(NextStop, Place.TOUR)
                self.say(f"There is no way back from here{f'; {key} goes on' if key else ''}.", "warn")
            else:
                self._press(keys)
        else:
            keys = tourist.ahead() if act_id == "next_stop" else None
            if keys is None:
                tourist.leave()
                self._go_home()
            else:
                self._press(keys)

    def _go_home(self) -> None:
        """Where the tour began."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.go(self._start)

    def _press(self, keys: Sequence[str]) -> None:
        if keys:
            self.run_worker(self._press_all(keys), group="tour", exit_on_error=True)

    async def _press_all(self, keys: Sequence[str]) -> None:
        """One after the other, each when the one before has had its effect."""
        async with self._pressing:
            for key in keys:
                self.say(f"{name_of(key)} is pressed.")
                self._ours = key_event(key)
                self.post_message(self._ours)
                await self._settled()
                await asyncio.sleep(self._between_keys)
        self.say("")
        self.pass_time()

    async def _settled(self) -> None:
        """Return when what a key brought has been drawn."""
        for _ in range(2):  # what the key opens, and what that draws
            drawn = asyncio.Event()
            self.call_after_refresh(self.screen.call_after_refresh, drawn.set)
            with contextlib.suppress(TimeoutError):  # the screen was closed meanwhile
                await asyncio.wait_for(drawn.wait(), LONGEST_KEY)

    async def on_event(self, event: events.Event) -> None:
        """Whoever presses the keys of the tour by hand is on it, too."""
        if isinstance(event, events.Key) and event is not self._ours and not event.is_forwarded:
            key = event.character if event.is_printable and event.character else event.key
            self.playback.tourist.hear(key)
        await super().on_event(event)
        if isinstance(event, events.Key):
            self.call_after_refresh(self._look_again)

    def _look_again(self) -> None:
        """A key may have opened something over which the caption belongs: once that stands, not a second later."""
        self.call_after_refresh(self.pass_time)
