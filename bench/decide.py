"""One full decision pass over 10,000 servers: leases, queue and pools, with 100,000 records in the store.

CPU time, not wall time. The second pass has 100 requests in the queue that no server can answer.
"""

import asyncio
import time
from statistics import median

from bench import world
from bench.figures import Figure, disk
from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.engine import Engine
from vmms_tui.model.commands import RequestServer
from vmms_tui.model.records import Pool, changed

RECORDS = 100_000
WAITING = 100


def measure() -> list[Figure]:
    """See the module."""
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    with disk() as folder:
        clock = SimulatedClock()
        engine = world.engine(folder, clock, world.Size(RECORDS))
        await engine.prepare()
        await engine.tick()
        clock.advance(5)
        await engine.tick()
        at_rest = await _pass(engine)
        slow = await _housekeeping(engine)
        await _queue_up(engine)
        waiting = await _pass(engine)
        await engine.stop()
    return [
        Figure(what="leases, queue and pools, at rest", value=at_rest * 1000, unit="ms of CPU", target=100),
        Figure(what=f"the same with {WAITING} requests waiting", value=waiting * 1000, unit="ms of CPU", target=100),
        Figure(what="housekeeping, once a minute", value=slow * 1000, unit="ms of CPU", target=100),
    ]


async def _pass(engine: Engine, times: int = 7) -> float:
    costs = []
    for _ in range(times):
        before = time.process_time()
        await engine.leases.tick()
        await engine.queue.tick()
        await engine.pools.tick()
        await engine.runner.tick()
        costs.append(time.process_time() - before)
    return median(costs)


async def _housekeeping(engine: Engine) -> float:
    before = time.process_time()
    await engine.housekeeper.tick()
    return time.process_time() - before


async def _queue_up(engine: Engine) -> None:
    """Fill a pool to its limit by pausing it, take its last server, and let others wait."""
    state = engine.context.state
    pool = state.need(Pool, "pool-0")
    until = engine.context.clock.now().replace(year=2100)
    await engine.context.ledger.commit(changed(pool, paused="held for the measurement", paused_until=until))
    reply = await engine.submit(RequestServer(purpose="purpose-0"), world.peer("owner"))
    while reply.code == "ok":
        reply = await engine.submit(RequestServer(purpose="purpose-0"), world.peer("owner"))
    for number in range(WAITING - 1):
        reply = await engine.submit(RequestServer(purpose="purpose-0"), world.peer(f"owner{number}"))
    if reply.code != "queued":
        raise RuntimeError(f"nobody waits: {reply.text}")
