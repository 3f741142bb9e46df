"""In production a screen that is left alone locks itself: who comes back reads first."""

from collections.abc import Callable
from typing import Any

from textual.app import App

from vmms_tui.screens.desk import Desk
from vmms_tui.screens.dialog import Dialog
from vmms_tui.screens.prompt import Prompt

UNLOCK = "unlock"
"""The word that lets changes be made again."""
LOCKED = "This screen was left alone and has locked itself; any key that changes something asks for the word."


class Lock:
    """Watches for how long no key came."""

    def __init__(self, app: App[Any], desk: Desk, monotonic: Callable[[], float]) -> None:
        self._app = app
        self._desk = desk
        self.monotonic = monotonic
        self.last_key = monotonic()

    def touch(self) -> None:
        """A key has come. One that comes too late finds the screen locked."""
        self.look()
        self.last_key = self.monotonic()

    def look(self) -> None:
        """Lock the screen if it is time, and close what was about to be changed, or not to be seen by others."""
        mirror = self._desk.mirror
        if mirror.locked or mirror.status is None or not mirror.status.context.production:
            return
        if self.monotonic() - self.last_key < mirror.status.context.lock_after.total_seconds():
            return
        mirror.locked = True
        while isinstance(self._app.screen, Dialog):
            self._app.pop_screen()
        self._desk.say(LOCKED, "warn")

    def ask(self) -> None:
        """Ask for the word."""

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._desk.mirror.locked = False
                self._desk.say("Unlocked.", "good")

        self._app.push_screen(Prompt("This screen is locked", "", unlocking), answered)


def unlocking(answer: str) -> tuple[str, str]:
    """Whether an answer unlocks the screen, in words and a tone."""
    if answer.strip().casefold() == UNLOCK:
        return "Changes can be made again.", ""
    return f"Nobody touched it for a while, and this is production. Type {UNLOCK} to change things again.", "bad"
