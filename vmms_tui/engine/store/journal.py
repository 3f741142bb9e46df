"""An append-only journal: one line a batch, with a checksum, on disk before `append` returns.

Batches that come in the same turn of the event loop, or while a sync is under way, share one sync (group commit), in a
thread of its own: the loop never waits for a disk. A turn's batches are handed over together, as each crossing between
threads costs more than a batch does: both have to take the interpreter's lock.
"""

import asyncio
import os
import queue
import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from vmms_tui.engine.store.port import StoreProblem
from vmms_tui.model.tables import Change


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """The changes of one commit."""

    sequence: int
    changes: tuple[Change, ...]


_Waiter = tuple[bytes | Path, asyncio.AbstractEventLoop, "asyncio.Future[None]"]
"""A line to write, or the path of the journal that follows; and whom to tell."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Batch)


def encode(sequence: int, changes: Sequence[Change]) -> bytes:
    """One line: checksum (CRC-32, eight hexadecimal digits), a space, JSON, a newline."""
    body = _encoder.encode(Batch(sequence, tuple(changes)))
    return b"%08x %s\n" % (zlib.crc32(body), body)


def decode(line: bytes) -> Batch:
    """The batch of a line. Raises ValueError when it is damaged or not complete."""
    if not line.endswith(b"\n"):
        raise ValueError("the line has no end")
    checksum, _, body = line[:-1].partition(b" ")
    if checksum != b"%08x" % zlib.crc32(body):
        raise ValueError("the checksum is wrong")
    return _decoder.decode(body)


class Journal:
    """One journal file, open for appending. Safe to append from one event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = 0
        """Lines appended since the file was begun."""
        self._file = _open(path)
        self._gathered: list[_Waiter] = []
        self._waiting: queue.SimpleQueue[list[_Waiter] | None] = queue.SimpleQueue()
        self._broken: StoreProblem | None = None
        self._writer = threading.Thread(target=self._write_all, name="journal", daemon=True)
        self._writer.start()

    async def append(self, sequence: int, changes: Sequence[Change]) -> None:
        """Return when the batch is on disk. Raises StoreProblem; every later call does so too."""
        self.lines += 1
        await self._gather(encode(sequence, changes))

    async def rotate(self, path: Path) -> None:
        """Go on in a new file. What is appended after this call comes there, what was appended before is on disk."""
        self.path = path
        self.lines = 0
        await self._gather(path)

    async def _gather(self, what: bytes | Path) -> None:
        if self._broken:
            raise self._broken
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        if not self._gathered:
            loop.call_soon(self.hand_over)
        self._gathered.append((what, loop, done))
        if isinstance(what, Path):
            self.hand_over()
        await done  # who is cancelled here leaves a future that nobody awaits; the line is written all the same

    def hand_over(self) -> None:
        """Let the writer have what was gathered in this turn of the loop. Call it in the loop."""
        if self._gathered:
            self._waiting.put(self._gathered)
            self._gathered = []

    def close(self) -> None:
        """Write what was handed over and close. Blocks for as long as the disk does."""
        self._waiting.put(None)
        self._writer.join()
        os.close(self._file)

    def _write_all(self) -> None:
        group: list[_Waiter] = []
        while (turn := self._waiting.get()) is not None:
            group += turn
            if self._waiting.empty() or isinstance(turn[-1][0], Path):
                self._write(group)
                group = []
        self._write(group)

    def _write(self, group: list[_Waiter]) -> None:
        try:
            if group and not self._broken:
                _write_fully(self._file, b"".join(what for what, _, _ in group if isinstance(what, bytes)))
                os.fdatasync(self._file)
                if isinstance(path := group[-1][0], Path):
                    os.close(self._file)
                    self._file = _open(path)
        except OSError as error:
            self._broken = StoreProblem(
                f"{self.path}: cannot be written ({error.strerror}). Mend that and start VMMS again."
            )
        _tell(group, self._broken)


def read(path: Path) -> Iterator[tuple[int, Batch | str]]:
    """Every line's offset with its batch, or with a sentence on why it is damaged (then nothing follows)."""
    offset = 0
    with path.open("rb") as file:
        for line in file:
            try:
                batch: Batch | str = decode(line)
            except (ValueError, msgspec.MsgspecError) as error:
                batch = str(error)
            yield offset, batch
            if isinstance(batch, str):
                return
            offset += len(line)


def cut(path: Path, offset: int) -> None:
    """Keep only the first `offset` bytes; what was cut stays beside it as `NAME.damaged`."""
    with path.open("rb+") as file:
        file.seek(offset)
        path.with_name(path.name + ".damaged").write_bytes(file.read())
        file.truncate(offset)
        os.fsync(file.fileno())


def _open(path: Path) -> int:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    _sync_folder(path.parent)
    return file


def _write_fully(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _tell(group: list[_Waiter], problem: StoreProblem | None) -> None:
    """Wake whoever waits, with one call into their loop: each such call may cost a turn of the interpreter's lock."""
    if group and not (loop := group[0][1]).is_closed():
        loop.call_soon_threadsafe(_settle, [done for _, _, done in group], problem)


def _settle(waiting: list[asyncio.Future[None]], problem: StoreProblem | None) -> None:
    for done in waiting:
        if done.done():
            continue
        if problem:
            done.set_exception(problem)
        else:
            done.set_result(None)


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a loss of power (see fsync(2))."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
