"""Played time and the tour with keys that a user has moved, or switched off."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.demo.hall import hall
from tests.demo.test_scenes import LONG_STEP
from tests.screens.cloudland import NOW
from vmms_tui.client.player import Playing
from vmms_tui.demo.scenes import SCENES
from vmms_tui.demo.stage import Stage
from vmms_tui.demo.tour import TOUR, tour
from vmms_tui.keys import Place
from vmms_tui.keys.inforce import Keymap, read, use
from vmms_tui.screens.personal import Personal
from vmms_tui.screens.played import caption

MOVED = read(
    {
        "played": {"faster": ["f7"], "slower": [], "hold": ["!"], "tour": ["f9"]},
        "tour": {"next_stop": ["f5"], "stop_before": ["f6"]},
        "everywhere": {"go_pools": ["Q"], "go_leases": [], "help": ["f8"], "back": ["Z"]},
        "lists": {"down": ["ctrl-e"], "up": ["ctrl-y"], "explain": ["W"]},
        "leases": {"request": ["R"], "password": []},
        "pools": {"open": ["E"]},
        "ops": {"pause": []},
        "object": {"back": ["f12"]},
        "form": {"back": ["f11"]},
    },
    "keys.toml",
)


@pytest.fixture(autouse=True)
def _usual_keys() -> Iterator[None]:
    yield
    use(Keymap())


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    opened = await Stage(tmp_path).open()
    await opened.advance(1800, LONG_STEP)
    yield opened
    await opened.close()


async def test_the_knobs_of_time_move(stage: Stage) -> None:
    async with hall(stage, personal=Personal(keymap=MOVED)) as driver:
        await driver.shows("F7:faster  !:hold")
        assert "slower" not in driver.line("caption")
        await driver.press("f7")
        await driver.shows("x120")
        await driver.press(">", "<", ".")
        await driver.shows("x120")
        await driver.press("!")
        await driver.shows("HELD")
        await driver.press("f8", "G")
        await driver.shows("F7          faster")
        await driver.shows("no key      slower")


async def test_the_tour_presses_the_keys_that_are_in_force(stage: Stage) -> None:
    """Where there is no key it types the command."""
    use(MOVED)
    stops = tour()
    assert stops[5].keys == (":", *"leases", "enter")
    assert stops[1].says.startswith("Q: Pools.")
    assert stops[5].says.startswith(":leases: Leases.")
    async with hall(stage, tour=stops, start=Place.DASH, personal=Personal(keymap=MOVED)) as driver:
        await driver.press("f9")
        for number, stop in enumerate(stops, 1):
            await driver.shows(f"{number}/{len(stops)}  {stop.says[:40]}")
            if stop.shows:
                await driver.shows(stop.shows)
            if number == 3:
                await driver.press("f6")
                await driver.shows(f"2/{len(stops)}")
                await driver.press("f5")
                await driver.shows(f"3/{len(stops)}")
            await driver.press("f5")
        await driver.until(lambda: "leave the tour" not in driver.screen_text())
        assert len(driver.app.screen_stack) == 1


def test_captions_name_the_keys_that_are_in_force() -> None:
    said = [step.says for scene in SCENES for step in scene.steps if "{" in step.says]
    assert said
    playing = [Playing(what="DEMO", now=NOW, asked=1.0, caption=one) for one in said]
    usual = ["".join(part for line in caption(one, (), None, 500, 4) for part, _ in line) for one in playing]
    assert not [one for one in usual if "{" in one]
    assert "press 3, then x on a request" in usual[1]
    use(MOVED)
    moved = ["".join(part for line in caption(one, (), None, 500, 4) for part, _ in line) for one in playing]
    assert "press :leases, then W on a request" in moved[1]


def test_the_usual_tour_has_the_usual_keys() -> None:
    assert not MOVED.problems
    assert tour() == TOUR
    use(MOVED)
    assert [stop.shows for stop in TOUR] == [stop.shows for stop in tour()]
