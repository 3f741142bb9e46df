"""The command line on the screen: typed, completed, picked, run; what changes something goes through its questions."""

import pytest
from textual.widgets import Input

from vmms_tui.app import VmmsApp
from vmms_tui.keys import Place
from vmms_tui.keys.inforce import Keymap, use
from vmms_tui.model.commands import Renew, Reply
from vmms_tui.model.people import Caller, Role
from vmms_tui.screens.commandline.box import CommandBox
from vmms_tui.screens.help import HelpPage
from vmms_tui.screens.menu import Menu
from vmms_tui.screens.objectpages import WhyPage
from vmms_tui.screens.personal import Personal
from vmms_tui.screens.pools import ServersScreen
from vmms_tui.screens.preflight import Preflight
from vmms_tui.screens.prompt import Prompt

from .cloudland import STATUS, WORLD
from .driver import Driver, running
from .scripted import ScriptedClient, hours


async def command(driver: Driver, line: str, *, key: str = ":") -> None:
    """Type a command and run it."""
    await driver.press(key)
    await opened(driver)
    await driver.type(line)
    await driver.press("enter")
    await driver.pilot.pause()


async def opened(driver: Driver) -> CommandBox:
    """The line, once it knows all things."""
    await driver.until(lambda: isinstance(driver.app.screen, CommandBox))
    await driver.until(lambda: driver.app.objects.named("lease-00012") is not None)
    box = driver.app.screen
    assert isinstance(box, CommandBox)
    return box


def sent(driver: Driver) -> list[tuple[str, str]]:
    """What was sent to change something: the command, and the lease that it is about."""
    return [(type(one).__name__, getattr(one, "lease_id", "")) for one in driver.client.sent if one.changes]


def top(driver: Driver) -> object:
    """What is on top now; mypy is not to conclude anything from what was there before."""
    return driver.app.screen


def place(driver: Driver) -> str:
    return driver.app.current_mode


@pytest.mark.parametrize("key", [":", "ctrl+p"])
async def test_it_leads_to_screens_with_their_filter(key: str) -> None:
    async with running() as driver:
        await command(driver, "leases owner:ada left<8h", key=key)
        await driver.until(lambda: place(driver) == Place.LEASES.value)
        await driver.until(lambda: driver.list.listing.filter_text == "owner:ada left<8h")
        await driver.press("escape")
        assert place(driver) == Place.POOLS.value, "back to where it was typed"


async def test_a_change_goes_through_the_screens_own_question() -> None:
    async with running() as driver:
        await command(driver, "renew lease-00018 4h")
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        await driver.until(lambda: "lease-00018 would end 2026-03-02 17:12 UTC" in driver.screen_text())
        assert driver.client.sent == []
        await driver.press("enter")
        await driver.go_on()
        await driver.until(lambda: sent(driver) == [("Renew", "lease-00018")])
        assert driver.client.sent[-1].term == hours(4)  # type: ignore[union-attr]


async def test_a_release_goes_through_preflight_whatever_is_marked() -> None:
    async with running(start=Place.LEASES) as driver:
        await driver.press("g", "space", "space")
        await command(driver, "relaese vm-00031")
        await driver.until(lambda: isinstance(driver.app.screen, Preflight))
        text = driver.screen_text()
        assert "end lease lease-00031" in text
        assert "vm-00012" not in text.split("PREFLIGHT")[1].split("╰")[0]
        await driver.press("enter")
        assert driver.client.sent == []
        assert driver.list.table.cursor == "lease-00031"


async def test_the_server_menu_has_commands() -> None:
    async with running() as driver:
        await command(driver, "stop lease-00012")
        await driver.until(lambda: isinstance(driver.app.screen, Preflight))
        await driver.go_on()
        await driver.until(lambda: sent(driver) == [("StopServer", "lease-00012")])
        await command(driver, "start lease-00012")
        await driver.until(lambda: "The server runs now." in driver.line("footer"))


async def test_a_filter_that_hides_the_row_goes() -> None:
    async with running(start=Place.LEASES) as driver:
        driver.narrow("grace")
        await command(driver, "why lease-00012")
        await driver.until(lambda: isinstance(driver.app.screen, WhyPage))
        assert "Why: lease-00012" in driver.screen_text()
        assert driver.list.listing.filter_text == ""


async def test_a_name_alone_leads_there_without_asking_the_engine() -> None:
    async with running() as driver:
        await command(driver, "10.20.4.12")
        await driver.until(lambda: isinstance(driver.app.screen, ServersScreen))
        await driver.until(lambda: driver.list.table.cursor == "vm-00012")
        await command(driver, "grace")
        await driver.until(lambda: driver.list.listing.filter_text == "owner:grace")
        assert driver.client.sent == []


async def test_picked_completed_and_remembered() -> None:
    kept: list[list[str]] = []
    own = Personal(past=["pools"], keep_past=lambda past: kept.append(list(past)))
    async with running(personal=own) as driver:
        await driver.press(":")
        box = await opened(driver)
        await driver.type("ren")
        await driver.press("tab")
        assert box.entry.value == "renew "
        await driver.type("00012")
        await driver.press("down")
        assert "> renew lease-00012" in driver.screen_text()
        await driver.press("tab")
        assert box.entry.value == "renew lease-00012"
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        await driver.press("escape", ":")
        box = await opened(driver)
        await driver.press("up")
        assert box.entry.value == "renew lease-00012"
        await driver.press("up")
        assert box.entry.value == "pools"
        await driver.press("down", "down")
        assert box.entry.value == ""
        await driver.type("po")
        await driver.press("up")
        assert box.entry.value == "pools", "of the past what begins so"
        await driver.press("escape")
        assert kept == [["pools", "renew lease-00012"]]


async def test_what_is_not_understood_stays_and_is_told() -> None:
    async with running() as driver:
        await driver.press(":")
        await opened(driver)
        await driver.type("xyzzy")
        await driver.press("enter")
        assert "There is no command xyzzy." in driver.screen_text()
        assert isinstance(driver.app.screen, CommandBox)


async def test_what_only_resembles_a_change_is_written_not_run() -> None:
    async with running() as driver:
        await driver.press(":")
        box = await opened(driver)
        await driver.type("release lease-000")
        await driver.press("enter")
        assert isinstance(driver.app.screen, CommandBox)
        await driver.until(lambda: box.entry.value.startswith("release lease-000") and len(box.entry.value) > 17)
        assert "did you mean" in driver.screen_text()


async def test_read_only_until_told_otherwise() -> None:
    async with running(start=Place.LEASES) as driver:
        await command(driver, "readonly")
        await driver.until(lambda: "READ-ONLY" in driver.line("header"))
        await driver.press("D")
        assert "this is read-only" in driver.line("footer")
        assert (await driver.app.send(Renew(lease_id="lease-00012", term=hours(1)))).code == "refused"
        assert driver.client.sent == []
        await driver.press(":")
        await opened(driver)
        await driver.type("release 00012")
        await driver.press("down", "enter")
        assert "not in read-only" in driver.screen_text()
        await driver.press("escape")
        await command(driver, "readonly off")
        await driver.until(lambda: "READ-ONLY" not in driver.line("header"))
        await driver.press("D")
        assert isinstance(driver.app.screen, Preflight)


async def test_another_look_at_once() -> None:
    async with running(start=Place.LEASES) as driver:
        await command(driver, "theme mono")
        await driver.until(lambda: driver.app.theme == "mono")
        await command(driver, "theme pink")
        await driver.until(lambda: "There is no theme pink" in driver.line("footer"))
        assert driver.app.theme == "mono"


async def test_a_viewer_stays_one() -> None:
    client = ScriptedClient(WORLD, STATUS)
    client.you = Caller(name="eve", roles=(Role.VIEWER,))
    async with running(client) as driver:
        await command(driver, "release lease-00012")
        await driver.until(lambda: "it is not for viewers" in driver.line("footer"))
        assert client.sent == []


async def test_filters_are_saved_used_and_forgotten() -> None:
    own = Personal()
    async with running(start=Place.LEASES, personal=own) as driver:
        driver.narrow("owner:ada")
        await command(driver, "save mine")
        await driver.until(lambda: "Saved: @mine is owner:ada" in driver.line("footer"))
        driver.narrow("@mine left<1h")
        assert driver.list.listing.ids == ["lease-00012"]
        driver.narrow("@mime")
        assert "There is no saved filter @mime; did you mean @mine?" in driver.line("title")
        await command(driver, "forget mine")
        await driver.until(lambda: "@mine is forgotten." in driver.line("footer"))
        assert own.filters == {}
        driver.narrow("")
        await command(driver, "save mine")
        await driver.until(lambda: "There is no filter here to be saved." in driver.line("footer"))


async def test_a_filter_is_finished_by_the_right_arrow() -> None:
    async with running(start=Place.LEASES, personal=Personal(filters={"mine": "owner:grace"})) as driver:
        await driver.press("/")
        await driver.type("!imp @m")
        await driver.until(lambda: driver.app.screen.query_one("#filter", Input)._suggestion == "!imp @mine")
        await driver.press("right")
        await driver.until(lambda: driver.list.listing.filter_text == "!imp @mine")
        assert set(driver.list.listing.ids) == {"lease-00045", "lease-00046"}


async def test_commands_without_a_row_are_done_here_or_where_they_can() -> None:
    async with running() as driver:
        await command(driver, "help")
        await driver.until(lambda: isinstance(driver.app.screen, HelpPage))
        await driver.press("escape")
        await command(driver, "order")
        await driver.until(lambda: isinstance(driver.app.screen, Menu))
        await driver.press("escape")
        await command(driver, "filter el9")
        await driver.until(lambda: driver.list.listing.filter_text == "el9")
        await command(driver, "8")
        await driver.press("escape")


async def test_a_lease_that_went_meanwhile_is_told() -> None:
    from vmms_tui.model.tables import Drop

    async with running() as driver:
        driver.client.answer = lambda _: Reply()
        await driver.press(":")
        await opened(driver)
        await driver.type("release lease-00012")
        driver.client.change(Drop("lease", "lease-00012"))
        await driver.until(lambda: driver.app.mirror.lease("lease-00012") is None)
        await driver.press("enter")
        await driver.until(lambda: "lease-00012 is not on Leases any more." in driver.line("footer"))


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
@pytest.mark.parametrize("key", [":", "ctrl+p"])
async def test_it_fits_every_screen(size: tuple[int, int], key: str) -> None:
    async with running(size=size) as driver:
        await driver.press(key)
        await opened(driver)
        await driver.type("release 000")
        text = driver.screen_text()
        assert "> " in text or "release lease-00012" in text
        assert "CHANGES" in text
        assert "tab:complete" in text
        for odd in ("名前" * 20, "[bold]x[/]", "\\"):
            await driver.type(odd)


async def test_the_menu_of_a_row_has_everything_with_its_key() -> None:
    async with running(start=Place.LEASES) as driver:
        await driver.press("j", "m")
        assert isinstance(driver.app.screen, Menu)
        said = {item.id: item for item in driver.app.screen.items}
        assert {"renew", "release", "server_menu", "explain", "events_of", "users"} <= set(said)
        assert said["release"].key == "D"
        await driver.press("D")
        await driver.until(lambda: isinstance(driver.app.screen, Preflight))
        await driver.press("escape")
        await driver.press("G", "m")
        while driver.list.table.cursor != "req-00007":
            await driver.press("escape", "k", "m")
        menu = driver.app.screen
        assert isinstance(menu, Menu)
        assert "D takes it back" in next(item for item in menu.items if item.id == "renew").why_not
        await driver.press("+")
        assert "D takes it back" in driver.screen_text()


async def test_from_a_server_to_its_person_and_back() -> None:
    async with running() as driver:
        await command(driver, "vm-00012")
        await driver.until(lambda: isinstance(driver.app.screen, ServersScreen))
        await driver.until(lambda: driver.list.table.cursor == "vm-00012")
        await driver.press("u")
        await driver.until(lambda: place(driver) == Place.LEASES.value and driver.list.table.cursor == "lease-00012")
        await driver.press("u")
        await driver.until(lambda: driver.list.listing.filter_text == "owner:ada")
        await driver.press("escape", "[")
        await driver.until(lambda: place(driver) == Place.POOLS.value)


async def test_from_a_pool_to_its_leases_and_from_a_free_server_nowhere() -> None:
    async with running() as driver:
        await driver.press("u")
        await driver.until(lambda: driver.list.listing.filter_text == "pool:el9-ci")
        await driver.press("escape")
        await driver.until(lambda: place(driver) == Place.POOLS.value)
        free = next(one for one in WORLD if getattr(one, "lease_id", "x") == "" and one.id.startswith("vm-"))
        await command(driver, free.id)
        await driver.until(lambda: isinstance(driver.app.screen, ServersScreen))
        await driver.until(lambda: driver.list.table.cursor == free.id)
        await driver.press("u")
        assert f"Nobody has {free.id} on a lease." in driver.line("footer")


async def test_the_help_is_searched() -> None:
    async with running(start=Place.LEASES) as driver:
        await driver.press("?", "/")
        await driver.type("give back")
        text = driver.screen_text()
        assert "give the server back now" in text
        assert "one row down" not in text
        await driver.type("xyz")
        assert "Nothing here says “give backxyz”." in driver.screen_text()
        await driver.press("escape")
        assert isinstance(driver.app.screen, HelpPage)
        await driver.press("escape")
        assert not isinstance(driver.app.screen, HelpPage)


async def test_moved_keys_move_everything() -> None:
    from vmms_tui.keys.inforce import read

    moved = read(
        {
            "everywhere": {"quit": ["Q"], "help": ["f8"], "go_events": ["0"]},
            "leases": {"release": [], "renew": ["A"]},
            "server_menu": {"stop": ["x"]},
            "program": {"close_text": ["z"]},
        },
        "keys.toml",
    )
    assert not moved.problems
    try:
        async with running(start=Place.LEASES, personal=Personal(keymap=moved)) as driver:
            footer = driver.line("footer")
            assert "A:renew" in footer
            assert "Q:quit" in footer
            assert "release" not in footer
            assert "0 Events" in driver.line("tabs")
            await driver.press("j", "D", "q", "+", "8", "?")
            assert len(driver.app.screen_stack) == 1
            assert driver.app.return_code is None
            await driver.press("A")
            assert isinstance(top(driver), Prompt)
            await driver.press("escape", "S")
            assert "x  stop" in driver.screen_text()
            await driver.press("x")
            await driver.until(lambda: isinstance(top(driver), Preflight))
            await driver.press("escape", "f8", "/")
            await driver.type("server back now")
            assert "no key" in driver.screen_text()
            await driver.press("escape", "q")
            assert isinstance(top(driver), HelpPage)
            await driver.press("z", "0")
            assert place(driver) == Place.EVENTS.value
            await driver.press("Q")
            await driver.until(
                lambda: not driver.app.is_running or driver.app._exit or len(driver.app.screen_stack) > 1
            )
    finally:
        use(Keymap())


async def test_a_broken_file_is_told_on_the_screen() -> None:
    own = Personal(keymap=Keymap(problems=("keys.toml: [leases] relese: did you mean release?",)))
    async with running(personal=own) as driver:
        assert "keys.toml: [leases] relese: did you mean release?" in driver.line("alarms")
        await driver.press("3", "D")
        assert isinstance(top(driver), Preflight), "the usual keys are in force"


def test_the_app_keeps_nothing_by_itself() -> None:
    assert VmmsApp(ScriptedClient(WORLD, STATUS)).personal == Personal()
