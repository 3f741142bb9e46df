"""An engine that is only a recording: the same news as then, at any speed. Nothing in it can be changed."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from vmms_tui.client.player import Playing, Stop, next_speed
from vmms_tui.client.recording import Recording, Said
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.errors import Refused
from vmms_tui.model.leaks import Leaks
from vmms_tui.model.status import EngineStatus, Reading, Snapshot, Update
from vmms_tui.model.tables import Change, Drop, Put, Tables, type_of

T = TypeVar("T")

FRAME = 0.25
"""Real seconds between two updates, at most."""
NO_CHANGES = "This is a recording: nothing in it can be changed."


class Replay:
    """Plays a recording. Implements EngineClient and Player, for one screen."""

    tour: tuple[Stop, ...] = ()

    def __init__(
        self,
        recording: Recording,
        *,
        at: float = 0.0,
        speed: float = 1.0,
        real: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begins `at` so many seconds after the recording's beginning. `real` is the time of who looks."""
        self._recording = recording
        self._at = min(max(0.0, at), recording.length)
        self._speed = speed
        self._real = real
        self._since = real()
        self._held = False
        self._moved = asyncio.Event()
        """Somebody has gone to another instant."""
        self._shown: Scene | None = None
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="replay")

    # Player

    @property
    def position(self) -> float:
        """Seconds since the recording began."""
        went_by = 0.0 if self._held else (self._real() - self._since) * self._speed
        return min(self._recording.length, self._at + went_by)

    def look(self) -> Playing:
        """See Player."""
        return Playing(
            what="REPLAY",
            now=self._now(),
            asked=self._speed,
            held=self._held,
            ended=self.position >= self._recording.length,
        )

    def _now(self) -> datetime:
        """The engine's time then: what it last said, and what has passed since."""
        shown = self._shown
        if shown is None:
            return self._recording.began + timedelta(seconds=int(self.position))
        return shown.now + timedelta(seconds=int(max(0.0, self.position - shown.at)))

    def monotonic(self) -> float:
        """See Player."""
        return self.position

    def change_speed(self, steps: int) -> None:
        """See Player."""
        self._settle()
        self._speed = next_speed(self._speed, steps)

    def hold(self) -> None:
        """See Player."""
        self._settle()
        self._held = not self._held

    def seek(self, seconds: float) -> str:
        """See Player."""
        there = self.position + seconds
        self._settle()
        self._at = min(max(0.0, there), self._recording.length)
        self._moved.set()
        return ""

    def _settle(self) -> None:
        """Count from here and now."""
        self._at, self._since = self.position, self._real()

    # EngineClient

    @property
    def actor(self) -> str:
        """See EngineClient. Who recorded it."""
        return self._shown.you.name if self._shown else ""

    @property
    def embedded(self) -> bool:
        """See EngineClient."""
        return False

    async def snapshot(self) -> Snapshot:
        """See EngineClient."""
        scene = await self._on_the_reader(lambda: Scene.at_instant(self._recording, self.position))
        return scene.snapshot()

    async def leaks(self, *, fresh: bool = False, everything: bool = False) -> Leaks:
        """See EngineClient."""
        raise Refused("recording", "A recording does not hold what is left over in the cloud.", "Ask an engine.")

    async def follow(self) -> AsyncGenerator[Snapshot | Update | Reading]:
        """See EngineClient. Raises Failed when the file cannot be read any more."""
        while True:
            self._moved.clear()
            scene = await self._on_the_reader(lambda: Scene.at_instant(self._recording, self.position))
            self._shown = scene
            yield scene.snapshot()
            while not self._moved.is_set():
                position = self.position
                update = await self._on_the_reader(lambda: scene.go_on(position))  # noqa: B023 awaited here
                if update is not None and not self._moved.is_set():
                    yield update
                await self._rest()

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._moved.wait(), FRAME)
        except TimeoutError:
            return

    async def send(self, command: AnyCommand) -> Reply:
        """See EngineClient."""
        return Reply(code="refused", rule="recording", text=NO_CHANGES)

    async def close(self) -> None:
        """See EngineClient."""
        self._reader.shutdown(wait=False, cancel_futures=True)

    async def _on_the_reader(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, work)


class Scene:
    """All that was known at an instant of a recording, and the way on from there."""

    def __init__(self, first: Snapshot, at: float, stream: Iterator[Said]) -> None:
        self.at = at
        """When the last was said of what is known here, in seconds since the recording began."""
        self.you = msgspec.structs.replace(first.you, read_only=True)
        self._tables = Tables(first.records)
        self._position = at
        self._status = first.status
        self._sequence = first.sequence
        self._stream = stream
        self._next: Said | None = None

    @classmethod
    def at_instant(cls, recording: Recording, position: float) -> "Scene":
        """What was known then; at the very beginning, what was said first. Raises Failed."""
        stream = recording.said(position)
        first = next(one for one in stream if isinstance(one.news, Snapshot))
        assert isinstance(first.news, Snapshot)  # noqa: S101 for the type checker
        scene = cls(first.news, first.at, stream)
        scene.go_on(position)
        return scene

    @property
    def now(self) -> datetime:
        """The engine's time when that was said."""
        return self._status.now

    def status(self) -> EngineStatus:
        """How the engine was, as it was last said, and what time it was there at the instant itself."""
        since = timedelta(seconds=int(max(0.0, self._position - self.at)))
        return msgspec.structs.replace(self._status, now=self._status.now + since)

    def snapshot(self) -> Snapshot:
        """All of it."""
        return Snapshot(sequence=self._sequence, records=self._tables.records(), status=self.status(), you=self.you)

    def go_on(self, position: float) -> Update | None:
        """Take in what was said until then. Returns it as one update; None: nothing was."""
        changes: list[Change] = []
        said, self._position = False, position
        while (one := self._next or next(self._stream, None)) is not None:
            self._next = one
            if one.at > position:
                break
            self._next, said = None, True
            changes += self._take(one)
        return Update(sequence=self._sequence, changes=tuple(changes), status=self.status()) if said else None

    def _take(self, said: Said) -> tuple[Change, ...]:
        news = said.news
        changes = differences(self._tables, news) if isinstance(news, Snapshot) else news.changes
        for change in changes:
            self._tables.apply(change)
        self.at, self._status, self._sequence = said.at, news.status, news.sequence
        return changes


def differences(tables: Tables, whole: Snapshot) -> tuple[Change, ...]:
    """What makes these tables hold what a snapshot does."""
    there = {(type_of(record), record.id): record for record in tables.records()}
    wanted = {(type_of(record), record.id): record for record in whole.records}
    gone = [Drop(kind, record_id) for kind, record_id in there.keys() - wanted.keys()]
    return (*gone, *(Put(record) for key, record in wanted.items() if there.get(key) != record))
