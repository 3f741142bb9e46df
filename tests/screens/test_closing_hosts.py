"""`L` on Hosts: why, Preflight, and the way back."""

from typing import Any

from textual.screen import Screen

from vmms_tui.keys import Place
from vmms_tui.model.commands import DisableHost, EnableHost
from vmms_tui.model.records import changed
from vmms_tui.screens.preflight import Preflight
from vmms_tui.screens.prompt import Prompt

from .cloudland import STATUS
from .cloudscape import CLOUDY, HOSTS
from .driver import Driver, running
from .scripted import ScriptedClient

UP, CLOSED = HOSTS[0], HOSTS[1]


def cloudy() -> ScriptedClient:
    return ScriptedClient(CLOUDY, STATUS)


def shows(driver: Driver, kind: type[Screen[Any]]) -> bool:
    return isinstance(driver.app.screen, kind)


async def _at(driver: Driver, name: str) -> None:
    await driver.press("/", *name, "enter")
    row = driver.list.row()
    assert row
    assert row.host.name == name


async def test_closing_asks_why_and_shows_what_it_does() -> None:
    async with running(cloudy(), size=(110, 40), start=Place.HOSTS) as driver:
        await _at(driver, UP.name)
        await driver.press("L")
        assert shows(driver, Prompt)
        await driver.press("enter")
        assert shows(driver, Prompt), "without a reason nothing is closed"
        await driver.press(*"a fan", "enter")
        assert shows(driver, Preflight)
        said = driver.screen_text()
        assert f"let no new server come to {UP.name}: a fan" in said
        assert "its 3 servers stay and run on" in said
        assert "up and open" in said
        assert not driver.client.sent
        await driver.press("right", "enter")
        await driver.until(lambda: bool(driver.client.sent))
        assert driver.client.sent == [DisableHost(host=UP.name, reason="a fan")]


async def test_a_closed_host_is_opened_and_says_why_it_was_closed() -> None:
    async with running(cloudy(), size=(110, 40), start=Place.HOSTS) as driver:
        await _at(driver, CLOSED.name)
        await driver.press("L")
        assert shows(driver, Preflight)
        assert "It was closed because of: its disk is being replaced" in driver.screen_text()
        await driver.press("right", "enter")
        await driver.until(lambda: bool(driver.client.sent))
        assert driver.client.sent == [EnableHost(host=CLOSED.name)]


async def test_what_is_closed_is_undone_by_u() -> None:
    client = cloudy()
    async with running(client, size=(110, 40), start=Place.HOSTS) as driver:
        await _at(driver, UP.name)
        await driver.press("L", *"a fan", "enter", "right", "enter")
        await driver.until(lambda: bool(client.sent))
        client.change(changed(UP, status="disabled"))
        await driver.until(lambda: "CLOSED" in driver.screen_text())
        await driver.press("U")
        assert shows(driver, Preflight)
        assert f"let new servers come to {UP.name} again" in driver.screen_text()
