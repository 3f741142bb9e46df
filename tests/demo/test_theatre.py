"""The demo in its thread: it goes, holds, goes faster, and ends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.people import peer
from vmms_tui.cli.demo import SCENE_NAMES
from vmms_tui.demo.scenes import BY_NAME, CLOUD_AWAY
from vmms_tui.demo.theatre import Theatre
from vmms_tui.model.commands import RequestServer
from vmms_tui.model.errors import Failed
from vmms_tui.model.records import Lease
from vmms_tui.model.status import EngineStatus, Snapshot, Update


@pytest.fixture
def theatre(tmp_path: Path) -> Iterator[Theatre]:
    made = Theatre(tmp_path)
    made.start()
    yield made
    made.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 another thread makes it true
            await asyncio.sleep(0.01)


async def statuses(theatre: Theatre, number: int) -> AsyncIterator[EngineStatus]:
    async with contextlib.aclosing(theatre.client(peer("operator")).follow()) as stream:
        for _ in range(number):
            yield (await anext(stream)).status


async def test_time_goes_by_holds_and_goes_faster(theatre: Theatre) -> None:
    began = theatre.look().now
    await until(lambda: theatre.look().now > began)
    theatre.hold()
    assert theatre.look().held
    *_, before, held = [status.now async for status in statuses(theatre, 5)]  # a frame that was under way has ended
    assert before == held == theatre.look().now
    theatre.hold()
    for _ in range(20):
        theatre.change_speed(1)
    assert theatre.look().asked == 3600
    await until(lambda: (theatre.look().now - held).total_seconds() > 600)
    assert "one way" in theatre.seek(-600)


async def test_a_viewer_sees_it_and_may_ask_for_a_server(theatre: Theatre) -> None:
    client = theatre.client(peer("operator"))
    assert not client.embedded
    reply = await client.send(RequestServer(purpose="development"))
    assert reply.ok
    times = []
    async for news in client.follow():
        if isinstance(news, Snapshot):
            assert any(isinstance(one, Lease) and one.id == reply.lease_id for one in news.records)
        if isinstance(news, Update):
            times.append(news.status.now)
        if len(times) == 3:
            break
    assert times[0] < times[-1]


async def test_a_scene_brings_its_captions_and_its_speeds(tmp_path: Path) -> None:
    theatre = Theatre(tmp_path, scene=CLOUD_AWAY)
    theatre.start()
    try:
        assert theatre.look().caption.startswith("1/4  All is well.")
        assert theatre.look().asked == CLOUD_AWAY.speed
        for _ in range(20):
            theatre.change_speed(1)
        await until(lambda: theatre.look().caption.startswith("4/4"))
    finally:
        theatre.stop()


def test_what_goes_wrong_is_told_each_time(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    theatre = Theatre(tmp_path)
    for _ in range(2):
        with pytest.raises(Failed):
            theatre.start()
    theatre.stop()


def test_the_command_names_the_scenes_that_there_are() -> None:
    assert list(SCENE_NAMES) == list(BY_NAME)
