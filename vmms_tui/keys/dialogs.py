"""What can be done in the boxes over a screen."""

from typing import ClassVar

from vmms_tui.keys.act import Act, Place


class ForLine(Act):
    """Something done while a command is typed."""

    places: ClassVar[tuple[Place, ...]] = (Place.COMMAND_LINE,)


class Complete(ForLine):
    """complete: write the line that is picked, to go on from there."""

    id, keys = "complete", ("tab",)


class PickNext(ForLine):
    """pick: the next line of the list."""

    id, keys = "pick_next", ("down", "ctrl+n")


class PickBefore(ForLine):
    """earlier: the line before; above the first, the commands that you gave before."""

    id, keys = "pick_before", ("up", "ctrl+p")


class CopyPassword(Act):
    """copy: the password to the clipboard of your terminal."""

    id, keys, places = "copy_password", ("c",), (Place.SHOWN_ONCE,)
