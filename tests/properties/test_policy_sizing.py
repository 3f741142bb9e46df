"""Sizing and surge for any pool, and over simulated time."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.properties.policy_records import DAY, MINUTE, NOW, pool, pools, server
from vmms_tui.engine.policy.sizing import STEPS, Counts, Sizing, count, held_back, size, surge
from vmms_tui.model.records import Pool, ServerState, changed
from vmms_tui.model.spec import Policy

POLICY = Policy()
COUNTS = st.builds(
    Counts,
    ready=st.integers(0, 130),
    unfinished=st.integers(0, 60),
    lent=st.integers(0, 60),
    reclaiming=st.integers(0, 20),
    failed=st.integers(0, 5),
)
RATES = st.floats(0, 20)


def sized(
    pool: Pool,
    counts: Counts,
    *,
    recent: float = 0.0,
    usual: float = 0.0,
    queued: int = 0,
    quota: int | None = None,
    builds: int = 100,
) -> Sizing:
    return size(
        pool,
        counts,
        recent_per_minute=recent,
        usual_per_minute=usual,
        queued=queued,
        quota_room=quota,
        build_room=builds,
        now=NOW,
    )


@given(pools(), COUNTS, RATES, RATES, st.integers(0, 50), st.none() | st.integers(-3, 40), st.integers(-2, 20))
def test_building_never_passes_the_limit_the_quota_or_the_builds_side_by_side(
    pool: Pool, counts: Counts, recent: float, usual: float, queued: int, quota: int | None, builds: int
) -> None:
    made = sized(pool, counts, recent=recent, usual=usual, queued=queued, quota=quota, builds=builds)
    assert made.build >= 0
    assert made.build <= max(0, pool.limit_now - counts.total)
    assert made.build <= max(0, builds)
    assert quota is None or made.build <= max(0, quota)
    assert counts.ready + counts.unfinished + made.build <= max(
        counts.ready + counts.unfinished, pool.available_now + queued
    )
    assert made.why
    if held_back(pool, NOW):
        assert made.build == 0


@given(pools(), COUNTS, st.integers(0, 50))
def test_only_ready_servers_beyond_what_is_wanted_are_retired(pool: Pool, counts: Counts, queued: int) -> None:
    made = sized(pool, counts, queued=queued)
    assert 0 <= made.retire <= counts.ready
    assert not (made.retire and made.build)
    left = counts.ready - made.retire
    if pool.retired:
        assert left == 0
    elif made.retire:
        assert left == pool.available_now + queued


ABLE = pools().map(lambda pool: changed(pool, broken="", paused="", retired=False))


@given(ABLE, st.data(), RATES, RATES, st.integers(0, 50))
def test_whatever_lacks_and_has_room_is_begun(
    pool: Pool, data: st.DataObject, recent: float, usual: float, queued: int
) -> None:
    """Nothing under way, something missing, room for it: at least one build. So no pool ever waits for nothing."""
    ready = data.draw(st.integers(0, max(0, min(pool.available_now + queued, pool.limit_now) - 1)))
    lent = data.draw(st.integers(0, pool.limit_now - ready - 1))
    assume(ready < pool.available_now + queued)
    assert sized(pool, Counts(ready=ready, lent=lent), recent=recent, usual=usual, queued=queued).build >= 1


@given(ABLE, COUNTS, st.integers(1, 50), st.integers(0, 10))
def test_requests_are_built_for_before_the_pool_is_refilled(
    pool: Pool, counts: Counts, queued: int, quota: int
) -> None:
    counts = changed(counts, ready=0, unfinished=0)
    made = sized(pool, counts, queued=queued, quota=quota)
    assert made.build >= min(queued, quota, max(0, pool.limit_now - counts.total))


@given(pools(), st.integers(0, 60))
def test_a_calm_pool_is_full_again_within_four_builds(pool: Pool, taken: int) -> None:
    pool = changed(pool, surge=1.0, broken="", paused="", retired=False, limit=pool.limit + 60)
    lent = min(taken, pool.available_now)
    counts = Counts(ready=pool.available_now - lent, lent=max(lent, 1))
    for _ in range(4):
        counts = changed(counts, ready=counts.ready + sized(pool, counts).build)
    assert counts.ready == pool.available_now


@given(st.lists(st.sampled_from(tuple(ServerState)), max_size=40), st.booleans())
def test_every_server_that_is_not_gone_is_counted_once(states: list[ServerState], linked: bool) -> None:
    servers = [server(f"s{i}", state, lease_id="l1" if linked else "") for i, state in enumerate(states)]
    counts = count(servers)
    assert counts.total == sum(state is not ServerState.GONE for state in states)
    assert counts.ready == states.count(ServerState.READY)
    assert counts.failed == states.count(ServerState.FAILED)
    if linked:
        assert counts.unfinished == 0


def run_surge(start: Pool, loads: list[int], step: timedelta) -> list[tuple[timedelta, float]]:
    """The factor after each step, at most 15 steps after the last load."""
    now, state, seen = NOW, start, []
    for load in loads:
        change = surge(state, load, POLICY, now)
        if change:
            state = changed(state, surge=change.factor, surge_since=now)
        seen.append((now - NOW, state.surge))
        now += step
    return seen


@given(st.integers(0, 40), st.lists(st.integers(0, 80), min_size=1, max_size=80), st.integers(1, 15), st.integers(0, 2))
def test_a_surge_moves_by_the_rules(available: int, loads: list[int], minutes: int, start: int) -> None:
    begun = pool(available=available, limit=60, surge=STEPS[start], surge_since=NOW)
    seen = run_surge(begun, loads, minutes * MINUTE)
    assert {factor for _, factor in seen} <= set(STEPS)
    last_change, before = timedelta(0), begun.surge
    for (at, factor), load in zip(seen, loads, strict=True):
        share = load / max(available, 1)
        if factor > before:
            assert load >= POLICY.burst_least
            assert share >= POLICY.burst_up[STEPS.index(factor) - 1]
        if factor < before:
            assert at - last_change >= POLICY.surge_dwell
            assert STEPS.index(before) - STEPS.index(factor) == 1
            assert share < POLICY.burst_down[STEPS.index(before) - 1]
        if factor != before:
            last_change = at
        before = factor


@given(st.integers(0, 40), st.lists(st.integers(0, 80), max_size=20))
def test_a_surge_is_over_soon_after_quiet(available: int, loads: list[int]) -> None:
    quiet = 2 * POLICY.surge_dwell // MINUTE + 1
    seen = run_surge(pool(available=available, limit=60), [*loads, *[0] * quiet], MINUTE)
    assert seen[-1][1] == 1.0


@given(st.integers(1, 40), st.integers(0, 80))
def test_a_steady_rate_comes_to_rest(available: int, load: int) -> None:
    """The same load for a day changes the factor at most once: there is no rate at which it swings."""
    begun = pool(available=available, limit=60)
    factors = [begun.surge, *(factor for _, factor in run_surge(begun, [load] * 288, DAY / 288))]
    assert sum(a != b for a, b in pairwise(factors)) <= 1


@given(pools(), st.integers(0, 80))
def test_a_pool_that_cannot_build_never_rises(pool: Pool, load: int) -> None:
    change = surge(changed(pool, broken="there is no image el9"), load, POLICY, NOW)
    assert change is None or change.factor < pool.surge
