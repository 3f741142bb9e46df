"""A live move that does not end by itself: Ops says the way out, and Preflight for how long the server stands still."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from vmms_tui.keys import Place
from vmms_tui.model import commands as c
from vmms_tui.model.migration import Copying, Moving, Point
from vmms_tui.model.records import Operation, changed
from vmms_tui.screens.preflight import Preflight

from .cloudland import NOW
from .driver import running
from .test_moving import MOVE, client

GIB = 2**30


def endless(**more: object) -> Operation:
    """All of it was sent twice, and a second's worth is left."""
    points = tuple(Point(NOW - timedelta(seconds=10 - n), 4 * GIB + n * GIB // 2, GIB) for n in (0, 5, 10))
    copying = Copying(at=NOW, memory_total=2 * GIB, memory_left=GIB, sent=points[-1].sent, points=points)
    there = Moving(source="cmp1", was="leased", power="ACTIVE", destination="cmp2", move_id=7, copying=copying)
    return changed(MOVE, step="follow", moving=replace(there, **more))


async def test_it_says_the_way_out_and_goes_it() -> None:
    scripted = client(endless(), state="moving")
    async with running(scripted, size=(120, 40), start=Place.OPS) as driver:
        driver.narrow(MOVE.id)
        await driver.until(lambda: "does not end by itself" in driver.strip)
        await driver.press("F")
        assert isinstance(driver.app.screen, Preflight)
        text = driver.screen_text()
        assert f"hold {MOVE.server_id} until the rest of it is copied, for about 2.0 s" in text
        assert "it is on its way, and copies" in text
        await driver.go_on()
        await driver.until(lambda: scripted.sent == [c.ForceOperation(operation_id=MOVE.id)])


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (endless(forced_by="max"), "is being forced already, by max"),
        (endless(ending="aborted by max"), "is being taken back"),
        (changed(endless(), step="verify"), "is over but for a last look"),
        (changed(endless(), args={"cold": "yes"}), "is no live move"),
    ],
)
async def test_why_it_cannot_be_forced(work: Operation, words: str) -> None:
    scripted = client(work, state="moving")
    async with running(scripted, size=(120, 40), start=Place.OPS) as driver:
        driver.narrow(MOVE.id)
        await driver.until(lambda: MOVE.id in driver.screen_text())
        await driver.settled()
        await driver.press("F")
        await driver.settled()
        assert not isinstance(driver.app.screen, Preflight)
        assert words in driver.screen_text()
        assert not scripted.sent
