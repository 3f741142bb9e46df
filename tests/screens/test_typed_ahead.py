"""Keys that arrive before the ones ahead of them were looked at."""

import pytest
from textual import events
from textual.widgets import Input

from vmms_tui.keys import Place

from .driver import Driver, running

PLAIN = {"/": "slash", " ": "space", "\r": "enter", "\x1b": "escape"}


def at_once(driver: Driver, keys: str) -> None:
    """Let the app have all these keys before it looks at the first."""
    for key in keys:
        driver.app.post_message(events.Key(PLAIN.get(key, key), key if key.isprintable() else None))


@pytest.mark.parametrize("word", ["windows", "el9", "qqq/jjk"])
async def test_words_behind_the_slash_are_a_filter(word: str) -> None:
    async with running() as driver:
        at_once(driver, f"/{word}")
        await driver.until(lambda: driver.list.listing.filter_text == word)
        assert driver.list.query_one("#filter", Input).value == word
        at_once(driver, "\rj/")
        await driver.until(lambda: driver.focused("filter"))
        assert driver.list.query_one("#filter", Input).value == word, "j went to the list"


async def test_keys_go_to_the_screen_that_the_one_before_has_opened() -> None:
    async with running() as driver:
        at_once(driver, "3jj")
        await driver.until(lambda: driver.list.tab is Place.LEASES and driver.list.table.cursor_row == 2)


async def test_escape_closes_the_dialog_that_was_just_asked_for() -> None:
    async with running(start=Place.LEASES) as driver:
        before = len(driver.app.screen_stack)
        at_once(driver, "?\x1bjo\x1bj")
        await driver.until(lambda: driver.list.table.cursor_row == 2)
        assert len(driver.app.screen_stack) == before


async def test_a_pasted_text_stays_between_its_keys() -> None:
    async with running() as driver:
        at_once(driver, "/a")
        driver.app.post_message(events.Paste("b c"))
        at_once(driver, "d")
        await driver.until(lambda: driver.list.query_one("#filter", Input).value == "ab cd")
