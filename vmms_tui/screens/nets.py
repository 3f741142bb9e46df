"""Nets."""

from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.screens.frame import Frame, bindings


class NetsScreen(Frame):
    """Nets."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.NETS, Place.EVERYWHERE)]
    place = tab = Place.NETS
