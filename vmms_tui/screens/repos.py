"""Repos: what servers are made of. Package mirrors are to come; what is there already are the images of pools."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.model.records import Pool, Record, Server
from vmms_tui.model.surroundings import Kind
from vmms_tui.screens import details_cloud
from vmms_tui.screens.cloudlist import CloudList
from vmms_tui.screens.columns_cloud import IMAGES
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.details import Details
from vmms_tui.screens.frame import bindings
from vmms_tui.screens.rows_cloud import ImageRow, image_rows


class ReposScreen(CloudList[ImageRow]):
    """The images that pools boot from."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.REPOS, Place.LISTS, Place.EVERYWHERE)]
    place = tab = Place.REPOS
    kind = Kind.IMAGES
    none = "No pool boots from any image yet."
    touched_by = (Pool,)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, IMAGES, "name")

    def heading(self) -> str:
        """See ListFrame."""
        return "Images that pools boot from"

    def all_rows(self) -> Iterable[ImageRow]:
        """See ListFrame."""
        return image_rows(self.desk.mirror.tables)

    def record_of(self, row: ImageRow) -> tuple[Record, Server | None]:
        """See ListFrame."""
        return row.image, None

    def named(self, row: ImageRow) -> str:
        """See CloudList."""
        return row.image.name or row.id

    def details_of(self, row: ImageRow) -> Details:
        """See CloudList."""
        return details_cloud.image_details(row, self.desk.mirror)

    def why(self, row: ImageRow) -> list[str]:
        """See ListFrame."""
        return details_cloud.image_why(row, self.desk.mirror)

    def events_id(self, row: ImageRow) -> str:
        """Those of the first pool that boots from it."""
        return row.pools[0] if row.pools else ""

    def do_open_image(self) -> None:
        """Show the pools that boot from it."""
        row = self.row()
        if row is not None:
            self.desk.go(Place.POOLS, narrow=f'image:"{self._as_pools_name_it(row)}"')

    def _as_pools_name_it(self, row: ImageRow) -> str:
        """By name or by id, as the settings do."""
        pool = self.desk.mirror.tables.get(Pool, row.pools[0]) if row.pools else None
        return (pool.image if pool else row.id).replace("\\", "\\\\").replace('"', '\\"')
