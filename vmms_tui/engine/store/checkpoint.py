"""The checkpoint: everything at one instant in a TinyDB file, replaced as a whole."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from tinydb import TinyDB
from tinydb.middlewares import CachingMiddleware
from tinydb.storages import Storage

from vmms_tui.engine.store.port import Loaded, StoreProblem
from vmms_tui.model.records import AnyRecord
from vmms_tui.model.tables import TYPES, type_of

FORMAT = 1


class WholeFile(Storage):
    """A TinyDB storage that never leaves half a file: a new one beside, synced, then renamed over the old."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, dict[str, Any]] | None:
        """The tables of the file, or None when there is none."""
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return None
        tables: dict[str, dict[str, Any]] = msgspec.json.decode(text)
        return tables

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the file; the one before stays as `NAME.previous`."""
        new = self._path.with_name(self._path.name + ".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(data))
            file.flush()
            os.fsync(file.fileno())
        previous = self._path.with_name(self._path.name + ".previous")
        with contextlib.suppress(FileNotFoundError):
            previous.unlink()
        with contextlib.suppress(FileNotFoundError):
            os.link(self._path, previous)
        new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write(path: Path, sequence: int, records: Sequence[AnyRecord]) -> None:
    """Write all records as of `sequence`. Raises OSError."""
    tables: dict[str, dict[str, Any]] = {name: {} for name in TYPES}
    for record in records:
        table = tables[type_of(record)]
        table[str(len(table) + 1)] = record
    tables["about"] = {"1": {"format": FORMAT, "sequence": sequence, "records": len(records)}}
    WholeFile(path).write(tables)


def read(path: Path) -> Loaded:
    """All records and their sequence; nothing when there is no checkpoint yet.

    Raises:
        StoreProblem: the file is damaged; it names the checkpoint before it.
    """
    if not path.exists():
        return Loaded(records=(), sequence=0)
    try:
        # Without the cache TinyDB reads the file for each table.
        storage = CachingMiddleware(WholeFile)  # type: ignore[no-untyped-call]
        with TinyDB(path, storage=storage) as database:
            about = database.table("about").all()[0]
            records = tuple(
                msgspec.convert(document, kind) for name, kind in TYPES.items() for document in database.table(name)
            )
    except (msgspec.MsgspecError, LookupError, TypeError, AttributeError, ValueError) as error:
        raise StoreProblem(
            f"{path}: the checkpoint is damaged ({error}). The one before it is {path.name}.previous: look at both, "
            f"put that one in its place, and start VMMS again."
        ) from error
    if about["format"] != FORMAT or about["records"] != len(records):
        raise StoreProblem(
            f"{path}: the checkpoint has format {about['format']} and {len(records)} of {about['records']} records, "
            f"and this VMMS reads whole ones of format {FORMAT}. Use the VMMS that wrote it, or {path.name}.previous."
        )
    return Loaded(records=records, sequence=about["sequence"])  # type: ignore[arg-type]
