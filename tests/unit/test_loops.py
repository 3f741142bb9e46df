"""Loops on the real scheduler: they tick on, wherever the wall clock is set."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from vmms_tui.engine import loops as module
from vmms_tui.engine.clock import RealClock, SimulatedClock
from vmms_tui.engine.loops import Loops

PATIENCE = 20.0


class Wall:
    """A wall clock for the scheduler and for ours that can be set."""

    def __init__(self) -> None:
        self.set_by = timedelta(0)

    def now(self, zone: tzinfo | None = None) -> datetime:
        return datetime.fromtimestamp(time.clock_gettime(time.CLOCK_REALTIME), zone) + self.set_by


class SetClock(RealClock):
    def __init__(self, wall: Wall) -> None:
        super().__init__()
        self._wall = wall

    def now(self) -> datetime:
        return super().now() + self._wall.set_by


class Ticks:
    """Counts, and lets a test wait for the next ones."""

    def __init__(self) -> None:
        self.count = 0
        self._news = asyncio.Condition()

    async def tick(self) -> None:
        async with self._news:
            self.count += 1
            self._news.notify_all()

    async def more(self, number: int) -> None:
        aim = self.count + number
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: self.count >= aim)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return made.now(tz)

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Shifted)
    monkeypatch.setattr(module, "SEES_TO_IT", 0.05)
    return made


@pytest.fixture
async def ticks(wall: Wall) -> AsyncIterator[Ticks]:
    counted = Ticks()
    loops = Loops(SetClock(wall))
    loops.add("one", 0.05, counted.tick)
    loops.start()
    await counted.more(3)
    yield counted
    await loops.stop()


@pytest.mark.parametrize("by", [timedelta(days=-2), timedelta(days=365 * 30), timedelta(seconds=-30)])
async def test_loops_tick_on_when_the_wall_clock_is_set(ticks: Ticks, wall: Wall, by: timedelta) -> None:
    wall.set_by = by
    await ticks.more(5)
    wall.set_by = timedelta(0)
    await ticks.more(5)


class Sleeps(RealClock):
    """Counts the sleeps before ticks, each of which ends at once; `during` is called in each."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.during: Callable[[], None] = lambda: None

    async def sleep(self, seconds: float) -> None:
        if seconds != module.GATHER:
            return await super().sleep(seconds)
        self.count += 1
        self.during()
        return await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("asks", "sleeps"), [pytest.param(0, 1, id="once"), (2, 3), pytest.param(100, module.GATHER_MOST, id="without end")]
)
async def test_who_asks_together_is_answered_before_the_tick_but_nobody_puts_it_off_for_ever(
    asks: int, sleeps: int
) -> None:
    clock, counted = Sleeps(), Ticks()
    loops = Loops(clock)
    loops.add("one", 3600, counted.tick)
    loops.start()
    await counted.more(1)
    clock.count = 0

    def ask_again() -> None:
        if clock.count <= asks:
            loops.kick("one")

    clock.during = ask_again
    loops.kick("one")
    await counted.more(1)
    await loops.stop()
    assert clock.count == sleeps


async def test_nothing_is_late_where_the_time_is_moved_by_hand() -> None:
    clock = SimulatedClock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    loops, ticks = Loops(clock), Ticks()
    seen: list[bool] = []

    async def look() -> None:
        seen.extend(one.late for one in loops.statuses())

    loops.add("first", 1.0, look)
    loops.add("second", 1.0, ticks.tick)
    for _ in range(3):
        clock.advance(3600)
        await loops.tick_all()
    assert seen == [False] * 6


async def test_a_loop_that_gives_no_sign_is_late() -> None:
    clock = SimulatedClock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    loops = Loops(clock)

    async def hold() -> None:
        await asyncio.Event().wait()

    loops.add("held", 1.0, hold)
    loops.start()
    try:
        assert not loops.statuses()[0].late
        clock.advance(41)
        assert loops.statuses()[0].late
    finally:
        await loops.stop()


class HeadStart(RealClock):
    """Sleeps for ten seconds, the head start, end when the test wants it."""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        await (self.over.wait() if seconds == 10 else super().sleep(seconds))


async def test_others_have_a_start_before_the_first_look() -> None:
    clock, counted = HeadStart(), Ticks()
    loops = Loops(clock)
    loops.add("one", 3600, counted.tick)
    loops.start(10)
    await clock.sleep(2 * module.GATHER)
    assert counted.count == 0
    clock.over.set()
    await counted.more(1)
    await loops.stop()
