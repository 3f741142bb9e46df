"""Everything that a store holds as one readable JSON text, and back: for people, and for moving an installation.

The records are as in a checkpoint of the same format, type by type, so an older text goes through the same migrations.
Whoever edits it by hand is told what does not fit, and where.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from vmms_tui.engine.numbers import FORMATS, number_in
from vmms_tui.engine.state import LIVE_LEASE, LIVE_OPERATION
from vmms_tui.engine.store import migrations
from vmms_tui.engine.store.migrations import FORMAT
from vmms_tui.engine.store.port import StoreProblem
from vmms_tui.model.records import AnyRecord, Counters, Lease, Operation, Record, Server
from vmms_tui.model.tables import STORED, Tables, type_of

WHAT = "vmms export"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The head of an export."""

    what: str
    format: int
    installation: str
    version: str
    """The program that wrote it."""
    at: datetime


def encode(records: Sequence[AnyRecord], *, installation: str, version: str, at: datetime) -> str:
    """The text, indented, for people to read. First passwords are in it as the store has them: encrypted."""
    about = About(what=WHAT, format=FORMAT, installation=installation, version=version, at=at)
    tables: dict[str, Any] = {"about": about, **{name: [] for name in STORED}}
    for record in records:
        tables[type_of(record)].append(record)
    return msgspec.json.format(msgspec.json.encode(tables), indent=2).decode() + "\n"


def decode(text: bytes, where: object) -> tuple[About, tuple[AnyRecord, ...]]:
    """What an export says; `where` it is, for the errors. Raises StoreProblem."""
    try:
        raw = msgspec.json.decode(text, type=dict[str, Any])
        about = msgspec.convert(raw.pop("about", None), About)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StoreProblem(f"{where}: this is no export of VMMS ({error}).") from error
    if about.what != WHAT:
        raise StoreProblem(f"{where}: this is no export of VMMS, but {about.what!r}.")
    found = migrations.check(about.format, where)
    try:
        numbered = {name: {str(number): record for number, record in enumerate(raw[name], 1)} for name in raw}
        tables = migrations.tables(found, numbered)
    except (TypeError, LookupError, AttributeError, ValueError) as error:
        raise StoreProblem(f"{where}: its records are not lists by type ({error}).") from error
    records = tuple(_records(tables, where))
    _check(records, where)
    return about, records


def _records(tables: migrations.RawTables, where: object) -> Iterator[AnyRecord]:
    seen: set[tuple[str, str]] = set()
    for name, table in tables.items():
        if name not in STORED:
            raise StoreProblem(f"{where}: this VMMS knows no records {name!r}.")
        for number, raw in table.items():
            record = _record(STORED[name], raw, f"{where}: {name} number {number}")
            if (name, record.id) in seen:
                raise StoreProblem(f"{where}: {name} {_shown(record.id)} is there twice.")
            seen.add((name, record.id))
            yield record  # type: ignore[misc]


def _record(kind: type[Record], raw: Any, where: str) -> Record:
    try:
        record = msgspec.convert(raw, kind)
    except msgspec.MsgspecError as error:
        raise StoreProblem(f"{where}: {error}.") from error
    unknown = sorted(set(raw) - {*kind.__struct_fields__, "type"})
    if unknown:
        raise StoreProblem(f"{where}: this VMMS knows no field {unknown[0]!r} there.")
    return record


def _check(records: Sequence[AnyRecord], where: object) -> None:
    """What an engine relies on: whatever is live has its server, and a server one lease."""
    tables = Tables(records)
    holders: dict[str, str] = {}
    for lease in tables.all(Lease):
        if lease.state not in LIVE_LEASE:
            continue
        if tables.get(Server, lease.server_id) is None:
            raise StoreProblem(
                f"{where}: {_shown(lease.id)} is live, and its server {_shown(lease.server_id)} is not there."
            )
        if holders.setdefault(lease.server_id, lease.id) != lease.id:
            raise StoreProblem(
                f"{where}: {_shown(lease.server_id)} is lent twice, by {_shown(lease.id)} and another lease."
            )
    for operation in tables.all(Operation):
        if operation.state in LIVE_OPERATION and tables.get(Server, operation.server_id) is None:
            raise StoreProblem(
                f"{where}: {_shown(operation.id)} works on {_shown(operation.server_id)}, which is not there."
            )


def _shown(text: str) -> str:
    """A word of the text, such that a terminal can only show it."""
    return text if text.isprintable() else ascii(text)


def counters(records: Sequence[AnyRecord]) -> Counters:
    """The numbers, which go on after all that are there, whoever has edited them."""
    old = next((record for record in records if isinstance(record, Counters)), Counters(id="counters"))
    last = {kind: getattr(old, kind) for kind in FORMATS}
    for record in records:
        kind = type_of(record)
        if kind in last:
            last[kind] = max(last[kind], number_in(kind, record.id))
    return msgspec.structs.replace(old, id="counters", **last)
