"""Calls to the cloud's API while nothing happens, with 1,000 servers: twenty minutes of simulated time.

The number does not depend on how many look: viewers are shown what the engine has read once.
"""

import asyncio
from contextlib import AsyncExitStack, aclosing

from bench import world
from bench.figures import Figure, disk
from vmms_tui.engine.clock import SimulatedClock

RECORDS = 10_000
SETTLE = 120
MINUTES = 20
VIEWERS = 20


def measure() -> list[Figure]:
    """See the module."""
    alone, most = asyncio.run(_measure(0))
    watched, _ = asyncio.run(_measure(VIEWERS))
    servers = world.Size(RECORDS).servers
    return [
        Figure(what=f"{servers:,} servers, calls a minute, mean of {MINUTES}", value=alone, unit="calls", target=10),
        Figure(what="the busiest of these minutes", value=most, unit="calls"),
        Figure(what=f"mean with {VIEWERS} viewers", value=watched, unit="calls", target=10),
    ]


async def _measure(viewers: int) -> tuple[float, int]:
    """Calls a minute, and most in one of the minutes."""
    with disk() as folder:
        clock = SimulatedClock()
        engine = world.engine(folder, clock, world.Size(RECORDS))
        await engine.prepare()
        counts = []
        async with AsyncExitStack() as stack:
            for _ in range(viewers):
                stream = await stack.enter_async_context(aclosing(engine.subscribe(world.peer("operator"))))  # type: ignore[type-var]
                await anext(stream)
            for second in range(SETTLE + MINUTES * 60 + 1):
                await engine.tick()
                if second > SETTLE and (second - SETTLE) % 60 == 0:
                    counts.append(engine.context.account.calls_last_minute())
                clock.advance(1)
        await engine.stop()
    return sum(counts) / len(counts), max(counts)
