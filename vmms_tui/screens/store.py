"""Store."""

from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.screens.frame import Frame, bindings


class StoreScreen(Frame):
    """Store."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.STORE, Place.EVERYWHERE)]
    place = tab = Place.STORE
