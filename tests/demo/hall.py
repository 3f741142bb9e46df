"""The whole app on a stage, in one event loop: time moves when the test says so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.people import peer
from tests.screens.driver import Driver
from vmms_tui.client.player import Playing, Stop, next_speed
from vmms_tui.demo.app import PlayedApp
from vmms_tui.demo.director import Director
from vmms_tui.demo.stage import Stage
from vmms_tui.demo.theatre import DemoClient
from vmms_tui.keys import Place
from vmms_tui.screens.personal import Personal


class StillPlayer:
    """A demo whose time the test moves. Implements Player."""

    def __init__(self, stage: Stage, director: Director | None = None, tour: tuple[Stop, ...] = ()) -> None:
        self.tour = tour
        self.speed = 60.0
        self.held = False
        self._stage = stage
        self._director = director

    def look(self) -> Playing:
        caption = self._director.caption if self._director else ""
        return Playing(what="DEMO", now=self._stage.now, asked=self.speed, held=self.held, caption=caption)

    def monotonic(self) -> float:
        return 0.0

    def change_speed(self, steps: int) -> None:
        self.speed = next_speed(self.speed, steps)

    def hold(self) -> None:
        self.held = not self.held

    def seek(self, seconds: float) -> str:
        return "A demo goes one way only."


class Hall(Driver):
    """A Driver on a stage."""

    stage: Stage

    async def current(self) -> None:
        """Wait until the screen knows all that the engine knows."""
        await self.until(lambda: self.app.mirror.status is not None and self.app.mirror.status.now == self.stage.now)
        await self.pilot.pause()

    async def shows(self, text: str) -> None:
        """Wait until this stands on the screen."""
        await self.until(lambda: text in self.screen_text())


@asynccontextmanager
async def hall(
    stage: Stage,
    director: Director | None = None,
    *,
    tour: tuple[Stop, ...] = (),
    size: tuple[int, int] = (120, 40),
    start: Place = Place.POOLS,
    personal: Personal | None = None,
) -> AsyncIterator[Hall]:
    """The app, started, with what the engine knows on the screen."""
    client: Any = DemoClient(stage.engine, peer("operator"))
    app = PlayedApp(client, StillPlayer(stage, director, tour), start=start, between_keys=0.0, personal=personal)
    async with app.run_test(size=size) as pilot:
        driver = Hall(app, client, pilot)
        driver.stage = stage
        await driver.current()
        yield driver
