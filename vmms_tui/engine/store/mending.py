"""What a start does to the files, once all of them were read: tails, leftovers, and what the first version left."""

import os
from pathlib import Path

import msgspec

from vmms_tui.engine.store import disk, lines
from vmms_tui.engine.store.folder import Folder
from vmms_tui.engine.store.lines import Scanned
from vmms_tui.engine.store.migrations import FORMAT
from vmms_tui.engine.store.replay import Replay, holds_first_version

_SIGNPOST = {
    "about": {
        "1": {"format": FORMAT, "signpost": "The store is in checkpoint-*.json.", "sequence": 0, "records": 0},
    }
}
"""What `checkpoint.json` says to the first version, which would otherwise take the store for an empty one."""


def mend(folder: Folder, found: Replay) -> tuple[str, ...]:
    """Bring the files in order and make sure that what was read is on the disk. What was mended. Raises OSError."""
    disk.remove(folder.unfinished())
    remarks: tuple[str, ...] = ()
    if found.read:
        remarks = _mend_tail(found.read[-1])
    path = folder.journal(found.sequence)
    if not path.exists() or path.stat().st_size == 0:
        disk.write_whole(path, [lines.head(found.sequence)])
    if _is_of_first_version(folder, found):
        _settle_first_version(folder, found)
    return remarks


def _mend_tail(tail: Scanned) -> tuple[str, ...]:
    path = tail.path
    if tail.torn:
        kept = cut(path, tail.end)
        where = f"; the rest was cut and is kept as {kept.name}" if kept else ""
        return (f"{path.name} ended in the middle of a line at byte {tail.end} ({tail.fault}){where}.",) if kept else ()
    if tail.unended:
        _end_line(path, tail.end)
        return (f"{path.name} lacked the end of its last line, which is whole; nothing was lost.",)
    disk.sync_file(path)
    return ()


def cut(path: Path, offset: int) -> Path | None:
    """Keep only the first `offset` bytes; where the others are now, if there were any. Raises OSError."""
    rest = path.read_bytes()[offset:]
    if not rest:
        return None
    kept = disk.aside(path)
    disk.write_whole(kept, [rest])
    file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.ftruncate(file, offset)
        os.fsync(file)
    finally:
        os.close(file)
    return kept


def _end_line(path: Path, end: int) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        os.ftruncate(file, end)
        disk.write_fully(file, b"\n")
        os.fsync(file)
    finally:
        os.close(file)


def _is_of_first_version(folder: Folder, found: Replay) -> bool:
    old = any(scanned.format == 1 for scanned in found.read) or (found.base is not None and found.base.format == 1)
    return old and (holds_first_version(folder) or not folder.first_version.exists())


def _settle_first_version(folder: Folder, found: Replay) -> None:
    """Give the checkpoint of the first version its number. It stays whole under one of its names at any instant."""
    if found.base and found.path == folder.first_version:
        disk.write_whole(folder.checkpoint(found.base.sequence), [folder.first_version.read_bytes()])
    disk.write_whole(folder.first_version, [msgspec.json.encode(_SIGNPOST)])
