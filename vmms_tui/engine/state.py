"""What the engine knows, in memory, with indexes. `apply` is the only way to change it, from one thread."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from vmms_tui.engine.holdings import Holdings
from vmms_tui.engine.past import Past
from vmms_tui.engine.policy.sizing import Counts, counted, use_of
from vmms_tui.engine.shelf import Shelf
from vmms_tui.model.records import (
    NEXT_STATES,
    UNFINISHED,
    AnyRecord,
    Counters,
    Lease,
    LeaseState,
    Notice,
    Operation,
    OperationState,
    Pool,
    Record,
    Request,
    RequestState,
    Server,
    ServerState,
)
from vmms_tui.model.tables import (
    STORED,
    TYPES,
    Change,
    Drop,
    Put,
    RecordT,
    Tables,
    is_transient,
    type_of,
)

LIVE_LEASE = frozenset({LeaseState.ACTIVE, LeaseState.OVERDUE, LeaseState.ENDING})
LIVE_OPERATION = frozenset({OperationState.RUNNING, OperationState.WAITING})


class BrokenRule(AssertionError):
    """A change would break an invariant: a mistake of ours, so nothing of the batch is applied."""


class Undo(msgspec.Struct, frozen=True):
    """What takes a batch back."""

    batch: tuple[Change, ...]
    before: tuple[AnyRecord | None, ...]
    """What each change gave way; None: there was nothing of that id."""
    orders: tuple[tuple[type[Record], tuple[str, ...]], ...]
    """How the records stood of which some were dropped: they come back to their old places."""


class State:
    """Records with indexes. The thread that makes it is the only one that may use it."""

    def __init__(self, records: Iterable[AnyRecord] = (), sequence: int = 0) -> None:
        self._thread = threading.get_ident()
        self._tables = Tables(records)
        self.sequence = sequence
        """Number of the last batch of changes."""
        self.past = Past()
        """What was asked and done lately."""
        self.holdings = Holdings()
        """What people and projects hold and wait for."""
        self._servers_of_pool: dict[str, dict[str, Server]] = defaultdict(dict)
        self._uses: dict[str, Counter[tuple[ServerState, bool]]] = defaultdict(Counter)
        self._shelves: dict[str, Shelf] = defaultdict(Shelf)
        self._unfinished: dict[str, Server] = {}
        self._server_of_cloud_id: dict[str, str] = {}
        self._lease_of_server: dict[str, str] = {}
        self._live_leases: dict[str, Lease] = {}
        self._live_operations: dict[str, Operation] = {}
        self._operation_of_server: dict[str, str] = {}
        self._queued: dict[str, Request] = {}
        self._queued_for: dict[str, set[str]] = defaultdict(set)
        self._indexes: dict[type[Record], Callable[[Any, Any], None]] = {
            Server: self._index_server,
            Lease: self._index_lease,
            Operation: self._index_operation,
            Request: self._index_request,
            Notice: self._index_notice,
            Pool: self._index_pool,
        }
        self._pools: tuple[Pool, ...] | None = None
        self._notices_of: dict[str, dict[str, Notice]] = defaultdict(dict)
        self._open_notices: dict[str, Notice] = {}
        self.operators_told_at: datetime | None = None
        """When a notice reached the operators last."""
        for kind, index in self._indexes.items():
            for one in self._tables.all(kind):
                index(None, one)

    def apply(self, changes: Iterable[Change]) -> Undo:
        """Take a batch, all of it or nothing. Returns what `undo` needs to take it back.

        Raises:
            BrokenRule: a server would make an illegal move, or be lent twice.
        """
        if threading.get_ident() != self._thread:
            raise BrokenRule("the state was touched from another thread")
        batch = tuple(changes)
        self._check(batch)
        if any(map(is_transient, batch)):
            raise BrokenRule("a fact that no store sees is no part of a batch: `note` takes it")
        dropped = {TYPES[change.type] for change in batch if type(change) is Drop}
        orders = tuple((kind, self._tables.order(kind)) for kind in dropped)
        before = tuple([self._apply(change) for change in batch])
        self.sequence += 1
        return Undo(batch, before, orders)

    def note(self, changes: Iterable[Change]) -> None:
        """Take facts that are read anew after each start. They are no batch: they have no number, and stay at an undo.

        Raises BrokenRule for anything else.
        """
        if threading.get_ident() != self._thread:
            raise BrokenRule("the state was touched from another thread")
        batch = tuple(changes)
        if not all(map(is_transient, batch)):
            raise BrokenRule("only facts that no store sees can be noted")
        for change in batch:
            self._tables.apply(change)

    def kept(self) -> tuple[AnyRecord, ...]:
        """All that belongs into a store."""
        return self._tables.records(STORED)

    def undo(self, undos: Iterable[Undo]) -> None:
        """Take the last batches back, the newest first: they were never made."""
        for undo in undos:
            for change, old in zip(reversed(undo.batch), reversed(undo.before), strict=True):
                if old is not None:
                    self._apply(Put(old))
                elif isinstance(change, Put):
                    self._apply(Drop(type_of(change.record), change.record.id))
            for kind, order in undo.orders:
                self._tables.put_in_order(kind, order)
            self.sequence -= 1
        self.past = self._remembered()

    def _remembered(self) -> Past:
        """The past anew, from the records: it is not made to be taken back."""
        past = Past()
        for request in self._tables.all(Request):
            past.request(None, request)
        for operation in self._tables.all(Operation):
            server = self._tables.get(Server, operation.server_id)
            past.operation(None, operation, server.pool if server else "")
        return past

    def _check(self, batch: tuple[Change, ...]) -> None:
        lent: dict[str, str] = {}
        for change in batch:
            if isinstance(change, Put):
                record = change.record
                if isinstance(record, Server):
                    self._check_move(record)
                elif isinstance(record, Lease) and record.state in LIVE_LEASE:
                    self._check_lent_once(record, lent)

    def _check_move(self, server: Server) -> None:
        old = self._tables.get(Server, server.id)
        if old and old.state is not server.state and server.state not in NEXT_STATES[old.state]:
            raise BrokenRule(f"server {server.id} cannot go from {old.state} to {server.state}")

    def _check_lent_once(self, lease: Lease, lent: dict[str, str]) -> None:
        """`lent` holds the leases of the batch so far, by their servers."""
        holder = lent.get(lease.server_id) or self._lease_of_server.get(lease.server_id)
        if holder and holder != lease.id:
            raise BrokenRule(f"server {lease.server_id} is on lease {holder}; {lease.id} cannot have it")
        lent[lease.server_id] = lease.id

    def _apply(self, change: Change) -> AnyRecord | None:
        """Take a change into the table and the indexes of its type. Returns what it gave way."""
        if isinstance(change, Put):
            new: AnyRecord | None = change.record
            index = self._indexes.get(type(change.record))
            old = self._tables.put(change.record)
        else:
            kind = TYPES[change.type]
            new, old = None, self._tables.drop(kind, change.id)
            index = self._indexes.get(kind) if old is not None else None
        if index is not None:
            index(old, new)
        return old

    def _index_server(self, old: Server | None, new: Server | None) -> None:
        if old is not None:
            self._uses[old.pool][use_of(old)] -= 1
            if new is None or old.cloud_id != new.cloud_id:
                self._server_of_cloud_id.pop(old.cloud_id, None)
            if old.state is ServerState.READY:
                self._shelves[old.pool].take(old)
        if new is not None:
            self._uses[new.pool][use_of(new)] += 1
            _keep(self._servers_of_pool[new.pool], new, new.state is not ServerState.GONE)
            _keep(self._unfinished, new, new.state in UNFINISHED)
            if new.state is ServerState.READY:
                self._shelves[new.pool].put(new)
            if new.cloud_id:
                self._server_of_cloud_id[new.cloud_id] = new.id
        elif old is not None:
            self._servers_of_pool[old.pool].pop(old.id, None)
            self._unfinished.pop(old.id, None)
        if old is None or new is None or (old.vcpus, old.ram_mib) != (new.vcpus, new.ram_mib):
            self._count_anew(old or new, new)

    def _count_anew(self, server: Server | None, size: Server | None) -> None:
        # at a start all servers come before the first lease
        lease = self.live_lease_of(server.id) if server and self._lease_of_server else None
        if lease is not None:
            self.holdings.lease(lease, size)

    def _index_request(self, old: Request | None, new: Request | None) -> None:
        if old is not None and old.state is RequestState.QUEUED:
            self._queued_for[old.pool].discard(old.id)
        if new is not None and new.state is RequestState.QUEUED:
            self._queued_for[new.pool].add(new.id)
            self._queued[new.id] = new
        elif old is not None:
            self._queued.pop(old.id, None)
        self.past.request(old, new)
        self.holdings.request(old, new)

    def _index_lease(self, old: Lease | None, new: Lease | None) -> None:
        lent = new.server_id if new is not None and new.state in LIVE_LEASE else None
        if old is not None and old.server_id != lent:
            self._live_leases.pop(old.id, None)
            _free(self._lease_of_server, old)
        if new is not None:
            self.holdings.lease(new, self._tables.get(Server, new.server_id))
            if lent is not None:
                self._live_leases[new.id] = new
                self._lease_of_server[lent] = new.id
        elif old is not None:
            self.holdings.forget(old.id)

    def _index_operation(self, old: Operation | None, new: Operation | None) -> None:
        busy = new.server_id if new is not None and new.state in LIVE_OPERATION else None
        if old is not None and old.server_id != busy:
            self._live_operations.pop(old.id, None)
            _free(self._operation_of_server, old)
        server = self._tables.get(Server, new.server_id) if new is not None else None
        self.past.operation(old, new, server.pool if server else "")
        if new is not None and busy is not None:
            self._live_operations[new.id] = new
            self._operation_of_server[busy] = new.id

    def _index_notice(self, old: Notice | None, new: Notice | None) -> None:
        if new is not None:
            self._notices_of[new.lease_id][new.id] = new
            _keep(self._open_notices, new, new.open)
            if not new.owner and new.delivered_at is not None:
                self.operators_told_at = max(new.delivered_at, self.operators_told_at or new.delivered_at)
        elif old is not None:
            self._open_notices.pop(old.id, None)
            self._notices_of[old.lease_id].pop(old.id, None)
            if not self._notices_of[old.lease_id]:
                del self._notices_of[old.lease_id]

    def _index_pool(self, _old: Pool | None, _new: Pool | None) -> None:
        self._pools = None

    def all(self, kind: type[RecordT]) -> list[RecordT]:
        """Every record of a type."""
        return self._tables.all(kind)

    def get(self, kind: type[RecordT], record_id: str) -> RecordT | None:
        """The record with this id."""
        return self._tables.get(kind, record_id)

    def need(self, kind: type[RecordT], record_id: str) -> RecordT:
        """The record with this id; KeyError when it is not there."""
        record = self._tables.get(kind, record_id)
        if record is None:
            raise KeyError(f"no {kind.__name__.lower()} {record_id}")
        return record

    def records(self, kinds: Collection[str] = ()) -> tuple[AnyRecord, ...]:
        """Everything; with `kinds`, tags of types, only these."""
        return self._tables.records(kinds)

    def count(self, kind: type[RecordT]) -> int:
        """How many records of a type."""
        return self._tables.count(kind)

    def servers_of(self, pool: str) -> list[Server]:
        """A pool's servers, gone ones left out."""
        return list(self._servers_of_pool.get(pool, {}).values())

    def counts_of(self, pool: str) -> Counts:
        """How many servers a pool has, by what they are good for."""
        return counted(self._uses[pool])

    def ready_of(self, pool: str) -> list[Server]:
        """A pool's ready servers in their turn."""
        return list(self._shelves.get(pool, ()))

    def shelves(self) -> Mapping[str, Shelf]:
        """The ready servers by pool, in their turn: no copies, so look at them before anything changes."""
        return self._shelves

    def unfinished(self) -> list[Server]:
        """Servers on their way to a pool, or to the owner of a lease who had them rebuilt."""
        return list(self._unfinished.values())

    def server_by_cloud_id(self, cloud_id: str) -> Server | None:
        """Our server behind an id of the cloud."""
        server_id = self._server_of_cloud_id.get(cloud_id)
        return self.get(Server, server_id) if server_id else None

    def live_lease_of(self, server_id: str) -> Lease | None:
        """The lease that a server is on."""
        lease_id = self._lease_of_server.get(server_id)
        return self.get(Lease, lease_id) if lease_id else None

    def live_leases(self) -> list[Lease]:
        """Leases that have not ended, oldest first."""
        return list(self._live_leases.values())

    def live_operations(self) -> list[Operation]:
        """Operations that have not ended, oldest first."""
        return list(self._live_operations.values())

    def operations_of(self, server_id: str) -> list[Operation]:
        """All operations on a server that are remembered, oldest first."""
        return [self.need(Operation, operation_id) for operation_id in self.past.operations_of(server_id)]

    def operation_on(self, server_id: str) -> Operation | None:
        """The operation that is at work on a server."""
        operation_id = self._operation_of_server.get(server_id)
        return self.get(Operation, operation_id) if operation_id else None

    def waits_for(self, pool: str) -> int:
        """How many requests wait for this pool."""
        return len(self._queued_for[pool])

    def queued(self) -> list[Request]:
        """Requests that wait, oldest first."""
        return list(self._queued.values())

    def open_notices(self) -> list[Notice]:
        """Notices that still have to be delivered, oldest first."""
        return list(self._open_notices.values())

    def notices_of(self, lease_id: str) -> list[Notice]:
        """All notices about a lease, oldest first."""
        return list(self._notices_of.get(lease_id, {}).values())

    def pools(self) -> tuple[Pool, ...]:
        """All pools; the same object until one of them changes."""
        if self._pools is None:
            self._pools = tuple(self.all(Pool))
        return self._pools

    def counters(self) -> Counters:
        """The numbers given out so far."""
        return self.get(Counters, "counters") or Counters(id="counters")


def _keep(index: dict[str, RecordT], record: RecordT, wanted: bool) -> None:
    if wanted:
        index[record.id] = record
    else:
        index.pop(record.id, None)


def _free(index: dict[str, str], record: Lease | Operation) -> None:
    if index.get(record.server_id) == record.id:
        del index[record.server_id]
