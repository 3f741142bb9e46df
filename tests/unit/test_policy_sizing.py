"""Sizing and surge by example."""

from datetime import timedelta

import pytest

from tests.properties.policy_records import HOUR, MINUTE, NOW, pool, server
from tests.properties.test_policy_sizing import sized
from vmms_tui.engine.policy.sizing import Counts, count, surge
from vmms_tui.model.records import ServerState
from vmms_tui.model.spec import Policy

POLICY = Policy()


def test_a_new_pool_is_built_at_once() -> None:
    made = sized(pool(available=6), Counts())
    assert made.build == 6
    assert made.why == (
        "wants 6 ready of at most 10; 0 ready, 0 under way, 0 lent, 0 in all: "
        "build 6 of 6 missing, all at once: nothing is lent"
    )


def test_builds_side_by_side_bound_the_first_start() -> None:
    made = sized(pool(available=30, limit=40), Counts(unfinished=10), builds=0)
    assert made.build == 0
    assert made.why.endswith("build 0 of 20 missing, the number of builds side by side leaves no more")


def test_a_calm_pool_refills_a_quarter_at_a_time() -> None:
    busy = pool(available=12, limit=30)
    assert sized(busy, Counts(ready=7, lent=5)).build == 3
    assert sized(busy, Counts(ready=7, lent=5, unfinished=3)).build == 0


@pytest.mark.parametrize(("recent", "usual", "build"), [(0.1, 0.1, 3), (0.9, 0.9, 5), (0.5, 0.2, 6), (0.0, 1.0, 5)])
def test_refill_follows_the_recent_and_the_usual_rate(recent: float, usual: float, build: int) -> None:
    """Twelve wanted, six left: a quarter; what five minutes ask for; everything, when it is twice the usual."""
    assert sized(pool(available=12, limit=30), Counts(ready=6, lent=6), recent=recent, usual=usual).build == build


def test_a_pool_nearly_empty_refills_at_once() -> None:
    assert sized(pool(available=12, limit=30), Counts(ready=5, lent=7)).build == 7


def test_a_surge_refills_at_once() -> None:
    assert sized(pool(available=8, limit=30, surge=1.5), Counts(ready=7, lent=5)).build == 5


def test_at_the_quota_requests_come_first() -> None:
    made = sized(pool(available=4, limit=20), Counts(lent=4), queued=2, quota=2)
    assert made.build == 2
    assert "4 and 2 for waiting requests" in made.why
    assert "the quota leaves no more" in made.why


def test_a_pause_ends_by_itself() -> None:
    paused = pool(paused="3 builds failed in a row", paused_until=NOW + MINUTE)
    made = sized(paused, Counts())
    assert made.build == 0
    assert "it is paused until 2026-03-02 12:01:00 UTC: 3 builds failed in a row" in made.why
    assert sized(pool(paused="3 builds failed in a row", paused_until=NOW), Counts()).build == 6


def test_a_retired_pool_gives_up_every_ready_server() -> None:
    assert sized(pool(retired=True), Counts(ready=6, lent=2)).retire == 6


def test_after_a_surge_the_surplus_goes() -> None:
    assert sized(pool(available=6), Counts(ready=9, lent=1)).retire == 3


def test_a_server_set_up_anew_for_its_owner_is_lent() -> None:
    counts = count([server("s1", ServerState.PREPARING, lease_id="l1"), server("s2", ServerState.PREPARING)])
    assert counts == Counts(lent=1, unfinished=1)


def test_a_burst_goes_straight_to_two_and_says_why() -> None:
    change = surge(pool(), 8, POLICY, NOW)
    assert change is not None
    assert change.factor == 2.0
    assert change.why == (
        "8 requests in 10 min are 1.33 x available 6 (>= 1.2): surge 1 -> 2, available 6 -> 12, limit 10 -> 20"
    )


def test_a_lesser_burst_goes_half_way() -> None:
    change = surge(pool(), 4, POLICY, NOW)
    assert change is not None
    assert change.factor == 1.5


@pytest.mark.parametrize(("requests", "factor"), [(5, None), (6, 1.5), (11, 1.5), (12, 2.0)])
def test_a_threshold_counts_from_itself_on(requests: int, factor: float | None) -> None:
    change = surge(pool(available=10, limit=20), requests, POLICY, NOW)
    assert (change.factor if change else None) == factor


def test_two_requests_are_no_burst_for_a_pool_of_one() -> None:
    assert surge(pool(available=1), 2, POLICY, NOW) is None
    assert surge(pool(available=1), 3, POLICY, NOW) is not None


def test_between_the_thresholds_a_surge_stays() -> None:
    since = NOW - HOUR
    assert surge(pool(surge=1.5, surge_since=since), 3, POLICY, NOW) is None
    assert surge(pool(surge=1.0, surge_since=since), 3, POLICY, NOW) is None


def test_a_surge_falls_one_step_after_its_dwell() -> None:
    early = pool(surge=2.0, surge_since=NOW - timedelta(minutes=14, seconds=59))
    assert surge(early, 0, POLICY, NOW) is None
    change = surge(pool(surge=2.0, surge_since=NOW - 15 * MINUTE), 0, POLICY, NOW)
    assert change is not None
    assert change.why == (
        "0 requests in 10 min are 0 x available 6 (< 0.6): surge 2 -> 1.5, available 12 -> 9, limit 20 -> 15"
    )
