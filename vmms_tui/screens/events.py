"""Events: what happened, newest first."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.model.records import Event, Record, Server
from vmms_tui.screens import columns
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.frame import bindings
from vmms_tui.screens.listing import ListScreen
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.rows import EventRow


class EventsScreen(ListScreen[EventRow]):
    """What happened, with its reason."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.EVENTS, Place.LISTS, Place.EVERYWHERE)]
    place = tab = Place.EVENTS
    keeps_gone = False

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, columns.EVENTS, "at", backwards=True)

    def all_rows(self) -> Iterable[EventRow]:
        """See ListFrame."""
        return [EventRow(event) for event in self.desk.mirror.tables.all(Event)]

    def changed_rows(self, delta: Delta) -> tuple[Iterable[EventRow], Iterable[str]]:
        """See ListFrame."""
        found = {event_id: self.desk.mirror.tables.get(Event, event_id) for event_id in delta.of(Event)}
        return [EventRow(one) for one in found.values() if one], [row_id for row_id, one in found.items() if not one]

    def record_of(self, row: EventRow) -> tuple[Record, Server | None]:
        """See ListFrame."""
        return row.event, self.desk.mirror.tables.get(Server, row.event.server_id)

    def empty_text(self) -> str:
        """See ListFrame."""
        return "Nothing has happened yet."
