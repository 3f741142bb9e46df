"""What can be done in every list."""

from typing import ClassVar

from vmms_tui.keys.act import Act, Place


class ForList(Act):
    """Something done in every list."""

    places: ClassVar[tuple[Place, ...]] = (Place.LISTS,)


class Moving(ForList):
    """Moving in a list, in the one on Dash, in a text, or in what Preflight says."""

    places = (Place.LISTS, Place.DASH, Place.READING, Place.PREFLIGHT)


class Down(Moving):
    """down: one row down."""

    id, keys = "down", ("j", "down")


class Up(Moving):
    """up: one row up."""

    id, keys = "up", ("k", "up")


class First(Moving):
    """first: to the first row."""

    id, keys = "first", ("g", "home")


class Last(Moving):
    """last: to the last row."""

    id, keys = "last", ("G", "end")


class HalfDown(Moving):
    """half down: half a page down."""

    id, keys = "half_down", ("ctrl+d",)


class HalfUp(Moving):
    """half up: half a page up."""

    id, keys = "half_up", ("ctrl+u",)


class PageDown(Moving):
    """page down: a page down."""

    id, keys = "page_down", ("pagedown", "ctrl+f")


class PageUp(Moving):
    """page up: a page up."""

    id, keys = "page_up", ("pageup",)


class Filter(ForList):
    """filter: show rows with these words; !word leaves out, owner:ada looks in one column, left<8h compares."""

    id, keys, row = "filter", ("/",), 1
    places = (Place.LISTS, Place.DASH)


class Order(ForList):
    """order: by a column; the same column again turns it round."""

    id, keys, row = "order", ("o",), 1


class Wide(ForList):
    """wide: show the columns in full, so that they can be moved; or as they fit."""

    id, keys, row = "wide", ("w",), 1


class ShiftRight(ForList):
    """columns right: with wide columns, to those further right."""

    id, keys = "shift_right", ("right",)


class ShiftLeft(ForList):
    """columns left: with wide columns, to those further left."""

    id, keys = "shift_left", ("left",)


class Pause(ForList):
    """still: let the list stand still while you read; ages go on, and again shows what is now."""

    id, keys, row = "stand_still", ("p",), 0


class Full(ForList):
    """full: the list alone, or with the facts of the row again."""

    id, keys, row = "full", ("f",), 0


class Refresh(Act):
    """read again: let the engine read the cloud again now, and say with which calls."""

    id, keys = "refresh", ("r", "ctrl+r")
    places = (Place.POOLS, Place.SERVERS, Place.LEASES, Place.EVENTS, Place.OPS)
