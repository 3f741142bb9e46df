"""What comes from the keyboard, sifted: late answers of the terminal are no keys, and pasted text is no row of keys.

Terminals that know bracketed paste say so themselves. Of others a paste is known by its pace: nobody presses so many
different keys in so short a time, and a key that is held down repeats itself.
"""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import groupby

from textual import events
from textual.message import Message

from vmms_tui.widgets.background import without_answers

WINDOW = 0.030
"""Seconds in which keys are counted."""
MOST = 8
"""Keys in this time that a person may press; one that is held down and repeats itself counts once."""


class Intake:
    """Sifts bytes and keys. `clock` says seconds that only go on."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._held = b""
        self._recent: deque[tuple[float, str]] = deque()

    def take(self, data: bytes) -> bytes:
        """The same without answers of the terminal; the beginning of one is held until its end has come."""
        typed, self._held = without_answers(self._held + data)
        return typed

    def give_up(self) -> bytes:
        """Nothing more has come: what was held was no answer."""
        held, self._held = self._held, b""
        return held

    def sift(self, messages: Sequence[Message], *, takes_text: bool) -> list[Message]:
        """The same messages, with a burst of different keys as one paste; where text is typed, as they are."""
        now = self._clock()
        keys = [one for one in messages if isinstance(one, events.Key)]
        while self._recent and now - self._recent[0][0] > WINDOW:
            self._recent.popleft()
        self._recent.extend((now, one.key) for one in keys)
        burst = sum(1 for _ in groupby(key for _, key in self._recent)) > MOST  # a key that repeats itself counts once
        if takes_text or not keys or not burst:
            return list(messages)
        pasted = events.Paste("".join(one.character or " " for one in keys))
        return [*(one for one in messages if not isinstance(one, events.Key)), pasted]
