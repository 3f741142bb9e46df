"""What changed between two looks at a list, as words. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic

import msgspec

from vmms_tui.model.records import Event, Lease, Operation, Pool, Record, Request, Server
from vmms_tui.model.tables import Tables
from vmms_tui.screens import columns
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.rows import EventRow, RowT, chosen, lease_row, lease_rows, pool_rows
from vmms_tui.widgets.column import Column
from vmms_tui.widgets.text import plain


class OperationRow(msgspec.Struct, frozen=True, gc=False):
    """An operation."""

    operation: Operation

    @property
    def id(self) -> str:
        """The operation's id."""
        return self.operation.id


def _column(key: str, what: Callable[[Operation], str]) -> Column[OperationRow]:
    return Column(
        key=key,
        letter=key[0],
        title=key.upper(),
        text=lambda row, _now: what(row.operation),
        order=lambda row: what(row.operation),
        find=lambda row: what(row.operation),
    )


OPERATIONS = (
    _column("operation", lambda one: one.id),
    _column("kind", lambda one: one.kind.value),
    _column("server", lambda one: one.server_id),
    _column("state", lambda one: one.state.value),
    _column("step", lambda one: one.step),
    _column("waits", lambda one: one.waiting_for),
    _column("actor", lambda one: one.actor),
    _column("reason", lambda one: one.reason),
)


@dataclass(frozen=True)
class Kind(Generic[RowT]):
    """Something that can be watched."""

    columns: Sequence[Column[RowT]]
    rows: Callable[[Tables], Iterable[RowT]]
    """All that there are."""
    touched: Callable[[Tables, Delta], dict[str, RowT | None]]
    """Those that an update touched; None: it is gone."""
    goes: bool = True
    """Whether it is told when one is gone; what happened does not go."""


def _leases(tables: Tables, delta: Delta) -> dict[str, Any]:
    servers = [tables.get(Server, server_id) for server_id in delta.of(Server)]
    ids = delta.of(Lease, Request) | {server.lease_id for server in servers if server and server.lease_id}
    return {row_id: lease_row(tables, row_id) for row_id in ids}


def _pools(tables: Tables, delta: Delta) -> dict[str, Any]:
    if not delta.of(Pool, Server):
        return {}
    return dict.fromkeys(delta.of(Pool)) | {row.id: row for row in pool_rows(tables)}


def _of(record: type[Record], row: Callable[[Any], Any]) -> Callable[[Tables, Delta], dict[str, Any]]:
    def touched(tables: Tables, delta: Delta) -> dict[str, Any]:
        found = {record_id: tables.get(record, record_id) for record_id in delta.of(record)}
        return {record_id: row(one) if one else None for record_id, one in found.items()}

    return touched


KINDS: dict[str, Kind[Any]] = {
    "leases": Kind(columns.LEASES, lease_rows, _leases),
    "pools": Kind(columns.POOLS, pool_rows, _pools),
    "events": Kind(columns.EVENTS, lambda tables: map(EventRow, tables.all(Event)), _of(Event, EventRow), goes=False),
    "operations": Kind(
        OPERATIONS, lambda tables: map(OperationRow, tables.all(Operation)), _of(Operation, OperationRow)
    ),
}
"""What can be watched, by its name."""


@dataclass(frozen=True)
class Change:
    """One thing that is otherwise than before."""

    at: datetime
    id: str
    what: str
    """`new`, `changed`, `gone`, or `out`: it does not fit the filter any more."""
    now: dict[str, str] = field(default_factory=dict)
    """By column what it says now: everything of what is new, else what changed."""
    was: dict[str, str] = field(default_factory=dict)

    def line(self) -> str:
        """The same as one line of text, safe to draw."""
        return f"{self.at:%Y-%m-%d %H:%M:%S}Z {plain(self.id)} {self._said()}"

    def _said(self) -> str:
        if self.what == "new":
            return "new: " + ", ".join(f"{key} {plain(text)}" for key, text in self.now.items() if text)
        if self.what == "changed":
            pairs = [(key, plain(text), plain(self.was[key])) for key, text in self.now.items()]
            return "; ".join(f"{key} {text or 'nothing'}, was {before or 'nothing'}" for key, text, before in pairs)
        return "does not fit the filter any more" if self.what == "out" else self.what


class Watch(Generic[RowT]):
    """What was there at the last look, through a filter."""

    def __init__(self, kind: Kind[RowT], words: str) -> None:
        self._kind = kind
        self._words = words
        self._rows: dict[str, RowT] = {}
        self._fit: set[str] = set()

    @property
    def count(self) -> int:
        """How many fit."""
        return len(self._fit)

    def begin(self, tables: Tables, now: datetime) -> None:
        """This is there; nothing is told of it."""
        self._rows = {row.id: row for row in self._kind.rows(tables)}
        self._fit = self._fitting(self._rows.values(), now)

    def take(self, tables: Tables, delta: Delta, now: datetime) -> list[Change]:
        """What is otherwise since the last look."""
        if delta.everything:
            fresh: dict[str, RowT | None] = {row.id: row for row in self._kind.rows(tables)}
            touched = dict.fromkeys(self._rows) | fresh
        else:
            touched = self._kind.touched(tables, delta)
        fit = self._fitting([row for row in touched.values() if row is not None], now)
        changes = [one for row_id in sorted(touched) for one in self._told(row_id, touched[row_id], row_id in fit, now)]
        for row_id, row in touched.items():
            self._fit.discard(row_id)
            if row is None:
                self._rows.pop(row_id, None)
            else:
                self._rows[row_id] = row
        self._fit |= fit
        return changes

    def _fitting(self, rows: Iterable[RowT], now: datetime) -> set[str]:
        return chosen(self._kind.columns, rows, self._words, now)[0]

    def _told(self, row_id: str, row: RowT | None, fits: bool, now: datetime) -> Iterator[Change]:
        old, did_fit = self._rows.get(row_id), row_id in self._fit
        if row is None or not fits:
            if did_fit and self._kind.goes:
                yield Change(now, row_id, "out" if row is not None else "gone")
        elif old is None or not did_fit:
            yield Change(row.event.at if isinstance(row, EventRow) else now, row_id, "new", self._texts(row, now))
        else:
            before, after = self._texts(old, now), self._texts(row, now)
            other = {key: text for key, text in after.items() if text != before[key]}
            if other:
                yield Change(now, row_id, "changed", other, {key: before[key] for key in other})

    def _texts(self, row: RowT, now: datetime) -> dict[str, str]:
        return {column.key: column.text(row, now).strip() for column in self._kind.columns}
