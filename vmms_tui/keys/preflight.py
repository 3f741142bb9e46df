"""What can be done in Preflight, beside its buttons."""

from vmms_tui.keys.act import Act, Place


class CopyCommand(Act):
    """copy: the same as a command line, to the clipboard of your terminal."""

    id, keys, places = "copy_command", ("y",), (Place.PREFLIGHT,)


class ReadLive(Act):
    """read again: ask the cloud for these servers once more."""

    id, keys, places = "read_live", ("r",), (Place.PREFLIGHT,)


class EventsOfPlan(Act):
    """events: what happened lately to what would be changed."""

    id, keys, places = "events_of_plan", ("e",), (Place.PREFLIGHT,)
