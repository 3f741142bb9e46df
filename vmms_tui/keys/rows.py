"""What can be done to a row, in whatever list it is."""

from typing import ClassVar

from vmms_tui.keys.act import LIST_PLACES, Act, Place, Target

MARKED_PLACES: tuple[Place, ...] = (Place.LEASES,)
"""Lists where something can be done to many rows at once, and so rows can be marked."""


class ForRow(Act):
    """Something done to a row."""

    places: ClassVar[tuple[Place, ...]] = LIST_PLACES

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A row is needed."""
        return "" if target.record else "There is nothing under the cursor."


class Explain(ForRow):
    """why: explain why it is in this state."""

    id, keys, row = "explain", ("x",), 1


class EventsOf(ForRow):
    """events: what happened to it."""

    id, keys, row = "events_of", ("e",), 1
    places = tuple(place for place in LIST_PLACES if place is not Place.EVENTS)


class Copy(ForRow):
    """copy: its id, address or ssh line to the clipboard of your terminal."""

    id, keys, row = "copy", ("c",), 1


class Mark(ForRow):
    """mark: mark the row, or take the mark off; changes then act on all marked rows."""

    id, keys, places, row = "mark", ("space",), MARKED_PLACES, 1


class MarkRange(ForRow):
    """range: begin a range of marks here; again on another row marks all between."""

    id, keys, places = "mark_range", ("v",), MARKED_PLACES


class MarkAll(Act):
    """mark all: mark every row that the filter shows."""

    id, keys, places = "mark_all", ("*",), MARKED_PLACES


class ClearMarks(Act):
    """clear marks: take all marks off."""

    id, keys, places = "clear_marks", ("\\",), MARKED_PLACES


class RowMenu(Act):
    """menu: everything that can be done with this row, and why not."""

    id, keys, places = "row_menu", ("m",), LIST_PLACES


class Users(ForRow):
    """users: from a server or event to its lease, from a lease to all of its owner, from a pool to its leases."""

    id, keys = "users", ("u",)
