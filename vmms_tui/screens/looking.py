"""All ways to look at the row under the cursor: details, why, raw, console log, SSH, and reading it again."""

from typing import Generic

from vmms_tui.keys import Place, Target
from vmms_tui.keys.rows import Describe, Explain, Log, Raw
from vmms_tui.model.commands import Refresh
from vmms_tui.model.records import Record, Server
from vmms_tui.screens.describing import describe
from vmms_tui.screens.forgiving import guarded
from vmms_tui.screens.listframe import ODD, ListFrame
from vmms_tui.screens.objectpages import Subject
from vmms_tui.screens.paragraphs import Paragraph, line
from vmms_tui.screens.rows import RowT
from vmms_tui.screens.views import Views, log_in

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

    def do_open_row(self) -> None:
        """The same as details: a list in which enter leads nowhere else."""
        self.do_describe()

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
        log_in(self.desk, self.target())

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
        """Open a text on a row."""
        record, _ = self.record_of(row)
        subject = Subject(
            name=record.id,
            target=lambda: self._target_of(row),
            why=lambda: guarded(self.why, [ODD[0][1]], "why")(self._row_now(row)),
            details=lambda: guarded(self.told, [line(ODD[0][1])], "details")(self._row_now(row)),
        )
        Views(self.desk, self, self.title_of(row), subject, lambda: self._events_of(row)).open(act_id)

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
