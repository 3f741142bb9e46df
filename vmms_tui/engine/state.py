"""What the engine knows, in memory, with indexes. `apply` is the only way to change it, from one thread."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from vmms_tui.engine.holdings import Holdings
from vmms_tui.engine.past import Past
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
from vmms_tui.model.tables import TYPES, Change, Drop, Put, RecordT, Tables, type_of

LIVE_LEASE = frozenset({LeaseState.ACTIVE, LeaseState.OVERDUE, LeaseState.ENDING})
LIVE_OPERATION = frozenset({OperationState.RUNNING, OperationState.WAITING})


class BrokenRule(AssertionError):
    """A change would break an invariant: a mistake of ours, so nothing of the batch is applied."""


class Undo(msgspec.Struct, frozen=True):
    """What takes a batch back."""

    changes: tuple[Change, ...]
    orders: tuple[tuple[type[Record], tuple[str, ...]], ...]
    """How the records stood of which some were dropped: they come back to their old places."""


class State:
    """Records with indexes. The thread that makes it is the only one that may use it."""

    def __init__(self, records: Iterable[AnyRecord] = (), sequence: int = 0) -> None:
        self._thread = threading.get_ident()
        self._tables = Tables()
        self.sequence = sequence
        """Number of the last batch of changes."""
        self.past = Past()
        """What was asked and done lately."""
        self.holdings = Holdings()
        """What people and projects hold and wait for."""
        self._servers_of_pool: dict[str, dict[str, Server]] = {}
        self._shelves: dict[str, Shelf] = defaultdict(Shelf)
        self._unfinished: dict[str, Server] = {}
        self._server_of_cloud_id: dict[str, str] = {}
        self._lease_of_server: dict[str, str] = {}
        self._live_leases: dict[str, Lease] = {}
        self._live_operations: dict[str, Operation] = {}
        self._operation_of_server: dict[str, str] = {}
        self._queued: dict[str, Request] = {}
        self._queued_for: dict[str, set[str]] = defaultdict(set)
        self._indexes: dict[type[Record], Callable[[Any], None]] = {
            Server: self._index_server,
            Lease: self._index_lease,
            Operation: self._index_operation,
            Request: self._index_request,
            Notice: self._index_notice,
        }
        self._notices_of: dict[str, dict[str, Notice]] = defaultdict(dict)
        self._open_notices: dict[str, Notice] = {}
        self.operators_told_at: datetime | None = None
        """When a notice reached the operators last."""
        for record in records:
            self._apply(Put(record))

    def apply(self, changes: Iterable[Change]) -> Undo:
        """Take a batch, all of it or nothing. Returns what `undo` needs to take it back.

        Raises:
            BrokenRule: a server would make an illegal move, or be lent twice.
        """
        if threading.get_ident() != self._thread:
            raise BrokenRule("the state was touched from another thread")
        batch = tuple(changes)
        self._check(batch)
        undo = self._undo_of(batch)
        for change in batch:
            self._apply(change)
        self.sequence += 1
        return undo

    def undo(self, undos: Iterable[Undo]) -> None:
        """Take the last batches back, the newest first: they were never made."""
        for undo in undos:
            for change in undo.changes:
                self._apply(change)
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

    def _undo_of(self, batch: tuple[Change, ...]) -> Undo:
        changes: list[Change] = []
        orders: dict[type[Record], tuple[str, ...]] = {}
        for change in reversed(batch):
            if isinstance(change, Put):
                record = change.record
                old = self._tables.get(type(record), record.id)
                changes.append(Drop(type_of(record), record.id) if old is None else Put(old))
                continue
            kind = TYPES[change.type]
            gone = self._tables.get(kind, change.id)
            if gone is not None:
                changes.append(Put(gone))  # type: ignore[arg-type]
                if kind not in orders:
                    orders[kind] = self._tables.order(kind)
        return Undo(tuple(changes), tuple(orders.items()))

    def _check(self, batch: tuple[Change, ...]) -> None:
        lent: dict[str, str] = {}
        for change in batch:
            if not isinstance(change, Put):
                continue
            record = change.record
            if isinstance(record, Server):
                old = self.get(Server, record.id)
                if old and old.state != record.state and record.state not in NEXT_STATES[old.state]:
                    raise BrokenRule(f"server {record.id} cannot go from {old.state} to {record.state}")
            elif isinstance(record, Lease) and record.state in LIVE_LEASE:
                holder = lent.get(record.server_id) or self._lease_of_server.get(record.server_id)
                if holder and holder != record.id:
                    raise BrokenRule(f"server {record.server_id} is on lease {holder}; {record.id} cannot have it")
                lent[record.server_id] = record.id

    def _apply(self, change: Change) -> None:
        if isinstance(change, Put):
            if (index := self._indexes.get(type(change.record))) is not None:
                index(change.record)
        elif change.type == "server":
            self._forget_server(change.id)
        elif change.type == "lease":
            self._forget_lease(change.id)
            self.holdings.forget(change.id)
        elif change.type == "operation":
            self._forget_operation(change.id)
            self.past.operation(self._tables.get(Operation, change.id), None, "")
        elif change.type == "request":
            self._queued.pop(change.id, None)
            self._waits_no_more(self._tables.get(Request, change.id), None)
        elif change.type == "notice":
            self._forget_notice(change.id)
        self._tables.apply(change)

    def _index_server(self, server: Server) -> None:
        old = self._tables.get(Server, server.id)
        if old and old.cloud_id != server.cloud_id:
            self._server_of_cloud_id.pop(old.cloud_id, None)
        if old and old.state is ServerState.READY:
            self._shelves[old.pool].take(old)
        if server.state is ServerState.READY:
            self._shelves[server.pool].put(server)
        _keep(self._servers_of_pool.setdefault(server.pool, {}), server, server.state is not ServerState.GONE)
        _keep(self._unfinished, server, server.state in UNFINISHED)
        if server.cloud_id:
            self._server_of_cloud_id[server.cloud_id] = server.id
        if old is None or (old.vcpus, old.ram_mib) != (server.vcpus, server.ram_mib):
            self._count_anew(server.id, server)

    def _count_anew(self, server_id: str, server: Server | None) -> None:
        lease = self.live_lease_of(server_id)
        if lease is not None:
            self.holdings.lease(lease, server)

    def _index_request(self, request: Request) -> None:
        self._waits_no_more(self._tables.get(Request, request.id), request)
        if request.state is RequestState.QUEUED:
            self._queued_for[request.pool].add(request.id)
        _keep(self._queued, request, request.state is RequestState.QUEUED)

    def _waits_no_more(self, old: Request | None, new: Request | None) -> None:
        if old is not None:
            self._queued_for[old.pool].discard(old.id)
        self.past.request(old, new)
        self.holdings.request(old, new)

    def _index_lease(self, lease: Lease) -> None:
        live, old = lease.state in LIVE_LEASE, self._live_leases.get(lease.id)
        if old and not (live and old.server_id == lease.server_id):
            self._forget_lease(lease.id)
        self.holdings.lease(lease, self._tables.get(Server, lease.server_id))
        if live:
            self._live_leases[lease.id] = lease
            self._lease_of_server[lease.server_id] = lease.id

    def _index_operation(self, operation: Operation) -> None:
        server = self._tables.get(Server, operation.server_id)
        self.past.operation(self._tables.get(Operation, operation.id), operation, server.pool if server else "")
        live, old = operation.state in LIVE_OPERATION, self._live_operations.get(operation.id)
        if old and not (live and old.server_id == operation.server_id):
            self._forget_operation(operation.id)
        if live:
            self._live_operations[operation.id] = operation
            self._operation_of_server[operation.server_id] = operation.id

    def _forget_server(self, server_id: str) -> None:
        server = self._tables.get(Server, server_id)
        if server:
            self._servers_of_pool.get(server.pool, {}).pop(server_id, None)
            self._shelves[server.pool].take(server)
            self._unfinished.pop(server_id, None)
            self._server_of_cloud_id.pop(server.cloud_id, None)
            self._count_anew(server_id, None)

    def _forget_lease(self, lease_id: str) -> None:
        lease = self._live_leases.pop(lease_id, None)
        if lease and self._lease_of_server.get(lease.server_id) == lease_id:
            del self._lease_of_server[lease.server_id]

    def _forget_operation(self, operation_id: str) -> None:
        operation = self._live_operations.pop(operation_id, None)
        if operation and self._operation_of_server.get(operation.server_id) == operation_id:
            del self._operation_of_server[operation.server_id]

    def _index_notice(self, notice: Notice) -> None:
        self._notices_of[notice.lease_id][notice.id] = notice
        _keep(self._open_notices, notice, notice.open)
        if not notice.owner and notice.delivered_at is not None:
            self.operators_told_at = max(notice.delivered_at, self.operators_told_at or notice.delivered_at)

    def _forget_notice(self, notice_id: str) -> None:
        self._open_notices.pop(notice_id, None)
        notice = self._tables.get(Notice, notice_id)
        if notice:
            self._notices_of[notice.lease_id].pop(notice_id, None)
            if not self._notices_of[notice.lease_id]:
                del self._notices_of[notice.lease_id]

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

    def pools(self) -> list[Pool]:
        """All pools."""
        return self.all(Pool)

    def counters(self) -> Counters:
        """The numbers given out so far."""
        return self.get(Counters, "counters") or Counters(id="counters")


def _keep(index: dict[str, RecordT], record: RecordT, wanted: bool) -> None:
    if wanted:
        index[record.id] = record
    else:
        index.pop(record.id, None)
