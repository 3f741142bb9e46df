"""K on Hosts and on the screen of a drain: Preflight of taking the power of a host that is closed and empty."""

from typing import Any

import pytest
from textual.screen import Screen
from textual.widgets import Input

from vmms_tui.keys import Place
from vmms_tui.model.commands import PowerOffHost
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import AnyRecord, changed
from vmms_tui.model.spec import ContextRules
from vmms_tui.model.surroundings import Agent, Host
from vmms_tui.screens.commands import command_line
from vmms_tui.screens.movespage import MovesScreen
from vmms_tui.screens.preflight import Preflight

from .cloudland import STATUS
from .drainland import DONE, GOING, REBALANCE_WAITS, WAITS, world
from .driver import Driver, running
from .scripted import ScriptedClient
from .test_command_line import command

FENCES = changed(STATUS, fences=True)
SIZE = (130, 44)
OFF = PowerOffHost(host="h02")


def emptied(*queues: Any, **fields: Any) -> tuple[AnyRecord, ...]:
    """The world with `h02` empty."""
    known = {"servers": 0, **fields}
    return tuple(
        changed(one, **known) if isinstance(one, Host) and one.name == "h02" else one for one in world(*queues)
    )


def shows(driver: Driver, kind: type[Screen[Any]]) -> bool:
    return isinstance(driver.app.screen, kind)


def text(driver: Driver) -> str:
    return " ".join(driver.screen_text().replace("│", " ").split())


async def on(driver: Driver, *keys: str) -> None:
    await driver.press("/", *"h02", "enter", *keys)


@pytest.mark.parametrize("way", [("K",), ("v", "K")])
async def test_what_was_emptied_is_switched_off_after_preflight(way: tuple[str, ...]) -> None:
    async with running(ScriptedClient(emptied(DONE), FENCES), size=SIZE, start=Place.HOSTS) as driver:
        await on(driver, *way)
        await driver.until(lambda: shows(driver, Preflight))
        said = text(driver)
        for words in (
            "read the cloud once more: with any server on h02 nothing is done",
            "take the power of h02 by the fence command, with its proof:",
            "fan [red] (olga, VMMS)",
            "leave h02 closed, with a line that it is ready for whoever repairs",
            "h02 is closed, and the cloud's list shows no server on it",
            "vmms power-off h02",
        ):
            assert words in said, said
        assert not driver.client.sent
        await driver.go_on()
        await driver.until(lambda: bool(driver.client.sent))
        assert driver.client.sent == [OFF]


async def test_in_production_a_number_is_typed() -> None:
    status = changed(FENCES, context=ContextRules(name="eu-west", production=True))
    async with running(ScriptedClient(emptied(DONE), status), size=SIZE, start=Place.HOSTS) as driver:
        await on(driver, "K")
        await driver.until(lambda: shows(driver, Preflight))
        assert driver.app.screen.query_one("#go").disabled
        driver.app.screen.query_one("#typed", Input).value = "1"
        await driver.until(lambda: not driver.app.screen.query_one("#go").disabled)


async def test_without_a_fence_command_preflight_says_which_setting() -> None:
    async with running(ScriptedClient(emptied(DONE), STATUS), size=SIZE, start=Place.HOSTS) as driver:
        await on(driver, "K")
        await driver.until(lambda: shows(driver, Preflight))
        assert "No fence command is configured" in text(driver)
        assert "hosts.fence" in text(driver)
        assert driver.app.screen.query_one("#go").disabled


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (emptied(WAITS), "h02 is still being emptied"),
        (emptied(DONE, servers=3), "3 servers of others are on h02."),
        (emptied(DONE, servers=None), "The cloud does not say how many servers are on h02."),
    ],
)
async def test_with_anything_on_it_it_is_blocked(records: tuple[AnyRecord, ...], words: str) -> None:
    async with running(ScriptedClient(records, FENCES), size=SIZE, start=Place.HOSTS) as driver:
        await on(driver, "K")
        await driver.until(lambda: shows(driver, Preflight))
        assert words in text(driver), text(driver)
        assert driver.app.screen.query_one("#go").disabled


async def test_what_else_goes_with_the_host_is_warned_of() -> None:
    agents = (Agent(name="cinder-volume lvm", alive=True), Agent(name="L3 agent"))
    async with running(ScriptedClient(emptied(DONE, agents=agents), FENCES), size=SIZE, start=Place.HOSTS) as driver:
        await on(driver, "K")
        await driver.until(lambda: shows(driver, Preflight))
        assert "Also away with it: cinder-volume lvm." in text(driver)


async def test_an_open_host_says_that_it_must_be_emptied_first() -> None:
    async with running(ScriptedClient(emptied(), FENCES), size=SIZE, start=Place.HOSTS) as driver:
        await driver.press("/", *"h01", "enter", "K")
        assert "It takes new servers: empty it first." in driver.line("footer")
        assert not shows(driver, Preflight)


@pytest.mark.parametrize("queue", [GOING, REBALANCE_WAITS])
async def test_a_queue_that_has_emptied_no_host_has_none_to_switch_off(queue: Any) -> None:
    async with running(ScriptedClient(world(queue), FENCES), size=SIZE, start=Place.HOSTS) as driver:
        await on(driver, "v", "K")
        assert "This queue has emptied no host." in driver.line("footer")
        assert shows(driver, MovesScreen)


async def test_it_is_for_operators() -> None:
    client = ScriptedClient(emptied(DONE), FENCES)
    client.you = Caller(name="vic", roles=(Role.VIEWER,))
    async with running(client, size=SIZE, start=Place.HOSTS) as driver:
        await on(driver, "K")
        assert not shows(driver, Preflight)
        assert not client.sent


async def test_it_can_be_typed_anywhere() -> None:
    async with running(ScriptedClient(emptied(DONE), FENCES), size=SIZE, start=Place.LEASES) as driver:
        await command(driver, "power-off h02")
        await driver.until(lambda: shows(driver, Preflight))
        assert "power off h02" in text(driver)


def test_the_command_line_is_the_one_of_the_shell() -> None:
    assert command_line(OFF) == "vmms power-off h02"
    assert command_line(changed(OFF, reason="a new fan")) == "vmms power-off h02 --reason 'a new fan'"
