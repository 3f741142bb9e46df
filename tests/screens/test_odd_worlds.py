"""Odd names and odd terminals: nothing breaks, and what cannot be shown is said."""

import pytest

from vmms_tui.model.records import changed
from vmms_tui.screens.notices import LeaveDialog, TooSmall

from .cloudland import POOLS, STATUS, event, lent, minutes
from .driver import running
from .scripted import ScriptedClient, hours


async def test_odd_names_are_only_text() -> None:
    async with running(size=(120, 40)) as driver:
        await driver.press("3")
        text = driver.screen_text()
        assert "[red]bob[/red]" in text
        assert "\x1b" not in text
        assert "�[31mnot red�[0m �turned" in text
        assert "山田太郎" in text


@pytest.mark.parametrize("name", ["[/red]", "\x1b]0;owned\a", "[link=x", "\u202e" * 30, "漢" * 70, "$accent"])
async def test_a_name_can_break_no_screen_and_no_dialog(name: str) -> None:
    """Every place that shows a name, with names that have broken programs."""
    on, lease = lent(1, "el9-ci", name, hours(1), note=name, matched=name)
    pool = changed(POOLS[0], flavor=name, image=name, purposes=(name,), paused=name)
    records = (pool, changed(on, host=name, failure=name), lease, event(1, minutes(1), name, name, detail=name))
    client = ScriptedClient(records, changed(STATUS, problem=name), actor=name)
    async with running(client) as driver:
        for keys in (
            ["enter", "escape"],
            ["x", "escape"],
            ["n", "tab", "enter", "escape"],
            ["c", "escape"],
            ["8", "x"],
        ):
            await driver.press(*keys)
            assert "\x1b" not in driver.screen_text()
        for keys in (
            ["escape", "3", "x"],
            ["escape", "D"],
            ["escape", "S"],
            ["s"],
            ["escape", "+"],
            ["escape", "c", "i"],
        ):
            await driver.press(*keys)
            assert "\x1b" not in driver.screen_text()


async def test_a_terminal_that_is_too_small_says_so_and_only_q_acts() -> None:
    async with running(size=(59, 16)) as driver:
        await driver.until(lambda: isinstance(driver.app.screen, TooSmall))
        assert "59x16. VMMS needs 60x16" in " ".join(driver.screen_text().split())
        await driver.press("3", "n", "D", "escape", "enter")
        assert isinstance(driver.app.screen, TooSmall)
        assert driver.app.current_mode == "Pools"
        await driver.pilot.resize_terminal(80, 24)
        await driver.until(lambda: "el9-ci" in driver.screen_text())
        await driver.pilot.resize_terminal(80, 15)
        await driver.until(lambda: isinstance(driver.app.screen, TooSmall))
        await driver.press("q")
        assert isinstance(driver.app.screen, LeaveDialog)


async def test_at_140_columns_the_strip_is_at_the_right() -> None:
    async with running(size=(150, 40)) as driver:
        await driver.press("3")
        strip = driver.list.query_one("#strip").region
        assert strip.x > 100
        await driver.pilot.resize_terminal(100, 40)
        await driver.until(lambda: driver.list.query_one("#strip").region.x == 0)
