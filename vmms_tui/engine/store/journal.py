"""Appends to a journal: a change is on the disk before `append` returns.

Batches that come in the same turn of the event loop, or while a sync is under way, share one sync (group commit), in a
thread of its own: the loop never waits for a disk. A turn's batches are handed over together, as each crossing between
threads costs more than a batch does: both have to take the interpreter's lock. On simulated time there is no such
thread: how many batches share a sync, and so who goes on first, would be a matter of chance.

What could not be written is taken away again, up to the last byte that was synced. A full disk passes: `heal` goes on
when there is room. After any other error nobody knows what a later sync would say of what was written before (Rebello
et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020), so nothing more is written until a new start
has read the files again.
"""

import asyncio
import contextlib
import logging
import os
import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from vmms_tui.engine.store import disk, lines
from vmms_tui.engine.store.port import StoreFull, StoreProblem
from vmms_tui.model.tables import Change

log = logging.getLogger(__name__)

_MISTAKE = StoreProblem("a mistake in VMMS keeps changes from being written; its log has the details. Start VMMS again")


class _Line:
    """A line to write."""

    __slots__ = ("done", "line", "sequence")

    def __init__(self, sequence: int, line: bytes, done: "asyncio.Future[None]") -> None:
        self.sequence = sequence
        self.line = line
        self.done = done


class _Act:
    """Something else to do, after all lines before it. It raises StoreProblem."""

    def __init__(self, act: Callable[[], None], then: Callable[[], None], done: "asyncio.Future[None]") -> None:
        self.act = act
        self.then = then
        """What follows in the event loop if it went well, whoever still waits."""
        self.done = done


class Journal:
    """One journal file, open for appending. Safe to append from one event loop."""

    def __init__(self, path: Path, after: int, *, beside: bool = True) -> None:
        """The file is there already, with its first line. Without `beside` the loop itself writes. Raises OSError."""
        self.after = after
        """The sequence that its first line goes on from."""
        self.durable: Callable[[int], None] = lambda _sequence: None
        self.lost: Callable[[StoreProblem], None] = lambda _problem: None
        self._path = path
        self._file = _open(path)
        self._size = os.fstat(self._file).st_size
        """Bytes that are durable."""
        self._problem: StoreProblem | None = None
        self._gathered: list[_Line] = []
        self._work: queue.SimpleQueue[list[_Line] | _Act | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._work_off, name="journal", daemon=True) if beside else None
        if self._writer:
            self._writer.start()

    async def append(self, sequence: int, changes: Sequence[Change]) -> None:
        """Return when the batch is durable. Raises StoreProblem."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        if not self._gathered:
            loop.call_soon(self.hand_over)
        self._gathered.append(_Line(sequence, lines.encode(sequence, changes), done))
        await done  # who is cancelled here leaves a future that nobody awaits; the line is written all the same

    def hand_over(self) -> None:
        """Let the writer have what was gathered in this turn of the loop. Call it in the loop."""
        if self._gathered:
            gathered, self._gathered = self._gathered, []
            if self._writer:
                self._work.put(gathered)
            else:
                self._write(gathered)

    async def rotate(self, path: Path, after: int) -> None:
        """Go on in a new file, that begins after this sequence. What was appended before this call is durable then.

        Raises StoreProblem; then it goes on in the old one.
        """

        def then() -> None:
            self.after = after

        await self._let(lambda: self._begin(path, after), then)

    async def heal(self) -> None:
        """Return when lines can be written again after StoreFull. Raises StoreProblem when they cannot."""
        await self._let(self._mend, lambda: None)

    async def _let(self, act: Callable[[], None], then: Callable[[], None]) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.hand_over()
        asked = _Act(act, then, done)
        if self._writer:
            self._work.put(asked)
        else:
            self._do(asked)
        await done

    def close(self) -> None:
        """Write what was handed over and close. Blocks for as long as the disk does."""
        if self._writer:
            self._work.put(None)
            self._writer.join()
        with contextlib.suppress(OSError):
            os.close(self._file)

    def _work_off(self) -> None:
        group: list[_Line] = []
        while (item := self._work.get()) is not None:
            if not isinstance(item, _Act):
                group += item
            if group and (isinstance(item, _Act) or self._work.empty()):
                self._write(group)
                group = []
            if isinstance(item, _Act):
                self._do(item)
        if group:
            self._write(group)

    def _write(self, group: list[_Line]) -> None:
        if not self._problem:
            data = b"".join(item.line for item in group)
            try:
                disk.write_fully(self._file, data)
                os.fdatasync(self._file)
                self._size += len(data)
            except OSError as error:
                self._problem = self._take_back(error)
            except Exception:  # a mistake of ours: those who wait must be told
                log.exception("the journal's writer")
                self._problem = _MISTAKE
        problem = self._problem
        _call(group[0].done, lambda: self._tell(group, problem))

    def _take_back(self, error: OSError) -> StoreProblem:
        with contextlib.suppress(OSError):  # `heal` tries again; and a start cuts what is not whole
            os.ftruncate(self._file, self._size)
        if disk.is_full(error):
            return _full(self._path.parent, error)
        return StoreProblem(f"{self._path}: cannot be written ({error.strerror}). Mend that and start VMMS again.")

    def _tell(self, group: list[_Line], problem: StoreProblem | None) -> None:
        """In the event loop: first the one who counts on it, then those who wait."""
        if problem:
            self.lost(problem)
        else:
            self.durable(group[-1].sequence)
        for item in group:
            _settle(item.done, problem)

    def _do(self, item: _Act) -> None:
        problem: StoreProblem | None = None
        try:
            item.act()
        except StoreProblem as known:
            problem = known
        except Exception:  # a mistake of ours: whoever waits must be told
            log.exception("the journal's writer")
            problem = _MISTAKE

        def tell() -> None:
            if not problem:
                item.then()
            _settle(item.done, problem)

        _call(item.done, tell)

    def _begin(self, path: Path, after: int) -> None:
        if self._problem:
            raise self._problem
        try:
            disk.write_whole(path, [lines.head(after)])
            file = _open(path)
            size = os.fstat(file).st_size
        except OSError as error:
            self._forget(path)
            raise StoreProblem(f"{path}: cannot be written ({error.strerror}).") from error
        with contextlib.suppress(OSError):
            os.close(self._file)
        self._path, self._file, self._size = path, file, size

    def _forget(self, path: Path) -> None:
        """A file that was not begun well must go before the old one goes on: both would claim the same changes."""
        try:
            disk.remove([path])
        except OSError as error:
            self._problem = StoreProblem(f"{path}: cannot be removed ({error.strerror}). Start VMMS again.")

    def _mend(self) -> None:
        if self._problem is None:
            return
        if not isinstance(self._problem, StoreFull):
            raise self._problem
        try:
            os.ftruncate(self._file, self._size)
            os.fsync(self._file)
            disk.find_room(self._path.parent)
        except OSError as error:
            self._problem = self._take_back(error)
            raise self._problem from error
        self._problem = None


def _full(folder: Path, error: OSError) -> StoreFull:
    what = "is full" if error.errno == disk.NO_SPACE else "has no room left in its quota"
    return StoreFull(f"the disk of {folder} {what}: reads go on, changes are refused until there is room")


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)


def _call(done: "asyncio.Future[None]", act: Callable[[], None]) -> None:
    loop = done.get_loop()
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(act)


def _settle(done: "asyncio.Future[None]", problem: StoreProblem | None) -> None:
    if done.done():
        return
    if problem:
        done.set_exception(problem)
    else:
        done.set_result(None)
