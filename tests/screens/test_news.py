"""What the engine tells while the screen is up, and what is said when it tells nothing."""

from vmms_tui.app import VmmsApp
from vmms_tui.client.protocol import EngineClient
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import Lease, ServerState, changed
from vmms_tui.model.tables import Drop

from .cloudland import NOW, POOLS, STATUS, WORLD, event, lent, minutes, server
from .driver import Driver, running
from .scripted import ScriptedClient, frozen


async def test_the_servers_of_a_pool_follow_the_engine() -> None:
    async with running() as driver:
        await driver.press("enter")
        driver.client.change(server(99, "el9-ci", ServerState.READY), Drop("server", "vm-00012"))
        await driver.until(lambda: "vm-00099" in driver.list.table.ids)
        assert "vm-00012" not in driver.list.listing.ids
        await driver.forget_what_went()
        assert driver.list.table.cursor == "vm-00018"


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
