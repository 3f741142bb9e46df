"""A client that plays an engine: tables under a fixed clock, every command kept, answers as the test wants them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

from vmms_tui.model.commands import AnyCommand, Planned, ReadServers, Reply
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.leaks import Leaks
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import AnyRecord, changed
from vmms_tui.model.status import EngineStatus, Reading, Snapshot, Update
from vmms_tui.model.tables import Change, Put, Tables
from vmms_tui.screens.mirror import Mirror


class ScriptedClient:
    """An engine in a test's hand. Implements EngineClient."""

    def __init__(self, records: tuple[AnyRecord, ...], status: EngineStatus, actor: str = "ada") -> None:
        self.tables = Tables(records)
        self.status = status
        self.sent: list[AnyCommand] = []
        """What was to be changed, without the plans."""
        self.plans: list[str] = []
        """The plan that each of them named."""
        self.reads: list[tuple[str, ...]] = []
        """The servers that were to be read live."""
        self.reading: Callable[[ReadServers], Reply] = lambda command: Reply(read_at=self.status.now)
        self.answer: Callable[[AnyCommand], Reply] = lambda command: Reply(text="Done.")
        self.away = ""
        """Why the engine cannot be reached; empty: it can."""
        self.closed = False
        self.own = True
        """Whether it plays an engine in the screen's own process."""
        self.you = Caller(name=actor, roles=(Role.OPERATOR,))
        self._sequence = 0
        self._viewers: list[asyncio.Queue[Update | Reading | TryAgain]] = []

    @property
    def actor(self) -> str:
        return self.you.name

    @property
    def embedded(self) -> bool:
        return self.own

    async def snapshot(self) -> Snapshot:
        return Snapshot(sequence=self._sequence, records=self.tables.records(), status=self.status, you=self.you)

    async def leaks(self, *, fresh: bool = False, everything: bool = False) -> Leaks:
        return Leaks(now=self.status.now)

    async def follow(self) -> AsyncIterator[Snapshot | Update | Reading]:
        if self.away:
            raise TryAgain(self.away)
        queue: asyncio.Queue[Update | Reading | TryAgain] = asyncio.Queue()
        self._viewers.append(queue)
        try:
            yield await self.snapshot()
            while True:
                news = await queue.get()
                if isinstance(news, TryAgain):
                    raise news
                yield news
        finally:
            self._viewers.remove(queue)

    async def send(self, command: AnyCommand) -> Reply:
        if self.away:
            raise TryAgain(self.away, "Try again soon.")
        if isinstance(command, ReadServers):
            self.reads.append(command.server_ids)
            return self.reading(command)
        self.sent.append(changed(command, plan="") if isinstance(command, Planned) else command)
        self.plans.append(getattr(command, "plan", ""))
        return self.answer(command)

    async def close(self) -> None:
        self.closed = True

    # What a test does

    def change(self, *changes: Change | AnyRecord) -> None:
        """Let the engine change something and tell its viewers."""
        batch = tuple(one if isinstance(one, Change) else Put(one) for one in changes)
        for change in batch:
            self.tables.apply(change)
        self._sequence += 1
        self._tell(Update(sequence=self._sequence, changes=batch, status=self.status))

    def pass_time(self, length: timedelta) -> None:
        """Let the engine's clock go on."""
        self.say(changed(self.status, now=self.status.now + length))

    def say(self, status: EngineStatus) -> None:
        """Let the engine report how it is."""
        self.status = status
        self._tell(Update(sequence=self._sequence, changes=(), status=status))

    def announce(self, had: int, of: int) -> None:
        """Let so much of a large snapshot have come."""
        self._tell(Reading(had=had, of=of))

    def vanish(self, why: str) -> None:
        """Cut everybody off."""
        self.away = why
        self._tell(TryAgain(why))

    def _tell(self, news: Update | Reading | TryAgain) -> None:
        for queue in self._viewers:
            queue.put_nowait(news)


def mirror_of(records: tuple[AnyRecord, ...], status: EngineStatus, actor: str = "ada") -> Mirror:
    """A mirror that has taken these records in; its time stands still."""
    mirror = Mirror(lambda: 0.0)
    you = Caller(name=actor, roles=(Role.OPERATOR,))
    mirror.take(Snapshot(sequence=1, records=records, status=status, you=you))
    return mirror


def frozen() -> float:
    """A monotonic clock that does not move: snapshots must not depend on when they are made."""
    return 0.0


def hours(number: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=number)


def day(text: str) -> datetime:
    """An instant from ISO text in UTC."""
    return datetime.fromisoformat(f"{text}+00:00")
