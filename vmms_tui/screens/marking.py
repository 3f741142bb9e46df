"""Lists whose rows can be marked: what is done then, is done to all marked rows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Generic

from vmms_tui.keys import Act, Target
from vmms_tui.model.commands import AnyCommand
from vmms_tui.screens.listing import ListScreen
from vmms_tui.screens.rows import RowT


class MarkedList(ListScreen[RowT], Generic[RowT]):
    """A list where changes go for all marked rows, and without marks for the one under the cursor."""

    def chosen(self) -> list[RowT]:
        """The marked rows, also those filtered out now; without marks the row under the cursor."""
        rows = [row for row_id in sorted(self.table.marks) if (row := self.listing.rows.get(row_id))]
        row = self.row()
        return rows or ([row] if row else [])

    def target(self) -> Target:
        """With marks, what the first of them is decides."""
        rows = self.chosen()
        return self.target_on(*self.record_of(rows[0])) if rows else super().target()

    def refusal(self, act: type[Act]) -> str:
        """See Frame. A change to several is possible when it is to one of them: Preflight says for which it is not."""
        no = super().refusal(act)
        if not no or not act.changes or len(self.table.marks) < 2 or not act.allowed(self.desk.mirror.you):
            return no
        now, chosen = self._now(), map(self.record_of, self.chosen())
        able = any(not act.why_not_now(replace(now, record=record, server=server)) for record, server in chosen)
        return "" if able else no

    def propose_all(self, commands: Sequence[AnyCommand]) -> None:
        """Preflight for all of them; once they are sent the marks have done their work."""
        self.desk.propose(commands, then=self.do_clear_marks)
