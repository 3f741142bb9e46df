"""Writes the archive: appends, syncs, begins a new file when one is full, compresses that. Never changes a line.

The handlers of `logging` do not serve: they do not sync, and what they could not write is gone.
"""

import gzip
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from vmms_tui.engine.audit.lines import CURRENT, CUT, DAMAGE, Full, Mark, Stretch, encode, full_files, mark_of, marks
from vmms_tui.model.records import Event

log = logging.getLogger(__name__)

LARGEST = 16 * 1024 * 1024
"""Bytes of a file before it is full."""
AT_ONCE = 1024 * 1024
"""Bytes of one write."""


class AuditFiles:
    """The archive in a folder. Every method blocks; call them one at a time."""

    def __init__(self, folder: Path, *, largest: int = LARGEST) -> None:
        self.folder = folder
        self.keep = 1
        """How many full files are kept."""
        self._path = folder / CURRENT
        self._largest = largest
        self._file: int | None = None
        self._size = 0
        self._stretch = Stretch()

    def last_number(self) -> int:
        """The highest number of an event in the archive; 0 when it is empty. Raises OSError."""
        for lines in self._newest_first():
            numbers = [int(mark.id) for mark in lines if mark.id.isdecimal()]
            if numbers:
                return max(numbers)
        return 0

    def append(self, events: Sequence[Event]) -> None:
        """Return when these are on disk. Those that are there already are left out. Raises OSError; then ask again."""
        try:
            self._append(events)
        except OSError as error:
            self.close()
            error.filename = error.filename or str(self._path)
            raise

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _append(self, events: Sequence[Event]) -> None:
        if not self._is_ours():
            self.close()
            self._open()
            there = self._marks_since(min(event.id for event in events)) if events else set()
            events = [event for event in events if Mark(event.id, event.at) not in there]
        waiting: list[bytes] = []
        size = 0
        for event in events:
            line = encode(event)
            if self._size + size and self._size + size + len(line) > self._largest:
                self._flush(waiting)
                self._rotate()
                waiting, size = [], 0
            elif size > AT_ONCE:
                self._flush(waiting)
                waiting, size = [], 0
            waiting.append(line)
            size += len(line)
            self._stretch.take(event)
        self._flush(waiting)

    def _is_ours(self) -> bool:
        """Whether the open file is still the one at the path: somebody may have moved it away."""
        if self._file is None:
            return False
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._file))
        except FileNotFoundError:
            return False

    def _open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._finish()
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _sync_folder(self.folder)
        self._size, self._stretch = 0, Stretch()
        last = b"\n"
        with self._path.open("rb") as file:
            for last in file:
                self._size += len(last)
                if mark := mark_of(last):
                    self._stretch.take(mark)
        if not last.endswith(b"\n"):  # a write was cut short: whole but for its end, or a piece
            self._flush([b"\n" if mark_of(last) else CUT])

    def _marks_since(self, number: str) -> set[Mark]:
        """Which events are in the archive, from before this number on."""
        found: set[Mark] = set()
        for several in self._newest_first():
            found.update(several)
            if any(mark.id <= number for mark in several):
                break
        return found

    def _newest_first(self) -> Iterator[list[Mark]]:
        """The marks in each file, the newest file first. What a damaged file no longer tells is left out."""
        with suppress(FileNotFoundError), self._path.open("rb") as file:
            yield list(marks(file))
        for full in reversed(full_files(self.folder)):
            found: list[Mark] = []
            with suppress(*DAMAGE), full.open() as lines:
                found.extend(marks(lines))
            yield found

    def _flush(self, lines: Sequence[bytes]) -> None:
        if lines and self._file is not None:
            data = b"".join(lines)
            self._write(self._file, data)
            self._size += len(data)

    def _rotate(self) -> None:
        self.close()
        self._rename(self.folder / self._stretch.name())
        self._open()

    def _finish(self) -> None:
        """Compress what is full, and forget what is too old."""
        for left in self.folder.glob("*.new"):
            left.unlink()
        full = full_files(self.folder)
        for one in full:
            if one.plain.exists():
                try:
                    self._compress(one)
                except OSError as error:  # it is readable as it is, and tried again with the next
                    log.warning("%s cannot be compressed: %s", one.plain, error)
        for one in full[: max(0, len(full) - self.keep)]:
            self._remove(one)

    # What touches the disk, each in one act

    def _write(self, file: int, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
        os.fdatasync(file)

    def _rename(self, full: Path) -> None:
        self._path.rename(full)
        _sync_folder(self.folder)

    def _compress(self, full: Full) -> None:
        if not full.packed.exists():
            new = full.packed.with_name(full.packed.name + ".new")
            target = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(target, "wb") as raw:
                with full.plain.open("rb") as lines, gzip.GzipFile(full.plain.name, "wb", 6, raw) as packed:
                    shutil.copyfileobj(lines, packed, AT_ONCE)
                raw.flush()
                os.fsync(raw.fileno())
            new.rename(full.packed)
            _sync_folder(self.folder)
        full.plain.unlink()

    def _remove(self, full: Full) -> None:
        for path in (full.plain, full.packed):
            path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
