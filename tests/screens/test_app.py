"""The program as a whole: its screens, the ways between them, and the ways out."""

from textual.events import Paste

from vmms_tui.app import look
from vmms_tui.screens.footer import SCREENS
from vmms_tui.screens.notices import LeaveDialog

from .cloudland import POOLS, STATUS
from .driver import running
from .scripted import ScriptedClient


async def test_it_opens_on_pools_with_what_the_engine_knows() -> None:
    async with running() as driver:
        assert driver.list.table.ids == ["el9-ci", "el9-dev", "gpu-a", "win22"]
        text = driver.screen_text()
        assert "BROKEN!" in text
        assert "2/6" in text
        assert "surge x1.5" in text
        assert "There is no ima" in text


async def test_digits_change_screens() -> None:
    async with running() as driver:
        for act in SCREENS:
            await driver.press(*act.keys)
            assert f"{act.keys[0]}*{act.to.value}" in driver.line("tabs")


async def test_the_way_back_and_forth_between_screens() -> None:
    async with running() as driver:
        await driver.press("3", "8", "[")
        assert "3*Leases" in driver.line("tabs")
        await driver.press("[", "[")
        assert "2*Pools" in driver.line("tabs")
        assert "no screen before" in driver.line("footer")
        await driver.press("]", "1", "]")
        assert "1*Dash" in driver.line("tabs")
        assert "no screen after" in driver.line("footer")


async def test_where_the_tabs_do_not_fit_only_the_present_one_is_shown() -> None:
    async with running(size=(60, 16)) as driver:
        await driver.press("3")
        assert driver.line("tabs") == " 3*Leases  1-9:other screens"


async def test_help_is_made_of_the_key_table() -> None:
    async with running(size=(120, 100)) as driver:
        await driver.press("3", "?")
        text = driver.screen_text()
        assert "give the server back now" in text
        assert "put the program into the background" in text
        await driver.press("?")
        assert "Keys" not in driver.screen_text()
        await driver.press("f1")
        assert "give the server back now" in driver.screen_text()


async def test_ctrl_c_says_that_q_quits() -> None:
    async with running() as driver:
        await driver.press("ctrl+c")
        assert "q does" in driver.line("footer")
        assert driver.app.return_code is None


async def test_redraw_and_suspend_change_nothing() -> None:
    async with running() as driver:
        before = driver.screen_text()
        await driver.press("ctrl+l", "ctrl+z")
        assert driver.screen_text() == before


async def test_pasted_text_is_no_keys() -> None:
    async with running() as driver:
        driver.app.post_message(Paste("Dqn"))
        await driver.until(lambda: "3 pasted characters ignored" in driver.line("footer"))
        assert driver.client.sent == []


async def test_q_quits_at_the_top() -> None:
    client = ScriptedClient(POOLS, STATUS)
    async with running(client) as driver:
        await driver.press("q")
        assert driver.app._exit


async def test_q_asks_while_operations_run() -> None:
    async with running() as driver:
        await driver.press("q")
        assert isinstance(driver.app.screen, LeaveDialog)
        assert "vm-00073: provision, step boot" in driver.screen_text()
        await driver.press("enter")
        assert not driver.app._exit
        await driver.press("q", "right", "enter")
        assert driver.app._exit


def test_the_look_is_found() -> None:
    assert look().is_file()
