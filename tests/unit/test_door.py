"""The door itself: its name in the file system, and who stands in it when it closes."""

import asyncio
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.fake_door import FakeDoor, in_a_thread
from vmms_tui.cli.background import answers
from vmms_tui.client.remote import RemoteClient
from vmms_tui.engine import server as servers
from vmms_tui.engine.server import Server
from vmms_tui.model.commands import AnyCommand, Renew, Reply
from vmms_tui.model.people import Peer

HEALTH = b"GET /health HTTP/1.1\r\nhost: vmms\r\nconnection: close\r\n\r\n"


async def there(path: Path) -> None:
    """Return when somebody answers at the path."""
    async with asyncio.timeout(10):
        while not answers(path):  # noqa: ASYNC110 another thread makes it
            await asyncio.sleep(0.005)


async def asked(path: Path, knocked: asyncio.Event | None = None) -> bytes:
    """The first line of the answer to a question about health. `knocked` is set once the question is on its way."""
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(HEALTH)
    await writer.drain()
    if knocked:
        knocked.set()
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line


async def test_a_socket_whose_folder_was_removed_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As /run/user/UID is when a user's last session ends, and the engine goes on."""
    monkeypatch.setattr(servers, "LOOK_EVERY", 0.01)
    session = tmp_path / "session"
    path = session / "vmms" / "engine.sock"
    path.parent.mkdir(parents=True)
    with in_a_thread(FakeDoor(), path):
        client = RemoteClient(path)
        shutil.rmtree(session)
        session.mkdir()
        await there(path)
        assert path.stat().st_mode & 0o777 == 0o600
        assert (await client.snapshot()).sequence == 1
        path.unlink()
        await there(path)
        assert (await client.snapshot()).sequence == 1
        await client.close()
    assert not path.exists()


async def test_who_was_let_in_before_the_end_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    server = Server(FakeDoor(), path)
    await server.start()
    reader, writer = await asyncio.open_unix_connection(path)
    while server._uvicorn is not None and not server._uvicorn.server_state.connections:  # noqa: ASYNC110 uvicorn's own
        await asyncio.sleep(0)
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0)
    writer.write(HEALTH)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()
    await writer.wait_closed()
    await stopping


async def test_a_command_under_way_is_answered_before_the_end(tmp_path: Path) -> None:
    class Slow(FakeDoor):
        async def submit(self, command: AnyCommand, peer: Peer) -> Reply:
            begun.set()
            await answer.wait()
            return Reply(text="At last.")

    begun, answer = asyncio.Event(), asyncio.Event()
    server = Server(Slow(), tmp_path / "engine.sock", patience=0)
    await server.start()
    client = RemoteClient(tmp_path / "engine.sock")
    asked = asyncio.create_task(client.send(Renew(lease_id="l-1", term=timedelta(hours=1))))
    await begun.wait()
    hung_up, half = await asyncio.open_unix_connection(tmp_path / "engine.sock")
    half.write(b"POST /command HTTP/1.1\r\nhost: vmms\r\ncontent-length: 9\r\n\r\n")
    await half.drain()
    stopping = asyncio.create_task(server.stop())
    assert await asyncio.wait_for(hung_up.read(), 5) == b"", "who does not go on is not waited for"
    answer.set()
    assert (await asked).text == "At last."
    await asyncio.wait_for(stopping, 5)
    half.close()
    await client.close()


async def test_who_knocks_between_two_engines_waits_for_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    first = Server(FakeDoor(), path)
    await first.start()
    kept = await first.stop(keep=True)
    assert kept is not None
    knocked = asyncio.Event()
    waiting = asyncio.create_task(asked(path, knocked))
    await knocked.wait()
    assert not waiting.done()
    second = Server(FakeDoor(), path, inherited=kept)
    await second.start()
    assert (await waiting).startswith(b"HTTP/1.1 200")
    assert first.instance != second.instance
    await second.stop()
    assert not path.exists()


async def test_a_socket_that_was_kept_for_nobody_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    server = Server(FakeDoor(), path)
    await server.start()
    kept = await server.stop(keep=True)
    assert kept is not None
    assert path.exists()
    server.forget()
    os.close(kept)
    assert not path.exists()
