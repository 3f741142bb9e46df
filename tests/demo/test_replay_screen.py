"""The whole screen on a recording: the same lists as then, at the instant that one goes to. Nothing can be changed."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.screens.cloudland import NOW, STATUS, WORLD, server
from tests.screens.driver import Driver
from vmms_tui.client.recording import Recording, Writer
from vmms_tui.client.replay import NO_CHANGES, Replay
from vmms_tui.demo.app import PlayedApp
from vmms_tui.keys import Place
from vmms_tui.model.commands import Release
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import Server, ServerState, changed
from vmms_tui.model.status import EngineStatus, Snapshot, Update
from vmms_tui.model.tables import Put
from vmms_tui.screens.help import HelpPage

HOUR = 3600.0


class Hands:
    """Real time in a test's hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def status(seconds: float) -> EngineStatus:
    return changed(STATUS, now=NOW + timedelta(seconds=seconds))


def recorded(path: Path) -> Recording:
    """An hour: after each five minutes one more server is built."""
    with path.open("xb") as file:
        writer = Writer(file, largest=1 << 24, member_every=900.0)
        you = Caller(name="ada", roles=(Role.OPERATOR,))
        writer.take(0.0, Snapshot(sequence=0, records=WORLD, status=status(0), you=you))
        for number in range(1, 13):
            at = number * 300.0
            more = Put(server(500 + number, "el9-ci", ServerState.BUILDING))
            writer.take(at, Update(sequence=number, changes=(more,), status=status(at)))
        writer.close()
    return Recording(path)


@asynccontextmanager
async def replaying(path: Path, **begin: Any) -> AsyncIterator[tuple[Driver, Hands]]:
    hands = Hands()
    player = Replay(recorded(path), real=hands, **begin)
    app = PlayedApp(player, player, start=Place.POOLS, between_keys=0.0)
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, player, pilot)  # type: ignore[arg-type]
        await driver.until(lambda: app.mirror.number > 0)
        await driver.settled()
        yield driver, hands
    await player.close()


def built(driver: Driver) -> int:
    """How many of the servers that were built in that hour the screen knows."""
    return sum(one.id > "vm-00500" for one in driver.app.mirror.tables.all(Server))


async def test_it_goes_on_at_its_speed_and_says_which_time_it_shows(tmp_path: Path) -> None:
    async with replaying(tmp_path / "file", speed=10.0) as (driver, hands):
        assert "REPLAY  2026-03-02 12:00:00 x10" in driver.line("header")
        hands.now += 61
        await driver.until(lambda: built(driver) == 2)
        await driver.until(lambda: "2026-03-02 12:10:10 x10" in driver.line("header"))
        await driver.press(">")
        hands.now += 10  # at x30
        await driver.until(lambda: built(driver) == 3)
        await driver.press(".")
        hands.now += HOUR
        await driver.until(lambda: "HELD" in driver.line("header"))
        assert built(driver) == 3


async def test_it_goes_back_and_on_by_ten_minutes_and_ends_at_its_end(tmp_path: Path) -> None:
    async with replaying(tmp_path / "file", at=1900.0) as (driver, hands):
        assert built(driver) == 6
        await driver.press("{")
        await driver.until(lambda: built(driver) == 4)
        await driver.press("{", "{", "{")
        await driver.until(lambda: built(driver) == 0)
        assert "12:00:00" in driver.line("header")
        await driver.press(*"}}}}}}}}")
        await driver.until(lambda: built(driver) == 12)
        await driver.until(lambda: "12:60" not in driver.line("header") and "END" in driver.line("header"))
        hands.now += HOUR
        await driver.press("{")
        await driver.until(lambda: built(driver) == 10)


async def test_ages_are_those_of_then(tmp_path: Path) -> None:
    async with replaying(tmp_path / "file", at=299.0) as (driver, hands):
        assert driver.app.mirror.now == NOW + timedelta(seconds=299)
        hands.now += 30  # beyond the update at 300
        await driver.until(lambda: driver.app.mirror.now == NOW + timedelta(seconds=329))


async def test_nothing_in_it_can_be_changed(tmp_path: Path) -> None:
    async with replaying(tmp_path / "file") as (driver, _):
        assert "READ-ONLY" in driver.line("header")
        await driver.press("3", "D")
        await driver.until(lambda: "this is read-only." in driver.screen_text())
        assert not driver.app.screen.is_modal
        reply = await driver.app.send(Release(lease_id="lease-00012"))
        assert (reply.code, reply.text) == ("refused", NO_CHANGES)


async def test_the_help_has_the_keys_of_a_recording(tmp_path: Path) -> None:
    async with replaying(tmp_path / "file") as (driver, _):
        await driver.until(lambda: "{ }:10 min" in driver.screen_text())
        await driver.press("?", "/", *"min back")
        await driver.until(lambda: "10 min back" in driver.screen_text())


async def test_a_long_help_is_read_by_pages(tmp_path: Path) -> None:
    async with replaying(tmp_path / "file") as (driver, _):
        await driver.press("?")
        page = driver.app.screen
        assert isinstance(page, HelpPage)
        assert not page.at_end
        first = driver.screen_text()
        await driver.press("pagedown")
        await driver.until(lambda: driver.screen_text() != first)
        await driver.press("end")
        await driver.until(lambda: page.at_end)
        await driver.press("home")
        await driver.until(lambda: driver.screen_text() == first)


async def test_bytes_are_counted_in_real_seconds(tmp_path: Path) -> None:
    async with replaying(tmp_path / "file", speed=10.0) as (driver, _):
        assert driver.app.wire.monotonic is time.monotonic
        await driver.press("i")
        await driver.until(lambda: "in this program" in driver.screen_text())
