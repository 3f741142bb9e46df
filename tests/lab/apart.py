"""A network of an engine's own, which can be cut: the engine runs in a network namespace that is nobody else's.

What it may reach, it reaches at the same addresses as everybody, through listeners in that namespace that pass on what
they get. `cut` takes the namespace's only interface down; nothing outside notices.
"""

import asyncio
import contextlib
import ctypes
import os
import socket
import subprocess
import threading
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
Door = tuple[str, int]


class Apart:
    """The namespace. Use `apart`."""

    def __init__(self, doors: Iterable[Door]) -> None:
        self.name = f"vmms-apart-{uuid.uuid4().hex[:6]}"
        self.prefix = ("ip", "netns", "exec", self.name)
        """Before the words of a command that runs in it."""
        self._doors = tuple(doors)
        self._servers: list[asyncio.Server] = []
        self._calls: set[asyncio.Task[None]] = set()

    async def make(self) -> None:
        """Make it, with its listeners."""
        _ip("netns", "add", self.name)
        self.mend()
        for address in dict.fromkeys(address for address, _ in self._doors):
            self.show(address)
        for door, listener in zip(self._doors, self._listeners(), strict=True):
            self._servers.append(await asyncio.start_server(self._taker(door), sock=listener))

    async def remove(self) -> None:
        """End it."""
        for server in self._servers:
            server.close()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        _ip("netns", "delete", self.name)

    def cut(self) -> None:
        """Let nothing be reached from it."""
        _ip("-n", self.name, "link", "set", "lo", "down")

    def mend(self) -> None:
        """Let all be reached again."""
        _ip("-n", self.name, "link", "set", "lo", "up")

    def hide(self, address: str) -> None:
        """Let this address not be reached from it."""
        _ip("-n", self.name, "address", "delete", f"{address}/32", "dev", "lo")

    def show(self, address: str) -> None:
        """Let it be reached again."""
        if not address.startswith("127."):
            _ip("-n", self.name, "address", "replace", f"{address}/32", "dev", "lo")

    def _listeners(self) -> Sequence[socket.socket]:
        """Made by a thread that enters the namespace and ends there: a socket stays where it was made."""
        made: list[socket.socket] = []
        thread = threading.Thread(target=self._listen, args=(made,))
        thread.start()
        thread.join()
        assert len(made) == len(self._doors), f"no listeners in {self.name}"
        return made

    def _listen(self, made: list[socket.socket]) -> None:
        entry = os.open(Path("/run/netns", self.name), os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(entry, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"cannot enter {self.name}")
        finally:
            os.close(entry)
        made.extend(socket.create_server(door) for door in self._doors)

    def _taker(self, door: Door) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            call = asyncio.current_task()
            assert call
            self._calls.add(call)
            try:
                await _passed_on(door, reader, writer)
            finally:
                self._calls.discard(call)

        return take


async def _passed_on(door: Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        there, back = await asyncio.open_connection(*door)
        try:
            ways = [asyncio.create_task(_copy(reader, back)), asyncio.create_task(_copy(there, writer))]
            _, open_still = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in open_still:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            back.transport.abort()
    writer.close()  # what was passed on so far still goes out


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"


@asynccontextmanager
async def apart(doors: Iterable[Door]) -> AsyncIterator[Apart]:
    """A namespace from which these doors can be reached; it is gone afterwards."""
    made = Apart(doors)
    await made.make()
    try:
        yield made
    finally:
        await made.remove()
