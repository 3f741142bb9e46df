"""What the door sends to viewers, put into bytes once for all of them, and in parts.

A snapshot of everything may be 30 MB. In parts it keeps the loop from nobody, and a viewer who does not read holds one
part and not the whole.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from weakref import WeakValueDictionary

from vmms_tui.model.records import AnyRecord
from vmms_tui.model.status import Snapshot, Update
from vmms_tui.model.wire import CLOSED, encode_head, encode_news, encode_piece, open_snapshot, records_of_piece

IN_A_PART = 250
"""Records in a part of a snapshot: less than 100 kB, and less than a millisecond."""
UPDATES = 4
"""Updates whose bytes are kept: viewers of one audience read the same one at about the same time."""


class _Parts:
    """The records of one snapshot, each part as bytes once somebody has needed it."""

    def __init__(self, records: Sequence[AnyRecord]) -> None:
        self.records = records
        self._parts: list[bytes | None] = [None] * -(-len(records) // IN_A_PART)

    def __len__(self) -> int:
        return len(self._parts)

    def part(self, number: int) -> bytes:
        """A part, as a line of the stream."""
        part = self._parts[number]
        if part is None:
            some = self.records[number * IN_A_PART : (number + 1) * IN_A_PART]
            part = self._parts[number] = encode_piece(some)
        return part


class Lines:
    """News as lines of JSON (see `model.wire`)."""

    def __init__(self) -> None:
        self._updates: deque[tuple[Update, bytes]] = deque(maxlen=UPDATES)
        self._snapshots: WeakValueDictionary[int, _Parts] = WeakValueDictionary()

    async def of(self, news: Snapshot | Update) -> AsyncIterator[bytes]:
        """The lines of the stream that say this. A large snapshot takes many: a slow line sees that it comes."""
        if isinstance(news, Update):
            yield self._update(news)
            return
        if len(news.records) <= IN_A_PART:
            yield encode_news(news)
            return
        yield encode_head(news, len(news.records))
        parts = self._parts(news)
        for number in range(len(parts)):
            yield parts.part(number)
            await asyncio.sleep(0)

    def _update(self, update: Update) -> bytes:
        for known, line in self._updates:
            if known is update:
                return line
        line = encode_news(update)
        self._updates.append((update, line))
        return line

    async def snapshot(self, snapshot: Snapshot) -> AsyncIterator[bytes]:
        """A snapshot as one JSON object, in parts."""
        yield open_snapshot(snapshot)
        parts = self._parts(snapshot)
        for number in range(len(parts)):
            yield (b"," if number else b"") + records_of_piece(parts.part(number))
            await asyncio.sleep(0)
        yield CLOSED

    def _parts(self, snapshot: Snapshot) -> _Parts:
        return self._snapshots.setdefault(id(snapshot.records), _Parts(snapshot.records))
