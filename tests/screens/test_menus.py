"""Menus: what is cut is read whole below, and it is told how many entries there are."""

import pytest

from vmms_tui.keys import Place
from vmms_tui.screens.copying import COMMANDS, listing_command
from vmms_tui.widgets.line import Lines

from .driver import running
from .test_leases_screen import has


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_an_entry_that_is_cut_is_read_whole_below_and_none_is_out_of_sight_unsaid(size: tuple[int, int]) -> None:
    async with running(size=size) as driver:
        await driver.press("3", "m")
        screen = driver.app.screen
        words = screen.query_one("#whole", Lines)
        seen = set()
        for _ in range(20):
            shown = screen.query_one("#entries", Lines)
            here = next(line for line in shown.text.splitlines() if line.startswith("> "))
            seen.add(here)
            cut = here.rstrip().endswith("…") or len(here.rstrip()) > screen.query_one("#entries").size.width
            assert cut == bool(words.text.strip()), here
            assert len(words.text.splitlines()) <= words.size.height
            assert screen.query_one(".box").region.bottom <= size[1]
            await driver.press("down")
        assert len(seen) > 10
        assert " of 1" in str(screen.query_one(".box").border_subtitle)


async def test_a_menu_that_is_seen_whole_does_not_count() -> None:
    async with running() as driver:
        await driver.press("3", "S")
        assert not str(driver.app.screen.query_one(".box").border_subtitle)


async def test_the_copy_menu_says_why_there_is_nothing_to_copy() -> None:
    async with running() as driver:
        await driver.press("3", "c")
        assert has(driver, "It has no name but its id.")


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (Place.HOSTS, "vmms hosts --filter cmp1"),
        (Place.STORE, "vmms volumes --filter cmp1"),
        (Place.NETS, "vmms networks --filter cmp1"),
        (Place.REPOS, "vmms images --filter cmp1"),
        (Place.EVENTS, "vmms events --filter cmp1"),
        (Place.OPS, "vmms operations --filter cmp1"),
    ],
)
def test_every_list_has_a_command_that_lists_the_same(place: Place, line: str) -> None:
    assert listing_command(place, "cmp1") == line
    assert listing_command(place, "") == f"vmms {COMMANDS[place]}"
