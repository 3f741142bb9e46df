"""Records by type and id, and the changes that carry them: one shape for the engine, the wire and the screens."""

from collections.abc import Collection, Iterable
from itertools import chain
from typing import TypeVar

import msgspec

from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.draining import MoveQueue
from vmms_tui.model.healing import Illness, Incident
from vmms_tui.model.placing import Placing
from vmms_tui.model.records import (
    AnyRecord,
    Counters,
    Event,
    Guard,
    Lease,
    Notice,
    Operation,
    Pool,
    Record,
    Request,
    Secret,
    Server,
)
from vmms_tui.model.surroundings import Host, Image, Network, Survey, Volume
from vmms_tui.model.suspects import Suspect
from vmms_tui.model.trends import Trend

RecordT = TypeVar("RecordT", bound=Record)


class Put(msgspec.Struct, frozen=True, tag="put", tag_field="op", gc=False):
    """This record is now as given."""

    record: AnyRecord


class Drop(msgspec.Struct, frozen=True, tag="drop", tag_field="op", gc=False):
    """This record is forgotten. `type` is the record's tag."""

    type: str
    id: str


Change = Put | Drop

STORED: dict[str, type[Record]] = {
    str(kind.__struct_config__.tag): kind
    for kind in (
        *(Pool, Server, Lease, Request, Operation, Event, Notice, Counters, Secret, Guard),
        *(Acknowledgement, Trend, Illness, Incident, MoveQueue, Suspect),
    )
}
"""Types of records that are kept on disk, by their tags."""
TRANSIENT: dict[str, type[Record]] = {
    str(kind.__struct_config__.tag): kind for kind in (Survey, Host, Network, Volume, Image, Placing)
}
"""Types of facts that are read anew after each start: no store ever sees one."""
TYPES: dict[str, type[Record]] = STORED | TRANSIENT


_TRANSIENT_TYPES = frozenset(TRANSIENT.values())


def is_transient(change: Change) -> bool:
    """Whether a change is of a fact that no store sees."""
    return (type(change.record) in _TRANSIENT_TYPES) if isinstance(change, Put) else change.type in TRANSIENT


def type_of(record: Record | type[Record]) -> str:
    """The tag of a record's type: `server`, `lease` …"""
    return str(record.__struct_config__.tag)


class Tables:
    """Records in memory, in the order in which their ids first came. `apply` is the only way to change them."""

    def __init__(self, records: Iterable[AnyRecord] = ()) -> None:
        self._tables: dict[type[Record], dict[str, Record]] = {kind: {} for kind in TYPES.values()}
        tables = self._tables
        for record in records:
            tables[type(record)][record.id] = record

    def apply(self, change: Change) -> AnyRecord | None:
        """Take one change. Returns what it gave way, if anything: dropping what is not there is no error."""
        if isinstance(change, Put):
            return self.put(change.record)
        return self.drop(TYPES[change.type], change.id)

    def put(self, record: AnyRecord) -> AnyRecord | None:
        """The change `Put`, without its wrapping."""
        table = self._tables[type(record)]
        old = table.get(record.id)
        table[record.id] = record
        return old  # type: ignore[return-value]

    def drop(self, kind: type[Record], record_id: str) -> AnyRecord | None:
        """The change `Drop`, without its wrapping."""
        return self._tables[kind].pop(record_id, None)  # type: ignore[return-value]

    def order(self, kind: type[Record]) -> tuple[str, ...]:
        """The ids of a type as they stand."""
        return tuple(self._tables[kind])

    def put_in_order(self, kind: type[Record], order: Iterable[str]) -> None:
        """Let the records of a type stand as they did when `order` was taken; those ids must be the ones there are."""
        table = self._tables[kind]
        self._tables[kind] = {record_id: table[record_id] for record_id in order}

    def all(self, kind: type[RecordT]) -> list[RecordT]:
        """Every record of a type."""
        return list(self._tables[kind].values())  # type: ignore[arg-type]

    def get(self, kind: type[RecordT], record_id: str) -> RecordT | None:
        """The record with this id."""
        return self._tables[kind].get(record_id)  # type: ignore[return-value]

    def count(self, kind: type[Record]) -> int:
        """How many records of a type there are."""
        return len(self._tables[kind])

    def records(self, kinds: Collection[str] = ()) -> tuple[AnyRecord, ...]:
        """Everything, type by type; with `kinds`, tags of types, only these."""
        wanted = [self._tables[kind] for tag, kind in TYPES.items() if tag in kinds or not kinds]
        return tuple(chain.from_iterable(table.values() for table in wanted))  # type: ignore[misc]
