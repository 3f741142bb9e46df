"""The page on what the death of a host would bring; it is asked for and read, nothing is done."""

from collections.abc import Sequence

from vmms_tui.model.commands import RehearseHostDown, Reply
from vmms_tui.model.errors import Refused
from vmms_tui.screens.commandline.doing import Doing
from vmms_tui.screens.commandline.words import Word, also
from vmms_tui.screens.desk import Desk, reply_text
from vmms_tui.screens.pages import Pages
from vmms_tui.screens.paragraphs import Paragraph, line
from vmms_tui.screens.rehearsing import page
from vmms_tui.widgets.text import plain

USAGE = "Write the name of a compute host after it, as Hosts shows it."


class RehearsalPage(Pages):
    """Asks the engine, which plays it beside its work; `r` plays it again from what is known then."""

    def __init__(self, desk: Desk, host: str) -> None:
        super().__init__(f"Rehearsal: {plain(host)} is down", desk)
        self._host = host
        self._reply: Reply | None = None
        self._asking = False

    def on_mount(self) -> None:
        """Ask the engine."""
        self.read_again()

    def why_not_again(self) -> str:
        """See Pages."""
        return "it is being rehearsed." if self._asking else ""

    def read_again(self) -> None:
        """See Pages."""
        self._asking = True
        self.run_worker(self._ask(), group="rehearse", exclusive=True)

    async def _ask(self) -> None:
        try:
            self._reply = await self.desk.send(RehearseHostDown(host=self._host))
        finally:
            self._asking = False
        self.tick()

    def make(self) -> Sequence[Paragraph]:
        """See Pages."""
        if self._reply is None:
            return [line("It is rehearsed in a simulated cloud, beside the engine's work …", "muted")]
        told = self._reply.rehearsal
        return page(told) if told is not None else [line(*reply_text(self._reply))]


def _rehearse(doing: Doing, rest: str) -> str:
    host = rest.strip()
    if not host:
        raise Refused("host", "Which host is it that dies?", USAGE)
    doing.screen.app.push_screen(RehearsalPage(doing.desk, host))
    return ""


REHEARSE = also(
    Word(
        name="rehearse",
        says="See what would happen if a compute host died now: who would go where, and how long it takes.",
        takes="HOST",
        needs_more=True,
        run=_rehearse,
        gives=RehearseHostDown,
    )
)
