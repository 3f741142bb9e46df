"""How fast an operation is and how long it still takes, from what its steps count."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model.progress import (
    BY_STEP,
    BYTES,
    FOREVER,
    LATELY,
    MOST,
    MOST_POINTS,
    Rate,
    amount_of,
    counted,
    eta,
    rate,
    share,
)
from vmms_tui.model.records import Operation, OperationKind, OperationState, changed
from vmms_tui.screens.operation_rows import OPERATIONS, OperationRow, counted_text, rate_text
from vmms_tui.screens.rows import chosen
from vmms_tui.screens.wording import rate_words

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MIB = 2.0**20
BUILD = Operation(
    id="op-1",
    kind=OperationKind.PROVISION,
    server_id="vm-1",
    started=NOW,
    updated=NOW,
    step="active",
    actor="engine",
    expected=timedelta(minutes=3),
)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def told(*counts: tuple[float, float, float], unit: str = BYTES, start: Operation = BUILD) -> Operation:
    """The operation after these counts: the second, what was done by then, of how much."""
    for seconds, processed, total in counts:
        start = counted(start, processed, total, unit, at(seconds))
    return start


def test_speed_and_estimate_follow_from_what_was_counted() -> None:
    moving = told((0, 0, 1000 * MIB), (5, 500 * MIB, 1000 * MIB))
    assert rate(moving, at(5)) == Rate(per_second=100 * MIB, unit=BYTES)
    assert eta(moving, at(5)) == timedelta(seconds=5)
    assert eta(moving, at(7)) == timedelta(seconds=3), "it goes on between two counts"
    assert share(moving, at(5)) == pytest.approx((2 + 0.5) / 5), "two of five steps, and half of the third"
    assert rate_text(moving, at(5)) == "100 MiB/s"
    assert counted_text(moving, at(5)) == "500 MiB of 1,000 MiB, 100 MiB/s"


def test_what_grows_as_fast_as_it_is_done_has_a_speed_and_no_end() -> None:
    hot = told((0, 100, 150), (10, 200, 250), (20, 300, 350))
    assert rate(hot, at(20)) == Rate(per_second=10, unit=BYTES)
    assert eta(hot, at(20)) is None
    slower = told((0, 100, 150), (10, 200, 240))
    assert eta(slower, at(10)) == timedelta(seconds=40), "40 are left, and in 10 s it were 10 less"


def test_one_count_is_no_speed_yet() -> None:
    once = told((10, 5, 9))
    assert rate(once, at(10)) is None
    assert rate_text(once, at(10)) == "?"
    assert eta(once, at(10)) == timedelta(seconds=170), "as long as such operations take"
    assert counted_text(once, at(10)) == "5 B of 9 B"


def test_a_count_that_is_old_is_no_speed_any_more() -> None:
    away = told((0, 1, 9), (1, 2, 9))
    later = at(1) + LATELY + timedelta(seconds=1)
    assert rate(away, at(1) + LATELY) is not None
    assert rate(away, later) is None
    assert eta(away, later) is None


@pytest.mark.parametrize(
    "then",
    [
        pytest.param((6, 1.0, 9.0), id="less than before"),
        pytest.param((-5, 4.0, 9.0), id="a clock that went back"),
    ],
)
def test_what_cannot_go_on_begins_anew(then: tuple[float, float, float]) -> None:
    begun = told((0, 2, 9), (3, 3, 9), then)
    assert begun.amount is not None
    assert len(begun.amount.points) == 1
    assert rate(begun, at(then[0])) is None


def test_another_unit_and_another_step_begin_anew() -> None:
    before = told((0, 2, 9), (3, 3, 9))
    packages = told((4, 8, 9), unit="packages", start=before)
    assert packages.amount is not None
    assert len(packages.amount.points) == 1
    ahead = changed(before, step="prove", updated=at(5))
    assert amount_of(ahead) is None
    assert counted_text(ahead, at(5)) == ""
    assert share(ahead, at(5)) == 4 / 5


def test_an_end_that_is_reached_is_a_moment_away_and_not_late() -> None:
    whole = told((0, 1, 9), (3, 9, 9))
    assert eta(whole, at(3)) == eta(whole, at(60)) == timedelta(seconds=1)
    assert share(changed(whole, step="prove"), at(3)) <= MOST


def test_what_would_take_ages_does_not_end() -> None:
    whole = FOREVER.total_seconds() / 100
    assert eta(told((0, 0, whole), (100, 1, whole)), at(100)) == FOREVER - timedelta(seconds=100)
    for more in (whole + 2, 1e15):
        assert eta(told((0, 0, more), (100, 1, more)), at(100)) is None


def test_steps_are_counted_where_nothing_else_is() -> None:
    at_work = changed(BUILD, updated=at(30))
    assert rate(at_work, at(99)) == Rate(per_second=2 / 30, unit=BY_STEP)
    assert rate_text(at_work, at(99)) == "4/min"
    done = changed(BUILD, state=OperationState.DONE, step="prove", updated=at(100))
    assert rate_text(done, at(999)) == "3/min"
    assert rate_text(changed(BUILD, step="port"), at(9)) == "?", "no step is done yet"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (changed(BUILD, updated=at(30), paused_by="grace", state=OperationState.WAITING), "?"),
        (changed(BUILD, updated=at(30), state=OperationState.FAILED), ""),
    ],
)
def test_what_stands_still_or_failed_has_no_speed(one: Operation, words: str) -> None:
    assert rate(one, at(60)) is None
    assert rate_text(one, at(60)) == words
    counting = counted(one, 5, 9, BYTES, at(31))
    assert rate(counted(counting, 6, 9, BYTES, at(32)), at(32)) is None


@pytest.mark.parametrize(
    ("per_second", "unit", "words"),
    [
        (210.4 * MIB, BYTES, "210 MiB/s"),
        (1.5 * 2**30, BYTES, "1.5 GiB/s"),
        (900, BYTES, "900 B/s"),
        (0, BYTES, "0 B/s"),
        (41, "packages", "41 packages/s"),
        (0.2, "packages", "12 packages/min"),
        (0.01, "steps", "36 steps/h"),
        (1204, "files", "1,204 files/s"),
        (0, "files", "0 files/s"),
    ],
)
def test_a_speed_in_words(per_second: float, unit: str, words: str) -> None:
    assert rate_words(per_second, unit) == words


def test_the_rate_can_be_filtered_and_what_was_counted_survives_the_store() -> None:
    moving = told((0, 0, 1000), (5, 500, 1000))
    again = msgspec.json.decode(msgspec.json.encode(moving), type=Operation)
    assert again == moving
    old = msgspec.json.decode(msgspec.json.encode(BUILD), type=Operation)
    assert old.amount is None
    rows = [OperationRow(moving), OperationRow(changed(BUILD, id="op-2"))]
    assert chosen(OPERATIONS, rows, "rate>50", at(5)) == ({"op-1"}, "")


counts = st.lists(
    st.tuples(st.integers(0, 400), st.floats(0, 1e18), st.floats(0, 1e18)), min_size=1, max_size=2 * MOST_POINTS
)


@given(counts, st.integers(-50, 5000))
def test_whatever_is_counted_there_is_a_sane_answer(said: list[tuple[int, float, float]], seconds: int) -> None:
    one, now = told(*said), at(seconds)
    amount = amount_of(one)
    assert amount is not None
    assert 1 <= len(amount.points) <= MOST_POINTS
    times = [point.at for point in amount.points]
    assert times == sorted(set(times))
    assert times[-1] - times[0] <= LATELY
    found, left = rate(one, now), eta(one, now)
    assert found is None or found.per_second >= 0
    assert left is None or left >= timedelta(0)
    assert 0 <= share(one, now) <= MOST
    assert rate_text(one, now)
