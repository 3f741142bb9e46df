"""Reads the past: the archive's files, and after them what the store still knows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from datetime import datetime
from pathlib import Path

import msgspec

from vmms_tui.engine.audit.lines import CURRENT, CUT, DAMAGE, Full, Lines, event_of, full_files, mark_of
from vmms_tui.model.audit import EventPage, EventQuery
from vmms_tui.model.records import Event

PAGE = 200
"""Events of a page at most."""
BREATH = 20_000
"""Lines that are looked at for a page at most: a page may be empty."""

Found = Event | str | None
"""An event that is wanted, a remark, or nothing: one more was looked at."""


def pages(
    folder: Path,
    recent: Sequence[Event],
    query: EventQuery,
    see: Callable[[Event], Event | None],
    now: datetime,
) -> Iterator[EventPage]:
    """The answer to a query whose times are instants. `recent` are the newest events of all, the oldest of them first.

    `see` is asked what of an event may be shown. Blocks: each step reads for one page.
    """
    past = _Past(folder, recent, query)
    events: list[Event] = []
    remarks: list[str] = []
    looked_at = 0
    for found in past.newest_first() if query.newest_first else past.oldest_first():
        looked_at += 1
        if isinstance(found, str):
            remarks.append(found)
        elif found is not None and (seen := see(found)) is not None:
            events.append(seen)
        if len(events) >= PAGE or looked_at >= BREATH:
            yield EventPage(now=now, since=query.since, events=tuple(events), remarks=tuple(remarks))
            events, remarks, looked_at = [], [], 0
    yield EventPage(now=now, since=query.since, events=tuple(events), remarks=tuple(remarks), end=True)


class _Past:
    def __init__(self, folder: Path, recent: Sequence[Event], query: EventQuery) -> None:
        self._folder = folder
        self._recent = recent
        self._query = query
        self._before = recent[0].id if recent else ""
        """Events from this number on are in `recent`."""
        self._signs = _signs(query)

    def oldest_first(self) -> Iterator[Found]:
        """The archive, then the store."""
        yield from self._archive(_forwards)
        yield from map(self._wanted, self._recent)

    def newest_first(self) -> Iterator[Found]:
        """The other way round."""
        yield from map(self._wanted, reversed(self._recent))
        yield from self._archive(_backwards)

    def _archive(self, order: "Order") -> Iterator[Found]:
        query = self._query
        if self._recent and query.since is not None and query.since > self._recent[0].at:
            return  # the store has it all, unless clocks were set back
        try:
            current, full = self._files()
        except OSError as error:
            yield f"The audit archive {self._folder} cannot be read ({error.strerror})."
            return
        with closing(current) if current else nullcontext():
            growing = self._lines(CURRENT, current, order) if current else iter(())
            if order is _backwards:
                yield from growing
                full.reverse()
            for one in full:
                yield from self._full(one, order)
            if order is _forwards:
                yield from growing

    def _files(self) -> tuple[Lines | None, list[Full]]:
        """The growing file, opened before the others are listed: a moment later it may be full and among them."""
        try:
            current = (self._folder / CURRENT).open("rb")
        except FileNotFoundError:
            return None, full_files(self._folder)
        mark = next(filter(None, map(mark_of, current)), None)
        current.seek(0)
        full = full_files(self._folder)
        return current, full if mark is None else [one for one in full if one.first < mark.id]

    def _full(self, full: Full, order: "Order") -> Iterator[Found]:
        query = self._query
        if (query.since and full.latest < query.since) or (query.until and full.earliest > query.until):
            return
        try:
            file = full.open()
        except FileNotFoundError:  # it was too old, and is removed
            return
        except OSError as error:
            yield f"{full.plain.name} cannot be read ({error.strerror})."
            return
        with closing(file):
            yield from self._lines(full.plain.name, file, order)

    def _lines(self, name: str, file: Lines, order: "Order") -> Iterator[Found]:
        damaged = 0
        try:
            for line in order(file):
                event = None
                if all(sign in line for sign in self._signs):
                    event = event_of(line)
                    damaged += event is None and line.endswith(b"\n") and not line.endswith(CUT)
                old = event is not None and (not self._before or event.id < self._before)
                yield self._wanted(event) if event and old else None
        except DAMAGE as error:
            yield f"{name} is damaged ({error}): what it held from there on is not shown."
        if damaged:
            yield f"{damaged} of the lines of {name} cannot be read."

    def _wanted(self, event: Event) -> Event | None:
        return event if self._query.wants(event) else None


Order = Callable[[Lines], Iterable[bytes]]


def _forwards(lines: Lines) -> Iterable[bytes]:
    return lines


def _backwards(lines: Lines) -> Iterator[bytes]:
    """From the last to the first; of a damaged file those before the damage."""
    kept: list[bytes] = []
    damage: Exception | None = None
    try:
        kept.extend(lines)
    except DAMAGE as error:
        damage = error
    yield from reversed(kept)
    if damage:
        raise damage


def _signs(query: EventQuery) -> tuple[bytes, ...]:
    """What the line of every event has that is wanted: most lines need not be decoded."""
    texts = [query.about, "" if query.actor == "engine" else query.actor]  # lines leave out what is so by default
    signs = [msgspec.json.encode(text) for text in texts if text]
    return (*signs, b'"kind":' + msgspec.json.encode(query.kind)[:-1])
