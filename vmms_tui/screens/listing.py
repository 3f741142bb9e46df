"""What can be done in every list: moving, filter, order, details, copy, help."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

from textual import on
from textual.widgets import Input
from textual.worker import Worker

from vmms_tui.keys import Place
from vmms_tui.keys.saying import filled
from vmms_tui.screens.copying import Copied, as_table, copy_items, copy_text, listing_command
from vmms_tui.screens.looking import Looking
from vmms_tui.screens.menu import Menu, MenuItem
from vmms_tui.screens.moving import Moving
from vmms_tui.screens.rowmenu import row_items, way_to_users
from vmms_tui.screens.rows import RowT
from vmms_tui.widgets.strip import DetailStrip
from vmms_tui.widgets.text import plain

TURNS = "turns"
"""The group of the workers that sort and filter."""
AT_ONCE = 5_000
"""Up to so many rows are sorted and filtered in one go: some milliseconds."""


class ListScreen(Moving, Looking[RowT]):
    """A list with everything that can be done in every list. One method `do_…` for each id of the key table."""

    def do_back(self) -> None:
        """Undo one step: the filter, the marks, then where we came from."""
        if self.listing.filter_text or self.query_one("#filter").display:
            self.narrow("")
            self.query_one("#filter").display = False
            self.query_one("#title").display = True
            self.table.focus()
            self.desk.come_back()
        elif self.table.marks or self.table.range_from:
            self.do_clear_marks()
        else:
            super().do_back()

    # In lists

    def do_mark(self) -> None:
        """Mark and go on to the next row."""
        self.table.toggle_mark()
        self.table.step(1)
        self.tick()

    def do_mark_range(self) -> None:
        """Begin a range of marks, or end it."""
        self.table.mark_range()
        self.tick()

    def do_mark_all(self) -> None:
        """Mark all that the filter shows."""
        self.table.mark_all(self.listing.ids)
        self.tick()

    def do_wide(self) -> None:
        """Show the columns in full, or as they fit."""
        self.table.widen()
        self.tick()

    def do_shift_right(self) -> None:
        """Columns further right."""
        self._shift(1)

    def do_shift_left(self) -> None:
        """Columns further left."""
        self._shift(-1)

    def _shift(self, columns: int) -> None:
        if self.table.wide:
            self.table.shift(columns)
        else:
            said = "{wide} shows the columns in full; then {shift_left} and {shift_right} move them."
            self.show_message(filled(said, self.place), "")

    def do_stand_still(self) -> None:
        """Stand still, or go on with what is now."""
        self.waiting = 0 if self.waiting is None else None
        if self.waiting is None:
            self.catch_up()
        self.tick()

    def do_clear_marks(self) -> None:
        """Take all marks off."""
        self.table.clear_marks()
        self.tick()

    def do_full(self) -> None:
        """Show or hide the strip."""
        self._strip = not self.query_one(DetailStrip).display
        self._show_strip()

    def do_copy(self) -> None:
        """Choose what to copy."""
        copied = Copied(self.target(), self.row_text(), self.table_text(), self.list_command())

        def chosen(act_id: str | None) -> None:
            if act_id:
                self.desk.copy(copy_text(act_id, copied))

        self.app.push_screen(Menu("Copy", copy_items(copied)), chosen)

    def row_text(self) -> str:
        """The row under the cursor, cell by cell."""
        row = self.row()
        return "  ".join(plain(cell).strip() for cell, _ in self._read(row.id)) if row else ""

    def table_text(self) -> str:
        """Every row that passes the filter, in the order of the list, under the titles."""
        titles = [column.title.strip() for column in self.listing.columns]
        return as_table(titles, [[cell for cell, _ in self._read(row_id)] for row_id in self.listing.ids])

    def list_command(self) -> str:
        """The command that lists the same; empty where there is none."""
        return listing_command(self.place, self.listing.filter_text)

    def do_row_menu(self) -> None:
        """Show everything that can be done with the row."""

        def chosen(act_id: str | None) -> None:
            if act_id:
                self.action_do(act_id)

        row = self.row()
        items = row_items(self.place, self.refusal)
        self.app.push_screen(Menu(plain(self.title_of(row)) if row else self.place.value, items), chosen)

    def do_users(self) -> None:
        """To who uses it."""
        record = self.target().record
        way = way_to_users(record, self.desk.mirror.tables) if record else ""
        if isinstance(way, str):
            self.desk.say(way, "warn")
        else:
            self.desk.go(Place.LEASES, narrow=way.narrow, row_id=way.lease_id)

    def do_order(self) -> None:
        """Choose the column to order by."""
        items = [MenuItem(one.letter, one.key, one.title.strip()) for one in self.listing.columns]

        def chosen(key: str | None) -> None:
            if key:
                self.in_turns(self.listing.ordering(key), self._show_anew)

        self.app.push_screen(Menu("Order by", items), chosen)

    # The filter

    def do_filter(self) -> None:
        """Type a filter."""
        entry = self.query_one("#filter", Input)
        entry.display = True
        self.query_one("#title").display = False
        entry.value = self.listing.filter_text
        entry.focus()

    def narrow(self, text: str) -> None:
        """Filter the list, now."""
        self.workers.cancel_group(self, TURNS)
        self._narrow(text)

    def _narrow(self, text: str) -> None:
        self._try(lambda: self.listing.narrow(text))
        self._show_anew()

    def _show_anew(self) -> None:
        self.table.gone.clear()
        self._merge()
        self.tick()

    @on(Input.Changed, "#filter")
    def _filter_typed(self, event: Input.Changed) -> None:
        if event.input.display:
            self.in_turns(self.listing.preparing(event.value), partial(self._narrow, event.value))

    def in_turns(self, steps: Iterator[None], then: Callable[[], None]) -> None:
        """Take these steps, with room for keys between them, and then do that; whatever was begun before is left."""
        self.workers.cancel_group(self, TURNS)
        if len(self.listing.rows) <= AT_ONCE:
            self._try(lambda: deque(steps, maxlen=0))
            then()
        else:
            # Not the coroutine itself: one that is left before it has begun would never be awaited.
            _: Worker[None] = self.run_worker(partial(self._in_turns, steps, then), group=TURNS)

    async def _in_turns(self, steps: Iterator[None], then: Callable[[], None]) -> None:
        more = True

        def step() -> None:
            nonlocal more
            more = next(steps, self) is not self

        while more:
            self._try(step)
            await asyncio.sleep(0)
        if self.ready:
            then()

    @on(Input.Submitted, "#filter")
    def _filter_done(self, event: Input.Submitted) -> None:
        event.input.display = False
        self.query_one("#title").display = True
        self.table.focus()
        self.tick()

    def want(self, row_id: str) -> None:
        """Put the cursor on this row, now or as soon as it is there."""
        self._wanted_row = row_id
        if row_id in self.listing.rows:
            self._merge()
