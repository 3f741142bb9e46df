"""What was asked and done lately, by pool and by server, so that nobody has to look through all records for it."""

from bisect import bisect_left, insort
from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from vmms_tui.model.records import Operation, OperationKind, OperationState, Request, RequestState

LATELY = 20
"""Operations of a kind in a pool that say how long one usually takes."""

_COUNTED = frozenset({RequestState.GRANTED, RequestState.QUEUED})


class Past:
    """Is told of each request and operation that the state takes or forgets: `old` gives way to `new`."""

    def __init__(self) -> None:
        self._asked: dict[str, list[datetime]] = defaultdict(list)
        self._took: dict[tuple[OperationKind, str], deque[timedelta]] = defaultdict(lambda: deque(maxlen=LATELY))
        self._operations: dict[str, list[str]] = {}

    def request(self, old: Request | None, new: Request | None) -> None:
        """A request is now another, or forgotten."""
        if old is not None and old.state in _COUNTED:
            times = self._asked[old.pool]
            del times[bisect_left(times, old.asked)]
        if new is not None and new.state in _COUNTED:
            insort(self._asked[new.pool], new.asked)

    def operation(self, old: Operation | None, new: Operation | None, pool: str) -> None:
        """An operation on a server of this pool is now another, or forgotten."""
        if new is None:
            self._forget(old)
            return
        if old is None:
            self._operations.setdefault(new.server_id, []).append(new.id)
        if new.state is OperationState.DONE and not (old and old.state is OperationState.DONE):
            self._took[new.kind, pool].append(new.updated - new.started)

    def _forget(self, operation: Operation | None) -> None:
        if operation is not None and (ids := self._operations.get(operation.server_id)):
            ids.remove(operation.id)
            if not ids:
                del self._operations[operation.server_id]

    def asked(self, pool: str) -> Sequence[datetime]:
        """When servers of a pool were asked for, in order: by requests that were granted or wait."""
        return self._asked.get(pool, ())

    def builds(self, pool: str) -> Sequence[timedelta]:
        """How long the last builds of a pool took."""
        return self._took.get((OperationKind.PROVISION, pool), ())

    def usual(self, kind: OperationKind, pool: str) -> timedelta | None:
        """How long such an operation lately took in this pool: the median, in whole seconds. None: nobody knows yet."""
        took = self._took.get((kind, pool))
        return timedelta(seconds=round(median(one.total_seconds() for one in took))) if took else None

    def operations_of(self, server_id: str) -> Sequence[str]:
        """Ids of the operations on a server, oldest first."""
        return self._operations.get(server_id, ())
