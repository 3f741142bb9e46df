"""The knobs of a player, and the guided tour, for the app that shows what is played."""

from collections.abc import Callable

from vmms_tui.client.player import Player, Stop
from vmms_tui.screens.played import caption, played
from vmms_tui.widgets.line import Piece

JUMP = 600.0
"""Seconds of one step through a recording."""
NO_TOUR = "There is no tour here; vmms demo has one."


class Tourist:
    """Where somebody is on a tour, and which keys are still to be pressed to the next stop."""

    def __init__(self, stops: tuple[Stop, ...]) -> None:
        self.stops = stops
        self.at: int | None = None
        """The stop; None: not on the tour."""
        self._pressed = 0

    def begin(self) -> tuple[str, ...]:
        """Go to the first stop. Returns the keys that lead there."""
        self.at, self._pressed = 0, 0
        return self.stops[0].keys

    def leave(self) -> None:
        """Leave the tour."""
        self.at = None

    def ahead(self) -> tuple[str, ...] | None:
        """Go to the next stop. Returns the keys that lead there and are not pressed yet; None: the tour has ended."""
        if self.at is None or self.at + 1 >= len(self.stops):
            self.at = None
            return None
        keys = self.stops[self.at + 1].keys[self._pressed :]
        self.at, self._pressed = self.at + 1, 0
        return keys

    def back(self) -> tuple[str, ...] | None:
        """Go to the stop before. Returns the keys that lead there; None: there is no way back from here."""
        if not self.at or not self.stops[self.at].back or self._pressed:
            return None
        keys = self.stops[self.at].back
        self.at -= 1
        return keys

    def hear(self, key: str) -> bool:
        """Somebody pressed a key themselves. True: with it they have come to the next stop."""
        if self.at is None or self.at + 1 >= len(self.stops):
            return False
        wanted = self.stops[self.at + 1].keys
        if not wanted or key != wanted[self._pressed]:
            return False
        self._pressed += 1
        if self._pressed < len(wanted):
            return False
        self.at, self._pressed = self.at + 1, 0
        return True


class Playback:
    """A player, as screens show it."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.tourist = Tourist(player.tour)

    def header(self) -> list[Piece]:
        """The part of the first line."""
        return played(self.player.look())

    def caption(self, width: int, most: int) -> list[list[Piece]]:
        """What is going on, in so many lines at most."""
        return caption(self.player.look(), self.player.tour, self.tourist.at, width, most)

    def turn(self, act_id: str) -> str:
        """Turn a knob: an id of the key table at Place.PLAYED. Why not, in a sentence, or nothing."""
        knobs: dict[str, Callable[[], str | None]] = {
            "faster": lambda: self.player.change_speed(1),
            "slower": lambda: self.player.change_speed(-1),
            "hold": self.player.hold,
            "rewind": lambda: self.player.seek(-JUMP),
            "skip": lambda: self.player.seek(JUMP),
        }
        return knobs[act_id]() or ""
