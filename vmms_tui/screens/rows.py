"""Rows of the lists, and a list that is filtered and ordered and stays so under changes. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import compress, islice, repeat
from operator import contains, not_
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import msgspec

from vmms_tui.model.records import (
    UNFINISHED,
    Event,
    Lease,
    LeaseState,
    Pool,
    Request,
    RequestState,
    Server,
    ServerState,
)
from vmms_tui.model.tables import Tables
from vmms_tui.widgets.column import Column, HasId
from vmms_tui.widgets.filtering import Compare, Filter, Term, Word, holds, meant, narrows, parse

_ENDED = LeaseState.ENDED
FAR = datetime(9999, 1, 1, tzinfo=UTC)


class PoolRow(msgspec.Struct, frozen=True, gc=False):
    """A pool and how many servers it has."""

    pool: Pool
    ready: int
    used: int
    building: int = 0
    lately: str = ""
    """A sparkline of the servers that were ready in the last two hours."""

    @property
    def id(self) -> str:
        """The pool's name."""
        return self.pool.id


class ServerRow(msgspec.Struct, frozen=True, gc=False):
    """A server and the lease it is on."""

    server: Server
    lease: Lease | None

    @property
    def id(self) -> str:
        """The server's id."""
        return self.server.id


class LeaseRow(msgspec.Struct, frozen=True, gc=False):
    """A lease with its server, or a request that waits for one."""

    about: Lease | Request
    server: Server | None = None

    @property
    def id(self) -> str:
        """The id of the lease or request."""
        return self.about.id

    @property
    def lease(self) -> Lease | None:
        """The lease, unless it is a request."""
        return self.about if isinstance(self.about, Lease) else None

    @property
    def request(self) -> Request | None:
        """The request, unless it is a lease."""
        return self.about if isinstance(self.about, Request) else None

    @property
    def end(self) -> datetime:
        """When it ends; far away for a request."""
        return self.about.end if isinstance(self.about, Lease) else FAR


class EventRow(msgspec.Struct, frozen=True, gc=False):
    """An event."""

    event: Event

    @property
    def id(self) -> str:
        """The event's id."""
        return self.event.id

    @property
    def subject(self) -> str:
        """What it is about: the nearest thing that has a name."""
        event = self.event
        return event.server_id or event.lease_id or event.request_id or event.host or event.pool


def pool_rows(tables: Tables, lately: Mapping[str, str] = MappingProxyType({})) -> list[PoolRow]:
    """Every pool, with its servers counted; `lately` has the sparkline of each."""
    ready: dict[str, int] = {}
    used: dict[str, int] = {}
    building: dict[str, int] = {}
    leased, at_hand, gone = ServerState.LEASED, ServerState.READY, ServerState.GONE
    for server in tables.all(Server):
        state = server.state
        if state is gone:
            continue
        used[server.pool] = used.get(server.pool, 0) + 1
        if state is leased:  # most of them
            continue
        if state is at_hand and not server.lease_id:
            ready[server.pool] = ready.get(server.pool, 0) + 1
        elif state in UNFINISHED and not server.lease_id:
            building[server.pool] = building.get(server.pool, 0) + 1
    return [
        PoolRow(pool, ready.get(pool.id, 0), used.get(pool.id, 0), building.get(pool.id, 0), lately.get(pool.id, ""))
        for pool in tables.all(Pool)
    ]


def server_row(tables: Tables, server_id: str, pool: str) -> ServerRow | None:
    """The row of a server of this pool; None when it is gone."""
    server = tables.get(Server, server_id)
    if server is None or server.pool != pool or server.state is ServerState.GONE:
        return None
    return ServerRow(server, tables.get(Lease, server.lease_id) if server.lease_id else None)


def lease_row(tables: Tables, record_id: str) -> LeaseRow | None:
    """The row of a lease that has not ended, or of a request that waits."""
    lease = tables.get(Lease, record_id)
    if lease is not None:
        return None if lease.state is LeaseState.ENDED else LeaseRow(lease, tables.get(Server, lease.server_id))
    request = tables.get(Request, record_id)
    return LeaseRow(request) if request and request.state is RequestState.QUEUED else None


def lease_rows(tables: Tables) -> list[LeaseRow]:
    """Every lease that has not ended, and every request that waits."""
    held = (LeaseRow(one, tables.get(Server, one.server_id)) for one in tables.all(Lease) if one.state is not _ENDED)
    return [*held, *(LeaseRow(one) for one in tables.all(Request) if one.state is RequestState.QUEUED)]


RowT = TypeVar("RowT", bound=HasId)


MANY = 20
"""When more than one row in so many has changed, all are put in order anew."""
SLICE = 2_000
"""Rows that are looked at in one go while keys wait: some milliseconds."""
TRIES = 3
"""How often a list that changes meanwhile is put in order from the beginning before it is done in one go."""
NONE_SAVED: Mapping[str, str] = MappingProxyType({})
AGAIN = timedelta(seconds=5)
"""After so long a filter that compares with the present is looked at again."""


@dataclass
class Listing(Generic[RowT]):
    """Rows in an order, through a filter. `ids` is what is to be shown."""

    columns: Sequence[Column[RowT]]
    order_key: str
    backwards: bool = False
    filter_text: str = ""
    now: datetime = FAR
    """The present, for what moves with time."""
    problem: str = ""
    """What of the filter was not understood."""
    saved: Mapping[str, str] = field(default_factory=dict)
    """What `@name` stands for."""
    ids: list[str] = field(default_factory=list)
    rows: dict[str, RowT] = field(default_factory=dict)
    _keyed: list[tuple[Any, str]] = field(default_factory=list)
    """Rank and id of every row, in rising order."""
    _order: list[str] = field(default_factory=list)
    """The ids alone, in the same order."""
    _words: dict[str, dict[str, str]] = field(default_factory=dict)
    """By column that was asked for, what each row says in it; by the empty key, in all of them."""
    _terms: tuple[Term, ...] = ()
    _chosen_at: datetime = FAR
    _beside: tuple[str, list[str]] | None = None
    """What the rows of `ids` say, in the same order, and in which column: found by place, not looked up by id."""
    _version: int = 0
    """Counts changes of the rows."""
    _begun: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    """What there will be in `_words` when all rows have been looked at, and the version that it is of."""

    def reset(self, rows: Iterable[RowT]) -> None:
        """Take these rows instead of all others."""
        self._version += 1
        self.rows = {row.id: row for row in rows}
        self._words = {}
        self._order_all()

    def change(self, put: Iterable[RowT], gone: Iterable[str]) -> None:
        """Take some rows anew and forget others; only these are looked at again."""
        self._version += 1
        fresh = {row.id: row for row in put}
        touched = {*gone, *fresh}
        old = [row for row_id in touched if (row := self.rows.pop(row_id, None))]
        self.rows.update(fresh)
        for key, words in self._words.items():
            for row_id in touched:
                words.pop(row_id, None)
            words.update(self._said(key, fresh.values()))
        if len(touched) * MANY > len(self._keyed):
            self._order_all()
            return
        rank = self._column().order
        for row in old:
            place = bisect_left(self._keyed, (rank(row), row.id))
            del self._keyed[place], self._order[place]
        for row in fresh.values():
            place = bisect_left(self._keyed, (rank(row), row.id))
            self._keyed.insert(place, (rank(row), row.id))
            self._order.insert(place, row.id)
        self._choose()

    def order(self, key: str) -> None:
        """Order by this column; by the same again: the other way round."""
        self.backwards = not self.backwards if key == self.order_key else False
        self.order_key = key
        self._order_all()

    def ordering(self, key: str) -> Iterator[None]:
        """The same as `order`, a part at each step. Nothing is changed before the last."""
        backwards = not self.backwards if key == self.order_key else False
        rank = self._column(key).order
        for _ in range(TRIES):
            version, rows = self._version, [*self.rows.values()]
            keyed: list[tuple[Any, str]] = []
            for start in range(0, len(rows), SLICE):
                keyed += sorted([(rank(row), row.id) for row in rows[start : start + SLICE]])
                yield
            keyed.sort()  # of parts that are in order already: quick
            yield
            if version == self._version:
                self.order_key, self.backwards, self._keyed = key, backwards, keyed
                self._order = [row_id for _, row_id in keyed]
                self._choose()
                return
        self.order_key, self.backwards = key, backwards
        self._order_all()

    def narrow(self, text: str) -> None:
        """Show only what this filter lets through."""
        self.filter_text = text
        found = self._parsed(text)
        before, self._terms, self.problem = self._terms, found.terms, found.problem
        if before and narrows(before, found.terms):
            self._choose(self.ids, self._beside)
        else:
            self._choose()

    def preparing(self, text: str) -> Iterator[None]:
        """Read what `narrow` will look for, a part at each step; what was read stays read while the rows stay."""
        for key in {term.key for term in self._parsed(text).terms if isinstance(term, Word)} - self._words.keys():
            version, words = self._begun.get(key, (-1, {}))
            if version != self._version:
                version, words = self._begun[key] = self._version, {}
            rows = [*islice(self.rows.values(), len(words), None)]
            for start in range(0, len(rows), SLICE):
                words.update(self._said(key, rows[start : start + SLICE]))
                yield
                if version != self._version:
                    return
            self._words[key] = words
            del self._begun[key]

    def _parsed(self, text: str) -> Filter:
        return parse(text, {column.key: column.kind for column in self.columns}, self.saved)

    def pass_time(self, now: datetime) -> bool:
        """It is later. Whether other rows are to be shown now."""
        self.now = now
        moves = any(isinstance(term, Compare) for term in self._terms)
        if not moves or timedelta(0) <= now - self._chosen_at < AGAIN:
            return False
        before = self.ids
        self._choose()
        return before != self.ids

    def _column(self, key: str = "") -> Column[RowT]:
        return next(column for column in self.columns if column.key == (key or self.order_key))

    def _order_all(self) -> None:
        rank = self._column().order
        self._keyed = sorted([(rank(row), row_id) for row_id, row in self.rows.items()])
        self._order = [row_id for _, row_id in self._keyed]
        self._choose()

    def _choose(self, among: list[str] | None = None, beside: tuple[str, list[str]] | None = None) -> None:
        """`among`: all that can pass, in their order, and what they say; None: nobody knows."""
        self._chosen_at = self.now
        ids = among
        if ids is None:
            ids = self._order[::-1] if self.backwards else self._order.copy()
        for term in self._terms:
            if isinstance(term, Word):
                said = beside[1] if beside and beside[0] == term.key else self._sayings(ids, term.key)
                ids, said = _with_word(ids, said, term)
                beside = term.key, said
            else:
                ids, beside = self._that_stand(ids, term), None
        self.ids, self._beside = ids, beside

    def _sayings(self, ids: list[str], key: str) -> list[str]:
        words = self._words.get(key)
        if words is None:
            words = self._words[key] = dict(self._said(key, self.rows.values()))
        return list(map(words.__getitem__, ids))

    def _that_stand(self, ids: list[str], term: Compare) -> list[str]:
        column = next(column for column in self.columns if column.key == term.key)
        wanted, value = meant(term.said, column.kind, self.now), column.value
        if wanted is None or value is None:
            return ids
        found = ((row_id, value(self.rows[row_id], self.now)) for row_id in ids)
        return [one for one, has in found if has is not None and holds(term.sign, has, wanted) is not term.without]

    def _said(self, key: str, rows: Iterable[RowT]) -> Iterable[tuple[str, str]]:
        """What rows say in a column, or with an empty key in all of them."""
        finds = [one.find for one in self.columns if key in {"", one.key}]
        return ((row.id, "\n".join([find(row) for find in finds]).casefold()) for row in rows)


def _with_word(ids: list[str], said: list[str], term: Word) -> tuple[list[str], list[str]]:
    """Those that say a word, or do not, and what they say."""
    there = list(map(contains, said, repeat(term.text)))  # no Python for each row: there are many
    fit = list(map(not_, there)) if term.without else there
    return list(compress(ids, fit)), list(compress(said, fit))


def chosen(
    columns: Sequence[Column[RowT]],
    rows: Iterable[RowT],
    text: str,
    now: datetime,
    saved: Mapping[str, str] = NONE_SAVED,
) -> tuple[set[str], str]:
    """The ids of the rows that a filter shows, and what of it was not understood. `saved`: what `@name` stands for."""
    listing = Listing(columns, columns[0].key, saved=saved)
    listing.pass_time(now)
    listing.narrow(text)
    listing.reset(rows)
    return set(listing.ids), listing.problem
