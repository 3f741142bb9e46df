"""A door with an engine's manners and no engine: records in memory, replies as told, news when a test says so."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vmms_tui.engine.server import Server as SocketServer
from vmms_tui.model.audit import EventPage, EventQuery
from vmms_tui.model.commands import AnyCommand, Reply, RequestServer
from vmms_tui.model.errors import VmmsError
from vmms_tui.model.leaks import Leaks
from vmms_tui.model.people import Peer
from vmms_tui.model.records import (
    AnyRecord,
    Event,
    Lease,
    Level,
    Operation,
    OperationKind,
    OperationState,
    Pool,
    Request,
    RequestState,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.status import CloudStatus, EngineStatus, LoopStatus, Snapshot, Update
from vmms_tui.model.tables import Put, Tables

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STATUS = EngineStatus(
    now=NOW,
    started=NOW - timedelta(hours=1),
    version="0.1.0",
    installation="demo",
    cloud=CloudStatus(name="simulated", ok=True, problem="", listed_at=NOW - timedelta(seconds=3)),
    loops=(LoopStatus(name="queue", interval=2.0, last_start=NOW, last_end=NOW),),
)
POOL = Pool(id="el9-ci", purposes=("ci",), flavor="m1.small", image="el9", available=2, limit=4)


def server(name: str, state: ServerState = ServerState.READY, **fields: object) -> Server:
    """A server of POOL, an hour old."""
    made = Server(id=name, pool="el9-ci", state=state, since=NOW, created=NOW - timedelta(hours=1))
    return changed(made, flavor="m1.small", address="10.0.0.7", **fields)


def lease(name: str, server_id: str, owner: str, **fields: object) -> Lease:
    """A lease of eight hours from NOW."""
    end = NOW + timedelta(hours=8)
    made = Lease(id=name, server_id=server_id, pool="el9-ci", owner=owner, purpose="ci", start=NOW, end=end)
    return changed(made, **fields)


def request(name: str, owner: str, **fields: object) -> Request:
    """A request that waits at place 1."""
    made = Request(id=name, owner=owner, purpose="ci", term=timedelta(hours=8), asked=NOW, pool="el9-ci", position=1)
    return changed(made, **fields)


def event(number: int, text: str, ago: timedelta, **fields: object) -> Event:
    """Something that happened a while before NOW."""
    return changed(Event(id=f"{number:08}", at=NOW - ago, kind="test", text=text, level=Level.INFO), **fields)


def handing_over(lease_id: str, server_id: str, state: OperationState, outcome: str = "") -> Operation:
    """The hand-over of a lease."""
    return Operation(
        id="op-1",
        kind=OperationKind.HAND_OVER,
        server_id=server_id,
        started=NOW,
        updated=NOW,
        step="key",
        actor="engine",
        lease_id=lease_id,
        state=state,
        outcome=outcome,
    )


def queued(answer: Request) -> Reply:
    """What the desk says when a request waits."""
    assert answer.state is RequestState.QUEUED
    return Reply(code="queued", text=f"{answer.id} waits at place 1.", request_id=answer.id)


class FakeDoor:
    """Implements the doors of client and server. All of it runs in `loop`."""

    def __init__(self, *records: AnyRecord) -> None:
        self.tables = Tables(records)
        self.loop: asyncio.AbstractEventLoop
        self.heard: list[tuple[AnyCommand, str]] = []
        self.reply = Reply(text="Done.")
        self.viewers: set[asyncio.Queue[Update | None]] = set()
        self.leaks = Leaks(now=NOW)
        self.looks: list[tuple[str, bool, bool]] = []
        self.refusal: VmmsError | None = None
        self.remarks: tuple[str, ...] = ()
        """What of the past cannot be read."""
        self.breaks_off = False
        """Whether an answer about the past has no end."""
        self.after: list[AnyRecord] = []
        """What becomes true, one after the other, once a server was asked for."""

    async def snapshot(self, peer: Peer, kinds: Collection[str] = (), *, mine: bool = False) -> Snapshot:
        return Snapshot(sequence=1, records=self.tables.records(kinds), status=STATUS)

    async def submit(self, command: AnyCommand, peer: Peer) -> Reply:
        self.heard.append((command, peer.name))
        if isinstance(command, RequestServer):
            self._later()
        return self.reply

    async def look_for_leaks(self, peer: Peer, *, fresh: bool = False, everything: bool = False) -> Leaks:
        self.looks.append((peer.name, fresh, everything))
        if self.refusal:
            raise self.refusal
        return self.leaks

    def _later(self) -> None:
        """Tell the next record as soon as somebody looks."""
        if self.after and self.viewers:
            self.put(self.after.pop(0))
        if self.after:
            self.loop.call_later(0.01, self._later)

    def put(self, *records: AnyRecord) -> None:
        """Let records be, and tell everybody."""
        for record in records:
            self.tables.apply(Put(record))
        for viewer in self.viewers:
            viewer.put_nowait(Update(sequence=2, changes=tuple(Put(record) for record in records), status=STATUS))

    def end_streams(self) -> None:
        """Let every viewer's stream come to its end."""
        for viewer in self.viewers:
            viewer.put_nowait(None)

    async def subscribe(self, peer: Peer) -> AsyncGenerator[Snapshot | Update]:
        news: asyncio.Queue[Update | None] = asyncio.Queue()
        self.viewers.add(news)
        try:
            yield await self.snapshot(peer)
            while (update := await news.get()) is not None:
                yield update
        finally:
            self.viewers.discard(news)

    async def events(self, query: EventQuery, peer: Peer) -> AsyncGenerator[EventPage]:
        asked = query.at(NOW)
        found = [event for event in self.tables.all(Event) if asked.wants(event)]
        yield EventPage(now=NOW, since=asked.since, remarks=self.remarks)
        yield EventPage(now=NOW, since=asked.since, events=tuple(found[::-1] if asked.newest_first else found))
        if not self.breaks_off:
            yield EventPage(now=NOW, since=asked.since, end=True)


@contextmanager
def in_a_thread(door: FakeDoor, path: Path | None = None, *, patience: float = 2.0) -> Iterator[FakeDoor]:
    """The door in a loop and thread of its own, as an engine is; with a `path` also behind a socket there."""
    ready, end = threading.Event(), asyncio.Event()

    async def live() -> None:
        door.loop = asyncio.get_running_loop()
        served = SocketServer(door, path, patience=patience) if path else None
        if served:
            await served.start()
        ready.set()
        await end.wait()
        if served:
            await served.stop()

    thread = threading.Thread(target=asyncio.run, args=(live(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield door
    finally:
        door.loop.call_soon_threadsafe(end.set)
        thread.join(10)
        assert not thread.is_alive()
