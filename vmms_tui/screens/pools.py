"""Pools, and the servers of one pool."""

import os
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place, press
from vmms_tui.keys.rows import Explain
from vmms_tui.model.records import Lease, Pool, Record, Server
from vmms_tui.model.trends import Trend
from vmms_tui.screens import columns
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.details import Details
from vmms_tui.screens.frame import bindings
from vmms_tui.screens.listing import ListScreen
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.request import RequestScreen
from vmms_tui.screens.rows import PoolRow, ServerRow, pool_rows, server_row
from vmms_tui.screens.trendlines import lately, ready_lately, samples_of
from vmms_tui.screens.whereto import ask_where
from vmms_tui.widgets.bars import glyphs_for
from vmms_tui.widgets.column import Column


class PoolsScreen(ListScreen[PoolRow]):
    """Can I have a server now, and if not, why not."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.POOLS, Place.LISTS, Place.EVERYWHERE)]
    place = tab = Place.POOLS

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, columns.POOLS, "name")
        self._glyphs = glyphs_for(os.environ)
        self._lately: dict[str, str] = {}

    def all_rows(self) -> Iterable[PoolRow]:
        """See ListFrame."""
        mirror = self.desk.mirror
        samples = samples_of(mirror.tables)
        self._lately = {name: ready_lately(known, mirror.now, self._glyphs) for name, known in samples.items()}
        return pool_rows(mirror.tables, self._lately)

    def changed_rows(self, delta: Delta) -> tuple[Iterable[PoolRow], Iterable[str]]:
        """A server that changes changes the counts of its pool."""
        if not delta.of(Pool, Server, Trend):
            return (), ()
        rows = list(self.all_rows() if delta.of(Trend) else pool_rows(self.desk.mirror.tables, self._lately))
        known = {row.id for row in rows}
        return [row for row in rows if self.listing.rows.get(row.id) != row], self.listing.rows.keys() - known

    def record_of(self, row: PoolRow) -> tuple[Record, Server | None]:
        """See ListFrame."""
        return row.pool, None

    def facts(self, row: PoolRow | None) -> Details:
        """See ListFrame. With how it did lately."""
        told = super().facts(row)
        samples = samples_of(self.desk.mirror.tables).get(row.id, []) if row else []
        said = lately(samples, self.desk.mirror.now, self._glyphs)
        if not said:
            return told
        return Details(told.title, (*told.facts[:1], ("lately", said), *told.facts[1:]))

    def empty_text(self) -> str:
        """See ListFrame."""
        return "No pools yet: they are set up in vmms.toml; `vmms info` says where it is."

    def do_open(self) -> None:
        """Show the servers of the pool."""
        row = self.row()
        if row is not None:
            self.app.push_screen(ServersScreen(self.desk, row.id))

    def do_request(self) -> None:
        """Ask for a server."""
        row = self.row()
        purpose = row.pool.purposes[0] if row and row.pool.purposes else ""
        self.app.push_screen(RequestScreen(self.desk, purpose))


class ServersScreen(ListScreen[ServerRow]):
    """The servers of one pool."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.SERVERS, Place.LISTS, Place.EVERYWHERE)]
    place = Place.SERVERS
    confirmed_by_list = True
    tab = Place.POOLS

    def __init__(self, desk: Desk, pool: str, shown: Sequence[Column[ServerRow]] = columns.SERVERS) -> None:
        super().__init__(desk, shown, "name")
        self.pool = pool

    def heading(self) -> str:
        """See ListFrame."""
        return f"Servers of {self.pool}"

    def all_rows(self) -> Iterable[ServerRow]:
        """See ListFrame."""
        tables = self.desk.mirror.tables
        return [row for one in tables.all(Server) if (row := server_row(tables, one.id, self.pool))]

    def changed_rows(self, delta: Delta) -> tuple[Iterable[ServerRow], Iterable[str]]:
        """A lease that changes changes the row of its server."""
        tables = self.desk.mirror.tables
        leases = [tables.get(Lease, lease_id) for lease_id in delta.of(Lease)]
        ids = delta.of(Server) | {lease.server_id for lease in leases if lease}
        rows = {server_id: server_row(tables, server_id, self.pool) for server_id in ids}
        return [row for row in rows.values() if row], [row_id for row_id, row in rows.items() if row is None]

    def record_of(self, row: ServerRow) -> tuple[Record, Server | None]:
        """See ListFrame."""
        return row.server, row.server

    def empty_text(self) -> str:
        """See ListFrame."""
        return f"This pool has no servers; {press(Explain, Place.POOLS)} on the pool says why."

    def do_move(self) -> None:
        """Ask where to, then Preflight."""
        row = self.row()
        ask_where([row.server] if row else [], self.desk, self.app.push_screen)

    def go_up(self) -> None:
        """Back to Pools."""
        self.app.pop_screen()

    def do_quit(self) -> None:
        """Close."""
        self.app.pop_screen()
