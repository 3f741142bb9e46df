"""Viewers over the socket: what a commit costs with 1 and with 50 of them, of which 10 never read, 100,000 records.

The cost is all CPU time of the engine's thread while it commits and tells, for each commit; the longest block is how
long, in CPU time, its loop let somebody wait who wanted a turn. The viewers run in another process.
"""

import asyncio
import resource
import sys
import time
from pathlib import Path

import msgspec

from bench import world
from bench.figures import Figure, disk, percentile, until
from bench.watchers import MARK
from vmms_tui.engine.clock import RealClock
from vmms_tui.engine.engine import Engine
from vmms_tui.engine.server import Server
from vmms_tui.model.records import changed

RECORDS = 100_000
FEW, MANY, STUCK = 1, 50, 10
COMMITS = 400
GAP = 0.01
"""Seconds between two commits."""
MARKS = 20


class Cost(msgspec.Struct, frozen=True):
    """What was measured with so many viewers."""

    arriving: float
    """Longest block, in seconds, while they came."""
    cpu: float
    """CPU seconds of the engine's thread for a commit."""
    latency: float
    """Seconds of a commit, 99th percentile."""
    block: float
    """Longest block in seconds while there were commits."""
    seen: float
    """Seconds from a commit until another viewer has it, at most."""
    memory: float
    """MB that the process grew by since there were no viewers."""


def measure() -> list[Figure]:
    """See the module."""
    few, many = asyncio.run(_measure(FEW, 0)), asyncio.run(_measure(MANY, STUCK))
    said = f"{MANY} viewers, {STUCK} of them never read"
    return [
        Figure(what=f"a commit with {FEW} viewer, CPU", value=few.cpu * 1000, unit="ms"),
        Figure(what=f"a commit with {said}, CPU", value=many.cpu * 1000, unit="ms"),
        Figure(what="many against few", value=many.cpu / few.cpu, unit="times", target=2),
        Figure(what="its p99, from the call until it is durable", value=many.latency * 1000, unit="ms", target=50),
        Figure(what="longest block while there are changes", value=many.block * 1000, unit="ms", target=50),
        Figure(what="longest block while the viewers arrive", value=many.arriving * 1000, unit="ms", target=50),
        Figure(what="a change is seen by another viewer after, at most", value=many.seen, unit="s", target=1),
        Figure(what="memory for them", value=many.memory, unit="MB", target=100),
    ]


async def _measure(viewers: int, stuck: int) -> Cost:
    with disk() as folder:
        engine = world.engine(folder, RealClock(), world.Size(RECORDS))
        server = Server(engine, folder / "engine.sock")
        await engine.start()
        await server.start()
        try:
            await until(lambda: engine.status().cloud.ok and not engine.runner.busy(), "the cloud's first listing")
            return await _with_viewers(engine, folder / "engine.sock", viewers, stuck)
        finally:
            await server.stop()
            await engine.stop()


async def _with_viewers(engine: Engine, path: Path, viewers: int, stuck: int) -> Cost:
    before = _memory()
    blocks = _Blocks()
    watchers = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.watchers", str(path), str(viewers - stuck - 1), str(stuck),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await _line(watchers)
        await asyncio.sleep(3)
        arriving = blocks.take()
        costs = []
        cpu = time.thread_time()
        for number in range(COMMITS):
            costs.append(await _renew(engine, number))
            await asyncio.sleep(GAP)
        cpu = (time.thread_time() - cpu) / COMMITS
        block = blocks.take()
        seen = [await _mark(engine, watchers, f"mark-{number}") for number in range(MARKS)]
        return Cost(arriving, cpu, percentile(costs, 0.99), block, max(seen), max(0.0, _memory() - before))
    finally:
        blocks.stop()
        watchers.kill()
        await watchers.wait()


async def _renew(engine: Engine, number: int) -> float:
    context = engine.context
    live = context.state.live_leases()
    lease = live[number % len(live)]
    renewed = changed(lease, renewals=lease.renewals + 1)
    said = context.ledger.event("lease.renewed", f"{lease.id} was renewed", about=lease)
    before = time.perf_counter()
    await context.ledger.commit(renewed, said)
    return time.perf_counter() - before


async def _mark(engine: Engine, watchers: asyncio.subprocess.Process, text: str) -> float:
    before = time.monotonic()
    await engine.context.ledger.commit(engine.context.ledger.event(MARK, text))
    told, at = await _line(watchers)
    if told != text:
        raise RuntimeError(f"{told} was seen instead of {text}")
    await asyncio.sleep(0.07)  # so that marks fall anywhere between two updates
    return at - before


async def _line(watchers: asyncio.subprocess.Process) -> tuple[str, float]:
    if watchers.stdout is None:
        raise RuntimeError("the viewers say nothing")
    word, at = (await asyncio.wait_for(watchers.stdout.readline(), 120)).split()
    return word.decode(), float(at)


def _memory() -> float:
    """MB that the process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


class _Blocks:
    """Asks for a turn every two milliseconds and notes for how long others had it: in CPU time, whatever else runs."""

    INTERVAL = 0.002

    def __init__(self) -> None:
        self._longest = 0.0
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(self.INTERVAL)
            self._longest = max(self._longest, time.thread_time() - before)

    def take(self) -> float:
        """The longest since the last call."""
        longest, self._longest = self._longest, 0.0
        return longest

    def stop(self) -> None:
        """Look no more."""
        self._task.cancel()
