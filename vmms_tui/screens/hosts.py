"""Hosts: which host is sick, full or closed."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.model.records import Record, Server
from vmms_tui.model.surroundings import Kind
from vmms_tui.screens import details_cloud
from vmms_tui.screens.cloudlist import CloudList
from vmms_tui.screens.columns_cloud import HOSTS
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.details import Details
from vmms_tui.screens.frame import bindings
from vmms_tui.screens.rows_cloud import HostRow, host_rows
from vmms_tui.screens.servers_on import ServersOnHost


class HostsScreen(CloudList[HostRow]):
    """The compute hosts of the cloud."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.HOSTS, Place.LISTS, Place.EVERYWHERE)]
    place = tab = Place.HOSTS
    kind = Kind.HOSTS
    none = "The cloud has no compute host."
    touched_by = (Server,)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, HOSTS, "state")

    def all_rows(self) -> Iterable[HostRow]:
        """See ListFrame."""
        return host_rows(self.desk.mirror.tables)

    def record_of(self, row: HostRow) -> tuple[Record, Server | None]:
        """See ListFrame."""
        return row.host, None

    def named(self, row: HostRow) -> str:
        """See CloudList."""
        return row.host.name

    def details_of(self, row: HostRow) -> Details:
        """See CloudList."""
        return details_cloud.host_details(row, self.desk.mirror)

    def why(self, row: HostRow) -> list[str]:
        """See ListFrame."""
        return details_cloud.host_why(row, self.desk.mirror)

    def events_id(self, _row: HostRow) -> str:
        """Events do not name hosts."""
        return ""

    def do_open_host(self) -> None:
        """Show our servers on the host."""
        row = self.row()
        if row is not None:
            name = row.host.name
            self.app.push_screen(ServersOnHost(self.desk, f"on {name}", lambda server: server.host == name))
