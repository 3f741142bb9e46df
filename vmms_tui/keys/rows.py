"""What can be done to a row, in whatever list it is."""

from typing import ClassVar

from vmms_tui.keys.act import LIST_PLACES, Act, Place, Target

MARKED_PLACES: tuple[Place, ...] = (Place.LEASES, Place.OPS)
"""Lists where something can be done to many rows at once, and so rows can be marked."""


class ForRow(Act):
    """Something done to a row."""

    places: ClassVar[tuple[Place, ...]] = LIST_PLACES

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A row is needed."""
        return "" if target.record else "There is nothing under the cursor."


class ForRowOrNeed(ForRow):
    """Something that can be done to a need, too."""

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A need may be about no row: the cloud, say."""
        return "" if target.about else super().refusal(target)


class Explain(ForRowOrNeed):
    """why: explain why it is in this state, fact by fact, each with its age."""

    id, keys, row = "explain", ("x",), 1
    places = (Place.DASH, *LIST_PLACES, Place.OBJECT)


class Describe(ForRow):
    """details: everything that is known of it."""

    id, keys, row = "describe", ("d",), 1
    places = (*LIST_PLACES, Place.OBJECT)


class OpenRow(ForRow):
    """open: everything that is known of it, as its details."""

    id, keys = "open_row", ("enter",)
    places = (Place.SERVERS, Place.LEASES, Place.EVENTS)


class EventsOf(ForRowOrNeed):
    """events: what happened to it."""

    id, keys, row = "events_of", ("e",), 1
    places = (Place.DASH, *(place for place in LIST_PLACES if place is not Place.EVENTS), Place.OBJECT)


class Raw(ForRow):
    """raw: its record as the engine has it, and what the cloud says of its server now."""

    id, keys = "raw", ("y",)
    places = (*LIST_PLACES, Place.OBJECT)


class ForRowsServer(ForRow):
    """Something done to the server of a row."""

    places = (Place.SERVERS, Place.LEASES, Place.EVENTS, Place.OPS, Place.OBJECT)

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A server is needed."""
        return super().refusal(target) or ("" if target.server else "There is no server here.")


class Log(ForRowsServer):
    """log: the last lines of its server's console."""

    id, keys, row = "log", ("l",), 1

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A server of one's own is needed that the cloud has begun with."""
        if no := super().refusal(target):
            return no
        if target.server is not None and not target.server.cloud_id:
            return "The cloud has not begun with this server." if target.you.sees_all else "This server is not yours."
        return ""


class Ssh(ForRowsServer):
    """ssh: log in to its server; the screen comes back afterwards."""

    id, keys, row = "ssh", ("s",), 1


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
