"""Driving the whole app from a test."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from rich.segment import Segment
from textual.pilot import Pilot

from vmms_tui.app import VmmsApp
from vmms_tui.keys import Place
from vmms_tui.screens.frame import Frame
from vmms_tui.screens.listframe import ListFrame
from vmms_tui.screens.listing import ListScreen
from vmms_tui.screens.personal import Personal
from vmms_tui.widgets.line import Lines
from vmms_tui.widgets.strip import DetailStrip
from vmms_tui.widgets.traces import STAYS

from .cloudland import STATUS, WORLD
from .scripted import ScriptedClient, frozen

AT_REST = 4
"""So many looks, one after the other, must show the same."""
PATIENCE = 200
"""How often a condition is looked at before a test gives up."""


class Driver:
    """An app on a scripted client, and what can be seen of it."""

    def __init__(self, app: VmmsApp, client: ScriptedClient, pilot: Pilot[None]) -> None:
        self.app = app
        self.client = client
        self.pilot = pilot

    async def press(self, *names: str) -> None:
        """Press keys, each after the one before has had its effect."""
        await self.pilot.press(*names)
        await self.pilot.pause()

    def focused(self, name: str) -> bool:
        """Whether the widget of this name has the focus."""
        return self.app.focused is not None and self.app.focused.id == name

    async def go_on(self) -> None:
        """In Preflight: from Cancel, which has the focus, to the button that goes on, and press it."""
        await self.until(lambda: self.focused("cancel"))
        while not self.focused("go"):
            before = self.app.focused
            await self.press("right")
            await self.until(lambda before=before: self.app.focused is not before)  # type: ignore[misc]
        await self.press("enter")

    async def type(self, text: str) -> None:
        """Type text."""
        await self.press(*text)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until this holds; fail when it never does."""
        for _ in range(PATIENCE):
            if condition():
                return
            await self.pilot.pause(0.01)
        raise AssertionError(f"never came true; the screen says:\n{self.screen_text()}")

    async def settled(self) -> None:
        """Wait until every update has been taken in."""
        await self.until(lambda: all(one.table.is_mounted for one in self.lists()))
        await self.pilot.pause()

    async def forget_what_went(self) -> None:
        """Let so much time pass that rows that went are not shown any more."""
        self.client.pass_time(STAYS)
        await self.until(lambda: len(self.list.table.ids) == len(self.list.listing.ids))

    def lists(self) -> list[ListFrame]:  # type: ignore[type-arg]
        """The lists on the stack."""
        return [screen for screen in self.app.screen_stack if isinstance(screen, ListFrame)]

    @property
    def list(self) -> ListFrame:  # type: ignore[type-arg]
        """The list on top."""
        return self.lists()[-1]

    def narrow(self, text: str) -> None:
        """Filter the list on top."""
        screen = self.list
        assert isinstance(screen, ListScreen)
        screen.narrow(text)

    def line(self, name: str) -> str:
        """What a bar of the screen says."""
        frame = [screen for screen in self.app.screen_stack if isinstance(screen, Frame)][-1]
        text = frame.query_one(f"#{name}", Lines).text
        return text + frame.query_one("#age", Lines).text if name == "header" else text

    @property
    def strip(self) -> str:
        """What the strip says."""
        return self.list.query_one(DetailStrip).text

    async def still(self) -> None:
        """Wait until nothing moves any more on the screen."""
        shown: list[list[Segment]] = []
        same = 0
        while same < AT_REST:
            now = [list(strip) for strip in self.app.screen._compositor.render_strips(self.app.size)]
            same = same + 1 if now == shown else 0
            shown = now
            await self.pilot.pause(0.02)

    def screen_text(self) -> str:
        """Everything on the screen, as a terminal would show it."""
        size = self.app.size
        strips = self.app.screen._compositor.render_strips(size)
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


@asynccontextmanager
async def running(
    client: ScriptedClient | None = None,
    size: tuple[int, int] = (80, 24),
    start: Place = Place.POOLS,
    personal: Personal | None = None,
) -> AsyncIterator[Driver]:
    """The app, started, with what the client knows on the screen."""
    client = client or ScriptedClient(WORLD, STATUS)
    app = VmmsApp(client, monotonic=frozen, retry_after=0.01, start=start, personal=personal)
    async with app.run_test(size=size) as pilot:
        driver = Driver(app, client, pilot)
        await driver.until(lambda: app.mirror.number > 0 or bool(client.away))
        await driver.settled()
        yield driver
