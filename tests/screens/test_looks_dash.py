"""How Dash looks at the three sizes: everything wrong, nothing wrong, nothing there; and how pools did."""

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.records import changed

from .cloudland import STATUS, WORLD
from .dashland import HANDED_OVER, TRENDS, WELL, WRONG, WRONG_STATUS, seen_to
from .looks import SIZES, Compare, app_on, play
from .scripted import ScriptedClient

WORLDS = {
    "wrong": ((*WRONG, seen_to("broken:win22")), WRONG_STATUS),
    "well": ((*WELL, *HANDED_OVER), STATUS),
    "empty": ((), STATUS),
}
SIZED = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


pytestmark = pytest.mark.usefixtures("blocks")


@SIZED
@pytest.mark.parametrize("world", WORLDS)
def test_dash(snap_compare: Compare, world: str, size: tuple[int, int]) -> None:
    records, status = WORLDS[world]
    client = ScriptedClient(records, status)
    app = app_on(client, Place.DASH)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, ["j"]))


@SIZED
def test_dash_panel(snap_compare: Compare, size: tuple[int, int]) -> None:
    client = ScriptedClient(WRONG, WRONG_STATUS)
    app = app_on(client, Place.DASH)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, ["tab", "tab"]))


@SIZED
def test_acknowledge(snap_compare: Compare, size: tuple[int, int]) -> None:
    client = ScriptedClient(WRONG, WRONG_STATUS)
    app = app_on(client, Place.DASH)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, ["j", "a", *"on it"]))


@SIZED
def test_thaw(snap_compare: Compare, size: tuple[int, int]) -> None:
    client = ScriptedClient(WRONG, changed(WRONG_STATUS, cloud=STATUS.cloud))
    app = app_on(client, Place.DASH)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, ["j", "T"]))


@SIZED
def test_over_ssh(snap_compare: Compare, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22")
    client = ScriptedClient(WRONG, WRONG_STATUS)
    app = app_on(client, Place.DASH)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, []))


@SIZED
def test_pools_did_lately(snap_compare: Compare, size: tuple[int, int]) -> None:
    client = ScriptedClient((*WORLD, *TRENDS), STATUS)
    app = app_on(client)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, []))
