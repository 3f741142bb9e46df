"""Dash."""

from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.screens.frame import Frame, bindings


class DashScreen(Frame):
    """Dash."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.DASH, Place.EVERYWHERE)]
    place = tab = Place.DASH
