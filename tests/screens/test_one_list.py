"""What is done in one list, each key pressed on the whole app."""

import pytest

from vmms_tui.screens.copying import osc52
from vmms_tui.screens.menu import Menu
from vmms_tui.screens.objectpages import DetailsPage, WhyPage
from vmms_tui.screens.pools import ServersScreen

from .driver import running


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (["j"], 1),
        (["down", "down"], 2),
        (["j", "k"], 0),
        (["j", "up"], 0),
        (["G"], 10),
        (["end"], 10),
        (["G", "g"], 0),
        (["G", "home"], 0),
        (["ctrl+d"], 5),
        (["ctrl+d", "ctrl+u"], 0),
        (["pagedown"], 10),
        (["ctrl+f"], 10),
        (["G", "pageup"], 0),
        (["k"], 0),
    ],
)
async def test_moving(keys: list[str], row: int) -> None:
    async with running() as driver:
        await driver.press("3", *keys)
        assert driver.list.table.cursor_row == row


async def test_enter_on_a_pool_shows_its_servers_and_esc_goes_back() -> None:
    async with running() as driver:
        await driver.press("enter")
        assert isinstance(driver.app.screen, ServersScreen)
        assert "Servers of el9-ci" in driver.line("title")
        assert driver.list.table.ids[0] == "vm-00012"
        assert "2*Pools" in driver.line("tabs")
        await driver.press("escape")
        assert "Pools" in driver.line("title")
        await driver.press("enter", "q")
        assert "Pools" in driver.line("title")


async def test_the_strip_tells_absolute_and_relative_times() -> None:
    async with running() as driver:
        await driver.press("3", "j")
        assert "ends 2026-03-02 12:18 UTC (in 18m)" in driver.strip
        await driver.press("f")
        assert not driver.list.query_one("#strip").display
        await driver.press("f")
        assert driver.list.query_one("#strip").display


async def test_the_filter_narrows_while_it_is_typed() -> None:
    async with running() as driver:
        await driver.press("3", "/")
        await driver.type("owner:ada")
        assert len(driver.list.table.ids) == 4
        await driver.press("enter")
        assert "4 of 11" in driver.line("title")
        assert "/owner:ada" in driver.line("title")
        await driver.press("j")
        assert driver.list.table.cursor_row == 1
        await driver.press("escape")
        assert len(driver.list.table.ids) == 11


async def test_what_a_filter_says_that_nobody_understands_is_told_while_it_is_typed() -> None:
    async with running() as driver:
        await driver.press("3", "/")
        await driver.type("lef<")
        assert "There is no column lef; did you mean left?" in driver.line("footer")
        assert len(driver.list.table.ids) == 11
        await driver.press("enter")
        assert "There is no column lef; did you mean left?" in driver.line("title")
        await driver.press("escape")
        assert "lef" not in driver.screen_text()


async def test_letters_typed_into_the_filter_are_no_keys() -> None:
    async with running() as driver:
        await driver.press("3", "/")
        await driver.type("qDn3")
        assert driver.list.listing.filter_text == "qDn3"
        assert "None of 11 fits the filter" in driver.screen_text()
        assert driver.client.sent == []


async def test_order_by_a_column_and_round() -> None:
    async with running() as driver:
        await driver.press("3", "o")
        assert isinstance(driver.app.screen, Menu)
        await driver.press("o")
        assert "by OWNER ↑" in driver.line("title")
        await driver.press("o", "o")
        assert "by OWNER ↓" in driver.line("title")
        await driver.press("o", "escape")
        assert "by OWNER ↓" in driver.line("title")


async def test_explain_tells_why() -> None:
    async with running(size=(120, 40)) as driver:
        await driver.press("j", "j", "x")
        assert isinstance(driver.app.screen, WhyPage)
        text = driver.screen_text()
        assert "gpu-a is PAUSED!" in text
        assert "Nothing is built just now" in text
        await driver.press("escape")
        await driver.press("3", "g", "x")
        text = driver.screen_text()
        assert "stopped and kept for a while" in text
        assert "unless it is renewed" in text


async def test_events_of_a_row_and_back() -> None:
    async with running() as driver:
        await driver.press("3", "g", "e")
        await driver.until(lambda: "8*Events" in driver.line("tabs") and driver.list.listing.filter_text != "")
        assert driver.list.listing.filter_text == "subject:vm-00046"
        assert len(driver.list.table.ids) == 1
        await driver.press("escape")
        assert "3*Leases" in driver.line("tabs")
        assert driver.list.table.cursor == "lease-00046"


async def test_copy_goes_to_the_terminal_and_is_shown() -> None:
    async with running() as driver:
        await driver.press("3", "j", "c")
        assert "ssh vmms@10.20.4.12" in driver.screen_text()
        await driver.press("a")
        assert driver.app.clipboard == "10.20.4.12"
        assert "10.20.4.12" in driver.line("footer")
        await driver.press("c", "s")
        assert driver.app.clipboard == "ssh vmms@10.20.4.12"
        await driver.press("c", "i")
        assert driver.app.clipboard == "lease-00012"
        await driver.press("G", "c", "a")
        assert "There is no server here." in driver.screen_text()


async def test_copy_where_textual_runs_in_tmux() -> None:
    assert osc52("a", {}) == "\x1b]52;c;YQ==\a"
    assert osc52("a", {"TMUX": "/tmp/tmux", "STY": "1.x"}) == "\x1bPtmux;\x1b\x1b]52;c;YQ==\a\x1b\\"


async def test_marks_are_kept_under_a_filter_and_cleared_by_esc() -> None:
    async with running() as driver:
        await driver.press("3", "space", "space")
        assert driver.list.table.marks == {"lease-00046", "lease-00012"}
        assert "2 marked" in driver.line("title")
        driver.narrow("gpu-a")
        assert driver.list.table.marks == {"lease-00046", "lease-00012"}
        await driver.press("escape")
        assert driver.list.table.marks
        await driver.press("escape")
        assert not driver.list.table.marks
        await driver.press("space", "\\")
        assert not driver.list.table.marks


@pytest.mark.parametrize("screen", ["3", "8"])
async def test_enter_on_a_row_that_leads_nowhere_else_opens_its_details(screen: str) -> None:
    async with running() as driver:
        await driver.press(screen, "enter")
        assert isinstance(driver.app.screen, DetailsPage)
        await driver.press("escape")
        assert f"{screen}*" in driver.line("tabs")


async def test_enter_on_a_server_of_a_pool_opens_its_details() -> None:
    async with running() as driver:
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, ServersScreen))
        await driver.press("enter")
        assert isinstance(driver.app.screen, DetailsPage)
