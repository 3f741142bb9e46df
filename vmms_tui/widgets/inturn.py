"""Keys one after the other: what one has begun is done before the next is looked at.

Textual sends a key to whatever has the focus when it arrives, and runs its binding only when it has come up to the app.
Of keys that come in one breath (typed ahead over a slow line, or by a script) the second would be sent to where the
first was, before what the first asks for is there.
"""

from collections import deque
from functools import partial
from typing import Any, TypeVar

from textual import events
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.timer import Timer

ReturnT = TypeVar("ReturnT")
ROUNDS = 2
"""Times that a messenger follows a key: behind the key itself, and behind what the key had somebody else say."""
PATIENCE = 0.5
"""Seconds after which a messenger is given up: what it was to pass has been taken down."""


class Passed(Message):
    """Goes the way of a key, behind it."""

    def __init__(self, turn: int, rounds: int) -> None:
        super().__init__()
        self.turn = turn
        self.rounds = rounds


class KeysInTurn(App[ReturnT]):
    """Gives each key to Textual only when all is done that the one before has asked for."""

    def __init__(self, *words: Any, **options: Any) -> None:
        """See App."""
        super().__init__(*words, **options)
        self._ahead: deque[events.Key | events.Paste] = deque()
        self._turn = 0
        self._under_way = False
        self._way: MessagePump = self
        self._screen_before: Screen[Any] | None = None
        self._watch: Timer | None = None

    async def on_event(self, event: events.Event) -> None:
        """See MessagePump."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._under_way:
            self._ahead.append(event)
        else:
            await self._give(event)

    async def _give(self, event: events.Key | events.Paste) -> None:
        self._under_way = True
        self._watch = self.set_timer(PATIENCE, partial(self._done, self._turn))
        self._screen_before = self.screen
        self._way = self.focused or self.screen
        await super().on_event(event)
        self._follow_up(ROUNDS)

    def _follow_up(self, rounds: int) -> None:
        if not self._way.post_message(Passed(self._turn, rounds)):
            self.call_later(self._settle, self._turn)

    def on_passed(self, message: Passed) -> None:
        """A key has come to an end of its way."""
        message.stop()
        if message.turn != self._turn:
            return
        if message.rounds > 1:
            self._follow_up(message.rounds - 1)
        else:
            self.call_later(self._settle, message.turn)

    def _settle(self, turn: int) -> None:
        """What the key wanted done at once is done. Another screen may have to be built, and gets its focus then."""
        if self.screen is self._screen_before:
            self._done(turn)
        else:
            self.screen.call_after_refresh(self._done, turn)

    def _done(self, turn: int) -> None:
        if turn != self._turn or not self._under_way:
            return
        self._turn += 1
        if self._watch is not None:
            self._watch.stop()
        if self._ahead:
            self.call_later(self._next)
        else:
            self._under_way = False

    async def _next(self) -> None:
        await self._give(self._ahead.popleft())
