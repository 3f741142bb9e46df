"""Trends: bounded, cheap at every step, and true: no request is lost while its time is kept."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import NOW, pool
from vmms_tui.engine.policy.trends import last_sampled, mean, minute, piece_of, sample, since_last, taken_in
from vmms_tui.model.records import changed
from vmms_tui.model.tables import Drop
from vmms_tui.model.trends import FINE, KEPT, PIECE, SAMPLED, Sample, Trend

MINUTE = timedelta(minutes=1)
SAMPLES = st.builds(
    Sample,
    at=st.just(NOW),
    ready=st.integers(0, 50),
    wanted=st.integers(0, 50),
    used=st.integers(0, 99),
    limit=st.integers(0, 99),
    surge=st.sampled_from((1.0, 1.5, 2.0)),
    asked=st.integers(0, 20),
    waiting=st.integers(0, 20),
    minutes=st.integers(1, 5),
)


def of(at: datetime, asked: int = 1) -> Sample:
    return Sample(minute(at), ready=2, wanted=4, used=6, limit=8, surge=1, asked=asked, waiting=0)


class Ring:
    """What is kept, step by step."""

    def __init__(self) -> None:
        self.trends: dict[str, Trend] = {}
        self.changes: list[int] = []

    def step(self, now: datetime, *pools: str, asked: int = 1) -> None:
        changes = taken_in(self.trends.values(), {name: of(now, asked) for name in pools}, now)
        self.changes.append(len(changes))
        for one in changes:
            if isinstance(one, Drop):
                del self.trends[one.id]
            else:
                self.trends[one.id] = one

    def samples(self, name: str) -> list[Sample]:
        kept = sorted((one for one in self.trends.values() if one.pool == name), key=lambda one: one.start)
        return [one for trend in kept for one in trend.samples]


@given(st.lists(SAMPLES, min_size=1, max_size=10))
def test_a_mean_lies_between_and_loses_no_request(samples: list[Sample]) -> None:
    one = mean(samples)
    assert (one.asked, one.minutes) == (sum(s.asked for s in samples), sum(s.minutes for s in samples))
    for name in ("ready", "wanted", "used", "limit", "surge", "waiting"):
        values = [getattr(s, name) for s in samples]
        assert min(values) - 0.01 <= getattr(one, name) <= max(values) + 0.01


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.integers(0, 3))
def test_bounded_in_order_and_nothing_of_its_time_is_lost(gaps: list[int], name: int) -> None:
    """However long the engine was away between two samples."""
    ring, now = Ring(), NOW + name * MINUTE
    asked: dict[datetime, int] = {}
    for number, gap in enumerate(gaps):
        now += gap * MINUTE
        ring.step(now, "ci", asked=number)
        asked[minute(now)] = number
    samples = ring.samples("ci")
    times = [one.at for one in samples]
    assert times == sorted(set(times))
    assert all(one.minutes == 1 for one in samples if one.at > now - FINE)
    whole = [at for at in asked if piece_of(at) + PIECE > now - KEPT]
    assert sum(one.asked for one in samples) == sum(asked[at] for at in whole)
    assert all(one.start + PIECE > now - KEPT - PIECE for one in ring.trends.values())
    assert all(len(one.samples) <= 10 and one.start == piece_of(one.samples[0].at) for one in ring.trends.values())


def test_a_long_time_costs_no_more_than_a_short_one() -> None:
    ring, now = Ring(), NOW
    for _ in range(3 * 24 * 60):
        ring.step(now, "ci", "dev")
        now += MINUTE
    assert max(ring.changes) <= 6  # of each pool: the new sample, a mean, and what goes
    assert len(ring.trends) <= 2 * (KEPT // PIECE + 2)
    assert len(ring.samples("ci")) <= FINE // SAMPLED + 10 + (KEPT - FINE) // PIECE + 1


@given(st.integers(1, 50_000))
def test_a_clock_that_was_set_back_leaves_nothing_from_the_future(minutes: int) -> None:
    ring = Ring()
    ring.step(NOW + minutes * MINUTE, "ci")
    ring.step(NOW, "ci")
    ring.step(NOW + MINUTE, "ci")
    assert all(one.start <= NOW + MINUTE for one in ring.trends.values())
    assert last_sampled(ring.trends.values(), NOW) in {NOW, None}
    assert ring.samples("ci")[-1].at >= NOW


def test_a_minute_is_sampled_once_and_pools_that_went_are_forgotten() -> None:
    ring = Ring()
    ring.step(NOW, "ci", "old")
    ring.step(NOW + timedelta(seconds=40), "ci", "old")
    assert len(ring.samples("ci")) == 1
    for day in range(1, 4):
        ring.step(NOW + timedelta(days=day), "ci")
    assert not ring.samples("old")


@given(st.datetimes(timezones=st.just(NOW.tzinfo)))
def test_pieces_are_ten_minutes_of_the_day(at: datetime) -> None:
    start = piece_of(at)
    assert start <= at < start + PIECE
    assert (start.minute % 10, start.second, start.microsecond) == (0, 0, 0)


def test_a_sample_says_what_the_pool_shows() -> None:
    one = changed(pool(), surge=1.5)
    told = sample(one, ready=1, used=3, asked=3, waiting=2, now=NOW + timedelta(seconds=59))
    assert told == Sample(NOW, ready=1, wanted=9, used=3, limit=15, surge=1.5, asked=3, waiting=2)


@given(st.integers(-100_000, 100_000))
def test_requests_are_counted_once_and_not_of_hours_ago(seconds: int) -> None:
    back = since_last(NOW - timedelta(seconds=seconds), NOW)
    assert back == timedelta(seconds=min(600, max(0, seconds)))
    assert since_last(None, NOW) == SAMPLED
