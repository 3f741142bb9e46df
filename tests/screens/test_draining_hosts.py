"""Hosts that are emptied or come back, on Hosts: how far that is, the page on it, and keys that begin and steer it."""

from typing import Any

import pytest
from msgspec import structs
from textual.screen import Screen

from vmms_tui.keys import Place
from vmms_tui.model.commands import AnyCommand, DrainHost, Rebalance, SteerMoves, UndrainHost
from vmms_tui.model.draining import LegState, MoveQueue, replaced
from vmms_tui.model.records import changed
from vmms_tui.screens import queues
from vmms_tui.screens.commands import command_line
from vmms_tui.screens.movespage import MovesScreen
from vmms_tui.screens.preflight import Preflight
from vmms_tui.screens.prompt import Prompt

from .cloudland import STATUS
from .drainland import GOING, MOVING, PAUSED, PHASES, REBALANCE_WAITS, WAITS, world
from .driver import Driver, running
from .scripted import ScriptedClient
from .test_command_line import command

MOVED = structs.replace(MOVING, state=LegState.DONE, to="h04")
SAID = {
    "going": ("DRAIN 4/10", "draining 4 of 10, 2 could not go"),
    "paused": ("PAUSED 4/10", "drain paused at 4 of 10"),
    "waits": ("DRAIN! 8/10", "2 of 10 could not go: vm-00052 is off"),
    "done": ("DRAINED", "empty of ours"),
    "stopped": ("CLOSED", "drain stopped at 4 of 10"),
    "return": ("RETURN 3/10", "3 of 10 came back"),
}


def shows(driver: Driver, kind: type[Screen[Any]]) -> bool:
    return isinstance(driver.app.screen, kind)


def text(driver: Driver) -> str:
    return " ".join(driver.screen_text().replace("│", " ").split())


async def on(driver: Driver, name: str = "h02") -> None:
    await driver.press("/", *name, "enter")
    row = driver.list.row()
    assert row
    assert row.host.name == name


async def sends(driver: Driver, command: AnyCommand) -> None:
    """Preflight stands there and nothing is sent; it is gone through, and this is sent."""
    assert shows(driver, Preflight), driver.screen_text()
    same = driver.screen_text().partition("same as  ")[2].split("\n")[0].strip(" │▁▂▃▄▅▆▇█")
    assert same.partition(" --plan")[0] == command_line(command), driver.screen_text()
    assert not driver.client.sent
    await driver.go_on()
    await driver.until(lambda: bool(driver.client.sent))
    assert driver.client.sent == [command]


@pytest.mark.parametrize("phase", PHASES)
async def test_every_phase_stands_in_the_list_in_its_facts_and_why(phase: str) -> None:
    async with running(ScriptedClient(world(PHASES[phase]), STATUS), size=(150, 50), start=Place.HOSTS) as driver:
        await on(driver)
        said = driver.screen_text()
        state, note = SAID[phase]
        assert state in said, said
        assert queues.note(PHASES[phase]).startswith(note)
        assert note[:8] in said, said
        assert "\x1b" not in said
        await driver.press("x")
        assert "olga began it 2026-03-02 11:48 UTC (12m ago)" in text(driver)


async def test_the_row_follows_the_moves() -> None:
    client = ScriptedClient(world(GOING), STATUS)
    async with running(client, size=(150, 44), start=Place.HOSTS) as driver:
        await on(driver)
        assert "DRAIN 4/10" in driver.screen_text()
        client.change(changed(GOING, legs=replaced(GOING.legs, MOVED)))
        await driver.until(lambda: "DRAIN 5/10" in driver.screen_text())


async def test_d_details_name_every_server_of_the_drain() -> None:
    async with running(ScriptedClient(world(WAITS), STATUS), size=(110, 60), start=Place.HOSTS) as driver:
        await on(driver)
        await driver.press("d")
        assert "Could not go (2)" in driver.screen_text()


# Keys


async def test_d_asks_why_and_empties() -> None:
    async with running(ScriptedClient(world(), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await on(driver, "h01")
        await driver.press("D")
        assert shows(driver, Prompt)
        await driver.press("enter")
        assert shows(driver, Prompt), "without a reason nothing is emptied"
        await driver.press(*"a fan", "enter")
        await driver.until(lambda: "let no new server come to h01: a fan" in driver.screen_text())
        assert "2 at a time" in driver.screen_text()
        await sends(driver, DrainHost(host="h01", reason="a fan"))


async def test_d_on_one_that_is_emptied_says_how_far_it_is_and_tries_again() -> None:
    async with running(ScriptedClient(world(WAITS), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await on(driver)
        await driver.press("D")
        assert "it goes on: 8 done, 0 under way, 0 waiting, 2 could not go" in driver.screen_text()
        await sends(driver, DrainHost(host="h02"))


async def test_d_is_not_for_hosts_that_are_down() -> None:
    async with running(ScriptedClient(world(), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await on(driver, "h03")
        await driver.press("D")
        assert "It is not up: nothing moves away from it." in driver.line("footer")
        assert not driver.client.sent


async def test_o_opens_and_brings_back_what_left() -> None:
    async with running(ScriptedClient(world(PHASES["done"]), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await on(driver)
        await driver.press("O")
        said = driver.screen_text()
        assert "let new servers come to h02 again" in said
        assert "move back what the drain moved (10)" in said
        await sends(driver, UndrainHost(host="h02", bring_back=True))


async def test_b_is_blocked_while_the_load_is_being_evened() -> None:
    async with running(ScriptedClient(world(REBALANCE_WAITS), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await on(driver, "h01")
        await driver.press("B")
        assert shows(driver, Preflight)
        assert "The load is being evened already" in text(driver)
        assert not driver.client.sent


async def test_b_shows_a_plan_and_begins_it() -> None:
    async with running(ScriptedClient(world(), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await on(driver, "h01")
        await driver.press("B")
        assert "from h04" in driver.screen_text()
        await sends(driver, Rebalance(important_from=STATUS.importance_threshold))


@pytest.mark.parametrize(
    ("queue", "keys", "act"),
    [(GOING, "P", "pause"), (PAUSED, "P", "resume"), (GOING, "T", "stop"), (WAITS, "T", "stop")],
)
async def test_moves_are_paused_resumed_and_ended(queue: MoveQueue, keys: str, act: Any) -> None:
    async with running(ScriptedClient(world(queue), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await on(driver)
        await driver.press(keys)
        await sends(driver, SteerMoves(queue="drain:h02", act=act))


async def test_plus_asks_how_many_at_a_time() -> None:
    async with running(ScriptedClient(world(GOING), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await on(driver)
        await driver.press("+")
        assert shows(driver, Prompt)
        await driver.press("backspace", *"21", "enter")
        assert "A number from 1 to 20." in driver.screen_text()
        await driver.press("backspace", "backspace", "4", "enter")
        await sends(driver, SteerMoves(queue="drain:h02", act="limit", limit=4))


@pytest.mark.parametrize("key", ["P", "T", "+"])
async def test_a_host_without_moves_has_none_to_steer(key: str) -> None:
    async with running(ScriptedClient(world(PHASES["done"]), STATUS), size=(130, 44), start=Place.HOSTS) as driver:
        await on(driver)
        await driver.press(key)
        assert "h02 is neither being emptied nor does anything come back to it." in driver.line("footer")
        assert not driver.client.sent


# The command line


@pytest.mark.parametrize(
    ("line", "kind"),
    [("drain h02", Preflight), ("undrain h02", Preflight), ("drain h01", Prompt), ("rebalance", Preflight)],
)
async def test_commands_open_the_same_as_keys(line: str, kind: type[Screen[Any]]) -> None:
    async with running(ScriptedClient(world(WAITS), STATUS), size=(130, 44), start=Place.LEASES) as driver:
        await command(driver, line)
        await driver.until(lambda: shows(driver, kind))
        assert not driver.client.sent


async def test_moves_can_be_typed_anywhere() -> None:
    async with running(ScriptedClient(world(WAITS), STATUS), size=(130, 44), start=Place.LEASES) as driver:
        await command(driver, "moves")
        await driver.until(lambda: shows(driver, MovesScreen))
        assert "Drain of h02" in driver.screen_text()
