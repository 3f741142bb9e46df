"""Waiting after failures, and rates, for any numbers."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import MINUTE, NOW, spans
from vmms_tui.engine.policy.backoff import operation_backoff, pool_backoff
from vmms_tui.engine.policy.rates import per_minute, requests_in
from vmms_tui.engine.policy.words import span

SECOND = timedelta(seconds=1)
TIMES = st.lists(spans(-3_600, 90_000).map(lambda age: NOW - age), max_size=60).map(sorted)


@given(st.integers(-1, 10**6))
def test_a_pool_waits_longer_after_each_failure_up_to_half_an_hour(failures: int) -> None:
    wait = pool_backoff(failures)
    assert wait <= pool_backoff(failures + 1) <= 30 * MINUTE
    assert (wait == timedelta(0)) == (failures < 3)


@given(st.integers(1, 10**6), st.text())
def test_an_operation_waits_whole_seconds_near_a_doubling(attempts: int, name: str) -> None:
    wait, full = operation_backoff(attempts, name), min(2 ** min(attempts - 1, 20), 60)
    assert full * 0.75 <= wait / SECOND <= full
    assert wait % SECOND == timedelta(0)
    assert wait == operation_backoff(attempts, name)


def test_operations_that_failed_together_do_not_come_back_together() -> None:
    waits = {operation_backoff(9, f"op{number}") for number in range(200)}
    assert len(waits) == 16


@given(TIMES, spans(1, 90_000), spans(1, 90_000))
def test_windows_that_follow_each_other_count_each_request_once(
    times: list[datetime], window: timedelta, before: timedelta
) -> None:
    both = requests_in(times, window, NOW) + requests_in(times, before, NOW - window)
    assert both == requests_in(times, window + before, NOW)
    assert per_minute(times, window, NOW) * (window / MINUTE) == pytest.approx(requests_in(times, window, NOW))


@given(spans(-(10**8), 10**8))
def test_a_length_of_time_can_be_typed_back(time: timedelta) -> None:
    units = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    words = span(time).removeprefix("-").split()
    total = sum(int(number) * units[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
    assert timedelta(seconds=total) == abs(time)
    assert span(time).startswith("-") == (time < timedelta(0))
