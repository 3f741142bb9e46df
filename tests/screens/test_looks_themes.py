"""How the main screens look in each theme. `make snapshots` accepts new looks: look at them first."""

import pytest

from vmms_tui.app import VmmsApp
from vmms_tui.keys import Place
from vmms_tui.widgets.themes import THEMES

from .cloudland import STATUS, WORLD
from .fullworld import full_client
from .looks import Compare, play
from .scripted import ScriptedClient, frozen

LOOKS = {
    "pools": [],
    "leases_marked": ["3", "j", "space", "space"],
    "events": ["8", "j", "j"],
    "request": ["n", "tab"],
    "preflight": ["3", "g", "D"],
}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("look", LOOKS)
def test_themes(snap_compare: Compare, look: str, theme: str) -> None:
    client = ScriptedClient(WORLD, STATUS)
    app = VmmsApp(client, monotonic=frozen, theme=theme, start=Place.POOLS)
    assert snap_compare(app, terminal_size=(80, 24), run_before=play(app, client, LOOKS[look]))


CLOUD = {
    "dash": ["1"],
    "hosts": ["4", "j"],
    "store": ["5"],
    "nets": ["6"],
    "repos": ["7"],
    "ops": ["9", "j"],
    "help": ["3", "?"],
    "palette": ["ctrl+p", "v", "m"],
    "why": ["3", "G", "x"],
    "drain": ["4", "j", "D", "x", "enter"],
}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("look", CLOUD)
def test_all_that_a_cloud_shows(snap_compare: Compare, look: str, theme: str) -> None:
    client = full_client()
    app = VmmsApp(client, monotonic=frozen, theme=theme, start=Place.POOLS)
    assert snap_compare(app, terminal_size=(80, 24), run_before=play(app, client, CLOUD[look]))
