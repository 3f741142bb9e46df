"""How Dash looks at the three sizes: everything wrong, nothing wrong, nothing there; and how pools did."""

from collections.abc import Awaitable, Callable, Sequence

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from vmms_tui.app import VmmsApp
from vmms_tui.keys import Place
from vmms_tui.model.records import changed
from vmms_tui.screens.dash import DashScreen
from vmms_tui.widgets.panel import Panel

from .cloudland import STATUS, WORLD
from .dashland import HANDED_OVER, TRENDS, WELL, WRONG, WRONG_STATUS, seen_to
from .driver import Driver
from .looks import SIZES, Compare, app_on, play
from .scripted import ScriptedClient

WORLDS = {
    "wrong": ((*WRONG, seen_to("broken:win22")), WRONG_STATUS),
    "well": ((*WELL, *HANDED_OVER), STATUS),
    "empty": ((), STATUS),
}
SIZED = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@pytest.fixture(autouse=True)
def _blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures do not hang on how the terminal of whoever makes them is reached."""
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def fits(panel: Panel) -> bool:
    """Whether it is not shown, or drawn for the room that it has: its title goes to the end."""
    title, _, lines = panel.text.partition("\n")
    return not panel.region or (bool(lines) and cell_len(title) >= panel.size.width - 1)


def drawn(app: VmmsApp, client: ScriptedClient, keys: Sequence[str]) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Press these keys once every panel that is shown says something; that comes after the first frame."""

    async def pressed(pilot: Pilot[None]) -> None:
        driver = Driver(app, client, pilot)
        await driver.until(lambda: app.mirror.number > 0)
        dash = app.screen_stack[0]
        assert isinstance(dash, DashScreen)
        await driver.until(lambda: dash.query_one("#hosts").display is bool(dash.facts.hosts))
        await driver.until(lambda: all(fits(panel) for panel in dash.query(Panel)))
        await play(app, client, keys)(pilot)

    return pressed


@SIZED
@pytest.mark.parametrize("world", WORLDS)
def test_dash(snap_compare: Compare, world: str, size: tuple[int, int]) -> None:
    records, status = WORLDS[world]
    client = ScriptedClient(records, status)
    app = app_on(client, Place.DASH)
    assert snap_compare(app, terminal_size=size, run_before=drawn(app, client, ["j"]))


@SIZED
def test_dash_panel(snap_compare: Compare, size: tuple[int, int]) -> None:
    client = ScriptedClient(WRONG, WRONG_STATUS)
    app = app_on(client, Place.DASH)
    assert snap_compare(app, terminal_size=size, run_before=drawn(app, client, ["tab", "tab"]))


@SIZED
def test_acknowledge(snap_compare: Compare, size: tuple[int, int]) -> None:
    client = ScriptedClient(WRONG, WRONG_STATUS)
    app = app_on(client, Place.DASH)
    assert snap_compare(app, terminal_size=size, run_before=drawn(app, client, ["j", "a", *"on it"]))


@SIZED
def test_thaw(snap_compare: Compare, size: tuple[int, int]) -> None:
    client = ScriptedClient(WRONG, changed(WRONG_STATUS, cloud=STATUS.cloud))
    app = app_on(client, Place.DASH)
    assert snap_compare(app, terminal_size=size, run_before=drawn(app, client, ["j", "T"]))


@SIZED
def test_over_ssh(snap_compare: Compare, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22")
    client = ScriptedClient(WRONG, WRONG_STATUS)
    app = app_on(client, Place.DASH)
    assert snap_compare(app, terminal_size=size, run_before=drawn(app, client, []))


@SIZED
def test_pools_did_lately(snap_compare: Compare, size: tuple[int, int]) -> None:
    client = ScriptedClient((*WORLD, *TRENDS), STATUS)
    app = app_on(client)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, []))
