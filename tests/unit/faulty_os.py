"""The functions of `os` that a store calls, for one folder: each can fail, or be the last before a kill or a power cut.

Keeps a model of what the disk would hold after a loss of power: names as of the last fsync of the folder, contents as
of the last fsync of the file (fsync(2) promises no more).
"""

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

CALLS = ("open", "close", "write", "fsync", "fdatasync", "ftruncate", "rename", "unlink", "mkdir", "chmod")


class Fault(StrEnum):
    """What happens at the chosen call."""

    FULL = "full"
    """It fails once, for lack of room."""
    ERROR = "error"
    """It fails once."""
    HALF = "half"
    """A write writes half of what it should, then the disk is full; other calls fail as with FULL."""
    STOP = "stop"
    """The process is killed before it; nothing reaches the disk any more."""


class Loss(StrEnum):
    """What is left when the power goes at the chosen call."""

    NOTHING = "nothing"
    """All is there that was written: a kill."""
    CONTENTS = "contents"
    """Names are there, contents only as far as they were synced."""
    NAMES = "names"
    """Contents are there, names only as far as the folder was synced."""
    BOTH = "both"


class _File:
    """What the model knows of one file, whatever its name is."""

    def __init__(self, synced: bytes = b"") -> None:
        self.synced = synced
        self.last = synced
        """Its content when its name went."""


class FaultyOS:
    """Counts calls within a folder; the one with the number `at` meets the fault."""

    def __init__(self, folder: Path, at: int, fault: Fault) -> None:
        self.calls = 0
        self.folder = folder
        self._at, self._fault = at, fault
        self._one_at_a_time = threading.RLock()
        self._dead = False
        self._real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in CALLS}
        self._descriptors: dict[int, _File | None] = {}
        """Open files; None: the folder itself."""
        self._names = {path.name: _File(path.read_bytes()) for path in folder.iterdir()} if folder.exists() else {}
        self._synced_names = dict(self._names)

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """While it lasts, os is as broken as asked for."""
        with pytest.MonkeyPatch.context() as patch:
            for name in CALLS:
                patch.setattr(os, name, self._in_turn(getattr(self, f"_{name}")))
            yield

    def _in_turn(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def in_turn(*args: Any, **other: Any) -> Any:
            with self._one_at_a_time:
                return call(*args, **other)

        return in_turn

    @property
    def reached(self) -> bool:
        """Whether the chosen call was made."""
        return self.calls > self._at

    def left(self, loss: Loss) -> dict[str, bytes]:
        """What is in the folder after the loss."""
        names = self._synced_names if loss in {Loss.NAMES, Loss.BOTH} else self._names
        if loss in {Loss.CONTENTS, Loss.BOTH}:
            return {name: file.synced for name, file in names.items()}
        now = {id(file): name for name, file in self._names.items()}
        return {
            name: (self.folder / now[id(file)]).read_bytes() if id(file) in now else file.last
            for name, file in names.items()
        }

    def _count(self) -> None:
        """One call. Raises when it is its turn, or all is over."""
        if self._dead:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self.calls += 1
        if self.calls - 1 == self._at:
            self._dead = self._fault is Fault.STOP
            number = errno.ENOSPC if self._fault in {Fault.FULL, Fault.HALF} else errno.EIO
            raise OSError(number, os.strerror(number))

    def _ours(self, path: Any) -> bool:
        return isinstance(path, str | Path) and (Path(path) == self.folder or Path(path).parent == self.folder)

    def _open(self, path: Any, flags: int, mode: int = 0o777, **other: Any) -> int:
        if not self._ours(path):
            return int(self._real["open"](path, flags, mode, **other))
        self._count()
        number = int(self._real["open"](path, flags, mode, **other))
        if Path(path) == self.folder:
            self._descriptors[number] = None
        else:
            self._descriptors[number] = self._names.setdefault(Path(path).name, _File())
        return number

    def _close(self, number: int) -> None:
        if number in self._descriptors:
            self._descriptors.pop(number)
            self._real["close"](number)
            self._count()
            return
        self._real["close"](number)

    def _write(self, number: int, data: bytes) -> int:
        if number in self._descriptors:
            if self._fault is Fault.HALF and self.calls == self._at and len(data) > 1:
                self._at += 1
                self.calls += 1
                return int(self._real["write"](number, bytes(data)[: len(data) // 2]))
            self._count()
        return int(self._real["write"](number, data))

    def _fsync(self, number: int) -> None:
        if number in self._descriptors:
            self._count()
            self._synced(self._descriptors[number])

    _fdatasync = _fsync

    def _synced(self, file: _File | None) -> None:
        if file is None:
            self._synced_names = dict(self._names)
            return
        for name, one in self._names.items():
            if one is file:
                file.synced = (self.folder / name).read_bytes()

    def _ftruncate(self, number: int, size: int) -> None:
        if number in self._descriptors:
            self._count()
        self._real["ftruncate"](number, size)

    def _rename(self, old: Any, new: Any) -> None:
        if self._ours(new):
            self._count()
            self._forget(Path(new))
            self._names[Path(new).name] = self._names.pop(Path(old).name)
        self._real["rename"](old, new)

    def _unlink(self, path: Any, **other: Any) -> None:
        if self._ours(path) and Path(path).exists():
            self._count()
            self._forget(Path(path))
            self._names.pop(Path(path).name)
        self._real["unlink"](path, **other)

    def _forget(self, path: Path) -> None:
        if path.name in self._names:
            self._names[path.name].last = path.read_bytes()

    def _mkdir(self, path: Any, mode: int = 0o777, **other: Any) -> None:
        self._real["mkdir"](path, mode, **other)

    def _chmod(self, path: Any, mode: int, **other: Any) -> None:
        if self._ours(path):
            self._count()
        self._real["chmod"](path, mode, **other)
