"""What can be done in a text: the help, details, why, raw, the console log, the bell, the inspector."""

from typing import ClassVar

from vmms_tui.keys.act import Act, Place


class InText(Act):
    """Something done in any text."""

    places: ClassVar[tuple[Place, ...]] = (Place.READING,)


class Search(InText):
    """search: find words, in upper or lower case, from here on."""

    id, keys, row = "search", ("/",), 1


class NextHit(InText):
    """next: to the next place where the words stand."""

    id, keys = "next_hit", ("n",)


class PreviousHit(InText):
    """previous: to the place before."""

    id, keys = "previous_hit", ("N",)


class Wrap(InText):
    """wrap: long lines on several lines; or cut, so that the window can be moved."""

    id, keys = "wrap", ("w",)


class Leftwards(InText):
    """left: move the window to the left, where lines are cut."""

    id, keys = "leftwards", ("left",)


class Rightwards(InText):
    """right: move the window to the right, where lines are cut."""

    id, keys = "rightwards", ("right",)


class CopyText(InText):
    """copy: the whole text."""

    id, keys = "copy_text", ("c",)


class Again(InText):
    """read again: ask anew, where the text was asked for."""

    id, keys = "again", ("r", "ctrl+r")


class Close(InText):
    """close: back to the screen."""

    id, keys, row = "close_text", ("q",), 1
    places = (Place.READING, Place.PREFLIGHT)


class InLog(Act):
    """Something done in the console log."""

    places: ClassVar[tuple[Place, ...]] = (Place.LOG,)


class Follow(InLog):
    """follow: read it again every 5 seconds, and stay at its end."""

    id, keys, row = "follow_log", ("t",), 1


class Times(InLog):
    """times: with the times at the beginnings of lines, or without."""

    id, keys, row = "times", ("h",), 1


class AsYaml(Act):
    """yaml: as YAML, or as JSON again."""

    id, keys, places, row = "as_yaml", ("t",), (Place.RAW,), 1
