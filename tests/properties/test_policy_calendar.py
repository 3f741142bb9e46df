"""Working days in any zone, over every change of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import DAY, HOUR
from vmms_tui.engine.policy.calendar import LONGEST_SHIFT, is_free, local_and_utc, next_working, still_to_come
from vmms_tui.model.calendar import Calendar

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
INSTANTS = st.timedeltas(timedelta(0), 7_000 * DAY).map(lambda ahead: datetime(2011, 12, 1, tzinfo=UTC) + ahead)
CHANGES = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
)
"""Berlin and New York put their clocks forward and back; all four are Sundays."""
NEAR_CHANGES = st.builds(
    lambda at, off: at + timedelta(minutes=off), st.sampled_from(CHANGES), st.integers(-3000, 3000)
)
CALENDARS = st.builds(
    Calendar,
    time_zone=st.sampled_from(ZONES),
    weekend=st.frozensets(st.integers(0, 6), max_size=6),
    dates=st.frozensets(st.dates(date(2026, 3, 20), date(2026, 4, 10))),
    holidays=st.frozensets(st.dates(date(2026, 10, 20), date(2026, 11, 10))),
)
BERLIN = Calendar(time_zone="Europe/Berlin", weekend=frozenset({5, 6}), dates=frozenset({date(2026, 4, 3)}))


@given(INSTANTS | NEAR_CHANGES, CALENDARS)
def test_never_earlier_never_on_a_free_day_and_not_for_ever(at: datetime, calendar: Calendar) -> None:
    moved = next_working(at, calendar)
    local = moved.astimezone(ZoneInfo(calendar.time_zone))
    assert at <= moved <= at + LONGEST_SHIFT + DAY
    assert moved.microsecond == 0
    if moved - at < LONGEST_SHIFT - DAY:
        assert not is_free(local.date(), calendar)
        assert next_working(moved, calendar) == moved


@given(INSTANTS | NEAR_CHANGES, CALENDARS)
def test_a_working_day_is_left_alone(at: datetime, calendar: Calendar) -> None:
    if not is_free(at.astimezone(ZoneInfo(calendar.time_zone)).date(), calendar):
        assert timedelta(0) <= next_working(at, calendar) - at < timedelta(seconds=1)


@given(NEAR_CHANGES, st.sampled_from(("Europe/Berlin", "America/New_York")))
def test_the_local_time_stays_when_the_clocks_are_put(at: datetime, zone: str) -> None:
    """But where that time is skipped: then it is later by what was skipped."""
    calendar = Calendar(time_zone=zone, weekend=frozenset({5, 6}))
    before, after = (one.astimezone(ZoneInfo(zone)) for one in (at, next_working(at, calendar)))
    skipped = {timedelta(0), HOUR}
    was, now = (timedelta(hours=one.hour, minutes=one.minute, seconds=one.second) for one in (before, after))
    assert (now - was) % DAY in skipped
    assert after.weekday() < 5


@given(INSTANTS, INSTANTS, CALENDARS)
def test_what_ends_later_is_not_taken_on_an_earlier_day(one: datetime, other: datetime, calendar: Calendar) -> None:
    first, second = sorted((one, other))
    zone = ZoneInfo(calendar.time_zone)
    days = [next_working(at, calendar).astimezone(zone).date() for at in (first, second)]
    assert days[0] <= days[1]


@pytest.mark.parametrize(
    ("local", "moved"),
    [
        ("2026-03-27T18:00", "2026-03-27T18:00"),
        ("2026-03-28T18:00", "2026-03-30T18:00"),
        ("2026-03-29T03:30", "2026-03-30T03:30"),
        ("2026-04-03T09:00", "2026-04-06T09:00"),
        ("2026-10-24T02:30", "2026-10-26T02:30"),
    ],
)
def test_days_by_example(local: str, moved: str) -> None:
    """Berlin; the clocks go forward on 29 March and back on 25 October 2026; Good Friday is 3 April."""
    zone = ZoneInfo("Europe/Berlin")
    at = datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC)
    assert next_working(at, BERLIN) == datetime.fromisoformat(moved).replace(tzinfo=zone)


def test_the_half_second_is_not_cut() -> None:
    at = datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=UTC)
    assert next_working(at, Calendar()) == datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)


def test_a_skipped_local_time_comes_later_and_a_doubled_one_the_second_time() -> None:
    sunday = Calendar(time_zone="Europe/Berlin", weekend=frozenset({5}))
    forward = next_working(datetime(2026, 3, 28, 1, 30, tzinfo=UTC), sunday)
    assert forward == datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "02:30 is not there: 03:30"
    back = next_working(datetime(2026, 10, 24, 0, 30, tzinfo=UTC), sunday)
    assert back == datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30 comes twice"


def test_a_zone_without_that_day_goes_on() -> None:
    """There was no 30 December 2011 in Apia."""
    calendar = Calendar(time_zone="Pacific/Apia", dates=frozenset({date(2011, 12, 29)}))
    moved = next_working(datetime(2011, 12, 29, 20, tzinfo=UTC), calendar)
    assert moved.astimezone(ZoneInfo("Pacific/Apia")).date() == date(2011, 12, 31)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC", "2026-03-02 23:30 UTC"),
        ("Europe/Berlin", "2026-03-03 00:30 CET (2026-03-02 23:30 UTC)"),
        ("America/New_York", "2026-03-02 18:30 EST (23:30 UTC)"),
        ("Asia/Kathmandu", "2026-03-03 05:15 UTC+0545 (2026-03-02 23:30 UTC)"),
    ],
)
def test_an_instant_has_its_zone_and_utc(zone: str, said: str) -> None:
    assert local_and_utc(datetime(2026, 3, 2, 23, 30, tzinfo=UTC), Calendar(time_zone=zone)) == said


def test_what_was_missed_is_not_made_up_for_on_a_free_day() -> None:
    friday, saturday = datetime(2026, 3, 6, 12, tzinfo=UTC), datetime(2026, 3, 7, 12, tzinfo=UTC)
    monday = saturday + 2 * DAY
    assert still_to_come(monday, friday, BERLIN) == monday
    assert still_to_come(friday, saturday, BERLIN) == monday
    assert still_to_come(friday, monday, BERLIN) is None
    always_free = Calendar(weekend=frozenset(range(7)))
    assert still_to_come(friday, friday + LONGEST_SHIFT, always_free) is None, "bounded, whatever the calendar says"
