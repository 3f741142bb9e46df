"""Scenes and the tour on the real screens: what the captions promise stands there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.demo.hall import Hall, hall
from vmms_tui.demo.director import Director
from vmms_tui.demo.scenes import SCENES
from vmms_tui.demo.show import Scene
from vmms_tui.demo.stage import STEP, Stage
from vmms_tui.demo.tour import TOUR
from vmms_tui.keys import Place
from vmms_tui.keys.everywhere import Go
from vmms_tui.screens.footer import SCREENS

from .test_scenes import HOUR, LONG_STEP

KEY_OF: dict[Place, str] = {act.to: act.keys[0] for act in SCREENS if issubclass(act, Go)}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    opened = await Stage(tmp_path).open()
    await opened.advance(1800, LONG_STEP)
    yield opened
    await opened.close()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_the_screens_show_what_a_scene_promises(scene: Scene, tmp_path: Path) -> None:
    stage = await Stage(tmp_path, start=scene.start).open()
    director = Director(stage, scene)
    async with hall(stage, director) as driver:
        for step in scene.steps:
            await stage.advance(max(0.001, director.begins(step)), LONG_STEP)

            def all_true() -> bool:
                return all(check.holds(stage) for check in step.sees)  # noqa: B023 called before the next step

            assert await stage.until(all_true, step.within, STEP if step.within < HOUR else LONG_STEP)
            await driver.current()
            await driver.shows(step.says.split(". ")[0][:60])
            for shows in step.shows:
                await driver.press(KEY_OF[shows.place])
                if shows.narrow:
                    driver.narrow(shows.narrow)
                await driver.shows(shows.text)
    await stage.close()


async def follow_the_tour(driver: Hall, keys: str = "f3") -> None:
    """From its beginning to its last stop; what each promises stands there."""
    await driver.press("f2")
    for number, stop in enumerate(TOUR, 1):
        await driver.shows(f"{number}/{len(TOUR)}  {stop.says[:40]}")
        if stop.shows:
            await driver.shows(stop.shows)
        if number < len(TOUR):
            await driver.press(keys) if keys else await driver.press(*TOUR[number].keys)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_tour_keeps_its_promises_and_ends_where_it_began(stage: Stage, size: tuple[int, int]) -> None:
    async with hall(stage, tour=TOUR, size=size) as driver:
        await follow_the_tour(driver)
        await driver.press("f3")
        await driver.until(lambda: "leave the tour" not in driver.screen_text())
        assert driver.app.current_mode == Place.POOLS.value
        assert len(driver.app.screen_stack) == 1
        await driver.shows("F2:tour")


async def test_the_keys_of_the_tour_may_be_pressed_by_hand(stage: Stage) -> None:
    async with hall(stage, tour=TOUR) as driver:
        await follow_the_tour(driver, "")


async def test_where_there_is_a_way_back_it_leads_to_the_stop_before(stage: Stage) -> None:
    async with hall(stage, tour=TOUR) as driver:
        await driver.press("f2")
        for number, stop in enumerate(TOUR, 1):
            here = f"{number}/{len(TOUR)}  {stop.says[:40]}"
            await driver.shows(here)
            if stop.shows:
                await driver.shows(stop.shows)
            if stop.back:
                before = TOUR[number - 2]
                await driver.press("f4")
                await driver.shows(f"{number - 1}/{len(TOUR)}  {before.says[:40]}")
                if before.shows:
                    await driver.shows(before.shows)
                await driver.press("f3")
                await driver.shows(here)
            elif number > 1:
                await driver.press("f4")
                await driver.shows("no way back")
            if number < len(TOUR):
                await driver.press("f3")


async def test_f2_leaves_the_tour_from_anywhere(stage: Stage) -> None:
    async with hall(stage, tour=TOUR) as driver:
        await driver.press("f2")
        for _ in range(5):
            await driver.press("f3")
            await driver.until(lambda: not driver.app._pressing.locked())  # type: ignore[attr-defined]
        await driver.shows("Why")
        await driver.press("f2")
        await driver.shows("F2:tour")
        assert driver.app.current_mode == Place.POOLS.value
        assert len(driver.app.screen_stack) == 1


async def test_keys_turn_the_knobs_and_the_first_line_says_so(stage: Stage) -> None:
    async with hall(stage) as driver:
        assert "DEMO  Mon 08:00 x60" in driver.line("header")
        await driver.press(">")
        await driver.shows("x120")
        await driver.press("<", "<")
        await driver.shows("x30")
        await driver.press(".")
        await driver.shows("HELD")
        await driver.press(".")
        await driver.shows("x30")
        await driver.press("{")
        await driver.shows("A demo goes one way only.")
        await driver.press("f2")
        await driver.shows("There is no tour here")
