"""Ops."""

from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.screens.frame import Frame, bindings


class OpsScreen(Frame):
    """Ops."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.OPS, Place.EVERYWHERE)]
    place = tab = Place.OPS
