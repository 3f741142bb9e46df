"""How played time looks at the three sizes: a caption, the tour over a list, a form and a dialog, a recording."""

from collections.abc import Awaitable, Callable, Sequence

import pytest
from textual.pilot import Pilot

from vmms_tui.client.player import Playing, Stop
from vmms_tui.demo.app import PlayedApp
from vmms_tui.demo.tour import TOUR
from vmms_tui.keys import Place
from vmms_tui.screens.frame import Frame
from vmms_tui.screens.pages import Pages

from .cloudland import NOW, STATUS, WORLD
from .driver import Driver
from .looks import SIZES, Compare, play
from .scripted import ScriptedClient

SIZED = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
CAPTION = (
    "3/5  The cloud's administrators give the host up: its servers are in ERROR. VMMS takes the ready ones out of "
    "their pools, and builds others on other hosts."
)


class Still:
    """Time that stands still. Implements Player."""

    def __init__(self, playing: Playing, tour: tuple[Stop, ...] = ()) -> None:
        self.tour = tour
        self._playing = playing

    def look(self) -> Playing:
        return self._playing

    def monotonic(self) -> float:
        return 0.0

    def change_speed(self, steps: int) -> None:
        pass

    def hold(self) -> None:
        pass

    def seek(self, seconds: float) -> str:
        return ""


DEMO = Playing(what="DEMO", now=NOW, asked=60.0)
PLAYS: dict[str, tuple[Still, list[str]]] = {
    "caption": (Still(Playing(what="DEMO", now=NOW, asked=600.0, reached=212.4, caption=CAPTION), TOUR), []),
    "held": (Still(Playing(what="DEMO", now=NOW, asked=60.0, held=True), TOUR), []),
    "tour": (Still(DEMO, TOUR), ["f2", "2", "j"]),
    "tour-dialog": (Still(DEMO, TOUR), ["f2", "2", "j", "?"]),
    "tour-form": (Still(DEMO, TOUR), ["f2", "2", "n"]),
    "replay": (Still(Playing(what="REPLAY", now=NOW, asked=10.0)), ["3"]),
    "replay-end": (Still(Playing(what="REPLAY", now=NOW, asked=10.0, ended=True)), ["8"]),
}


def captioned(app: PlayedApp, client: ScriptedClient, keys: Sequence[str]) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Press these keys; on the tour also wait until its caption lies over what they opened."""

    async def pressed(pilot: Pilot[None]) -> None:
        driver = Driver(app, client, pilot)
        await play(app, client, keys)(pilot)
        if app.playback.tourist.at is not None and not isinstance(app.screen, Frame):
            await driver.until(lambda: bool(app.screen.query("Lines.caption-over")))
            await driver.until(lambda: not isinstance(app.screen, Pages) or app.screen.above > 0)
            await driver.still()

    return pressed


@SIZED
@pytest.mark.parametrize("name", PLAYS)
def test_played(snap_compare: Compare, name: str, size: tuple[int, int]) -> None:
    player, keys = PLAYS[name]
    client = ScriptedClient(WORLD, STATUS)
    app = PlayedApp(client, player, start=Place.POOLS, between_keys=0.0)
    assert snap_compare(app, terminal_size=size, run_before=captioned(app, client, keys))
