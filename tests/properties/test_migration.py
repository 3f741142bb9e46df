"""The numbers of a move: rates, an estimate, a forecast of the pause."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model import migration
from vmms_tui.model.migration import Copying

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
GIB = 2**30
readings = st.lists(
    st.tuples(st.integers(0, 10), st.integers(0, 4 * GIB), st.integers(0, 4 * GIB), st.booleans()), max_size=40
)


def read(before: Copying | None, seconds: float, sent: int, left: int, total: int = GIB) -> Copying:
    at = NOW + timedelta(seconds=seconds)
    return migration.read(before, at, memory_total=total, memory_left=left, memory_sent=sent)


def test_rates_are_those_of_the_readings() -> None:
    first = read(None, 0, 0, GIB)
    assert (migration.rate(first), migration.estimate(first), migration.pause(first)) == (None, None, None)
    second = read(first, 4, GIB // 2, GIB * 3 // 4)
    assert migration.rate(second) == GIB / 8
    assert migration.dirty(second) == GIB / 16
    assert migration.estimate(second) == timedelta(seconds=12)
    assert migration.pause(second) == timedelta(seconds=6)
    assert migration.share(second) == 0.25
    assert not migration.endless(second)


def test_what_is_written_as_fast_as_it_is_copied_has_no_estimate_but_a_pause() -> None:
    copying = read(None, 0, 0, GIB)
    for number in range(1, 11):
        copying = read(copying, 2 * number, number * GIB // 4, GIB)
    assert migration.endless(copying)
    assert migration.estimate(copying) is None
    assert migration.pause(copying) == timedelta(seconds=8)


def test_nothing_told_is_nothing_known() -> None:
    copying = migration.read(None, NOW, memory_total=None, memory_left=None, memory_sent=None)
    again = migration.read(copying, NOW, memory_total=GIB, memory_left=GIB, memory_sent=0)
    assert migration.rate(again) is None, "what was not told before is no beginning"
    assert migration.share(copying) == 0.0


@given(readings)
def test_whatever_is_read_nothing_breaks(told: list[tuple[int, int, int, bool]]) -> None:
    copying, seconds = None, 0
    for gap, sent, left, other in told:
        seconds += gap
        copying = read(copying, seconds, sent, left, GIB * (2 if other else 1))
        assert len(copying.points) <= migration.MOST_POINTS
        sends, writes = migration.rate(copying), migration.dirty(copying)
        assert sends is None or sends >= 0
        assert writes is None or writes >= 0
        for span in (migration.estimate(copying), migration.pause(copying)):
            assert span is None or timedelta(0) <= span <= migration.FOREVER
        assert migration.share(copying) <= 1


@given(st.integers(1, 2**20), st.integers(0, 4000))
def test_larger_servers_get_more_time(ram_mib: int, disk_gib: int) -> None:
    assert migration.patience(ram_mib, disk_gib) >= migration.BASE
    assert migration.patience(2 * ram_mib, disk_gib) > migration.patience(ram_mib, disk_gib)


@pytest.mark.parametrize("seconds", [0.1, 1, 50])
def test_a_clock_that_goes_back_begins_anew(seconds: float) -> None:
    first = read(None, 100, 0, GIB)
    second = read(first, 100 - seconds, GIB // 2, GIB // 2)
    assert migration.rate(second) is None
