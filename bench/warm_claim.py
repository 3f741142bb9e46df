"""From a request to an acknowledged lease: 600 requests at the same instant, with 100,000 records in the store.

The engine runs as ever: its loops on the real clock, its store on disk with a sync before each acknowledgement, ten
thousand servers on the simulated cloud. Before that, some ask one after another. Each round has a new engine.
"""

import asyncio
import time
from statistics import median

from bench import world
from bench.figures import Figure, disk, percentile, until
from vmms_tui.engine.clock import RealClock
from vmms_tui.engine.engine import Engine
from vmms_tui.model.commands import RequestServer
from vmms_tui.model.people import Peer

RECORDS = 100_000
AT_ONCE = 600
IN_TURN = 100
ROUNDS = 7


def measure() -> list[Figure]:
    """See the module."""
    rounds = [asyncio.run(_measure()) for _ in range(ROUNDS)]
    in_turn = [seconds for one, _ in rounds for seconds in one]
    at_once = [percentile(all_of_them, 0.99) * 1000 for _, all_of_them in rounds]
    typical = [percentile(all_of_them, 0.5) * 1000 for _, all_of_them in rounds]
    return [
        Figure(what=f"one after another, {RECORDS:,} records: p50", value=percentile(in_turn, 0.5) * 1000, unit="ms"),
        Figure(what="one after another: p99", value=percentile(in_turn, 0.99) * 1000, unit="ms", target=50),
        Figure(what=f"{AT_ONCE} at once: p50, median of {ROUNDS} rounds", value=median(typical), unit="ms"),
        Figure(what=f"{AT_ONCE} at once: p99, median of {ROUNDS} rounds", value=median(at_once), unit="ms", target=50),
        Figure(what="the quickest round's", value=min(at_once), unit="ms"),
        Figure(what="the slowest round's", value=max(at_once), unit="ms"),
    ]


async def _measure() -> tuple[list[float], list[float]]:
    """Seconds of each request of the two kinds, with a new engine."""
    with disk() as folder:
        engine = world.engine(folder, RealClock(), world.Size(RECORDS))
        await engine.start()
        try:
            await until(lambda: engine.status().cloud.ok and not engine.runner.busy(), "the cloud's first listing")
            await asyncio.sleep(3)
            in_turn = [await _ask(engine, one, time.perf_counter()) for one in _wishes(IN_TURN)]
            await until(lambda: not engine.runner.busy(), "the hand-overs")
            wishes = _wishes(AT_ONCE)
            now = time.perf_counter()
            at_once = await asyncio.gather(*(_ask(engine, one, now) for one in wishes))
        finally:
            await engine.stop()
    return in_turn, at_once


def _wishes(number: int) -> list[tuple[RequestServer, Peer]]:
    """What so many people ask for."""
    return [(RequestServer(purpose=f"purpose-{n % world.POOLS}"), world.peer(f"owner{n}")) for n in range(number)]


async def _ask(engine: Engine, wish: tuple[RequestServer, Peer], since: float) -> float:
    """Seconds from `since` to the reply, which must be a lease."""
    reply = await engine.submit(*wish)
    if not reply.lease_id:
        raise RuntimeError(f"no lease: {reply.text}")
    return time.perf_counter() - since
