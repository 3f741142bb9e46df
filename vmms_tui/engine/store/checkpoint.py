"""A checkpoint: everything at one instant in a TinyDB file of its own, with a checksum over all of it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from tinydb import TinyDB
from tinydb.middlewares import CachingMiddleware
from tinydb.storages import Storage

from vmms_tui.engine.store import disk, migrations
from vmms_tui.engine.store.migrations import FORMAT
from vmms_tui.engine.store.sharing import Shared
from vmms_tui.model.records import AnyRecord
from vmms_tui.model.tables import STORED, RecordT, type_of

SLICE = 200
"""Records encoded in one call, in which no other Python runs: well below a millisecond."""

SHARED_TOGETHER = 1_000
"""Records that are compared with the others at a time: until then they hold ten values each that others hold, too."""

_CHECKSUM = b'"checksum":{"1":{"sha256":"%s"}}}'
_LENGTH = len(_CHECKSUM % (b"0" * 64))

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Damaged(Exception):
    """What is wrong with a checkpoint, in words that go into a sentence."""


class Checkpoint(msgspec.Struct, frozen=True):
    """What a checkpoint holds."""

    records: tuple[AnyRecord, ...]
    sequence: int
    format: int


class WholeFile(Storage):
    """A TinyDB storage that never leaves half a file, and that ends with a table `checksum` over what is before it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Mapping[str, dict[str, Any]]] | None:  # type: ignore[override]  # any Mapping will do
        """The tables of the file, or None when there is none. Raises Damaged."""
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return None
        with ThreadPoolExecutor(1) as beside:  # of a large file each of the two takes as long as the other
            checksum = beside.submit(hashlib.sha256, memoryview(text)[:-_LENGTH])
            try:
                raw = msgspec.json.decode(text, type=dict[str, dict[str, msgspec.Raw]])
            except msgspec.MsgspecError as error:
                raise Damaged(str(error)) from error
            whole = text[-_LENGTH:] == _CHECKSUM % checksum.result().hexdigest().encode()
        shared = Shared()
        tables: dict[str, Mapping[str, dict[str, Any]]] = {
            name: Documents(table, shared) for name, table in raw.items()
        }
        if not whole and ("checksum" in tables or _format(tables) != 1):
            raise Damaged("its checksum is wrong")
        tables.pop("checksum", None)
        return tables

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the file as a whole. Raises OSError."""
        disk.write_whole(self._path, _with_checksum(_encoded(data)))


def _format(tables: Mapping[str, Mapping[str, Any]]) -> object:
    try:
        return tables["about"]["1"]["format"]
    except (LookupError, TypeError):
        raise Damaged("it does not say its format") from None


def _encoded(data: Mapping[str, Mapping[str, Any]]) -> Iterator[bytes]:
    """The file in pieces. Each is written before the next is made: others get their turn in between."""
    yield b"{"
    for name, table in data.items():
        yield _encode(name) + b":{"
        documents = iter(table.items())
        comma = b""
        while piece := dict(islice(documents, SLICE)):
            yield comma + _encode(piece)[1:-1]
            comma = b","
        yield b"},"


def _with_checksum(parts: Iterable[bytes]) -> Iterator[bytes]:
    checksum = hashlib.sha256()
    for part in parts:
        checksum.update(part)
        yield part
    yield _CHECKSUM % checksum.hexdigest().encode()


class Documents(Mapping[str, dict[str, Any]]):
    """Documents that are made when they are asked for: all of them at once take five times what the records do."""

    def __init__(self, raw: Mapping[str, msgspec.Raw], shared: Shared) -> None:
        self._raw = raw
        self._shared = shared

    def __getitem__(self, key: str) -> dict[str, Any]:
        document: dict[str, Any] = _decode(self._raw[key])
        self._shared.take(document)
        return document

    def records(self, kind: type[RecordT]) -> Iterator[RecordT]:
        """All of them as records, with no document in between: it takes half the time."""
        share, records = self._shared.among(kind), map(msgspec.json.Decoder(kind).decode, self._raw.values())
        while some := list(islice(records, SHARED_TOGETHER)):
            share(some)
            yield from some

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


class _Numbered(Mapping[str, AnyRecord]):
    """Records as documents of a TinyDB table, made one by one: a hundred thousand keys at once would take too long."""

    def __init__(self, records: Sequence[AnyRecord]) -> None:
        self._records = records

    def __getitem__(self, key: str) -> AnyRecord:
        return self._records[int(key) - 1]

    def __iter__(self) -> Iterator[str]:
        return map(str, range(1, len(self._records) + 1))

    def __len__(self) -> int:
        return len(self._records)


def write(path: Path, sequence: int, records: Sequence[AnyRecord]) -> None:
    """Write all records as of `sequence`. Raises OSError."""
    about = {"format": FORMAT, "sequence": sequence, "records": len(records)}
    kinds: dict[str, list[AnyRecord]] = {name: [] for name in STORED}
    for record in records:
        kinds[type_of(record)].append(record)
    tables: dict[str, Mapping[str, Any]] = {"about": {"1": about}}
    WholeFile(path).write(tables | {name: _Numbered(kind) for name, kind in kinds.items()})


def read(path: Path) -> Checkpoint:
    """What a checkpoint holds, whatever its format.

    Raises:
        Damaged: it is not as it was written.
        NewerFormat: a newer VMMS wrote it.
    """
    try:
        # Without the cache TinyDB reads the file for each table.
        storage = CachingMiddleware(WholeFile)  # type: ignore[no-untyped-call]
        with TinyDB(path, storage=storage) as database:
            about = database.table("about").all()[0]
            found = migrations.check(about["format"], path)
            tables = database.storage.read()
            records = tuple(_older(found, tables) if found < FORMAT else _records(path, tables))
            sequence, number = int(about["sequence"]), int(about["records"])
    except (msgspec.MsgspecError, LookupError, TypeError, AttributeError, ValueError) as error:
        raise Damaged(f"{type(error).__name__}: {error}") from error
    if number != len(records):
        raise Damaged(f"it holds {len(records)} of its {number} records")
    return Checkpoint(records, sequence, found)


def _records(path: Path, tables: Mapping[str, Documents]) -> Iterator[AnyRecord]:
    try:
        for name, kind in STORED.items():
            if name in tables:
                yield from tables[name].records(kind)  # type: ignore[misc]
    except msgspec.MsgspecError as error:
        raise migrations.newer_records(path, error) from error


def _older(found: int, raw: dict[str, dict[str, Any]]) -> Iterator[AnyRecord]:
    """Records of an older format, which has no checksum in format 1: what cannot be read is damaged."""
    tables = migrations.tables(found, {name: dict(table) for name, table in raw.items() if name != "about"})
    for name, kind in STORED.items():
        for document in tables.get(name, {}).values():
            yield msgspec.convert(document, kind)  # type: ignore[misc]
