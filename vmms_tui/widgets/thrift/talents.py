"""What this terminal can do, as terminfo(5) says it."""

import os
from pathlib import Path

from vmms_tui.widgets.thrift.writer import Talents


def of_this_terminal() -> Talents:
    """Asked of the terminal's description; nothing besides what all can, where there is none."""
    try:
        import curses
    except ImportError:  # a Python that was built without it
        return Talents()
    try:
        with Path(os.ctermid()).open("rb") as terminal:
            curses.setupterm(fd=terminal.fileno())
        return Talents(curses.tigetflag("bce") == 1, curses.tigetstr("ech") is not None)
    except (OSError, curses.error):
        return Talents()
