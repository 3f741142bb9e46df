"""Files that are there whole or not at all, and that a loss of power leaves as they were promised.

Every touch goes through a function of `os`, so that a test can let each of them fail.
"""

import contextlib
import errno
import os
from collections.abc import Iterable
from pathlib import Path

NEW = ".new"
"""Ending of a file that is not whole yet."""
ASIDE = ".damaged"
"""Ending of what was put aside."""
ROOM = 256 * 1024
"""Bytes that must be free before a disk no longer counts as full: more than one change, or it is full again at once."""

NO_SPACE = errno.ENOSPC
_FULL = frozenset({NO_SPACE, errno.EDQUOT})


def is_full(error: OSError) -> bool:
    """Whether there is no room, on the disk or in a quota: a trouble that passes when somebody makes some."""
    return error.errno in _FULL


def write_whole(path: Path, parts: Iterable[bytes]) -> None:
    """Make or replace a file in one step: a new one beside it, synced, renamed, and the folder synced (fsync(2)).

    Raises OSError; then the old file is as it was.
    """
    new = path.with_name(path.name + NEW)
    try:
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            for part in parts:
                write_fully(file, part)
            os.fsync(file)
        finally:
            os.close(file)
        os.rename(new, path)  # noqa: PTH104 every touch goes through os
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(new)  # noqa: PTH108
        raise
    sync_folder(path.parent)


def write_fully(file: int, data: bytes) -> None:
    """All of it; write(2) may take less than it is given."""
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def sync_folder(folder: Path) -> None:
    """Make names that came or went survive a loss of power (fsync(2))."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Make sure that what a reader sees is on the disk, and not only in memory since a writer was killed."""
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def private_folder(folder: Path) -> None:
    """Make the folder if needed; only its owner may look into it, and at what it holds."""
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        os.mkdir(missing, 0o700)  # noqa: PTH102
        sync_folder(missing.parent)
    for path, mode in ((folder, 0o700), *((one, 0o600) for one in folder.iterdir() if one.is_file())):
        if path.stat().st_mode & 0o777 != mode:
            os.chmod(path, mode)  # noqa: PTH101


def aside(path: Path) -> Path:
    """A free name beside a file for what is put aside of it."""
    number = 1
    free = path.with_name(path.name + ASIDE)
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}{ASIDE}-{number}")
    return free


def put_aside(path: Path) -> Path:
    """Rename a file out of the way, never over another one. Where it is now."""
    free = aside(path)
    os.rename(path, free)  # noqa: PTH104
    sync_folder(path.parent)
    return free


def remove(paths: Iterable[Path]) -> None:
    """Delete these and sync the folder, so that none comes back after what is deleted next."""
    folders = set()
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108
            folders.add(path.parent)
    for folder in folders:
        sync_folder(folder)


def find_room(folder: Path) -> None:
    """Return when there is room: it is written to, for what a file system promises is not always so. Raises OSError."""
    probe = folder / f"room{NEW}"
    try:
        file = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            write_fully(file, os.urandom(ROOM))
            os.fsync(file)
        finally:
            os.close(file)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(probe)  # noqa: PTH108
