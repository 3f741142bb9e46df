"""A world whose engine knows the compute hosts, and what must be so when a test with it is over."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tests.engine.world import World, pool
from vmms_tui.model.spec import Policy

SEEN_DEAD = 65
"""Seconds until the list of hosts tells of a death."""


async def with_hosts(
    folder: Path, ready: int, limit: int = 0, *, policy: Policy | None = None, seconds: float = SEEN_DEAD
) -> World:
    """A pool of so many on four hosts, after so long; `limit` 0: nothing is built while a test looks."""
    made = World(folder, pool(available=ready, limit=limit or ready), policy=policy or Policy())
    made.account.world.set_admin()
    await made.start()
    await made.pass_time(seconds)
    return made


@contextlib.asynccontextmanager
async def nobody_twice(world: World) -> AsyncIterator[World]:
    """Stops it in the end: no server ever ran on two hosts at once."""
    yield world
    await world.stop()
    assert not world.account.world.contents.twice, "a server ran on two hosts at once"
