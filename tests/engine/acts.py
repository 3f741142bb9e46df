"""Holds what engines commit against the audit: whatever is done has its line, in the same commit, with a reason."""

from collections.abc import Iterable, Sequence

from vmms_tui.engine.state import LIVE_OPERATION
from vmms_tui.model.records import (
    AnyRecord,
    Event,
    Guard,
    Lease,
    Operation,
    Pool,
    Request,
    Secret,
    Server,
)
from vmms_tui.model.tables import Change, Drop, type_of

LEASE = ("state", "end", "owner", "server_id", "importance", "warned", "stopped_at", "told_at", "grace_until")
POOL = ("available", "limit", "surge", "broken", "paused", "retired", "flavor", "image", "purposes")
ITSELF = ("engine.", "store.", "audit.", "settings.", "access.", "request.too_fast")
"""Kinds that tell of the engine itself: there is no more reason than the words."""


class Acts:
    """Hears every commit of an engine. `unsaid` has what nobody was told of, in words."""

    def __init__(self, records: Iterable[AnyRecord]) -> None:
        self.unsaid: list[str] = []
        self._known = {(type_of(record), record.id): record for record in records}

    def hear(self, changes: Sequence[Change]) -> None:
        """One commit."""
        records = [change.record for change in changes if not isinstance(change, Drop)]
        events = [record for record in records if isinstance(record, Event)]
        operations = [record for record in records if isinstance(record, Operation)]
        for event in events:
            self._check(event)
        for record in records:
            key = (type_of(record), record.id)
            act = _act(record, self._known.get(key))
            if act and not _is_said(record, events, operations):
                kinds = [event.kind for event in events]
                self.unsaid.append(f"{record.id} {act}, and only {kinds} was said")
            self._known[key] = record
        for change in changes:
            if isinstance(change, Drop):
                self._known.pop((change.type, change.id), None)

    def _check(self, event: Event) -> None:
        """What every line must have. Who, when and from where of a person's act: see test_every_act."""
        if not (event.actor and event.text and event.kind):
            self.unsaid.append(f"{event} says too little")
        if not event.reason and event.actor == "engine" and not event.kind.startswith(ITSELF):
            self.unsaid.append(f"{event.kind} gives no reason: {event.text}")
        if event.kind.endswith((".done", ".failed", ".overtaken")) and event.operation_id and not event.result:
            self.unsaid.append(f"{event.kind} gives no result: {event.text}")


def _act(record: AnyRecord, old: AnyRecord | None) -> str:
    """What was done to a record, if it was an act."""
    match record, old:
        case (Operation() | Lease() | Pool(), None):
            return "begins"
        case (Request(), None):
            return "is asked"
        case (Operation(), Operation()):
            return "ends" if old.state in LIVE_OPERATION and record.state not in LIVE_OPERATION else ""
        case (Lease(), Lease()):
            return _difference(record, old, LEASE)
        case (Server() | Request(), Server() | Request()):
            return _difference(record, old, ("state",))
        case (Pool(), Pool()):
            return _difference(record, old, POOL)
        case (Guard(), _):
            return _difference(record, old or Guard(id="guard"), ("since",))
        case (Secret(), Secret()):
            return _difference(record, old, ("shown",)) if record.shown else ""
    return ""


def _difference(record: AnyRecord, old: AnyRecord, names: Sequence[str]) -> str:
    changed = [name for name in names if getattr(record, name) != getattr(old, name)]
    return "".join(f"{name}: {getattr(old, name)} -> {getattr(record, name)} " for name in changed)


def _is_said(record: AnyRecord, events: Sequence[Event], operations: Sequence[Operation]) -> bool:
    """An operation has lines for its begin and its end; what its steps do belongs to them."""
    match record:
        case Operation():
            return any(event.operation_id == record.id for event in events)
        case Lease():
            theirs = any(one.lease_id == record.id for one in operations)
            return theirs or any(event.lease_id == record.id for event in events)
        case Server():
            return any(event.server_id == record.id for event in events) or any(
                one.server_id == record.id for one in operations
            )
        case Request():
            return any(event.request_id == record.id for event in events)
        case Pool():
            return any(event.pool == record.id for event in events)
        case Guard():
            return any(event.kind.startswith("guard.") for event in events)
        case Secret():
            return any(event.server_id == record.id for event in events)
    return True
