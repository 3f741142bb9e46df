"""The screens' copy of the engine's records, and the engine's clock between two updates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from vmms_tui.keys.act import ANYBODY
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Event, Lease, Operation, OperationState, Record, changed
from vmms_tui.model.status import EngineStatus, Reading, Snapshot, Update
from vmms_tui.model.tables import Put, Tables, type_of

BEFORE = datetime(1970, 1, 1, tzinfo=UTC)
"""The time before the engine has said what time it is."""


@dataclass(frozen=True)
class Delta:
    """Which records an update touched. `number` counts updates; `everything`: look at all anew."""

    number: int
    everything: bool = False
    ids: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, *kinds: type[Record]) -> frozenset[str]:
        """Ids of these types that were put or dropped."""
        return frozenset().union(*(self.ids.get(type_of(kind), frozenset()) for kind in kinds))


ASKING = "asking the engine"
"""Why there is no news before the first answer, which is nothing to be alarmed about."""


class Mirror:
    """What the screens know. Written by the app only."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.tables = Tables()
        self.status: EngineStatus | None = None
        self.away = ASKING
        """Why there is no news from the engine; empty when there is."""
        self.reading: Reading | None = None
        """How much has come of the snapshot that is on its way."""
        self.locked = False
        """Whether this screen has locked itself: nothing can be changed from it."""
        self.look_only = False
        """Whether the user wants to change nothing, whatever they may."""
        self._you = ANYBODY
        self.number = 0
        self._monotonic = monotonic
        self._received = 0.0

    def take(self, news: Snapshot | Update) -> Delta:
        """Take a snapshot or an update in."""
        self.number += 1
        self.away, self.reading = "", None
        self.status = news.status
        self._received = self._monotonic()
        if isinstance(news, Snapshot):
            self._you = news.you
            self.tables = Tables(news.records)
            return Delta(self.number, everything=True)
        touched: dict[str, set[str]] = {}
        for change in news.changes:
            self.tables.apply(change)
            kind, record_id = (
                (type_of(change.record), change.record.id) if isinstance(change, Put) else (change.type, change.id)
            )
            touched.setdefault(kind, set()).add(record_id)
        return Delta(self.number, ids={kind: frozenset(ids) for kind, ids in touched.items()})

    def hear(self, reading: Reading) -> None:
        """A snapshot is on its way."""
        self.away, self.reading = "", reading

    def lose(self, why: str) -> None:
        """There is no news from the engine."""
        self.away, self.reading = why, None

    @property
    def you(self) -> Caller:
        """Who we are to the engine, and what we may; a screen that is locked, or only looks, may change nothing."""
        return changed(self._you, read_only=True) if self.locked or self.look_only else self._you

    @property
    def actor(self) -> str:
        """Our name."""
        return self._you.name

    @property
    def now(self) -> datetime:
        """The engine's time: what it last said, and what has passed here since."""
        if self.status is None:
            return BEFORE
        return self.status.now + timedelta(seconds=int(self._monotonic() - self._received))

    def lease(self, lease_id: str) -> Lease | None:
        """The lease with this id."""
        return self.tables.get(Lease, lease_id)

    def running(self) -> list[Operation]:
        """Operations that have not ended."""
        under_way = {OperationState.RUNNING, OperationState.WAITING}
        return [operation for operation in self.tables.all(Operation) if operation.state in under_way]

    def operation_on(self, server_id: str) -> Operation | None:
        """The operation that is under way on a server."""
        return next((operation for operation in self.running() if operation.server_id == server_id), None)

    def events_of(self, *ids: str, limit: int = 5) -> list[Event]:
        """The last events about any of these ids, newest first."""
        wanted = {one for one in ids if one}
        found: list[Event] = []
        for event in reversed(self.tables.all(Event)):
            if wanted & {event.server_id, event.lease_id, event.request_id} or (event.pool in wanted):
                found.append(event)
                if len(found) == limit:
                    break
        return found
