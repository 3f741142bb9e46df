"""Store: the volumes, and what holds them."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.model.records import Record, Server
from vmms_tui.model.surroundings import Kind
from vmms_tui.screens import details_cloud
from vmms_tui.screens.cloudlist import CloudList
from vmms_tui.screens.columns_cloud import VOLUMES
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.details import Details
from vmms_tui.screens.frame import bindings
from vmms_tui.screens.rows_cloud import VolumeRow, volume_rows


class StoreScreen(CloudList[VolumeRow]):
    """The volumes of the projects in use."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.STORE, Place.LISTS, Place.EVERYWHERE)]
    place = tab = Place.STORE
    kind = Kind.VOLUMES
    none = "There is no volume in the projects in use."

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, VOLUMES, "name")

    def heading(self) -> str:
        """See ListFrame."""
        return "Volumes"

    def all_rows(self) -> Iterable[VolumeRow]:
        """See ListFrame."""
        return volume_rows(self.desk.mirror.tables)

    def record_of(self, row: VolumeRow) -> tuple[Record, Server | None]:
        """See ListFrame. The first server of ours that holds it."""
        tables = self.desk.mirror.tables
        held = (tables.get(Server, name) for name in row.volume.attached_to)
        return row.volume, next((server for server in held if server), None)

    def named(self, row: VolumeRow) -> str:
        """See CloudList."""
        return row.volume.name or row.id

    def details_of(self, row: VolumeRow) -> Details:
        """See CloudList."""
        return details_cloud.volume_details(row, self.desk.mirror)

    def why(self, row: VolumeRow) -> list[str]:
        """See ListFrame."""
        return details_cloud.volume_why(row, self.desk.mirror)

    def events_id(self, row: VolumeRow) -> str:
        """Those of its server."""
        _, server = self.record_of(row)
        return server.id if server else ""

    def do_open_volume(self) -> None:
        """Go to the server that holds it, by its lease if it is lent."""
        row = self.row()
        server = self.record_of(row)[1] if row is not None else None
        if server is not None and server.lease_id:
            self.desk.go(Place.LEASES, narrow=f"server:{server.id}")
        elif server is not None:
            self.desk.go(Place.POOLS, row_id=server.pool)
