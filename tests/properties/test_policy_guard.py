"""The guard: any clock that only runs, and any ordinary day, freezes nothing; what a jump took is given back."""

import itertools
from bisect import bisect_right
from datetime import datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.properties.policy_records import DAY, HOUR, MINUTE, NOW, lease, spans
from vmms_tui.engine.policy.expiry import Reclaim, StopFirst, Warn, expiry
from vmms_tui.engine.policy.guard import Look, due, jump_between, live, regained, set_back, too_many
from vmms_tui.model.records import Guard, Lease, LeaseState, changed
from vmms_tui.model.spec import GuardRules, Policy

RULES = GuardRules()
POLICY = Policy()
SECOND = timedelta(seconds=1)
SIZES = st.integers(0, 10**6)


def looks(starts: float, steps: list[float], jumps: dict[int, float]) -> list[Look]:
    """What is seen of a wall clock, cut to whole seconds, that jumps before some of the looks."""
    elapsed, set_by, seen = 0.0, 0.0, []
    for number, step in enumerate(steps):
        elapsed += step
        set_by += jumps.get(number, 0.0)
        wall = NOW + timedelta(seconds=int(starts + elapsed + set_by))
        seen.append(Look(wall, 1000.0 + elapsed))
    return seen


STEPS = st.lists(st.floats(0, 9 * 3600), min_size=2, max_size=40)


@given(st.floats(0, 1), STEPS)
def test_a_clock_that_runs_never_jumps_however_seldom_it_is_looked_at(starts: float, steps: list[float]) -> None:
    seen = looks(starts, steps, {})
    assert not any(jump_between(one, other, RULES) for one, other in itertools.pairwise(seen))


@given(st.floats(0, 1), STEPS, st.data())
def test_every_jump_is_seen_with_its_length(starts: float, steps: list[float], data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(steps) - 1))
    far = data.draw(st.sampled_from((-1, 1))) * data.draw(st.floats(62, 3e8))
    seen = looks(starts + 4e8, steps, {at: far})
    found = [jump_between(one, other, RULES) for one, other in itertools.pairwise(seen)]
    assert [bool(one) for one in found] == [number == at for number in range(1, len(steps))]
    assert abs(found[at - 1] - timedelta(seconds=far)) <= 2 * SECOND


@given(spans(0, 60))
def test_a_start_a_little_behind_the_store_is_no_alarm(behind: timedelta) -> None:
    assert not set_back(NOW + behind, NOW, RULES)
    assert not set_back(None, NOW, RULES)
    assert "2026" in set_back(NOW + behind + 61 * SECOND, NOW, RULES)


@given(st.integers(0, 9), SIZES)
def test_few_leases_never_freeze(fell: int, of: int) -> None:
    assert not too_many(fell, of, RULES)


@given(st.integers(10, 10**6), SIZES)
def test_many_leases_freeze_when_they_are_most(fell: int, more: int) -> None:
    assert bool(too_many(fell, fell + more, RULES)) == (fell > 0.3 * (fell + more))
    assert not too_many(fell, fell + more, changed(RULES, share=1.0))


@given(
    gap=st.integers(1, 600),
    terms=st.lists(st.integers(600, 7 * 86_400), min_size=1, max_size=50),
    pace=st.integers(5, 60),
)
def test_a_steady_flow_of_leases_never_freezes(gap: int, terms: list[int], pace: int) -> None:
    """Somebody takes a server every so many seconds, for ten minutes or more; looks may be a minute apart."""
    starts = [gap * number for number in range(1500)]
    ends = sorted(start + terms[number % len(terms)] for number, start in enumerate(starts))
    for at in range(0, starts[-1], pace * max(1, starts[-1] // (pace * 3000))):
        fell = bisect_right(ends, at) - bisect_right(ends, at - pace)
        alive = bisect_right(starts, at) - bisect_right(ends, at - pace)
        assert not too_many(fell, alive, RULES)


# What leases get back


@st.composite
def jumped(draw: st.DrawFn) -> Guard:
    """A standstill after a jump, ahead or back, or after none."""
    far = draw(st.sampled_from((-1, 1, 1, 1, 0))) * draw(spans(61, 40 * 86_400))
    return Guard(id="guard", since=NOW, jumped=far, before=NOW - draw(spans(0, 60)) - far if far else None)


@st.composite
def active(draw: st.DrawFn) -> Lease:
    """A lease that is not over, with its end before or after now."""
    start = NOW - draw(spans(0, 40 * 86_400))
    end = start + draw(spans(60, 50 * 86_400))
    warned = draw(st.sets(st.sampled_from(POLICY.warnings)).map(tuple))
    return lease(start=start, end=end, importance=draw(st.integers(0, 10)), warned=warned)


THAWED = spans(0, 3 * 86_400).map(lambda after: NOW + after)


@given(active(), jumped(), THAWED)
def test_nobody_loses_time_and_whoever_gets_some_is_warned_before_anything_else(
    of: Lease, guard: Guard, at: datetime
) -> None:
    more = regained(of, guard, POLICY, at)
    if more is None:
        return
    assert more.end > max(of.end, at)
    assert more.end - at <= max(*POLICY.warnings, of.end - of.start)
    first = expiry(more, POLICY, at)
    shorter_than_any = of.end - of.start <= min(POLICY.warnings)
    assert shorter_than_any or isinstance(first, Warn)


@given(active(), jumped(), THAWED)
def test_no_lease_ends_at_the_thaw_that_was_never_warned_or_that_the_jump_ended(
    of: Lease, guard: Guard, now: datetime
) -> None:
    after = regained(of, guard, POLICY, now) or of
    if not isinstance(expiry(after, POLICY, now), Reclaim | StopFirst):
        return
    assert of.warned or of.end - of.start <= min(POLICY.warnings)
    if guard.jumped > RULES.jump and guard.before is not None and of.start <= guard.before < of.end:
        notice = max((one for one in POLICY.warnings if one < of.end - of.start), default=timedelta(0))
        assert of.end - guard.before - guard.jumped >= notice


@given(active(), THAWED)
def test_whoever_was_warned_ends_as_ever_when_the_clock_was_right(of: Lease, at: datetime) -> None:
    assume(of.warned)
    assert regained(of, Guard(id="guard", since=NOW), POLICY, at) is None


@given(spans(0, 3 * 86_400), spans(61, 40 * 86_400))
def test_a_grace_is_three_days_without_the_jump(gone: timedelta, far: timedelta) -> None:
    stopped = NOW - gone
    kept = lease(
        start=stopped - DAY,
        end=stopped,
        state=LeaseState.OVERDUE,
        stopped_at=stopped,
        told_at=stopped,
        grace_until=stopped + 3 * DAY,
        importance=9,
    )
    guard = Guard(id="guard", since=NOW + far, jumped=far, before=NOW)
    more = regained(kept, guard, POLICY, NOW + far)
    if gone < 3 * DAY:
        assert more is not None
        assert expiry(more, POLICY, stopped + 3 * DAY + far - SECOND) is None
        assert isinstance(expiry(more, POLICY, stopped + 3 * DAY + far), Reclaim)
    later = changed(kept, stopped_at=NOW + far, told_at=NOW + far, grace_until=NOW + far + 3 * DAY)
    assert regained(later, guard, POLICY, NOW + far) is None


def test_the_numbers_by_hand() -> None:
    """A jump of two hours at noon: who had one hour left gets it back, who had ten days left is warned as ever."""
    guard = Guard(id="guard", since=NOW + 2 * HOUR, jumped=2 * HOUR, before=NOW)
    now = NOW + 2 * HOUR + 5 * MINUTE
    short = lease(start=NOW - 7 * HOUR, end=NOW + HOUR)
    assert regained(short, guard, POLICY, now) == changed(short, end=now + HOUR)
    nearly = lease(start=NOW - 7 * HOUR, end=NOW + MINUTE, warned=(30 * MINUTE, 2 * HOUR))
    assert regained(nearly, guard, POLICY, now) == changed(nearly, end=now + 30 * MINUTE, warned=())
    long = lease(start=NOW - DAY, end=NOW + 10 * DAY)
    assert regained(long, guard, POLICY, now) is None
    over = lease(start=NOW - DAY, end=NOW - MINUTE, warned=(30 * MINUTE,))
    assert regained(over, guard, POLICY, now) is None
    names = ["short", "nearly", "long", "over"]
    together = [changed(one, id=name) for name, one in zip(names, (short, nearly, long, over), strict=True)]
    assert due(together, now) == {"short", "nearly", "over"}
    assert due(together, NOW) == {"over"}
    assert live([short, changed(over, state=LeaseState.ENDED)]) == 1
