"""The store in a folder: generations of checkpoints, and the journals since the oldest of them."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

from vmms_tui.engine.store import checkpoint, disk
from vmms_tui.engine.store.folder import Folder
from vmms_tui.engine.store.journal import Journal
from vmms_tui.engine.store.mending import mend
from vmms_tui.engine.store.port import Loaded, Rescued, StoreProblem
from vmms_tui.engine.store.replay import read
from vmms_tui.engine.store.rescue import go_back
from vmms_tui.engine.workers import executor
from vmms_tui.model.records import AnyRecord
from vmms_tui.model.tables import Change

LOOKS = 3


class FileStore:
    """`checkpoint-SEQUENCE.json` and `journal-SEQUENCE.log` in one folder. See `port.Store`."""

    def __init__(self, folder: Path, *, lines_between_checkpoints: int = 5000, beside: bool = True) -> None:
        """`beside`: threads of its own wait for the disk. Without them the loop does; see `opened.store_of`."""
        self._folder = Folder(folder)
        self._beside = beside
        self._lines = lines_between_checkpoints
        self._since = 0
        """Changes since the newest checkpoint."""
        self._journal: Journal | None = None
        self._durable: Callable[[int], None] = lambda _sequence: None
        self._lost: Callable[[StoreProblem], None] = lambda _problem: None
        self._executor = executor(1, "checkpoint", beside=beside)
        self._writing = False

    def look(self) -> Loaded:
        """See Store. A running engine may remove what is just being read: then it is read again."""
        with _plainly(self._folder.path):
            for _ in range(LOOKS - 1):
                with contextlib.suppress(StoreProblem, FileNotFoundError):
                    return self._look()
            return self._look()

    def _look(self) -> Loaded:
        found = read(self._folder)
        return Loaded(records=found.tables.records(), sequence=found.sequence)

    def load(self) -> Loaded:
        """See Store."""
        with _plainly(self._folder.path):
            disk.private_folder(self._folder.path)
            found = read(self._folder)
            remarks = mend(self._folder, found)
            self._journal = Journal(self._folder.journal(found.sequence), found.sequence, beside=self._beside)
        self._journal.durable, self._journal.lost = self._durable, self._lost
        self._since = found.lines
        return Loaded(records=found.tables.records(), sequence=found.sequence, remarks=remarks)

    def go_back(self, *, act: bool = True) -> Rescued:
        """See Store."""
        with _plainly(self._folder.path):
            return go_back(self._folder, act=act)

    def watch(self, durable: Callable[[int], None], lost: Callable[[StoreProblem], None]) -> None:
        """See Store."""
        self._durable, self._lost = durable, lost
        if self._journal is not None:
            self._journal.durable, self._journal.lost = durable, lost

    def append(self, sequence: int, changes: Sequence[Change]) -> Coroutine[Any, Any, None]:
        """See Store."""
        self._since += 1
        return self._opened().append(sequence, changes)

    async def heal(self) -> None:
        """See Store."""
        await self._opened().heal()

    def _opened(self) -> Journal:
        if self._journal is None:
            raise StoreProblem(f"{self._folder.path}: the store is not open.")
        return self._journal

    def due(self) -> bool:
        """See Store."""
        return self._journal is not None and self._since >= self._lines and not self._writing

    async def checkpoint(self, sequence: int, records: Sequence[AnyRecord]) -> None:
        """See Store."""
        if self._journal is None or self._writing:
            return
        self._writing = True
        covered = self._since
        try:
            if self._journal.after != sequence:
                await self._journal.rotate(self._folder.journal(sequence), sequence)
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._executor, self._write_checkpoint, sequence, records)
            self._since -= covered
        finally:
            self._writing = False

    def _write_checkpoint(self, sequence: int, records: Sequence[AnyRecord]) -> None:
        path = self._folder.checkpoint(sequence)
        with _plainly(path, "The engine goes on without it, and tries again."):
            if not path.exists():
                checkpoint.write(path, sequence, records)
            checkpoints, journals = self._folder.outdated()
            disk.remove(checkpoints)
            disk.remove(journals)

    async def close(self) -> None:
        """See Store."""
        loop = asyncio.get_running_loop()
        if self._journal is not None:
            self._journal.hand_over()
            await loop.run_in_executor(self._executor, self._journal.close)
            self._journal = None
        self._executor.shutdown(wait=True)


@contextlib.contextmanager
def _plainly(where: Path, remedy: str = "Mend that, or set VMMS_STATE_DIR.") -> Iterator[None]:
    """Turn an OSError into one sentence."""
    try:
        yield
    except OSError as error:
        raise StoreProblem(f"{error.filename or where}: {error.strerror}. {remedy}") from error
