"""How the command line, the palette, the menu of a row and the searched help look."""

import pytest

from .cloudland import STATUS, WORLD
from .looks import SIZES, Compare, app_on, play
from .scripted import ScriptedClient

LOOKS = {
    "command_line": [":"],
    "command_line_acts": ["3", ":", *"renew 00012"],
    "palette": ["ctrl+p", *"10.20", "down"],
    "palette_unknown": ["ctrl+p", *"xyzzy", "enter"],
    "row_menu": ["3", "j", "m"],
    "help_searched": ["3", "?", "/", *"back"],
    "filter_unknown_column": ["3", "/", *"os:linux"],
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("look", LOOKS)
def test_looks_of_commands(snap_compare: Compare, look: str, size: tuple[int, int]) -> None:
    client = ScriptedClient(WORLD, STATUS)
    app = app_on(client)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, LOOKS[look]))
