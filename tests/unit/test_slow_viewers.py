"""A viewer who does not read, over the real socket: it slows nobody, is held in little memory, and then reads anew."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from tests.unit.fake_door import FakeDoor
from tests.unit.test_viewers import OPERATOR, World, caught_up, event
from tests.unit.test_viewers import quick as quick
from vmms_tui.client.remote import RemoteClient
from vmms_tui.engine.server import Server
from vmms_tui.engine.viewers import MOST_UPDATES
from vmms_tui.model.commands import Renew
from vmms_tui.model.people import Peer
from vmms_tui.model.records import Event
from vmms_tui.model.status import Reading, Snapshot, Update
from vmms_tui.model.tables import Tables
from vmms_tui.model.wire import Reader

LARGE = 4000
"""Bytes of an event here: the kernel has room for some 50."""


class Busy(FakeDoor):
    """A door to a world whose records are large."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    def subscribe(self, peer: Peer) -> AsyncGenerator[Snapshot | Update]:
        stream = self.world.viewers.follow(OPERATOR)
        assert isinstance(stream, AsyncGenerator)
        return stream

    def write(self, *numbers: int) -> None:
        """A commit."""
        self.world.put(*(msgspec.structs.replace(event(number), text="x" * LARGE) for number in numbers))


@pytest.fixture
def door() -> Busy:
    return Busy()


@pytest_asyncio.fixture
async def server(door: Busy, tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(door, tmp_path / "e.sock", patience=0.1)
    await server.start()
    yield server
    await server.stop()


def stuck(path: Path) -> socket.socket:
    """Somebody who asks for the stream, and does not read it."""
    line = socket.socket(socket.AF_UNIX)
    line.setblocking(False)
    line.connect(str(path))
    line.send(b"GET /follow HTTP/1.1\r\nhost: vmms\r\nconnection: close\r\n\r\n")
    return line


def waiting(server: Server) -> int:
    """Bytes that the engine holds for those who do not read."""
    assert server._uvicorn is not None
    return sum(one.transport.get_write_buffer_size() for one in server._uvicorn.server_state.connections)


async def lines_of(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The lines of a chunked answer (RFC 9112, section 7.1)."""
    await reader.readuntil(b"\r\n\r\n")
    text = b""
    while size := int(await reader.readline(), 16):
        text += await reader.readexactly(size)
        await reader.readline()
        *lines, text = text.split(b"\n")
        for line in lines:
            yield line


async def test_who_does_not_read_slows_nobody_and_then_reads_anew(door: Busy, server: Server, tmp_path: Path) -> None:
    path, commits = tmp_path / "e.sock", MOST_UPDATES + 150
    with stuck(path) as sleeper:
        client = RemoteClient(path, patience=5)
        async with aclosing(client.follow()) as stream:
            seen = Tables()
            await caught_up(stream, seen, 0)  # type: ignore[arg-type]
            async with asyncio.timeout(10):
                while door.world.viewers.count() < 2:  # noqa: ASYNC110 the door lets it in
                    await asyncio.sleep(0.001)
            for number in range(commits):
                door.write(3 * number, 3 * number + 1, 3 * number + 2)
                await caught_up(stream, seen, door.world.sequence)  # type: ignore[arg-type]
                assert waiting(server) < 64 * LARGE
            assert (await client.send(Renew(lease_id="l-1", term=timedelta(hours=1)))).ok
        assert seen.records() == door.world.tables.records()
        await client.close()

        reader, writer = await asyncio.open_unix_connection(sock=sleeper)
        wire, anew, known, told = Reader(), 0, Tables(), 0
        async with asyncio.timeout(20), aclosing(lines_of(reader)) as lines:  # type: ignore[type-var]
            async for line in lines:
                news = wire.take(line)
                if isinstance(news, Snapshot):
                    anew, known = anew + 1, Tables(news.records)
                elif isinstance(news, Update):
                    told += 1
                    for change in news.changes:
                        known.apply(change)
                if known.count(Event) == 3 * commits:
                    break
        writer.close()
        assert anew == 2
        assert told < MOST_UPDATES
        assert known.records() == door.world.tables.records()


async def test_a_large_snapshot_is_announced_while_it_comes(door: Busy, server: Server, tmp_path: Path) -> None:
    door.write(*range(3000))
    client = RemoteClient(tmp_path / "e.sock", patience=5)
    readings: list[Reading] = []
    async with aclosing(client.follow()) as stream:
        async for news in stream:
            if isinstance(news, Snapshot):
                assert news.records == door.world.tables.records()
                break
            assert isinstance(news, Reading)
            readings.append(news)
            if news.had == 0:
                assert waiting(server) < 512 * LARGE, "most of it has not left yet"
    await client.close()
    assert [reading.had for reading in readings] == list(range(0, 3000, 250))
