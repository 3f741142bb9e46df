"""What the engine tells its viewers: a snapshot first, then what changed, batched."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from vmms_tui.engine.policy.rights import shown
from vmms_tui.model.people import Caller
from vmms_tui.model.records import AnyRecord, Lease
from vmms_tui.model.status import EngineStatus, Snapshot, Update
from vmms_tui.model.tables import Change, Put

PACE = 0.25
"""Seconds between two updates to one viewer, at least."""
HEARTBEAT = 5.0
"""Seconds after which an update is sent although nothing changed."""
MOST_PENDING = 20_000
"""Changes that wait for a slow viewer; beyond that it gets a new snapshot."""

LeaseOf = Callable[[str], Lease | None]


def public(records: tuple[AnyRecord, ...], caller: Caller, lease_of: LeaseOf) -> tuple[AnyRecord, ...]:
    """What a caller may see of these."""
    return tuple(seen for record in records if (seen := shown(record, caller, lease_of)) is not None)


def visible(changes: tuple[Change, ...], caller: Caller, lease_of: LeaseOf) -> list[Change]:
    """What a caller may see of these changes."""
    told: list[Change] = []
    for change in changes:
        if isinstance(change, Put):
            seen = shown(change.record, caller, lease_of)
            if seen is not None:
                told.append(change if seen is change.record else Put(seen))
        else:
            told.append(change)
    return told


class _Viewer:
    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.pending: list[Change] = []
        self.too_slow = False
        self.ended = False
        self.news = asyncio.Event()

    def tell(self, changes: list[Change]) -> None:
        if len(self.pending) + len(changes) > MOST_PENDING:
            self.pending.clear()
            self.too_slow = True
        if not self.too_slow:
            self.pending += changes
        self.news.set()


class Viewers:
    """Everybody who follows the engine."""

    def __init__(
        self, snapshot: Callable[[Caller], Snapshot], status: Callable[[], EngineStatus], lease_of: LeaseOf
    ) -> None:
        self._snapshot = snapshot
        self._status = status
        self._lease_of = lease_of
        self._viewers: set[_Viewer] = set()
        self._sequence = 0

    def tell(self, sequence: int, changes: tuple[Change, ...]) -> None:
        """Hand on what has become durable."""
        self._sequence = sequence
        for viewer in self._viewers:
            viewer.tell(visible(changes, viewer.caller, self._lease_of))

    def count(self) -> int:
        """How many they are."""
        return len(self._viewers)

    def send_away(self) -> None:
        """End every stream: who may see what has changed. Those who come back are asked again who they are."""
        for viewer in self._viewers:
            viewer.ended = True
            viewer.news.set()

    async def follow(self, caller: Caller) -> AsyncIterator[Snapshot | Update]:
        """A snapshot, then updates until the caller stops asking; of both only what the caller may see."""
        viewer = _Viewer(caller)
        self._viewers.add(viewer)
        try:
            yield self._snapshot(caller)
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(viewer.news.wait(), HEARTBEAT)
                viewer.news.clear()
                if viewer.ended:
                    return
                if viewer.too_slow:
                    viewer.too_slow = False
                    yield self._snapshot(caller)
                else:
                    changes, viewer.pending = viewer.pending, []
                    yield Update(sequence=self._sequence, changes=tuple(changes), status=self._status())
                await asyncio.sleep(PACE)
        finally:
            self._viewers.discard(viewer)
