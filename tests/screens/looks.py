"""Snapshots of screens: sizes, an app that stands still, and keys that lead to what shall be seen."""

from collections.abc import Awaitable, Callable, Sequence

from rich.cells import cell_len
from textual.pilot import Pilot

from vmms_tui.app import VmmsApp
from vmms_tui.keys import Place
from vmms_tui.screens.dash import DashScreen
from vmms_tui.widgets.panel import Panel

from .driver import Driver
from .scripted import ScriptedClient, frozen

SIZES = [(60, 16), (80, 24), (120, 40)]
Compare = Callable[..., bool]


def app_on(client: ScriptedClient, start: Place = Place.POOLS) -> VmmsApp:
    """An app for which no time passes."""
    return VmmsApp(client, monotonic=frozen, start=start)


def play(app: VmmsApp, client: ScriptedClient, keys: Sequence[str]) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Press these keys before the picture is taken."""

    async def pressed(pilot: Pilot[None]) -> None:
        driver = Driver(app, client, pilot)
        await driver.until(lambda: app.mirror.number > 0)
        await drawn(driver)
        await driver.settled()
        for key in keys:
            await driver.press(key)
        await driver.still()

    return pressed


async def drawn(driver: Driver) -> None:
    """Wait until every panel of Dash that is shown says something; that comes after the first frame."""
    dash = driver.app.screen_stack[0]
    if isinstance(dash, DashScreen):
        await driver.until(lambda: dash.query_one("#hosts").display is bool(dash.facts.hosts))
        await driver.until(lambda: all(_fits(panel) for panel in dash.query(Panel)))


def _fits(panel: Panel) -> bool:
    """Whether it is not shown, or drawn for the room that it has: its title goes to the end."""
    title, _, lines = panel.text.partition("\n")
    return not panel.region or (bool(lines) and cell_len(title) >= panel.size.width - 1)
