"""What the engine tells its viewers: a snapshot first, then what changed, batched."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from vmms_tui.model.records import AnyRecord, Counters, Secret
from vmms_tui.model.status import EngineStatus, Snapshot, Update
from vmms_tui.model.tables import Change, Put

PACE = 0.25
"""Seconds between two updates to one viewer, at least."""
HEARTBEAT = 5.0
"""Seconds after which an update is sent although nothing changed."""
MOST_PENDING = 20_000
"""Changes that wait for a slow viewer; beyond that it gets a new snapshot."""

_PRIVATE = (Secret, Counters)


def public(records: tuple[AnyRecord, ...]) -> tuple[AnyRecord, ...]:
    """What viewers may see."""
    return tuple(record for record in records if not isinstance(record, _PRIVATE))


class _Viewer:
    def __init__(self) -> None:
        self.pending: list[Change] = []
        self.too_slow = False
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

    def __init__(self, snapshot: Callable[[], Snapshot], status: Callable[[], EngineStatus]) -> None:
        self._snapshot = snapshot
        self._status = status
        self._viewers: set[_Viewer] = set()
        self._sequence = 0

    def tell(self, sequence: int, changes: tuple[Change, ...]) -> None:
        """Hand on what has become durable."""
        self._sequence = sequence
        visible = [
            change for change in changes if not (isinstance(change, Put) and isinstance(change.record, _PRIVATE))
        ]
        for viewer in self._viewers:
            viewer.tell(visible)

    async def follow(self) -> AsyncIterator[Snapshot | Update]:
        """A snapshot, then updates until the caller stops asking."""
        viewer = _Viewer()
        self._viewers.add(viewer)
        try:
            yield self._snapshot()
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(viewer.news.wait(), HEARTBEAT)
                viewer.news.clear()
                if viewer.too_slow:
                    viewer.too_slow = False
                    yield self._snapshot()
                else:
                    changes, viewer.pending = viewer.pending, []
                    yield Update(sequence=self._sequence, changes=tuple(changes), status=self._status())
                await asyncio.sleep(PACE)
        finally:
            self._viewers.discard(viewer)
