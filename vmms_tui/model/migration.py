"""How a move of a server between hosts goes: what is remembered of it, how fast it is, how long it may take. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

LATELY = timedelta(seconds=30)
"""From the readings of so long the rates are taken."""
MOST_POINTS = 12
"""Readings that are kept for that."""
FOREVER = timedelta(days=1)
"""What takes longer than that does not end."""
MOST_SEEN = 16
"""Readings that are kept of the whole way; of a longer one every second goes, again and again."""
PAUSE = timedelta(milliseconds=500)
"""For how long a server may stand still at the end (Nova, `live_migration_downtime`): then the rest goes at once."""


class Point(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A reading: when, how much was sent, how much was left, in bytes."""

    at: datetime
    sent: int
    left: int


class Copying(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How far the copying has come, in bytes; memory and disk together in `sent`, `left` and `total`."""

    at: datetime
    memory_total: int = 0
    memory_left: int = 0
    disk_total: int = 0
    disk_left: int = 0
    sent: int = 0
    """It may be more than the total: what is written meanwhile is sent again."""
    points: tuple[Point, ...] = ()
    """The last readings, the newest last."""
    seen: tuple[Point, ...] = ()
    """Readings of the whole way in about equal distances, the newest last: whether it comes to an end."""

    @property
    def total(self) -> int:
        """All there is to copy."""
        return self.memory_total + self.disk_total

    @property
    def left(self) -> int:
        """What is still to be sent, as far as is known now."""
        return self.memory_left + self.disk_left


class Moving(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an operation that moves a server has to remember besides its step."""

    source: str
    """The host that the server was on."""
    was: str
    """The state of the server before, as the record of it has it."""
    power: str = ""
    """The cloud's status of the server before: ACTIVE or SHUTOFF."""
    known: int = 0
    """The newest record of a move that the cloud had before: ours is a newer one."""
    move_id: int = 0
    """Our move, as the cloud numbers it; 0: not seen yet."""
    destination: str = ""
    """Where it goes, once that is known."""
    ending: str = ""
    """Why it is to be taken back; empty: it goes on."""
    forced_by: str = ""
    """Who wants the rest to be copied while the server stands still; empty: nobody."""
    forced: bool = False
    """The cloud has taken that on."""
    remedy: str = ""
    """What to do about why it is to be taken back; empty: what is usual."""
    port: int = 0
    """A TCP port that answered before, where its pool has no proof by network; 0: none was asked, or none did."""
    fresh: bool = False
    """Its disk was made anew: it showed another SSH host key than the one that was pinned."""
    copying: Copying | None = None


def read(
    before: Copying | None,
    at: datetime,
    *,
    memory_total: int | None,
    memory_left: int | None,
    memory_sent: int | None,
    disk_total: int | None = None,
    disk_left: int | None = None,
    disk_sent: int | None = None,
) -> Copying:
    """What was read now, after what was read before. What the cloud does not tell counts as nothing."""
    sent, left = (memory_sent or 0) + (disk_sent or 0), (memory_left or 0) + (disk_left or 0)
    total = (memory_total or 0) + (disk_total or 0)
    goes_on = before is not None and before.total == total and before.sent <= sent and before.at <= at
    kept = [one for one in before.points if at - LATELY <= one.at < at] if before is not None and goes_on else []
    point = Point(at, sent, left)
    return Copying(
        at=at,
        memory_total=memory_total or 0,
        memory_left=memory_left or 0,
        disk_total=disk_total or 0,
        disk_left=disk_left or 0,
        sent=sent,
        points=(*kept[1 - MOST_POINTS :], point),
        seen=_seen(before.seen if before is not None and goes_on else (), point),
    )


def _seen(before: tuple[Point, ...], new: Point) -> tuple[Point, ...]:
    """With one more, where the last is as long ago as those before it lie apart."""
    if len(before) >= MOST_SEEN:
        before = before[::2]
    if len(before) > 1 and new.at - before[-1].at < (before[-1].at - before[0].at) / (len(before) - 1):
        return before
    return before if before and new.at <= before[-1].at else (*before, new)


def rate(copying: Copying) -> float | None:
    """Bytes sent a second, lately; None: not known yet."""
    return _between(copying, lambda first, last: last.sent - first.sent)


def dirty(copying: Copying) -> float | None:
    """Bytes that the server writes anew a second, lately: by so much less is left than was sent."""
    grown = _between(copying, lambda first, last: last.left - first.left + last.sent - first.sent)
    return None if grown is None else max(0.0, grown)


def _between(copying: Copying, amount: Callable[[Point, Point], int]) -> float | None:
    if len(copying.points) < 2:
        return None
    first, last = copying.points[0], copying.points[-1]
    return amount(first, last) / (last.at - first.at).total_seconds()


def estimate(copying: Copying) -> timedelta | None:
    """How long the copying still takes; None: nobody knows yet, or it does not come to an end."""
    sends, writes = rate(copying), dirty(copying)
    if not copying.total or sends is None or writes is None or endless(copying):
        return None
    gain = sends - writes
    if not copying.left:
        return timedelta(0)
    if gain <= 0 or copying.left > gain * FOREVER.total_seconds():
        return None
    return timedelta(seconds=copying.left / gain)


def pause(copying: Copying) -> timedelta | None:
    """For how long the server would stand still if the rest were sent now; None: nobody knows yet."""
    sends = rate(copying)
    if not copying.total or not sends:
        return None
    return timedelta(seconds=min(copying.left / sends, FOREVER.total_seconds()))


def endless(copying: Copying) -> bool:
    """Whether the server writes as fast as it is copied: all of its memory was sent twice, and much is left."""
    longest = pause(copying)
    twice = copying.sent >= copying.total + copying.memory_total > 0
    return twice and longest is not None and longest > PAUSE


def share(copying: Copying) -> float:
    """How much is there already, from 0 to 1."""
    return 1 - copying.left / copying.total if copying.total else 0.0


BASE = timedelta(minutes=15)
PER_GIB_OF_MEMORY = timedelta(minutes=5)
PER_GIB_OF_DISK = timedelta(seconds=20)


def patience(ram_mib: int, disk_gib: int) -> timedelta:
    """How long a move of a server of that size may take before it is taken back.

    Nova itself gives up after 800 s for each GiB (`live_migration_completion_timeout`), if at all.
    """
    return BASE + PER_GIB_OF_MEMORY * (ram_mib / 1024) + PER_GIB_OF_DISK * disk_gib
