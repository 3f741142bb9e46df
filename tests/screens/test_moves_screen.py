"""A queue of moves as a list: its head, a row for each server, what its keys do, and how it ends."""

from typing import Any

import pytest
from textual.screen import Screen

from vmms_tui.keys import Place
from vmms_tui.model.commands import AbortOperation, AnyCommand, DrainHost, ForceOperation, SteerMoves
from vmms_tui.model.draining import MOST_AT_ONCE, Leg, LegState, MoveQueue, Phase, replaced
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import AnyRecord, changed
from vmms_tui.screens.commands import command_line
from vmms_tui.screens.hosts import HostsScreen
from vmms_tui.screens.movespage import MovesScreen
from vmms_tui.screens.objectpages import DetailsPage, WhyPage
from vmms_tui.screens.preflight import Preflight

from . import drainland
from .cloudland import STATUS, minutes
from .drainland import DONE, GOING, REBALANCE_WAITS, WAITS
from .driver import Driver, running
from .moveland import ENDED, ENDLESS, FORCED, GOOD, SWING, world
from .scripted import ScriptedClient
from .test_command_line import command

ALL = (200, 50)
"""Room for every column."""


def shows(driver: Driver, kind: type[Screen[Any]]) -> bool:
    return isinstance(driver.app.screen, kind)


async def opened(driver: Driver, host: str = "h02") -> None:
    await driver.press("/", *host, "enter", "v")
    await driver.until(lambda: shows(driver, MovesScreen) and driver.list.ready)


def line_of(driver: Driver, server: str) -> str:
    """The row of a server, its cells apart."""
    row = driver.list.listing.rows[server]
    return "|".join(cell for cell, _ in driver.list._cells(row))


def head(driver: Driver) -> str:
    return " ".join(driver.line("queue").split())


async def on(driver: Driver, server: str) -> None:
    driver.list.table.go_to(server)
    await driver.pilot.pause()


async def sends(driver: Driver, wanted: AnyCommand) -> None:
    """Preflight stands there and nothing is sent; it is gone through, and this is sent."""
    await driver.until(lambda: shows(driver, Preflight))
    said = " ".join(driver.screen_text().replace("│", " ").split())
    assert f"same as {command_line(wanted)}" in said, said
    assert not driver.client.sent
    await driver.go_on()
    await driver.until(lambda: bool(driver.client.sent))
    assert driver.client.sent == [wanted]


# What it shows


async def test_the_head_says_how_far_it_is_how_long_still_and_who_is_next() -> None:
    async with running(ScriptedClient(world(SWING), STATUS), size=ALL, start=Place.HOSTS) as driver:
        await opened(driver)
        said = head(driver)
        for words in (
            "goes on 3 of 9 done 2 under way 2 waiting 2 could not go 2 at a time 12m so far",
            "because a new fan [red]",
            "next vm-00304",
            "by olga",
            "3 of others are left there",
        ):
            assert words in said, said
        assert driver.line("title").startswith(" Drain of h02")


async def test_a_move_has_all_its_numbers_in_its_row() -> None:
    async with running(ScriptedClient(world(SWING), STATUS), size=ALL, start=Place.HOSTS) as driver:
        await opened(driver)
        assert line_of(driver, "vm-00302") == (
            "vm-00302|MOVE|87%|[#####.]|h05|512M/4G|-|102M/s|26M/s|5s|5.0s|3/5 follow|on its way from h02 to h05"
        )
        assert line_of(driver, "vm-00301").startswith(
            "vm-00301|MOVE!|74%|[####..]|h04|4.1G/16G|-|307M/s|302M/s|?|13.7s"
        )
        assert line_of(driver, "vm-00310") == "vm-00310|done|100%|[######]|h05|-|-|-|-|-|-|-|took 50s, 4G copied"
        assert line_of(driver, "vm-00052").startswith("vm-00052|STAYS!|")
        assert line_of(driver, "vm-00052").endswith("Agree to a cold move: vmms drain h02 --cold")
        assert driver.list.listing.ids[:4] == ["vm-00302", "vm-00301", "vm-00052", "vm-00209"]
        assert driver.list.listing.ids[4:6] == ["vm-00304", "vm-00303"], "in the order in which they go"
        assert "\x1b" not in driver.screen_text()


async def test_what_does_not_come_to_an_end_says_what_was_left_and_when_it_is_taken_back() -> None:
    async with running(ScriptedClient(world(SWING), STATUS), size=(120, 40), start=Place.HOSTS) as driver:
        await opened(driver)
        await on(driver, "vm-00301")
        said = driver.strip
        assert "16G 9G 6G 5G 4.4G 4.2G 4.1G 4.2G 4.1G  as seen over 2m" in said, said
        assert "taken back by itself in 1h44m, if it is not over by then (1h48m in all)" in said
        assert "F holds the server until the rest is copied, X takes it back." in said


async def test_the_countdown_runs() -> None:
    client = ScriptedClient(world(SWING), STATUS)
    async with running(client, size=(120, 40), start=Place.HOSTS) as driver:
        await opened(driver)
        await on(driver, "vm-00301")
        client.pass_time(minutes(10))
        await driver.until(lambda: "taken back by itself in 1h34m" in driver.strip)


async def test_the_log_tells_of_this_queue_alone() -> None:
    async with running(ScriptedClient(world(SWING), STATUS), size=(120, 40), start=Place.HOSTS) as driver:
        await opened(driver)
        said = driver.line("told")
        assert "host h02 is emptied" in said
        assert "the move of vm-00209 failed" in said
        assert "vm-00999" not in said
        assert said.index("vm-00209") < said.index("host h02"), "the newest first"


async def test_it_is_kept_up_to_date() -> None:
    client = ScriptedClient(world(SWING), STATUS)
    async with running(client, size=ALL, start=Place.HOSTS) as driver:
        await opened(driver)
        await on(driver, "vm-00302")
        client.change(FORCED)
        await driver.until(lambda: "|FORCED|" in line_of(driver, "vm-00302"))
        one = next(leg for leg in SWING.legs if leg.server_id == "vm-00302")
        done = type(one)(server_id=one.server_id, source="h02", to="h05", state=LegState.DONE, operation_id=GOOD.id)
        client.change(changed(SWING, phase=Phase.PAUSED, legs=replaced(SWING.legs, done)))
        await driver.until(lambda: "is paused 4 of 9 done 1 under way" in head(driver))
        assert "|done|" in line_of(driver, "vm-00302")
        assert driver.list.table.cursor == "vm-00302", "the cursor stays on its server"


async def test_one_that_has_ended_shows_its_end_and_what_could_not_go() -> None:
    async with running(ScriptedClient(world(ENDED), STATUS), size=(120, 40), start=Place.HOSTS) as driver:
        await opened(driver)
        assert "is stopped 3 of 7 done 2 not begun 2 could not go took 11m, ended 1m ago" in head(driver)
        assert line_of(driver, "vm-00303").startswith("vm-00303|stayed|")
        assert "Agree to a cold move" in driver.strip


async def test_one_that_is_done_says_what_to_do_with_the_host() -> None:
    async with running(ScriptedClient(drainland.world(DONE), STATUS), size=(120, 40), start=Place.HOSTS) as driver:
        await opened(driver)
        assert "h02 is empty of ours: power it off or hand it over" in head(driver)


async def test_without_moves_it_says_so() -> None:
    async with running(ScriptedClient(world(), STATUS), start=Place.HOSTS) as driver:
        await opened(driver)
        assert "No servers are moved some at a time" in driver.screen_text()
        for key in ("P", "T", "+", "-", "R", "tab"):
            await driver.press(key)
            assert shows(driver, MovesScreen)
        assert not driver.client.sent


async def test_tab_shows_the_next_queue_and_after_the_last_the_first() -> None:
    client = ScriptedClient(world(SWING, REBALANCE_WAITS), STATUS)
    async with running(client, size=(120, 40), start=Place.HOSTS) as driver:
        await opened(driver)
        assert "Drain of h02 (1 of 2)" in driver.line("title")
        await driver.press("tab")
        await driver.until(lambda: "Rebalance (2 of 2)" in driver.line("title"))
        assert "waits for somebody for 4m 8 of 10 done" in head(driver)
        assert "vm-00301" not in driver.list.table.ids
        await driver.press("tab")
        await driver.until(lambda: "Drain of h02 (1 of 2)" in driver.line("title"))


@pytest.mark.parametrize("key", ["q", "escape"])
async def test_back_to_hosts(key: str) -> None:
    async with running(ScriptedClient(world(SWING), STATUS), start=Place.HOSTS) as driver:
        await driver.press("v")
        await driver.until(lambda: shows(driver, MovesScreen))
        await driver.press(key)
        await driver.until(lambda: shows(driver, HostsScreen))


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("vm-00302", "Left alone, it is taken back by itself in 44m"),
        ("vm-00052", "vm-00052 could not go in the drain of h02: vm-00052 is off"),
        ("vm-00303", "vm-00303 waits in the drain of h02, and 2 servers move at a time"),
        ("vm-00310", "vm-00310 has moved in the drain of h02, from h02 to h05"),
    ],
)
async def test_x_says_why_and_d_all_that_is_known(server: str, words: str) -> None:
    async with running(ScriptedClient(world(SWING), STATUS), size=(150, 50), start=Place.HOSTS) as driver:
        await opened(driver)
        await on(driver, server)
        await driver.press("x")
        await driver.until(lambda: shows(driver, WhyPage))
        assert words in driver.screen_text(), driver.screen_text()
        await driver.press("q")
        await driver.until(lambda: shows(driver, MovesScreen))
        await driver.press("d")
        await driver.until(lambda: shows(driver, DetailsPage))
        assert "Its place" in driver.screen_text()


# What its keys do


@pytest.mark.parametrize(
    ("queue", "key", "wanted"),
    [
        (SWING, "P", SteerMoves(queue="drain:h02", act="pause")),
        (changed(SWING, phase=Phase.PAUSED), "P", SteerMoves(queue="drain:h02", act="resume")),
        (SWING, "T", SteerMoves(queue="drain:h02", act="stop")),
        (SWING, "+", SteerMoves(queue="drain:h02", act="limit", limit=3)),
        (SWING, "-", SteerMoves(queue="drain:h02", act="limit", limit=1)),
        (WAITS, "R", DrainHost(host="h02")),
        (REBALANCE_WAITS, "R", SteerMoves(queue="rebalance", act="resume")),
        (REBALANCE_WAITS, "+", SteerMoves(queue="rebalance", act="limit", limit=3)),
        (REBALANCE_WAITS, "T", SteerMoves(queue="rebalance", act="stop")),
    ],
)
async def test_the_queue_is_steered_through_preflight(queue: MoveQueue, key: str, wanted: AnyCommand) -> None:
    async with running(ScriptedClient(world(queue), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await opened(driver)
        await driver.press(key)
        await sends(driver, wanted)


@pytest.mark.parametrize(
    ("key", "wanted"),
    [("X", AbortOperation(operation_id=ENDLESS.id)), ("F", ForceOperation(operation_id=ENDLESS.id))],
)
async def test_the_move_under_the_cursor_is_ended_through_preflight(key: str, wanted: AnyCommand) -> None:
    async with running(ScriptedClient(world(SWING), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await opened(driver)
        await on(driver, "vm-00301")
        await driver.press(key)
        await sends(driver, wanted)


@pytest.mark.parametrize("key", ["X", "F"])
@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("vm-00303", "There is no operation under the cursor."),
        ("vm-00209", "There is no operation under the cursor."),
        ("vm-00310", "op-000080 has ended."),
    ],
)
async def test_what_does_not_move_can_be_neither_aborted_nor_forced(key: str, server: str, words: str) -> None:
    async with running(ScriptedClient(world(SWING), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await opened(driver)
        await on(driver, server)
        await driver.press(key)
        assert words in driver.line("footer")
        assert shows(driver, MovesScreen)


@pytest.mark.parametrize(
    ("queue", "key", "words"),
    [
        (ENDED, "P", "It has ended."),
        (ENDED, "T", "It has ended."),
        (ENDED, "+", "It has ended."),
        (changed(SWING, limit=MOST_AT_ONCE), "+", "20 at a time are the most."),
        (changed(SWING, limit=1), "-", "One at a time is the least"),
        (drainland.RETURN, "R", "There is none that could not go."),
    ],
)
async def test_what_cannot_be_done_says_why(queue: MoveQueue, key: str, words: str) -> None:
    async with running(ScriptedClient(world(queue), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await opened(driver)
        await driver.press(key)
        assert words in driver.line("footer")
        assert shows(driver, MovesScreen)


async def test_who_only_looks_changes_nothing() -> None:
    client = ScriptedClient(world(SWING), STATUS)
    client.you = Caller(name="vic", roles=(Role.VIEWER,))
    async with running(client, size=(130, 44), start=Place.HOSTS) as driver:
        await opened(driver)
        for key in ("P", "T", "+", "-", "R", "X", "F"):
            await driver.press(key)
            assert shows(driver, MovesScreen), key
        assert not client.sent


async def test_a_queue_whose_servers_are_all_filtered_out_can_be_steered_still() -> None:
    async with running(ScriptedClient(world(SWING), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await opened(driver)
        await driver.press("/", *"nothing-like-it", "enter", "P")
        await sends(driver, SteerMoves(queue="drain:h02", act="pause"))


async def test_moves_and_its_acts_can_be_typed_anywhere() -> None:
    async with running(ScriptedClient(world(SWING), STATUS), size=(130, 44), start=Place.LEASES) as driver:
        await command(driver, "moves")
        await driver.until(lambda: shows(driver, MovesScreen))
        assert "Drain of h02" in driver.screen_text()
    async with running(ScriptedClient(world(SWING), STATUS), size=(130, 44), start=Place.LEASES) as driver:
        await command(driver, "fewer")
        await sends(driver, SteerMoves(queue="drain:h02", act="limit", limit=1))


@pytest.mark.parametrize("missing", ["op-000091", "vm-00301"])
async def test_a_move_of_which_less_is_known_is_a_row_still(missing: str) -> None:
    records: tuple[AnyRecord, ...] = tuple(one for one in world(SWING) if one.id != missing)
    async with running(ScriptedClient(records, STATUS), size=ALL, start=Place.HOSTS) as driver:
        await opened(driver)
        await on(driver, "vm-00301")
        assert line_of(driver, "vm-00301").startswith("vm-00301|MOVE")
        await driver.press("x")
        await driver.until(lambda: shows(driver, WhyPage))
        assert "vm-00301 is under way in the drain of h02" in driver.screen_text()


async def test_one_of_which_only_the_queue_tells_can_be_described() -> None:
    async with running(ScriptedClient(drainland.world(GOING), STATUS), size=ALL, start=Place.HOSTS) as driver:
        await opened(driver)
        await on(driver, "vm-00206")
        await driver.press("d")
        await driver.until(lambda: shows(driver, DetailsPage))
        assert "vm-00206 is under way in the drain of h02, from h02 to h04." in driver.screen_text()


async def test_one_that_moved_and_is_unwell_says_so() -> None:
    why = {"why": "its address does not answer", "remedy": "See its console."}
    ill = Leg(server_id="vm-00303", source="h02", to="h05", state=LegState.FAILED, arrived=True, **why)  # type: ignore[arg-type]
    queue = changed(SWING, legs=replaced(SWING.legs, ill))
    async with running(ScriptedClient(world(queue), STATUS), size=ALL, start=Place.HOSTS) as driver:
        await opened(driver)
        assert "1 moved, not as it should be" in head(driver)
        assert line_of(driver, "vm-00303").startswith("vm-00303|UNWELL!|-|-|h05")
        await on(driver, "vm-00303")
        await driver.press("x")
        await driver.until(lambda: shows(driver, WhyPage))
        assert "vm-00303 has moved in the drain of h02 to h05, and is not as it should be" in driver.screen_text()


async def test_one_that_waits_for_room_says_for_what() -> None:
    waits = Leg(server_id="vm-00303", source="h02", why="2 moves to h05 are under way already")
    queue = changed(SWING, legs=replaced(SWING.legs, waits))
    async with running(ScriptedClient(world(queue), STATUS), size=ALL, start=Place.HOSTS) as driver:
        await opened(driver)
        assert line_of(driver, "vm-00303").endswith("2 moves to h05 are under way already")
