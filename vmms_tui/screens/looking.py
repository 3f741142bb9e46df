"""All ways to look at the row under the cursor: details, why, raw, console log, SSH, and reading it again."""

from typing import Generic

from vmms_tui.keys import Place, Target
from vmms_tui.keys.rows import Describe, EventsOf, Explain, Log, Raw, Ssh
from vmms_tui.model.commands import Refresh
from vmms_tui.model.records import Lease, Record, Server
from vmms_tui.screens.describing import describe
from vmms_tui.screens.forgiving import guarded
from vmms_tui.screens.listframe import ODD, ListFrame
from vmms_tui.screens.logview import LogView
from vmms_tui.screens.objectpages import DetailsPage, ObjectPages, RawPage, Subject, WhyPage
from vmms_tui.screens.paragraphs import Paragraph, line
from vmms_tui.screens.rows import RowT
from vmms_tui.screens.sshing import way_in

VIEWS: dict[str, tuple[type[ObjectPages], str]] = {
    Describe.id: (DetailsPage, "Details: {}"),
    Explain.id: (WhyPage, "Why: {}"),
    Raw.id: (RawPage, "Raw: {}"),
    Log.id: (LogView, "Console of {}"),
}
"""By act: the text that it opens, and its title."""
OFFERS = frozenset({Place.POOLS, Place.NETS, Place.REPOS})
"""Where reading again means what the cloud offers, and not its servers."""


class Looking(ListFrame[RowT], Generic[RowT]):
    """A list whose rows can be looked at in every way."""

    def told(self, row: RowT) -> list[Paragraph]:
        """All that is known of a row."""
        record, _ = self.record_of(row)
        return describe(self._record_now(record), self.desk.mirror)

    def do_describe(self) -> None:
        """Everything that is known of it."""
        self._look(Describe.id)

    def do_explain(self) -> None:
        """Say why it is as it is."""
        self._look(Explain.id)

    def do_raw(self) -> None:
        """The record as it is."""
        self._look(Raw.id)

    def do_log(self) -> None:
        """The console of its server."""
        self._look(Log.id)

    def do_ssh(self) -> None:
        """Log in to its server."""
        self._log_in(self.target())

    def do_events_of(self) -> None:
        """Show the events of the row."""
        row = self.row()
        if row is not None:
            self._events_of(row)

    def title_of(self, row: RowT) -> str:
        """How a row is called."""
        return row.id

    def events_id(self, row: RowT) -> str:
        """The id under which most of its events are."""
        return row.id

    def do_refresh(self) -> None:
        """Let the engine read the cloud again now."""
        self.desk.carry_out([Refresh(kind="offers" if self.tab in OFFERS else "servers")])

    def _look(self, act_id: str) -> None:
        row = self.row()
        if row is not None:
            self._open(act_id, row)

    def _open(self, act_id: str, row: RowT) -> None:
        """Open a text on a row, and what is wanted from there."""
        kind, title = VIEWS[act_id]
        record, server = self.record_of(row)
        about = server.id if kind is LogView and server else self.title_of(row)
        subject = Subject(
            name=record.id,
            target=lambda: self._target_of(row),
            why=lambda: guarded(self.why, [ODD[0][1]], "why")(self._row_now(row)),
            details=lambda: guarded(self.told, [line(ODD[0][1])], "details")(self._row_now(row)),
        )

        def wanted(next_id: str | None) -> None:
            if next_id in VIEWS:
                self._open(str(next_id), row)
            elif next_id == EventsOf.id:
                self._events_of(row)
            elif next_id == Ssh.id:
                self._log_in(self._target_of(row))

        self.app.push_screen(kind(title.format(about), self.desk, subject), wanted)

    def _events_of(self, row: RowT) -> None:
        self.desk.go(Place.EVENTS, narrow=f"subject:{self.events_id(row)}")

    def _row_now(self, row: RowT) -> RowT:
        """The row as it is now; as it was, when it is gone."""
        return self.listing.rows.get(row.id, row)

    def _record_now(self, record: Record) -> Record:
        try:
            return self.desk.mirror.tables.get(type(record), record.id) or record
        except KeyError:  # no table holds such
            return record

    def _target_of(self, row: RowT) -> Target:
        """What keys act on in a text on this row."""
        record, server = self.record_of(self._row_now(row))
        record = self._record_now(record)
        if server is not None:
            server = self.desk.mirror.tables.get(Server, server.id) or server
        return self.target_on(record, server)

    def _log_in(self, target: Target) -> None:
        server, tables = target.server, self.desk.mirror.tables
        lease = tables.get(Lease, server.lease_id) if server and server.lease_id else None
        way = way_in(server, lease, target.login, target.you)
        if isinstance(way, str):
            self.desk.say(way, "warn")
        else:
            self.desk.log_in(way)
