"""The texts on one thing, and the ways from each to the others."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.screen import Screen

from vmms_tui.keys import Target
from vmms_tui.keys.rows import Describe, EventsOf, Explain, Log, Raw, Ssh
from vmms_tui.model.records import Lease
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.logview import LogView
from vmms_tui.screens.objectpages import DetailsPage, ObjectPages, RawPage, Subject, WhyPage
from vmms_tui.screens.sshing import way_in

VIEWS: dict[str, tuple[type[ObjectPages], str]] = {
    Describe.id: (DetailsPage, "Details: {}"),
    Explain.id: (WhyPage, "Why: {}"),
    Raw.id: (RawPage, "Raw: {}"),
    Log.id: (LogView, "Console of {}"),
}
"""By act: the text that it opens, and its title."""


@dataclass(frozen=True)
class Views:
    """The texts on one thing."""

    desk: Desk
    screen: Screen[None]
    """From where they are opened."""
    title: str
    """How the thing is called."""
    subject: Subject
    events: Callable[[], None]
    """Shows its events."""

    def open(self, act_id: str) -> None:
        """Open a text, and after it whatever is wanted from there."""
        kind, title = VIEWS[act_id]
        server = self.subject.target().server
        about = server.id if kind is LogView and server else self.title
        self.screen.app.push_screen(kind(title.format(about), self.desk, self.subject), self._wanted)

    def _wanted(self, next_id: str | None) -> None:
        if next_id in VIEWS:
            self.open(str(next_id))
        elif next_id == EventsOf.id:
            self.events()
        elif next_id == Ssh.id:
            log_in(self.desk, self.subject.target())


def log_in(desk: Desk, target: Target) -> None:
    """Give the terminal to ssh, or say why not."""
    server, tables = target.server, desk.mirror.tables
    lease = tables.get(Lease, server.lease_id) if server and server.lease_id else None
    way = way_in(server, lease, target.login, target.you)
    if isinstance(way, str):
        desk.say(way, "warn")
    else:
        desk.log_in(way)
