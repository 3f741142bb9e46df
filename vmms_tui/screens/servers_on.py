"""Servers of all pools that have something in common: a host, or a network."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from vmms_tui.keys import Place
from vmms_tui.model.records import Lease, Server, ServerState
from vmms_tui.screens.columns_cloud import ANYWHERE
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.pools import ServersScreen
from vmms_tui.screens.rows import ServerRow


class ServersOn(ServersScreen):
    """Those that `keep` keeps; `where` completes "Servers …"."""

    tab: ClassVar[Place]

    def __init__(self, desk: Desk, where: str, keep: Callable[[Server], bool]) -> None:
        super().__init__(desk, "", ANYWHERE)
        self._where = where
        self._keep = keep

    def heading(self) -> str:
        """See ListFrame."""
        return f"Servers {self._where}"

    def all_rows(self) -> Iterable[ServerRow]:
        """See ListFrame."""
        rows = (self._row(server.id) for server in self.desk.mirror.tables.all(Server))
        return [row for row in rows if row]

    def changed_rows(self, delta: Delta) -> tuple[Iterable[ServerRow], Iterable[str]]:
        """See ListFrame."""
        leases = [self.desk.mirror.lease(lease_id) for lease_id in delta.of(Lease)]
        ids = delta.of(Server) | {lease.server_id for lease in leases if lease}
        rows = {server_id: self._row(server_id) for server_id in ids}
        return [row for row in rows.values() if row], [row_id for row_id, row in rows.items() if row is None]

    def _row(self, server_id: str) -> ServerRow | None:
        tables = self.desk.mirror.tables
        server = tables.get(Server, server_id)
        if server is None or server.state is ServerState.GONE or not self._keep(server):
            return None
        return ServerRow(server, tables.get(Lease, server.lease_id) if server.lease_id else None)

    def empty_text(self) -> str:
        """See ListFrame."""
        return f"There are no servers of ours {self._where}."


class ServersOnHost(ServersOn):
    """Those on a host."""

    tab = Place.HOSTS


class ServersOfNetwork(ServersOn):
    """Those with an address of a network."""

    tab = Place.NETS
