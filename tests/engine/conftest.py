"""A world with one pool of four."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.world import POOL, World
from vmms_tui.engine.keepers import housekeeping


@pytest.fixture(autouse=True)
def unswept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody gives memory back at each turn: engines do so each minute, and a turn would cost half as much again."""
    monkeypatch.setattr(housekeeping, "sweep", lambda: None)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Running, and empty."""
    made = await World(tmp_path, POOL).start()
    yield made
    await made.stop()


@pytest.fixture
async def filled(world: World) -> World:
    """Running, with a full pool."""
    await world.pass_time(30)
    return world
