"""Every key of the lists, pressed on the whole app."""

import pytest
from textual.events import Paste

from vmms_tui.app import VmmsApp, look
from vmms_tui.client.protocol import EngineClient
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import Lease, ServerState, changed
from vmms_tui.model.tables import Drop
from vmms_tui.screens.copying import osc52
from vmms_tui.screens.footer import SCREENS
from vmms_tui.screens.menu import Menu
from vmms_tui.screens.notices import LeaveDialog
from vmms_tui.screens.objectpages import WhyPage
from vmms_tui.screens.pools import ServersScreen

from .cloudland import NOW, POOLS, STATUS, WORLD, event, lent, minutes, server
from .driver import Driver, running
from .scripted import ScriptedClient, frozen


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


async def test_the_servers_of_a_pool_follow_the_engine() -> None:
    async with running() as driver:
        await driver.press("enter")
        driver.client.change(server(99, "el9-ci", ServerState.READY), Drop("server", "vm-00012"))
        await driver.until(lambda: "vm-00099" in driver.list.table.ids)
        assert "vm-00012" not in driver.list.listing.ids
        await driver.forget_what_went()
        assert driver.list.table.cursor == "vm-00018"


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


async def test_updates_move_nothing_under_the_users_hands() -> None:
    async with running() as driver:
        await driver.press("3", "j", "j")
        on, lease = lent(99, "el9-ci", "new", minutes(1))
        driver.client.change(on, lease)
        await driver.until(lambda: len(driver.list.table.ids) == 12)
        assert driver.list.table.cursor == "lease-00018"
        ended = driver.client.tables.get(Lease, "lease-00018")
        assert ended
        driver.client.change(Drop("lease", "lease-00018"))
        await driver.until(lambda: "lease-00018 is gone" in driver.strip)
        assert driver.list.table.cursor == "lease-00018"
        await driver.forget_what_went()
        assert driver.list.table.cursor == "lease-00031"


async def test_a_screen_that_was_away_catches_up() -> None:
    async with running() as driver:
        await driver.press("3", "8")
        driver.client.change(*lent(99, "el9-ci", "new", minutes(1)))
        driver.client.change(event(99, minutes(0), "test", "fresh news"))
        await driver.until(lambda: "fresh news" in driver.screen_text())
        assert driver.list.table.cursor == f"{99:010d}", "the newest, as long as nobody has moved"
        await driver.press("3")
        assert "lease-00099" in driver.list.table.ids


async def test_times_are_the_engines() -> None:
    async with running() as driver:
        await driver.press("3", "j")
        driver.client.pass_time(minutes(10))
        await driver.until(lambda: "(in 8m)" in driver.strip)
        assert "8m !" in driver.screen_text()


async def test_a_pool_that_changes_is_drawn_anew() -> None:
    async with running() as driver:
        driver.client.change(changed(POOLS[1], paused="quota of RAM", paused_until=NOW + minutes(1)))
        await driver.until(lambda: "quota of RAM" in driver.screen_text())
        driver.client.change(Drop("pool", "win22"))
        await driver.until(lambda: "x win22" in driver.screen_text())
        await driver.forget_what_went()
        assert "win22" not in driver.screen_text()


async def test_an_engine_that_goes_away_is_said_and_comes_back() -> None:
    async with running() as driver:
        driver.client.vanish("The engine does not answer.")
        await driver.until(lambda: "Engine away: The engine does not answer." in driver.screen_text())
        assert "el9-ci" in driver.screen_text(), "what was known stays"
        assert "engine away" in driver.line("header")
        driver.client.away = ""
        await driver.until(lambda: "Engine away" not in driver.screen_text())
        driver.client.change(changed(POOLS[0], id="new-pool"))
        await driver.until(lambda: "new-pool" in driver.screen_text())


async def test_how_much_of_a_large_snapshot_has_come_is_said() -> None:
    async with running() as driver:
        driver.client.announce(12_000, 50_000)
        await driver.until(lambda: "reading 24%" in driver.line("age"))
        assert "Engine away" not in driver.screen_text()
        driver.client.say(STATUS)
        await driver.until(lambda: "reading" not in driver.line("age"))
        driver.client.announce(12_000, 50_000)
        await driver.until(lambda: "reading 24%" in driver.line("age"))
        driver.client.vanish("The line broke.")
        await driver.until(lambda: "engine away" in driver.line("age"))


async def test_an_engine_that_is_not_there_yet() -> None:
    tries = 0

    async def late() -> EngineClient:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise TryAgain("No engine runs here.", "Start one.")
        return ScriptedClient(WORLD, STATUS)

    app = VmmsApp(late, monotonic=frozen, retry_after=0.01)
    async with app.run_test(size=(80, 24)) as pilot:
        driver = Driver(app, ScriptedClient((), STATUS), pilot)
        await driver.until(lambda: "el9-ci" in driver.screen_text())
        assert tries == 3
        assert app.mirror.actor == "ada"


async def test_trouble_is_named_and_the_program_stays_up() -> None:
    async with running() as driver:
        down = changed(STATUS.cloud, ok=False, problem="401: wrong password", listed_at=NOW - minutes(9))
        driver.client.say(changed(STATUS, cloud=down))
        await driver.until(lambda: "Cloud unreachable: 401: wrong password" in driver.screen_text())
        assert "STALE 9m" in driver.line("header")
        driver.client.say(STATUS)
        await driver.until(lambda: "Cloud unreachable" not in driver.screen_text())


async def test_without_pools_the_list_says_where_they_come_from() -> None:
    async with running(ScriptedClient((), STATUS)) as driver:
        assert "vmms.toml" in driver.screen_text()
        await driver.press("3")
        assert "n asks for one" in driver.screen_text()
        await driver.press("D")
        assert "There is no lease under the cursor." in driver.line("footer")


def test_the_look_is_found() -> None:
    assert look().is_file()


async def test_who_is_attached_to_anothers_engine_just_leaves() -> None:
    async with running() as driver:
        driver.client.own = False
        await driver.press("q")
        assert driver.app._exit


async def test_where_the_engine_is_is_asked_anew_when_the_line_breaks() -> None:
    first, second = ScriptedClient(POOLS, STATUS), ScriptedClient(POOLS, STATUS)
    clients = iter((first, second))

    async def factory() -> ScriptedClient:
        return next(clients)

    app = VmmsApp(factory, retry_after=0.01)
    async with app.run_test(size=(120, 40)) as pilot:
        while not first._viewers:
            await pilot.pause()
        first.vanish("killed")
        while not second._viewers:
            await pilot.pause()
        assert app.mirror.away == ""
