"""The request form, with keys alone."""

from pathlib import Path

import pytest

from vmms_tui.model.commands import Reply, RequestServer
from vmms_tui.model.records import Request, RequestState, changed
from vmms_tui.screens import request as form
from vmms_tui.screens.leases import LeasesScreen
from vmms_tui.screens.pools import PoolsScreen
from vmms_tui.screens.request import RequestScreen
from vmms_tui.widgets.line import Lines

from .cloudland import NOW, POOLS, REQUESTS, lent
from .driver import Driver, running
from .scripted import hours

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI ada@laptop"


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test looks into the home of whoever runs it."""
    path = tmp_path / "id.pub"
    monkeypatch.setattr(form, "KEY_FILE", path)
    return path


def hint(driver: Driver, name: str) -> str:
    return driver.app.screen.query_one(f"#hint-{name}", Lines).text


def footer(driver: Driver) -> str:
    return driver.app.screen.query_one("#footer", Lines).text


async def test_it_says_what_one_would_get_before_anything_is_sent() -> None:
    async with running() as driver:
        await driver.press("n")
        assert isinstance(driver.app.screen, RequestScreen)
        text = driver.screen_text()
        assert "A server of el9-ci at once: 2 ready." in text
        assert "until 2026-03-02 20:00 UTC (in 8h00m)" in text
        assert "vmms request --purpose build --for 8h" in text
        assert driver.client.sent == []


async def test_a_whole_request_with_keys_alone_is_granted() -> None:
    on, lease = lent(100, "el9-dev", "ada", hours(48))
    async with running() as driver:
        driver.client.answer = lambda _: Reply(text="vm-00100 (10.20.4.100) is yours.", lease_id=lease.id)
        await driver.press("n", "right", "tab")
        await driver.type("2/4G")
        await driver.press("tab", "backspace", "backspace")
        await driver.type("2d")
        await driver.press("tab", "backspace", "5", "tab")
        await driver.type("demo day")
        await driver.press("tab")
        await driver.type(KEY)
        assert "--importance 5" in driver.screen_text()
        await driver.press("ctrl+n")
        await driver.until(lambda: bool(driver.client.sent))
        assert driver.client.sent == [
            RequestServer(
                purpose="develop", vcpus=2, ram_mib=4096, term=hours(48), importance=5, note="demo day", ssh_key=KEY
            )
        ]
        await driver.until(lambda: "vm-00100 (10.20.4.100) is yours." in driver.screen_text())
        driver.client.change(on, lease)
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, LeasesScreen))
        await driver.until(lambda: driver.list.table.cursor == lease.id)


async def test_sending_twice_sends_once() -> None:
    async with running() as driver:
        await driver.press("n")
        await driver.pilot.press("ctrl+n", "ctrl+n")
        await driver.until(lambda: "Done." in driver.screen_text())
        await driver.press("ctrl+n")
        assert len(driver.client.sent) == 1


async def test_a_queued_request_says_its_place_and_estimate() -> None:
    async with running() as driver:
        waiting = REQUESTS[0]
        driver.client.answer = lambda _: Reply(code="queued", text="req-00007 waits.", request_id=waiting.id)
        await driver.press("n", "right", "right", "right", "ctrl+n")
        await driver.until(lambda: "Place 1 in the queue of gpu-a; about 41m." in driver.screen_text())
        driver.client.change(changed(waiting, state=RequestState.GRANTED, lease_id="lease-00101"))
        await driver.until(lambda: "Lease lease-00101 is yours now." in driver.screen_text())
        assert driver.client.tables.get(Request, waiting.id)


async def test_a_refusal_is_the_engines_sentence_and_the_form_stays() -> None:
    async with running() as driver:
        driver.client.answer = lambda _: Reply(code="refused", text="No such [size].", remedy="Ask for less.")
        await driver.press("n", "ctrl+n")
        await driver.until(lambda: "No such [size]. Ask for less." in driver.screen_text())
        await driver.press("tab")
        await driver.type("1")
        assert "No such" not in driver.screen_text(), "what is changed is a new request"
        await driver.press("ctrl+n")
        await driver.until(lambda: len(driver.client.sent) == 2)


@pytest.mark.parametrize(
    ("field", "tabs", "text", "says"),
    [
        ("term", 2, "-3h", "-3h is no time to come"),
        ("term", 2, "0", "no time to come"),
        ("term", 2, "soonish", "no length of time"),
        ("size", 1, "m9.huge", "No flavor m9.huge"),
        ("importance", 3, "11", "whole number from 0 to 10"),
        ("key", 5, "/nowhere/k.pub", "cannot be read"),
    ],
)
async def test_a_bad_field_says_so_beside_it_and_nothing_is_sent(field: str, tabs: int, text: str, says: str) -> None:
    async with running() as driver:
        await driver.press("n", *["tab"] * tabs, "end", *["backspace"] * 4)
        await driver.type(text)
        assert says in hint(driver, field)
        assert hint(driver, field).startswith("! ")
        assert says in footer(driver)
        await driver.press("ctrl+n")
        assert driver.client.sent == []
        assert driver.app.focused is not None
        assert driver.app.focused.id == field


async def test_the_purposes_can_be_listed() -> None:
    async with running() as driver:
        await driver.press("n", "enter")
        assert "office" in driver.screen_text()
        await driver.press("down", "down", "enter")
        assert driver.app.screen.query_one("#purpose").value == "office"  # type: ignore[attr-defined]
        assert "is broken: There is no image" in driver.screen_text()


async def test_the_pools_default_term_follows_the_purpose_until_it_is_changed() -> None:
    async with running() as driver:
        driver.client.change(changed(POOLS[1], default_term=hours(24)))
        await driver.press("n", "right")
        assert driver.app.screen.query_one("#term").value == "1d"  # type: ignore[attr-defined]
        await driver.press("tab", "tab", "end", "backspace", "backspace")
        await driver.type("3h")
        await driver.press("shift+tab", "shift+tab", "left")
        assert driver.app.screen.query_one("#term").value == "3h"  # type: ignore[attr-defined]


@pytest.fixture
def filled_key_file(key_file: Path) -> Path:
    key_file.write_text(f"{KEY}\n")
    return key_file


@pytest.mark.usefixtures("filled_key_file")
async def test_the_key_file_is_offered_where_there_is_one() -> None:
    async with running() as driver:
        await driver.press("n", "ctrl+n")
        await driver.until(lambda: bool(driver.client.sent))
        sent = driver.client.sent[0]
        assert isinstance(sent, RequestServer)
        assert sent.ssh_key == KEY


async def test_esc_and_cancel_close_and_send_nothing() -> None:
    async with running() as driver:
        await driver.press("n", "escape")
        assert isinstance(driver.app.screen, PoolsScreen)
        await driver.press("n", *["tab"] * 6, "enter")
        assert isinstance(driver.app.screen, PoolsScreen)
        assert driver.client.sent == []


async def test_it_starts_with_the_purpose_of_the_pool_under_the_cursor() -> None:
    async with running() as driver:
        await driver.press("j", "n")
        assert "A server of el9-dev at once: 3 ready." in driver.screen_text()


async def test_pools_that_change_change_the_offer() -> None:
    async with running() as driver:
        await driver.press("n")
        driver.client.change(changed(POOLS[0], purposes=("test",)))
        await driver.until(lambda: "--purpose develop" in driver.screen_text())
        assert POOLS[0].surge_since
        assert POOLS[0].surge_since < NOW


async def test_an_engine_that_is_away_answers_in_the_form() -> None:
    async with running() as driver:
        await driver.press("n")
        driver.client.vanish("The engine does not answer.")
        await driver.press("ctrl+n")
        await driver.until(lambda: "The engine does not answer. Try again soon." in driver.screen_text())
