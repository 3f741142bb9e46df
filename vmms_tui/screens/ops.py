"""Ops: what the engine does just now, and what it did lately."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.model.commands import AbortOperation, ForceOperation, PauseOperation, ResumeOperation, RetryOperation
from vmms_tui.model.progress import is_live, worth_showing
from vmms_tui.model.records import Operation, Record, Server
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.details import Details
from vmms_tui.screens.frame import bindings
from vmms_tui.screens.marking import MarkedList
from vmms_tui.screens.mirror import BEFORE, Delta
from vmms_tui.screens.operation_rows import (
    OPERATIONS,
    OperationRow,
    explain_operation,
    operation_facts,
    operation_rows,
)

SWEEP = timedelta(seconds=30)
"""How often what ended long ago is taken off the list."""


class OpsScreen(MarkedList[OperationRow]):
    """Every operation that is at work, and those that ended lately."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.OPS, Place.LISTS, Place.EVERYWHERE)]
    place = tab = Place.OPS

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, OPERATIONS, "state")
        self._swept = BEFORE

    def all_rows(self) -> Iterable[OperationRow]:
        """See ListFrame."""
        return operation_rows(self.desk.mirror.tables, self.desk.mirror.now)

    def changed_rows(self, delta: Delta) -> tuple[Iterable[OperationRow], Iterable[str]]:
        """See ListFrame."""
        tables, now = self.desk.mirror.tables, self.desk.mirror.now
        found = {one: tables.get(Operation, one) for one in delta.of(Operation)}
        put = [OperationRow(one) for one in found.values() if one and worth_showing(one, now)]
        there = {row.id for row in put}
        return put, [one for one in found if one not in there]

    def pass_time(self) -> None:
        """See Frame. What ended long enough ago leaves."""
        now = self.desk.mirror.now
        if not timedelta(0) <= now - self._swept < SWEEP:
            self._swept = now
            self._sweep(now)
        super().pass_time()

    def _sweep(self, now: datetime) -> None:
        old = [row.id for row in self.listing.rows.values() if not worth_showing(row.operation, now)]
        if old:
            self.listing.change([], old)
            self._merge()

    def record_of(self, row: OperationRow) -> tuple[Record, Server | None]:
        """See ListFrame."""
        return row.operation, self.desk.mirror.tables.get(Server, row.operation.server_id)

    def facts(self, row: OperationRow | None) -> Details:
        """See ListFrame."""
        return operation_facts(row.operation, self.desk.mirror) if row else Details("", ())

    def why(self, row: OperationRow) -> list[str]:
        """See ListFrame."""
        return explain_operation(row.operation, self.desk.mirror)

    def empty_text(self) -> str:
        """See ListFrame."""
        return "Nothing is under way, and nothing was in the last hour."

    def events_id(self, row: OperationRow) -> str:
        """Events name the server."""
        return row.operation.server_id

    # What can be done

    def do_why(self) -> None:
        """The same as x."""
        self.do_explain()

    def do_pause(self) -> None:
        """Hold it, or let it go on, after Preflight. Of several only all that are held go on."""
        held = all(row.operation.paused_by for row in self.chosen() if is_live(row.operation))
        self._propose(ResumeOperation if held else PauseOperation)

    def do_abort(self) -> None:
        """End it, after Preflight, which says whether that can be."""
        self._propose(AbortOperation)

    def do_force(self) -> None:
        """Let a live move end now, after Preflight."""
        self._propose(ForceOperation)

    def do_retry(self) -> None:
        """Begin it anew, after Preflight."""
        self._propose(RetryOperation)

    def _propose(
        self, kind: type[PauseOperation | ResumeOperation | AbortOperation | ForceOperation | RetryOperation]
    ) -> None:
        self.propose_all([kind(operation_id=row.id) for row in self.chosen()])
