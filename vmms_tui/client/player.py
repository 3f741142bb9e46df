"""Who plays time: a demo, whose clock goes as fast as one wants, or a recording. Screens show it and turn its knobs."""

from datetime import datetime
from typing import Protocol

import msgspec

SPEEDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0)
"""How many seconds go by in one."""


def next_speed(speed: float, steps: int) -> float:
    """The speed so many steps above (below zero: below) this one, which need not be one of SPEEDS."""
    if steps > 0:
        return next((one for one in SPEEDS if one > speed), SPEEDS[-1])
    return next((one for one in reversed(SPEEDS) if one < speed), SPEEDS[0])


class Playing(msgspec.Struct, frozen=True, kw_only=True):
    """How it plays just now."""

    what: str
    """`DEMO` or `REPLAY`."""
    now: datetime
    """The time that is played."""
    asked: float
    """How fast it should go."""
    reached: float | None = None
    """How fast it really goes, where that is less; None: as asked."""
    held: bool = False
    ended: bool = False
    """There is no more to play."""
    caption: str = ""
    """What is going on, for who looks; empty: nothing in particular."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One stop of a guided tour."""

    says: str
    keys: tuple[str, ...] = ()
    """The keys that lead here from the stop before, as Textual names them."""
    back: tuple[str, ...] = ()
    """The keys that lead from here to the stop before."""
    shows: str = ""
    """A text that must stand on the screen here."""


class Player(Protocol):
    """Plays time. Called from the screen's thread."""

    @property
    def tour(self) -> tuple[Stop, ...]:
        """The guided tour; empty: there is none."""
        ...

    def look(self) -> Playing:
        """How it plays just now."""
        ...

    def monotonic(self) -> float:
        """Seconds of played time: what a screen counts ages by."""
        ...

    def change_speed(self, steps: int) -> None:
        """Play faster, or slower when below zero."""
        ...

    def hold(self) -> None:
        """Let time stand still, or go on."""
        ...

    def seek(self, seconds: float) -> str:
        """Go to so much later, or earlier when below zero; why not, in a sentence, or nothing."""
        ...
