"""A recording of a whole engine at work: it gives back what the engine knew, and holds no password."""

import asyncio
import gzip
from pathlib import Path

from tests.people import peer
from vmms_tui.client.record import Recorder
from vmms_tui.client.recording import Recording, Writer
from vmms_tui.client.replay import Scene
from vmms_tui.demo.stage import Stage
from vmms_tui.demo.theatre import DemoClient
from vmms_tui.model.commands import RequestServer, ResetPassword
from vmms_tui.model.records import Secret
from vmms_tui.model.tables import type_of


async def test_it_gives_back_what_the_engine_knew_and_no_password(tmp_path: Path) -> None:
    stage = await Stage(tmp_path).open()
    client = DemoClient(stage.engine, peer("operator"))
    with (tmp_path / "recording").open("xb") as file:
        writer = Writer(file, largest=1 << 24)
        recorder, enough = Recorder(client, writer, asyncio.get_running_loop().time), asyncio.Event()
        recording = asyncio.create_task(recorder.run(enough))
        asked = await client.send(RequestServer(purpose="development"))
        await stage.advance(1800, 30.0)
        reset = asyncio.create_task(client.send(ResetPassword(lease_id=asked.lease_id)))
        while not reset.done():
            await stage.advance(5.0)
        known = await client.snapshot()
        last = max(known.sequence, 1)
        async with asyncio.timeout(30):
            while recorder.sequence < last:  # noqa: ASYNC110 viewers are told four times a second
                await asyncio.sleep(0.01)
        enough.set()
        await recording
        writer.close()
    password = reset.result().password
    tokens = [secret.token for secret in stage.all(Secret)]
    await stage.close()

    scene = Scene.at_instant(Recording(tmp_path / "recording"), recorder.seconds).snapshot()
    told = {(type_of(one), one.id): one for one in scene.records}
    assert told == {(type_of(one), one.id): one for one in known.records}
    assert scene.sequence == known.sequence

    text = gzip.decompress((tmp_path / "recording").read_bytes()).decode()
    assert password
    assert password not in text
    assert tokens
    assert not any(token in text for token in tokens)
