"""What a screen may ask of the app. The app is the only implementation; tests drive the whole app."""

from collections.abc import Callable, Sequence
from typing import Protocol

from vmms_tui.keys import Place
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.screens.bell import Bell
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.personal import Personal
from vmms_tui.screens.playback import Playback
from vmms_tui.screens.sshing import Way
from vmms_tui.widgets.wire import Wire


class Desk(Protocol):
    """The app, as its screens see it."""

    @property
    def mirror(self) -> Mirror:
        """What is known of the engine."""
        ...

    @property
    def personal(self) -> Personal:
        """What is the user's own: saved filters, keys, commands given before."""
        ...

    @property
    def here(self) -> Place:
        """The screen that is shown, under whatever lies over it."""
        ...

    def command_line(self, *, box: bool) -> None:
        """Let the user type a command, in a line or in a box."""
        ...

    def look_only(self, on: bool) -> str:
        """Change nothing from here on until told otherwise. Returns what there is to say."""
        ...

    @property
    def playback(self) -> Playback | None:
        """What plays time, in a demo or a recording."""
        ...

    @property
    def heard(self) -> Bell:
        """What was said on this screen."""
        ...

    @property
    def wire(self) -> Wire:
        """What goes to the terminal."""
        ...

    @property
    def embedded(self) -> bool:
        """Whether the engine is in this program."""
        ...

    async def send(self, command: AnyCommand) -> Reply:
        """Let the engine do it. An engine that is away is a reply, too: `try_again`."""
        ...

    def propose(self, commands: Sequence[AnyCommand], *, why: str = "", then: Callable[[], None] | None = None) -> None:
        """Show Preflight for these, and carry out what the user then wants; `then` is called after that was said."""
        ...

    def undo(self) -> None:
        """Propose what takes the last change back, or say why nothing does."""
        ...

    def unlock(self) -> None:
        """Ask for the word that lets changes be made again from a screen that has locked itself."""
        ...

    def carry_out(self, commands: Sequence[AnyCommand], *, remember: bool = True) -> None:
        """Send these one after the other, and say what came of it. Returns at once.

        For what has been through Preflight; `remember`: undo may look at it later.
        """
        ...

    def seen(self, notice_ids: Sequence[str]) -> None:
        """Tell the engine, once, that these notices were drawn for whom they are. Returns at once."""
        ...

    def say(self, text: str, tone: str = "") -> None:
        """Put a sentence into the footer, until the next thing the user does."""
        ...

    def go(self, place: Place, *, narrow: str = "", row_id: str = "") -> None:
        """Show a list, perhaps filtered, perhaps with the cursor on a row once it is there."""
        ...

    def come_back(self) -> bool:
        """Go back to the list we came from; False when we came from nowhere."""
        ...

    def travel(self, steps: int) -> None:
        """Back (below zero) or forward to a screen where we were."""
        ...

    def copy(self, text: str) -> None:
        """Put text on the clipboard of the user's terminal, and show it."""
        ...

    def draw_anew(self) -> None:
        """Draw everything again, whatever the terminal shows."""
        ...

    def log_in(self, way: Way) -> None:
        """Give the terminal to ssh, and come back when it has ended."""
        ...

    def leave(self) -> None:
        """Quit; ask first when operations run."""
        ...


def reply_text(reply: Reply) -> tuple[str, str]:
    """The engine's answer as a sentence and a tone."""
    if reply.ok:
        return reply.text or "Done.", "good" if reply.code == "ok" else "warn"
    return " ".join(part for part in (reply.text or f"Not done: {reply.code}.", reply.remedy) if part), "bad"
