"""Time, as a thing that is handed in: real for users, simulated for tests and demonstrations."""

import asyncio
import heapq
import itertools
import math
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time for people and leases, monotonic seconds for time-outs, and waiting."""

    def now(self) -> datetime:
        """Wall time, UTC, whole seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, from an arbitrary start."""
        ...

    def boottime(self) -> float:
        """Seconds that never go back and that go on while the machine sleeps, from an arbitrary start.

        Whoever sets the wall clock does not move them, so what `now` and they say apart is a jump of the wall clock.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long on this clock."""
        ...


class RealClock:
    """The machine's clock, moved ahead by `offset` where a test wants tomorrow."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._second = datetime.min.replace(tzinfo=UTC)
        self._until = 0.0

    def now(self) -> datetime:
        """See Clock. One object for all that happens in a second, so that records share it."""
        seconds = time.time() + self._offset  # noqa: TID251 the one place
        if not self._until - 1 <= seconds < self._until:
            whole = math.floor(seconds)
            self._second, self._until = datetime.fromtimestamp(whole, UTC), whole + 1.0
        return self._second

    def monotonic(self) -> float:
        """See Clock."""
        return time.monotonic() + self._offset

    def boottime(self) -> float:
        """See Clock. NTP slews this clock and the wall clock alike: only steps tell them apart (clock_gettime(2))."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) + self._offset

    async def sleep(self, seconds: float) -> None:
        """See Clock."""
        await asyncio.sleep(seconds)

    def move(self, ahead: timedelta) -> None:
        """Let the time be `ahead` of what it was; never back."""
        if ahead < timedelta(0):
            raise ValueError("a clock is never moved back")
        self._offset += ahead.total_seconds()


class SimulatedClock:
    """Time that moves only when `advance` is called. One event loop only."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._now = start.replace(microsecond=0)
        self._elapsed = 0.0
        self._jumped = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """See Clock."""
        return self._now

    def monotonic(self) -> float:
        """See Clock."""
        return self._elapsed

    def boottime(self) -> float:
        """See Clock."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """See Clock."""
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), wake))
        await wake

    def advance(self, seconds: float) -> None:
        """Move time ahead and wake, in order, whoever slept until then."""
        if seconds < 0:
            raise ValueError("a clock is never moved back")
        self._elapsed += seconds
        self._set()
        while self._sleepers and self._sleepers[0][0] <= self._elapsed:
            _, _, wake = heapq.heappop(self._sleepers)
            if not wake.done():
                wake.set_result(None)

    def jump(self, seconds: float) -> None:
        """Set the wall clock ahead, or back, as an operator or NTP does. No time goes by."""
        self._jumped += seconds
        self._set()

    def _set(self) -> None:
        self._now = (self._start + timedelta(seconds=self._elapsed + self._jumped)).replace(microsecond=0)
