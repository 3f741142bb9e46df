"""Any order of looks, deliveries, renewals and settings: nobody loses a server of whose end they were not told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import HOUR, MINUTE, NOW, lease, server, spans
from vmms_tui.engine.policy.calendar import is_free
from vmms_tui.engine.policy.expiry import Reclaim, StopFirst, Warn, expiry, may_reclaim, quiet_until
from vmms_tui.engine.policy.telling import (
    FALL_BACK_AFTER,
    LONGEST_PAUSE,
    for_operators_too,
    least_notice,
    next_try_after,
    outdated,
    proven,
    told_at,
    warning_times,
)
from vmms_tui.model.calendar import Calendar
from vmms_tui.model.records import Lease, LeaseState, Notice, NoticeKind, ServerState, changed
from vmms_tui.model.spec import Policy

WEEK = Calendar(time_zone="Europe/Berlin", weekend=frozenset({5, 6}))
POLICIES = st.builds(
    lambda warnings, least, calendar, grace: Policy(
        warnings=tuple(warnings), least_notice=least, calendar=calendar, grace=grace
    ),
    st.lists(spans(60, 100_000), max_size=4),
    spans(1, 7_200),
    st.sampled_from([Calendar(), WEEK]),
    spans(60, 5 * 86_400),
)
TERMS = spans(60, 10 * 86_400)
STEPS = st.lists(
    st.tuples(st.sampled_from(["look", "look", "deliver", "renew", "stop"]), spans(0, 86_400)), min_size=1, max_size=60
)


class Life:
    """One lease, its open notice, and what happens to them."""

    def __init__(self, policy: Policy, term: timedelta, importance: int) -> None:
        self.policy = policy
        self.now = NOW
        self.of = lease(end=NOW + term, importance=importance)
        self.notice: Notice | None = None
        self.delivered: list[tuple[datetime, datetime]] = []
        """Ends, and when a notice about them reached the owner."""
        self.numbers = 0

    def write(self, kind: NoticeKind) -> None:
        self.numbers += 1
        self.notice = Notice(
            id=f"n-{self.numbers}", at=self.now, owner="ada", lease_id="l1", text="", kind=kind, about_end=self.of.end
        )

    def look(self) -> bool:
        """One pass of the keeper; True: it is taken back."""
        act = expiry(self.of, self.policy, self.now)
        if isinstance(act, Warn):
            self.of = changed(self.of, warned=(*self.of.warned, act.before), warned_at=self.now)
            self.write(NoticeKind.WARNING)
        elif isinstance(act, StopFirst):
            self.of = changed(self.of, state=LeaseState.OVERDUE, grace_until=act.grace_until)
        return isinstance(act, Reclaim)

    def deliver(self) -> None:
        if self.notice is not None and self.notice.open:
            self.notice, told = proven(self.notice, self.of, "apprise", self.now, self.policy)
            if told is not None:
                self.of = told
            assert self.notice.about_end is not None
            self.delivered.append((self.notice.about_end, self.now))

    def renew(self) -> None:
        end = max(self.of.end, self.now) + 5 * HOUR
        forgotten = {"warned_at": None, "stopped_at": None, "told_at": None, "grace_until": None, "postponed": ""}
        self.of = changed(self.of, end=end, state=LeaseState.ACTIVE, warned=(), renewals=1, **forgotten)

    def stop(self) -> None:
        if self.of.state is LeaseState.OVERDUE and self.of.stopped_at is None:
            self.of = changed(self.of, stopped_at=self.now, told_at=None)
            self.write(NoticeKind.STOPPED)

    def is_rightly_taken_back(self) -> None:
        of, policy = self.of, self.policy
        told = [at for end, at in self.delivered if end == of.end]
        assert told, "nobody was told of this end"
        assert self.now >= of.end
        assert self.now >= min(told) + least_notice(of, policy)
        assert not is_free(self.now.astimezone(ZoneInfo(policy.calendar.time_zone)).date(), policy.calendar)
        if of.importance >= policy.importance_threshold:
            assert of.stopped_at is not None
            assert of.told_at is not None
            assert self.now >= max(of.stopped_at, of.told_at) + policy.grace
        assert may_reclaim(of, server("s1", ServerState.LEASED, lease_id="l1"), self.now, policy) == ""


@given(POLICIES, TERMS, st.integers(0, 10), STEPS)
def test_nothing_is_taken_back_without_a_delivery_at_any_order_of_events(
    policy: Policy, term: timedelta, importance: int, steps: list[tuple[str, timedelta]]
) -> None:
    life = Life(policy, term, importance)
    for what, pause in steps:
        life.now += pause
        acts: dict[str, Callable[[], object]] = {"deliver": life.deliver, "renew": life.renew, "stop": life.stop}
        if what in acts:
            acts[what]()
        elif life.look():
            life.is_rightly_taken_back()
            return


@given(POLICIES, TERMS, st.integers(0, 10), spans(0, 3_600))
def test_a_lease_whose_owner_is_told_is_taken_back_in_the_end(
    policy: Policy, term: timedelta, importance: int, slowness: timedelta
) -> None:
    """Postponed is not forgotten."""
    life = Life(policy, term, importance)
    for _ in range(4_000):
        if life.look():
            life.is_rightly_taken_back()
            return
        life.stop()
        life.now += slowness
        life.deliver()
        life.now += 10 * MINUTE
    raise AssertionError("it was never taken back")


@given(POLICIES, TERMS, st.integers(0, 10))
def test_a_renewal_re_arms_the_warnings(policy: Policy, term: timedelta, importance: int) -> None:
    life = Life(policy, term, importance)
    life.now = life.of.end - timedelta(seconds=1)
    life.look()
    life.deliver()
    life.renew()
    assert told_at(life.of) is None
    life.now = life.of.end - timedelta(seconds=1)
    assert isinstance(expiry(life.of, policy, life.now), Warn)


@given(POLICIES, TERMS, st.floats(0, 1), st.floats(0, 1), st.lists(spans(60, 100_000), max_size=3))
def test_a_quiet_lease_is_nobodys_business_until_then(
    policy: Policy, term: timedelta, passed: float, later: float, warned: list[timedelta]
) -> None:
    of = lease(start=NOW, end=NOW + term, warned=tuple(warned), warned_at=NOW if warned else None)
    now = NOW + timedelta(seconds=int(term.total_seconds() * passed))
    until = quiet_until(of, policy, now)
    if until is None or expiry(of, policy, now) is not None:
        return
    assert now < until <= of.end
    at = now + (until - now) * later
    assert expiry(of, policy, min(at, until - timedelta(microseconds=1))) is None


@given(POLICIES, TERMS)
def test_every_lease_is_warned_early_enough_to_answer(policy: Policy, term: timedelta) -> None:
    of = lease(end=NOW + term)
    times = warning_times(of, policy)
    assert times
    assert max(times) >= least_notice(of, policy)
    assert all(timedelta(0) < before < term for before in times)
    assert least_notice(of, policy) <= policy.least_notice
    assert least_notice(of, policy) * 2 <= term


@given(st.integers(1, 100), st.text(max_size=8))
def test_tries_become_rare_and_never_stop(attempts: int, notice_id: str) -> None:
    pause = next_try_after(attempts, notice_id)
    assert timedelta(seconds=11) <= pause <= timedelta(seconds=LONGEST_PAUSE)
    assert attempts > 6 or next_try_after(attempts + 1, notice_id) > pause
    assert pause.microseconds == 0


def notice_of(of: Lease, kind: NoticeKind = NoticeKind.WARNING, **fields: object) -> Notice:
    bare = Notice(id="n-1", at=NOW, owner="ada", lease_id=of.id, text="", kind=kind, about_end=of.end)
    return changed(bare, **fields)


def test_what_is_not_so_any_more_is_not_told() -> None:
    of = lease()
    assert outdated(notice_of(of), of) == ""
    assert outdated(notice_of(of), changed(of, end=of.end + HOUR)) == "the lease was renewed"
    assert outdated(notice_of(of), changed(of, state=LeaseState.ENDING)) == "the lease is ending"
    assert outdated(notice_of(of), None) == "the lease has ended"
    assert outdated(notice_of(of, NoticeKind.LOST, about_end=None), None) == ""
    told = changed(of, notified_of=of.end, notified_at=NOW)
    assert outdated(notice_of(of, NoticeKind.OPERATOR), told) == "the owner was told"
    assert outdated(notice_of(of, NoticeKind.OPERATOR), changed(told, stopped_at=NOW)) == ""


def test_a_letter_about_an_old_end_proves_nothing_of_the_new_one() -> None:
    of = lease()
    renewed = changed(of, end=of.end + HOUR)
    delivered, told = proven(notice_of(of), renewed, "apprise", NOW, Policy())
    assert delivered.delivered_at == NOW
    assert told is None


def test_the_operators_hear_after_some_failures_or_when_it_had_to_wait() -> None:
    of = lease()
    assert not for_operators_too(notice_of(of, attempts=FALL_BACK_AFTER - 1), of)
    assert for_operators_too(notice_of(of, attempts=FALL_BACK_AFTER), of)
    assert for_operators_too(notice_of(of), changed(of, postponed="its owner could not be told of its end"))
    assert not for_operators_too(notice_of(of, attempts=9, delivered_at=NOW), of)
    assert not for_operators_too(notice_of(of, NoticeKind.LOST, attempts=9), of)
