"""Waiting after failures, and rates, by example."""

from datetime import timedelta

import pytest

from tests.properties.policy_records import DAY, HOUR, MINUTE, NOW
from vmms_tui.engine.policy.backoff import operation_backoff, pool_backoff, quota_backoff
from vmms_tui.engine.policy.faults import is_quota
from vmms_tui.engine.policy.rates import per_minute, requests_in, usual_per_minute
from vmms_tui.engine.policy.words import counted, factor, instant, size, span


def test_a_pool_pauses_from_the_third_failure() -> None:
    assert [pool_backoff(failures) // MINUTE for failures in range(10)] == [0, 0, 0, 1, 2, 4, 8, 16, 30, 30]


def test_an_operation_tries_again_soon_at_first() -> None:
    assert [operation_backoff(attempts, "op1") for attempts in range(3)] == [
        timedelta(0),
        timedelta(seconds=1),
        timedelta(seconds=2),
    ]


def test_a_window_ends_now_and_begins_after_its_first_instant() -> None:
    times = [NOW - 10 * MINUTE, NOW - 9 * MINUTE, NOW, NOW + MINUTE]
    assert requests_in(times, 10 * MINUTE, NOW) == 2
    assert per_minute(times, 10 * MINUTE, NOW) == pytest.approx(0.2)


def test_the_usual_rate_is_of_a_day() -> None:
    times = [NOW - hour * HOUR for hour in reversed(range(48))]
    assert usual_per_minute(times, NOW) == pytest.approx(24 / (DAY / MINUTE))


def test_a_rate_needs_a_window() -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        per_minute([], timedelta(0), NOW)


def test_words() -> None:
    assert [span(time) for time in (timedelta(0), 36 * HOUR, 10 * MINUTE, -3 * HOUR)] == [
        "0 s",
        "1 d 12 h",
        "10 min",
        "-3 h",
    ]
    assert instant(NOW) == "2026-03-02 12:00:00 UTC"
    assert [factor(value) for value in (1.0, 1.5, 0.583, 20.0)] == ["1", "1.5", "0.58", "20"]
    assert [counted(1, "server"), counted(0, "server"), counted(2, "lease")] == ["1 server", "0 servers", "2 leases"]
    assert size(1, 512) == "1 vCPU, 512 MiB RAM"


def test_after_a_refusal_over_a_quota_half_a_minute_then_twice_as_long() -> None:
    seconds = [quota_backoff(refusals).total_seconds() for refusals in range(1, 9)]
    assert seconds == [30, 60, 120, 240, 480, 600, 600, 600]


@pytest.mark.parametrize(
    ("fault", "quota"),
    [
        ("Quota exceeded for instances: Requested 1, but already used 10 of 10 instances", True),
        ("Build of instance 1 aborted: Maximum number of ports exceeded", True),
        ("VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota 'volumes'.", True),
        ("No valid host was found. There are not enough hosts available.", False),
        ("Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures", False),
        ("", False),
    ],
)
def test_faults_of_a_quota_are_known(fault: str, quota: bool) -> None:
    assert is_quota(fault) == quota
