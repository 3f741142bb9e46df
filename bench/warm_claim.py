"""From a request to an acknowledged lease: 600 requests at the same instant, with 100,000 records in the store.

The engine runs as ever: its loops on the real clock, its store on disk with a sync before each acknowledgement, ten
thousand servers on the simulated cloud. A second round asks one after another.
"""

import asyncio
import time

from bench import world
from bench.figures import Figure, disk, percentile, until
from vmms_tui.engine.clock import RealClock
from vmms_tui.engine.engine import Engine
from vmms_tui.model.commands import RequestServer

RECORDS = 100_000
AT_ONCE = 600
IN_TURN = 100


def measure() -> list[Figure]:
    """See the module."""
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    with disk() as folder:
        engine = world.engine(folder, RealClock(), world.Size(RECORDS))
        await engine.start()
        try:
            await until(lambda: engine.status().cloud.ok and not engine.runner.busy(), "the cloud's first listing")
            await asyncio.sleep(3)
            in_turn = [await _ask(engine, number, time.perf_counter()) for number in range(IN_TURN)]
            await until(lambda: not engine.runner.busy(), "the hand-overs")
            now = time.perf_counter()
            at_once = await asyncio.gather(*(_ask(engine, number, now) for number in range(AT_ONCE)))
        finally:
            await engine.stop()
    return [
        Figure(what=f"one after another, {RECORDS:,} records: p50", value=percentile(in_turn, 0.5) * 1000, unit="ms"),
        Figure(what="one after another: p99", value=percentile(in_turn, 0.99) * 1000, unit="ms", target=50),
        Figure(what=f"{AT_ONCE} at once: p50", value=percentile(at_once, 0.5) * 1000, unit="ms"),
        Figure(what=f"{AT_ONCE} at once: p99", value=percentile(at_once, 0.99) * 1000, unit="ms", target=50),
    ]


async def _ask(engine: Engine, number: int, since: float) -> float:
    """Seconds from `since` to the reply, which must be a lease."""
    reply = await engine.submit(RequestServer(purpose=f"purpose-{number % world.POOLS}"), world.peer(f"owner{number}"))
    if not reply.lease_id:
        raise RuntimeError(f"no lease: {reply.text}")
    return time.perf_counter() - since
