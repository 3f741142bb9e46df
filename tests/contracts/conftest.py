"""One suite for every cloud: `stage` is the simulated one always, and the real one with `-m lab`."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.port import Cloud

from .lab import lab_stage
from .simulated import simulated_stage
from .stage import Belongings, Stage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these tests share one event loop, because they share accounts and servers."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(
    scope="session", loop_scope="session", params=["simulated", pytest.param("openstack", marks=pytest.mark.lab)]
)
async def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    kind = request.param
    made = simulated_stage() if kind == "simulated" else lab_stage(tmp_path_factory.mktemp("clouds"))
    async with made as ready:
        yield ready


@pytest.fixture
def cloud(stage: Stage) -> Cloud:
    return stage.cloud


@pytest_asyncio.fixture(loop_scope="session")
async def mine(stage: Stage) -> AsyncIterator[Belongings]:
    """What a test makes through this goes with the test."""
    belongings = Belongings(stage)
    try:
        yield belongings
    finally:
        await belongings.clear()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared(stage: Stage) -> AsyncIterator[CloudServer]:
    """A server that is ACTIVE, for tests that leave it so."""
    belongings = Belongings(stage)
    try:
        yield await belongings.active_server(await belongings.port(), metadata={"kept": "yes"})
    finally:
        await belongings.clear()
