"""`python -m bench.watchers SOCKET READERS STUCK`: viewers of an engine, in a process of their own.

Readers read and throw away; the stuck ask for the stream and never read. One more viewer reads as the screen does, and
writes a line for each event of kind `bench.mark`: its text, and when it was seen (CLOCK_MONOTONIC, as the engine's).
"""

import asyncio
import socket
import sys
import time
from pathlib import Path

from vmms_tui.client.remote import RemoteClient
from vmms_tui.model.records import Event
from vmms_tui.model.status import Reading, Snapshot, Update
from vmms_tui.model.tables import Put

ASK = b"GET /follow HTTP/1.1\r\nhost: vmms\r\n\r\n"
MARK = "bench.mark"


async def main(path: str, readers: int, stuck: int) -> None:
    """Run until the engine ends the streams."""
    held = [_ask_and_never_read(path) for _ in range(stuck)]
    async with asyncio.TaskGroup() as group:
        group.create_task(_watch(Path(path)))
        for _ in range(readers):
            group.create_task(_read(path))
    for connection in held:
        connection.close()


def _ask_and_never_read(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    connection.sendall(ASK)
    return connection


async def _read(path: str) -> None:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(ASK)
    while await reader.read(1 << 20):
        pass
    writer.close()


async def _watch(path: Path) -> None:
    client = RemoteClient(path, silence=120)
    async for news in client.follow():
        if not isinstance(news, Reading):
            _tell(news, time.monotonic())
    await client.close()


def _tell(news: Snapshot | Update, now: float) -> None:
    if isinstance(news, Snapshot):
        print("ready", now, flush=True)
        return
    for change in news.changes:
        if isinstance(change, Put) and isinstance(change.record, Event) and change.record.kind == MARK:
            print(change.record.text, now, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
