"""Which keeper runs how often. The only file that knows APScheduler."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.errors import CloudError
from vmms_tui.model.errors import VmmsError
from vmms_tui.model.hiding import without_secrets
from vmms_tui.model.status import LoopStatus

log = logging.getLogger(__name__)

GATHER = 0.03
"""Seconds from a kick to the tick: what many people ask for at the same time is answered first, and looked at once."""
GATHER_MOST = 5
"""So often is that put off while others still ask: whoever asks without end must not keep a loop from its work."""
LATE_AFTER = 30.0
"""Seconds beyond ten of its intervals after which a loop that gave no sign counts as late."""


SEES_TO_IT = 1.0
"""Seconds between two looks whether the scheduler was left behind by the wall clock."""


class _Beat(BaseTrigger):  # type: ignore[misc]  # no type information upstream
    """The next beat is an interval from now, however far the wall clock has jumped since the last.

    APScheduler's own interval counts every beat that was missed, one by one: years of them, when a clock is set right.
    """

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """See BaseTrigger."""
        return now + self._interval


class Loop:
    """A tick that is called again and again, never twice at once, and whose failures are told and survived."""

    def __init__(self, name: str, interval: float, tick: Callable[[], Awaitable[None]], clock: Clock) -> None:
        self.name = name
        self.interval = interval
        self._tick = tick
        self._clock = clock
        self._running = False
        self._again = False
        self._asked = False
        self._error = ""
        self._ended = asyncio.Event()
        """Set while no run is under way."""
        self._ended.set()
        self._last_start: datetime | None = None
        self._last_end: datetime | None = None
        self._sign = clock.monotonic()

    def ask(self) -> bool:
        """Let it tick soon. False: it does so by itself, for a run is under way or about to begin."""
        if self._running or self._asked:
            self._again = True
            return False
        self._asked = True
        return True

    def asked_again(self) -> bool:
        """Whether somebody asked since the last call of this, or since the tick was promised."""
        again, self._again = self._again, False
        return again

    async def run(self) -> None:
        """Tick once; if called while it ticks, tick once more after that."""
        self._asked = False
        self._again = True
        if self._running:
            return
        self._running = True
        self._ended.clear()
        try:
            while self._again:
                self._again = False
                await self._tick_once()
        finally:
            self._running = False
            self._ended.set()

    async def run_through(self) -> None:
        """Tick once, and return when that tick has ended, also where another is under way now."""
        await self.run()
        await self._ended.wait()

    async def _tick_once(self) -> None:
        self._last_start = self._clock.now()
        self._sign = self._clock.monotonic()
        error = ""
        try:
            await self._tick()
        except (CloudError, VmmsError) as told:
            error = str(told)
        except Exception as mistake:  # a mistake in one keeper must not stop the others, nor itself for ever
            log.exception("loop %s", self.name)
            error = without_secrets(f"a mistake in VMMS: {type(mistake).__name__}: {mistake}")
        if error and error != self._error:
            log.warning("loop %s: %s", self.name, error)
        self._error = error
        self._last_end = self._clock.now()
        self._sign = self._clock.monotonic()

    def status(self, *, minded: bool) -> LoopStatus:
        """Its heartbeat. `minded`: a scheduler sees to it; otherwise whoever moves the time lets it tick after that."""
        silent = self._clock.monotonic() - self._sign
        return LoopStatus(
            name=self.name,
            interval=self.interval,
            last_start=self._last_start,
            last_end=self._last_end,
            error=self._error,
            late=minded and silent > LATE_AFTER + 10 * self.interval,
        )


def _is_told(record: logging.LogRecord) -> bool:
    """A loop that is broken off as the engine ends is no error, as APScheduler takes it for."""
    return not (record.exc_info and record.exc_info[0] is asyncio.CancelledError)


logging.getLogger("apscheduler.executors.default").addFilter(_is_told)


class Loops:
    """All loops of an engine on one scheduler, in the event loop that starts it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loops: dict[str, Loop] = {}
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._kicked: set[asyncio.Task[None]] = set()
        self._started = False
        self._minder: asyncio.Task[None] | None = None

    def add(self, name: str, interval: float, tick: Callable[[], Awaitable[None]]) -> None:
        """Let `tick` be called every `interval` seconds."""
        self._loops[name] = Loop(name, interval, tick, self._clock)

    def start(self, head_start: float = 0.0) -> None:
        """Begin; each loop ticks for the first time when `head_start`, in seconds, is over: others go before them."""
        for loop in self._loops.values():
            self._scheduler.add_job(
                self._beat,
                _Beat(loop.interval),
                args=[loop.name],
                id=loop.name,
                coalesce=True,
                misfire_grace_time=None,
            )
        self._scheduler.start()
        self._started = True
        self._minder = asyncio.get_running_loop().create_task(self._mind_the_clock(), name="loops")
        if head_start:
            self._keep(self._first(head_start), "loops")
        else:
            self.kick(*self._loops)

    async def _first(self, head_start: float) -> None:
        await self._clock.sleep(head_start)
        self.kick(*self._loops)

    async def _mind_the_clock(self) -> None:
        """Wake the scheduler when the wall clock was set back: it would sleep until the same time comes again."""
        while True:
            await self._clock.sleep(SEES_TO_IT)
            now = self._clock.now()
            for job in self._scheduler.get_jobs():
                if job.next_run_time - now > timedelta(seconds=self._loops[job.id].interval + SEES_TO_IT):
                    job.modify(next_run_time=now)

    def kick(self, *names: str) -> None:
        """Let these tick in a moment."""
        if not self._started:
            return
        for name in names:
            if self._loops[name].ask():
                self._keep(self._run_soon(name), f"loop {name}")

    def _keep(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Begin a task that ends when the loops do, at the latest."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._kicked.add(task)
        task.add_done_callback(self._kicked.discard)
        return task

    async def run_now(self, name: str) -> None:
        """Let it tick once from now on, and return when it has. Who is cancelled here does not end it."""
        await asyncio.wait({self._keep(self._loops[name].run_through(), f"loop {name}")})

    async def _beat(self, name: str) -> None:
        """A job of the scheduler. The tick is a task of ours: ending one is then no error to the scheduler."""
        self.kick(name)

    async def _run_soon(self, name: str) -> None:
        loop = self._loops[name]
        for _ in range(GATHER_MOST):
            await self._clock.sleep(GATHER)
            if not loop.asked_again():
                break
        await loop.run()

    async def tick_all(self) -> None:
        """Every loop once, in the order in which they were added: how a test on simulated time goes ahead."""
        for loop in self._loops.values():
            await loop.run()

    async def stop(self) -> None:
        """End all of them; a tick that is under way is cancelled."""
        if not self._started:
            return
        self._started = False
        self._scheduler.shutdown(wait=False)
        tasks = {*self._kicked, *([self._minder] if self._minder else [])}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def statuses(self) -> tuple[LoopStatus, ...]:
        """The heartbeats."""
        return tuple(loop.status(minded=self._started) for loop in self._loops.values())
