"""Repos."""

from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.screens.frame import Frame, bindings


class ReposScreen(Frame):
    """Repos."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.REPOS, Place.EVERYWHERE)]
    place = tab = Place.REPOS
