"""What the engine tells its viewers: a snapshot first, then what changed, batched.

Who is shown the same is one audience. What an audience is shown is picked out once for all in it, at most four times a
second, and only while somebody waits for it: a commit costs the same with one viewer and with a hundred.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from itertools import islice
from typing import Any, Generic, TypeVar

import msgspec

from vmms_tui.engine.policy.rights import audience_of, hears_of, is_theirs, shown, shown_all
from vmms_tui.engine.turns import in_turns
from vmms_tui.model.people import Caller
from vmms_tui.model.records import AnyRecord, Lease
from vmms_tui.model.status import EngineStatus, Snapshot, Update
from vmms_tui.model.tables import Change, Put

PACE = 0.25
"""Seconds between two updates, and between two snapshots, at least."""
HEARTBEAT = 5.0
"""Seconds after which an update is sent although nothing changed."""
MOST_PENDING = 20_000
"""Changes that are kept for slow viewers; who is farther behind gets a new snapshot."""
MOST_UPDATES = 200
"""Updates that are kept for slow viewers."""
PICKED_TOGETHER = 2_000
"""Records of a snapshot that are looked at before others have their turn."""

T = TypeVar("T")
LeaseOf = Callable[[str], Lease | None]


class Source(msgspec.Struct, frozen=True):
    """Where viewers get what they are told."""

    records: Callable[[Collection[str]], tuple[AnyRecord, ...]]
    """Everything of these types that there is; of all types, if none is named."""
    sequence: Callable[[], int]
    """The number of the last change in it."""
    status: Callable[[], EngineStatus]
    lease_of: LeaseOf


def visible(changes: Collection[Change], caller: Caller, lease_of: LeaseOf) -> list[Change]:
    """What a caller may see of these changes."""
    told: list[Change] = []
    for change in changes:
        if isinstance(change, Put):
            seen = shown(change.record, caller, lease_of)
            if seen is not None:
                told.append(change if seen is change.record else Put(seen))
        elif hears_of(change, caller):
            told.append(change)
    return told


async def snapshot(source: Source, caller: Caller, kinds: Collection[str] = (), *, mine: bool = False) -> Snapshot:
    """All, or all of these types, or all of theirs, that a caller may see, as it is at the call."""
    records, sequence = source.records(kinds), source.sequence()
    seen: list[AnyRecord] = []
    everything = caller.sees_all and not mine
    async for some in in_turns(records, PICKED_TOGETHER):
        if everything:
            seen += shown_all(some)
            continue
        about = (record for record in some if not mine or is_theirs(record, caller, source.lease_of))
        looked_at = (shown(record, caller, source.lease_of) for record in about)
        seen += (record for record in looked_at if record is not None)
    return Snapshot(sequence=sequence, records=tuple(seen), status=source.status(), you=caller)


class _Turn(Generic[T]):
    """Done once for all who wait for it, and at most every PACE seconds.

    `joined_late`: who comes when it has begun shares it, too; otherwise they wait for the next.
    """

    def __init__(self, act: Callable[[], Coroutine[Any, Any, T]], *, joined_late: bool) -> None:
        self._act = act
        self._joined_late = joined_late
        self._tasks: set[asyncio.Task[T]] = set()
        self._open: asyncio.Task[T] | None = None
        self._not_before = 0.0

    async def shared(self) -> T:
        """Its result."""
        if self._open is None:
            self._open = asyncio.create_task(self._run())
            self._tasks.add(self._open)
            self._open.add_done_callback(self._tasks.discard)
        turn = self._open
        await asyncio.wait({turn})  # who is cancelled here leaves it to the others
        return turn.result()

    async def _run(self) -> T:
        now = asyncio.get_running_loop().time
        await asyncio.sleep(self._not_before - now())
        if not self._joined_late:
            self._open = None
        try:
            return await self._act()
        finally:
            self._not_before = now() + PACE
            if self._joined_late:
                self._open = None

    def cancel(self) -> None:
        """Nobody waits any more."""
        for turn in self._tasks:
            turn.cancel()
        self._open = None


class _Audience:
    """Viewers who are shown the same. Updates are numbered; a viewer knows the number of the one that comes next."""

    def __init__(self, caller: Caller, source: Source, heartbeat: float | None) -> None:
        self.viewers = 0
        self._heartbeat = heartbeat
        self.ended = False
        self._caller = caller
        self._source = source
        self._sequence = source.sequence()
        self._pending: list[Change] = []
        self._news = asyncio.Event()
        self._anew = False
        """Nobody shall wait for news before they are sent a new snapshot."""
        self._updates: deque[Update] = deque()
        self._first = 0
        self._kept = 0
        self._next_update = _Turn(self._cut, joined_late=True)
        self._next_snapshot = _Turn(self._take, joined_late=False)

    @property
    def _end(self) -> int:
        return self._first + len(self._updates)

    def tell(self, sequence: int, changes: tuple[Change, ...]) -> None:
        """Something has changed."""
        self._sequence = sequence
        if len(self._pending) + len(changes) > MOST_PENDING:
            self._forget_all()
        self._pending += changes
        self._news.set()

    def begin_anew(self) -> None:
        """Send everybody a new snapshot: what was in the last one may have been taken back."""
        self._forget_all()
        self._anew = True
        self._news.set()

    def _forget_all(self) -> None:
        self._forget(len(self._updates))
        self._first += 1  # nobody is so far: all of them get a snapshot
        self._pending.clear()

    def end(self) -> None:
        """Send everybody away."""
        self.ended = True
        self._news.set()

    async def snapshot(self) -> tuple[int, Snapshot]:
        """A snapshot that is no older than this call, and the number of the update that comes next."""
        return await self._next_snapshot.shared()

    async def after(self, number: int) -> tuple[int, Update | None]:
        """What comes from this number on, in one, and the next number. None: that is no longer known."""
        if number == self._end:
            await self._next_update.shared()
        some = list(islice(self._updates, max(0, number - self._first), None))
        if number < self._first or not some:
            return self._end, None
        if len(some) == 1:
            return self._end, some[0]
        changes = tuple(change for update in some for change in update.changes)
        return self._end, msgspec.structs.replace(some[-1], changes=changes)

    async def _take(self) -> tuple[int, Snapshot]:
        number = self._end
        return number, await snapshot(self._source, self._caller)

    async def _cut(self) -> None:
        """Make the next update, as soon as there is something to tell."""
        changes: list[Change] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT if self._heartbeat is None else self._heartbeat):
                while not (changes := await self._changes()) and not self.ended and not self._anew:
                    pass
        self._anew = False
        self._updates.append(Update(sequence=self._sequence, changes=tuple(changes), status=self._source.status()))
        self._kept += len(changes)
        while self._kept > MOST_PENDING or len(self._updates) > MOST_UPDATES:
            self._forget(1)

    async def _changes(self) -> list[Change]:
        await self._news.wait()
        self._news.clear()
        changes, self._pending = self._pending, []
        return visible(changes, self._caller, self._source.lease_of)

    def _forget(self, number: int) -> None:
        for _ in range(number):
            self._kept -= len(self._updates.popleft().changes)
            self._first += 1

    def close(self) -> None:
        """Nobody is left."""
        self._next_update.cancel()
        self._next_snapshot.cancel()


class Viewers:
    """Everybody who follows the engine."""

    def __init__(self, source: Source, heartbeat: float | None = None) -> None:
        """`heartbeat`: seconds after which an update is sent although nothing changed; HEARTBEAT unless said."""
        self._source = source
        self._heartbeat = heartbeat
        self._audiences: dict[str | None, _Audience] = {}

    def tell(self, sequence: int, changes: tuple[Change, ...]) -> None:
        """Hand on what has become durable."""
        for audience in self._audiences.values():
            audience.tell(sequence, changes)

    def count(self) -> int:
        """How many they are."""
        return sum(audience.viewers for audience in self._audiences.values())

    def begin_anew(self) -> None:
        """Send everybody a new snapshot: what was in the last one may have been taken back."""
        for audience in self._audiences.values():
            audience.begin_anew()

    def send_away(self) -> None:
        """End every stream: who may see what has changed. Those who come back are asked again who they are."""
        for audience in self._audiences.values():
            audience.end()
        self._audiences.clear()

    async def follow(self, caller: Caller) -> AsyncIterator[Snapshot | Update]:
        """A snapshot, then updates until the caller stops asking; of both only what the caller may see."""
        audience = self._join(caller)
        try:
            update: Update | None = None
            while True:
                if update is None:
                    number, whole = await audience.snapshot()
                    news: Snapshot | Update = msgspec.structs.replace(whole, you=caller)
                    del whole  # it would be kept for as long as somebody follows
                else:
                    news = update
                if audience.ended:
                    return
                yield news
                number, update = await audience.after(number)
        finally:
            self._leave(audience)

    def _join(self, caller: Caller) -> _Audience:
        audience = self._audiences.setdefault(audience_of(caller), _Audience(caller, self._source, self._heartbeat))
        audience.viewers += 1
        return audience

    def _leave(self, audience: _Audience) -> None:
        audience.viewers -= 1
        if not audience.viewers:
            audience.close()
            self._audiences = {name: one for name, one in self._audiences.items() if one is not audience}
