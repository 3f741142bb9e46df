"""Nets: addresses left, and who has this one."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.model.records import Record, Server
from vmms_tui.model.surroundings import Kind
from vmms_tui.screens import details_cloud
from vmms_tui.screens.cloudlist import CloudList
from vmms_tui.screens.columns_cloud import NETWORKS
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.details import Details
from vmms_tui.screens.frame import bindings
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.rows_cloud import NOWHERE, NetworkRow, Subnets, Whereabouts, addresses_in
from vmms_tui.screens.servers_on import ServersOfNetwork


class NetsScreen(CloudList[NetworkRow]):
    """The networks of the cloud. A filter that is an address shows the network that holds it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.NETS, Place.LISTS, Place.EVERYWHERE)]
    place = tab = Place.NETS
    kind = Kind.NETWORKS
    none = "There is no network that we may see."

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, NETWORKS, "name")
        self._sought: tuple[str, ...] = ()
        self._whereabouts: Whereabouts | None = None
        """None: to be looked at anew."""

    def heading(self) -> str:
        """See ListFrame."""
        return "Networks"

    def catch_up(self) -> None:
        """See Frame."""
        self._whereabouts = None
        super().catch_up()

    def all_rows(self) -> Iterable[NetworkRow]:
        """See ListFrame."""
        if self._whereabouts is None:
            self._whereabouts = Whereabouts(self.desk.mirror.tables)
        return self._whereabouts.rows(self._sought)

    def touches(self, delta: Delta) -> bool:
        """See CloudList. A server matters only when it gets an address or loses one: there may be thousands."""
        if super().touches(delta):
            self._whereabouts = None
            return True
        where = self._whereabouts
        return where is None or bool([one for one in delta.of(Server) if where.look_at(one)])

    def _narrow(self, text: str) -> None:
        """See ListScreen. A whole address is looked for in the subnets, whether or not a server of ours has it."""
        sought = addresses_in(text)
        if sought != self._sought:
            self._sought = sought
            self.listing.narrow("")
            self.listing.reset(self.all_rows())
        super()._narrow(text)

    def record_of(self, row: NetworkRow) -> tuple[Record, Server | None]:
        """See ListFrame. The server that has the address that is looked for."""
        holder = next((server for server, address in row.ours if address in row.sought), "")
        return row.network, self.desk.mirror.tables.get(Server, holder) if holder else None

    def named(self, row: NetworkRow) -> str:
        """See CloudList."""
        return row.network.name or row.id

    def details_of(self, row: NetworkRow) -> Details:
        """See CloudList."""
        return details_cloud.network_details(row, self.desk.mirror)

    def why(self, row: NetworkRow) -> list[str]:
        """See ListFrame."""
        return details_cloud.network_why(row, self.desk.mirror)

    def events_id(self, row: NetworkRow) -> str:
        """Those of the server that has the address that is looked for."""
        _, server = self.record_of(row)
        return server.id if server else ""

    def do_open_network(self) -> None:
        """Show our servers with an address of it; of those that are looked for only theirs."""
        row = self.row()
        if row is None:
            return
        if row.sought and self.record_of(row)[1] is not None:
            where, wanted = f"with {' or '.join(row.sought)}", frozenset(row.sought)
            self.app.push_screen(ServersOfNetwork(self.desk, where, lambda one: not wanted.isdisjoint(_of(one))))
            return
        subnets = Subnets([row.network])
        screen = ServersOfNetwork(
            self.desk, f"in {self.named(row)}", lambda one: any(subnets.of(address) for address in _of(one) if address)
        )
        self.app.push_screen(screen)


def _of(server: Server | None) -> tuple[str, str]:
    """The addresses of a server."""
    return (server.address, server.floating_ip) if server else NOWHERE
