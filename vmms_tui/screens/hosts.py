"""Hosts."""

from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.screens.frame import Frame, bindings


class HostsScreen(Frame):
    """Hosts."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.HOSTS, Place.EVERYWHERE)]
    place = tab = Place.HOSTS
