"""The store in a folder: a checkpoint, and the journals since."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vmms_tui.engine.store import checkpoint, journal
from vmms_tui.engine.store.journal import Batch, Journal
from vmms_tui.engine.store.port import Loaded, StoreProblem
from vmms_tui.model.records import AnyRecord
from vmms_tui.model.tables import Change, Tables


class FileStore:
    """`checkpoint.json` and `journal-SEQUENCE.log` in one folder. See `port.Store`."""

    def __init__(self, folder: Path, *, lines_between_checkpoints: int = 5000) -> None:
        self._folder = folder
        self._checkpoint = folder / "checkpoint.json"
        self._lines = lines_between_checkpoints
        self._journal: Journal | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing = False

    def look(self) -> Loaded:
        """Read everything and change nothing, not even a torn tail. Raises StoreProblem."""
        try:
            return self._replay(checkpoint.read(self._checkpoint), mend=False)
        except OSError as error:
            raise StoreProblem(f"{error.filename or self._folder}: {error.strerror}.") from error

    def load(self) -> Loaded:
        """See Store."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            base = checkpoint.read(self._checkpoint)
            loaded = self._replay(base)
            self._journal = Journal(self._journal_path(loaded.sequence))
        except OSError as error:
            raise StoreProblem(
                f"{error.filename or self._folder}: {error.strerror}. Mend that, or set VMMS_STATE_DIR."
            ) from error
        return loaded

    def _journal_path(self, sequence: int) -> Path:
        return self._folder / f"journal-{sequence:012d}.log"

    def _journals(self) -> list[Path]:
        return sorted(self._folder.glob("journal-*.log"))

    def _replay(self, base: Loaded, *, mend: bool = True) -> Loaded:
        tables = Tables(base.records)
        sequence = base.sequence
        remarks: list[str] = []
        paths = self._journals()
        for path in paths:
            for offset, batch in journal.read(path):
                if isinstance(batch, str) and mend:
                    self._cut(path, offset, batch, last=path == paths[-1], remarks=remarks)
                elif not isinstance(batch, str) and batch.sequence > sequence:
                    sequence = self._take(tables, path, sequence, batch)
        return Loaded(records=tables.records(), sequence=sequence, remarks=tuple(remarks))

    @staticmethod
    def _take(tables: Tables, path: Path, sequence: int, batch: Batch) -> int:
        if batch.sequence != sequence + 1:
            raise StoreProblem(
                f"{path}: change {sequence + 1} is missing (the next one is {batch.sequence}). A journal was removed: "
                f"put it back, or start with an empty folder and let VMMS adopt its servers from the cloud."
            )
        for change in batch.changes:
            tables.apply(change)
        return batch.sequence

    def _cut(self, path: Path, offset: int, why: str, *, last: bool, remarks: list[str]) -> None:
        """Only the newest journal may end badly: there a write was under way when the machine stopped."""
        if not last:
            raise StoreProblem(
                f"{path}: damaged at byte {offset} ({why}), and later journals follow. Restore the file."
            )
        journal.cut(path, offset)
        remarks.append(f"{path.name} ended in the middle of a line at byte {offset} ({why}); the rest was cut.")

    async def append(self, sequence: int, changes: Sequence[Change]) -> None:
        """See Store."""
        if self._journal is None:
            raise StoreProblem(f"{self._folder}: the store is not open.")
        await self._journal.append(sequence, changes)

    def due(self) -> bool:
        """See Store."""
        return self._journal is not None and self._journal.lines >= self._lines and not self._writing

    async def checkpoint(self, sequence: int, records: Sequence[AnyRecord]) -> None:
        """See Store. Call it in the same step of the event loop that took `records`."""
        if self._journal is None or self._writing:
            return
        self._writing = True
        try:
            if self._journal.lines:
                await self._journal.rotate(self._journal_path(sequence))
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._executor, self._write_checkpoint, sequence, records)
        except OSError as error:
            raise StoreProblem(f"{self._checkpoint}: cannot be written ({error.strerror}).") from error
        finally:
            self._writing = False

    def _write_checkpoint(self, sequence: int, records: Sequence[AnyRecord]) -> None:
        checkpoint.write(self._checkpoint, sequence, records)
        for path in self._journals():
            if path < self._journal_path(sequence):
                path.unlink()

    async def close(self) -> None:
        """See Store."""
        loop = asyncio.get_running_loop()
        if self._journal is not None:
            self._journal.hand_over()
            await loop.run_in_executor(self._executor, self._journal.close)
            self._journal = None
        self._executor.shutdown(wait=True)
