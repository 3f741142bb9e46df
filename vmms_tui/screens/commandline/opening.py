"""Opens the command line over a screen, and does what was asked for there."""

from vmms_tui.keys import Place
from vmms_tui.screens import rehearsalpage as rehearsalpage  # so is its command
from vmms_tui.screens.commandline import others as others  # its commands are added when it is read
from vmms_tui.screens.commandline.box import CommandBox
from vmms_tui.screens.commandline.doing import Doing
from vmms_tui.screens.commandline.entries import Offer
from vmms_tui.screens.commandline.objects import Objects
from vmms_tui.screens.commandline.reading import Deed
from vmms_tui.screens.commandline.words import words
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.frame import Frame
from vmms_tui.screens.keydocs import LISTS
from vmms_tui.screens.listframe import ListFrame

COLUMNS = {Place(name): [one.key for one in columns] for name, columns in LISTS if name in {*Place}}
"""Keys of the columns of each screen with a list."""


def ask_for_command(desk: Desk, screen: Frame, objects: Objects, *, box: bool, typed: str = "") -> None:
    """Let the user type a command over this screen, in a line or in a box."""
    personal = desk.personal
    under = (screen.table.cursor or "") if isinstance(screen, ListFrame) else ""
    offer = Offer(
        words=words(),
        objects=objects,
        mirror=desk.mirror,
        here=screen.place,
        under=under,
        past=personal.past,
        filters=personal.filters,
        shell=personal.shell,
        columns=COLUMNS,
    )

    def decided(deed: Deed | None) -> None:
        if deed is not None:
            Doing(desk, screen).do(deed)

    screen.app.push_screen(CommandBox(offer, box=box, remember=personal.remember, typed=typed), decided)
