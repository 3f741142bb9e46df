"""Working days: what would stop or delete a server on a free day waits for the next day on which its owner works.

Pure but for the rules of time zones, which zoneinfo keeps.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from vmms_tui.model.calendar import Calendar

LONGEST_SHIFT = timedelta(days=31)
"""Nothing is put off for longer, however many days are free."""
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def is_free(day: date, calendar: Calendar) -> bool:
    """Whether nobody works on this day."""
    return day.weekday() in calendar.weekend or day in calendar.dates or day in calendar.holidays


def next_working(at: datetime, calendar: Calendar) -> datetime:
    """The instant itself on a working day, else the same local time on the next one; in whole seconds, never earlier.

    A local time that the clocks skip on that day (they go forward) comes as much later; of one that they show twice
    (they go back) it is the second. After `LONGEST_SHIFT` even a free day has to do.
    """
    whole = rounded_up(at).astimezone(UTC)
    zone = ZoneInfo(calendar.time_zone)
    local = whole.astimezone(zone)
    if not is_free(local.date(), calendar):
        return whole
    last = local.date() + LONGEST_SHIFT
    day = local.date() + _DAY
    while day <= last:
        moved = _on(day, local.time(), zone)
        if not is_free(moved.astimezone(zone).date(), calendar):
            return moved
        day += _DAY
    return _on(last, local.time(), zone)


def still_to_come(at: datetime, now: datetime, calendar: Calendar) -> datetime | None:
    """When something that is planned for a working day's `at` may be done; None: now.

    What was missed is not made up for on a free day either, unless it has waited for too long already.
    """
    if now < at:
        return at
    working = next_working(now, calendar)
    return working if working > now and now - at < LONGEST_SHIFT else None


def _on(day: date, at: time, zone: ZoneInfo) -> datetime:
    """This local time on that day, as UTC; the later of the two readings where clocks are put (PEP 495)."""
    return max(datetime.combine(day, at.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))


def rounded_up(at: datetime) -> datetime:
    """In whole seconds; what was promised is never cut."""
    return at if at.microsecond == 0 else at.replace(microsecond=0) + _SECOND


def local_and_utc(at: datetime, calendar: Calendar) -> str:
    """An instant as the calendar's zone and UTC tell it: `2026-03-02 19:00 CET (18:00 UTC)`."""
    local, utc = at.astimezone(ZoneInfo(calendar.time_zone)), at.astimezone(UTC)
    if not local.utcoffset():
        return f"{_minutes(utc)} UTC"
    there = f"{utc:%H:%M:%S}" if utc.second else f"{utc:%H:%M}"
    other_day = f"{utc:%Y-%m-%d} " if utc.date() != local.date() else ""
    return f"{_minutes(local)} {zone_name(local)} ({other_day}{there} UTC)"


def _minutes(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"


def zone_name(at: datetime) -> str:
    """`CET`; the offset where the zone has no letters: `UTC+03`."""
    name = at.tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"
