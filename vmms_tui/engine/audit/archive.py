"""The archive as the engine has it: takes events when they are durable, and reads, in threads of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from vmms_tui.engine.audit.files import AuditFiles
from vmms_tui.engine.audit.reading import pages
from vmms_tui.engine.workers import executor
from vmms_tui.model.audit import EventPage, EventQuery
from vmms_tui.model.records import Event
from vmms_tui.model.tables import Change, Put

READERS = 2
"""Answers that are read at the same time."""


class Archive:
    """Every event, from when it is durable, for as long as the files are kept. One event loop only."""

    def __init__(self, files: AuditFiles, *, beside: bool = True) -> None:
        """Without `beside` the loop itself waits for the disk: on simulated time."""
        self._files = files
        self._pending: dict[str, Event] = {}
        self._given_up = False
        self._closed = False
        self._writing: asyncio.Task[None] | None = None
        self._writer = executor(1, "audit", beside=beside)
        self._readers = executor(READERS, "audit-read", beside=beside)

    def begin(self, events: Iterable[Event]) -> None:
        """What the store knows at the start: what of it is not in the archive comes there with the next `write`."""
        self._pending |= {event.id: event for event in events}

    def take(self, changes: Iterable[Change]) -> None:
        """Changes that have become durable."""
        for change in () if self._given_up else changes:
            if type(change) is Put and type(change.record) is Event:  # quicker than isinstance, for each change
                self._pending[change.record.id] = change.record

    def lacks(self, event_id: str) -> bool:
        """Whether the archive does not have this event yet: then it must not be forgotten."""
        return event_id in self._pending

    async def last_number(self) -> int:
        """The highest number of an event in the archive. Raises OSError."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._files.last_number)

    async def write(self, keep: int) -> None:
        """Return when all that was taken is on disk. `keep`: how many full files. Raises OSError; then call again."""
        if self._writing is None:
            self._files.keep = keep
            self._writing = asyncio.create_task(self._write(), name="audit")
        await asyncio.shield(self._writing)  # who is cancelled here leaves the write to its end: no line comes twice

    async def _write(self) -> None:
        try:
            batch = tuple(self._pending.values())
            if batch:
                await asyncio.get_running_loop().run_in_executor(self._writer, self._files.append, batch)
            for event in batch:
                self._pending.pop(event.id, None)
        finally:
            self._writing = None

    async def read(
        self, query: EventQuery, recent: Sequence[Event], see: Callable[[Event], Event | None], now: datetime
    ) -> AsyncIterator[EventPage]:
        """The answer to a query; see `reading.pages`."""
        loop = asyncio.get_running_loop()
        answer = pages(self._files.folder, recent, query, see, now)
        while (page := await loop.run_in_executor(self._readers, next, answer, None)) is not None:
            yield page

    def give_up(self) -> None:
        """Write nothing more: it is another engine's, which finds in the store what is missing here."""
        self._pending = {}
        self._given_up = True

    async def close(self) -> None:
        """Write what is left, and let go. What cannot be written is in the store, for the next start. Twice is once."""
        if self._closed:
            return
        self._closed = True
        with suppress(OSError):
            if self._writing is not None:
                await asyncio.shield(self._writing)
            await self.write(self._files.keep)
        await asyncio.get_running_loop().run_in_executor(self._writer, self._files.close)
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True, cancel_futures=True)
