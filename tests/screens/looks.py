"""Snapshots of screens: sizes, an app that stands still, and keys that lead to what shall be seen."""

from collections.abc import Awaitable, Callable, Sequence

from textual.pilot import Pilot

from vmms_tui.app import VmmsApp
from vmms_tui.keys import Place

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
        await driver.settled()
        for key in keys:
            await driver.press(key)
        await driver.still()

    return pressed
