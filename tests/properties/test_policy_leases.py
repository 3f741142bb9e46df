"""Terms and expiry for any lease, and over the whole life of an important one."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.properties.policy_records import DAY, MINUTE, NOW, lease, pool, server, spans
from vmms_tui.engine.policy.expiry import Reclaim, StopFirst, Warn, expiry, may_reclaim
from vmms_tui.engine.policy.lease_terms import first_end, longest_renewal, renewed_end
from vmms_tui.engine.policy.telling import grace_end, reclaim_at, told_at
from vmms_tui.model.errors import Refused
from vmms_tui.model.records import Lease, LeaseState, Pool, ServerState, changed
from vmms_tui.model.spec import Policy

POLICY = Policy()
LIVE = st.sampled_from((LeaseState.ACTIVE, LeaseState.OVERDUE))
ANY_TERM = st.timedeltas() | spans(0, 60 * 86_400)
POOLS = st.builds(
    lambda default, longest, total: pool(default_term=default, longest_term=longest, total_term=total),
    spans(60, 86_400),
    spans(60, 14 * 86_400),
    spans(60, 60 * 86_400),
)
INSTANTS = spans(-40 * 86_400, 40 * 86_400).map(lambda ahead: NOW + ahead)


@st.composite
def leases(draw: st.DrawFn) -> Lease:
    """A live lease whose end is before or after now."""
    start = NOW - draw(spans(0, 40 * 86_400))
    end = start + draw(spans(60, 50 * 86_400))
    return lease(start=start, end=end, state=draw(LIVE), importance=draw(st.integers(0, 10)))


def answer(ask: Callable[[], datetime]) -> datetime | Refused:
    """The instant, or the refusal as a value."""
    try:
        return ask()
    except Refused as refusal:
        return refusal


@given(ANY_TERM, POOLS)
def test_a_first_end_keeps_every_rule_or_names_it(term: timedelta, of: Pool) -> None:
    end = answer(lambda: first_end(term, of, NOW))
    if isinstance(end, Refused):
        rules = {"bad_term": term < MINUTE, "longest_term": term > of.longest_term, "total_term": term > of.total_term}
        assert rules[end.rule]
    else:
        assert NOW + MINUTE <= end <= NOW + min(of.longest_term, of.total_term)
        assert timedelta(0) <= end - NOW - term < timedelta(seconds=1)
        assert end.microsecond == 0


@given(POOLS)
def test_the_default_is_always_accepted(of: Pool) -> None:
    assert NOW < first_end(None, of, NOW) <= NOW + min(of.longest_term, of.total_term)


@given(leases(), ANY_TERM, POOLS)
def test_a_renewal_never_passes_the_longest_or_the_total_term(of: Lease, term: timedelta, its: Pool) -> None:
    end = answer(lambda: renewed_end(of, term, its, NOW))
    if isinstance(end, Refused):
        assert end.rule in {"bad_term", "longest_term", "total_term"}
        assert end.rule == "bad_term" or term > longest_renewal(of, its, NOW)
    else:
        assert end <= NOW + its.longest_term
        assert end <= of.start + its.total_term
        assert end - max(of.end, NOW) >= term


@given(leases(), POOLS)
def test_the_longest_renewal_is_accepted_and_one_second_more_is_not(of: Lease, its: Pool) -> None:
    longest = longest_renewal(of, its, NOW)
    if longest:
        assert renewed_end(of, longest, its, NOW) == max(of.end, NOW) + longest
    with pytest.raises(Refused):
        renewed_end(of, max(longest, MINUTE) + timedelta(seconds=1 if longest else 0), its, NOW)


@given(leases(), st.none() | INSTANTS, st.none() | INSTANTS, st.none() | INSTANTS)
def test_an_important_lease_is_never_reclaimed_without_stop_notice_and_three_days(
    of: Lease, stopped: object, told: object, until: object
) -> None:
    of = changed(of, importance=max(of.importance, 7), stopped_at=stopped, told_at=told, grace_until=until)
    allowed = may_reclaim(of, server("s1", ServerState.STOPPED, lease_id="l1"), NOW, POLICY) == ""
    if isinstance(expiry(of, POLICY, NOW), Reclaim) or allowed:
        assert of.state is LeaseState.OVERDUE
        assert of.stopped_at is not None
        assert of.told_at is not None
        assert max(of.stopped_at, of.told_at) + 3 * DAY <= NOW
        assert of.end <= NOW
        assert of.grace_until is None or of.grace_until <= NOW


@given(leases(), st.none() | INSTANTS, st.booleans())
def test_what_expiry_reclaims_may_be_reclaimed(of: Lease, told: datetime | None, of_this_end: bool) -> None:
    """The decision and the check before the act are of one mind, for ordinary leases and for important ones."""
    of = changed(of, stopped_at=NOW - 4 * DAY, told_at=NOW - 3 * DAY, grace_until=NOW)
    of = changed(of, notified_at=told, notified_of=of.end if of_this_end else of.end - MINUTE)
    decided = isinstance(expiry(of, POLICY, NOW), Reclaim)
    allowed = may_reclaim(of, server("s1", ServerState.LEASED, lease_id="l1"), NOW, POLICY) == ""
    assert decided == allowed


@given(leases(), spans(1, 30 * 86_400))
def test_a_renewed_lease_is_safe_in_every_state(of: Lease, ahead: timedelta) -> None:
    of = changed(of, end=NOW + ahead, stopped_at=NOW - 9 * DAY, told_at=NOW - 9 * DAY, grace_until=NOW - DAY)
    assert not isinstance(expiry(of, POLICY, NOW), Reclaim | StopFirst)
    assert "runs until" in may_reclaim(of, server("s1", ServerState.STOPPED, lease_id="l1"), NOW, POLICY)


@given(spans(60, 5 * 86_400), st.integers(0, 10), st.integers(1, 90), spans(0, 7_200), spans(0, 7_200))
def test_the_whole_life_of_a_lease(
    term: timedelta, importance: int, minutes: int, stop_takes: timedelta, notice_takes: timedelta
) -> None:
    """Looked at every so many minutes: warnings in order and once each; then the end that its importance gives it."""
    now, of, warned = NOW, lease(end=NOW + term, importance=importance), []
    while not isinstance(act := expiry(of, POLICY, now), Reclaim):
        if isinstance(act, Warn):
            warned.append(act.before)
            of = changed(of, warned=(*of.warned, act.before), warned_at=now)
            if told_at(of) is None:
                of = changed(of, notified_of=of.end, notified_at=now)
        elif isinstance(act, StopFirst):
            stopped, told = now + stop_takes, now + stop_takes + notice_takes
            of = changed(of, state=LeaseState.OVERDUE, stopped_at=stopped, told_at=told, grace_until=act.grace_until)
        now += minutes * MINUTE
    assert warned == sorted(set(warned), reverse=True)
    assert all(before < term for before in warned)
    assert warned, "every lease is warned of its end"
    ends = grace_end(of, POLICY, of.told_at) if importance >= 7 else reclaim_at(of, POLICY, told_at(of))
    assert ends is not None
    assert of.end <= ends <= now < ends + minutes * MINUTE
    assert of.notified_at is not None
    assert now - of.notified_at >= min(10 * MINUTE, timedelta(seconds=int(term.total_seconds()) // 2))
    if importance >= 7:
        assert of.told_at is not None
        assert now - of.told_at >= 3 * DAY


@given(spans(60, 30 * 86_400), spans(0, 30 * 86_400))
def test_every_warning_that_fits_has_its_turn(term: timedelta, left: timedelta) -> None:
    assume(timedelta(0) < left <= term)
    act = expiry(lease(start=NOW + left - term, end=NOW + left), POLICY, NOW)
    fit = [before for before in POLICY.warnings if before < term] or [timedelta(seconds=int(term.total_seconds()) // 2)]
    passed = [before for before in fit if left <= before]
    assert act == (Warn(min(passed)) if passed else None)


@given(leases(), st.integers(0, 10), st.sampled_from(tuple(ServerState)))
def test_another_lease_s_server_is_never_deleted(of: Lease, importance: int, state: ServerState) -> None:
    of = changed(of, state=LeaseState.ENDING, end_reason="released by ada", importance=importance)
    assert may_reclaim(of, server("s1", state, lease_id="l2"), NOW, POLICY)
    assert may_reclaim(of, server("s2", state, lease_id="l1"), NOW, POLICY)
    if state not in {ServerState.MOVING, ServerState.HEALING}:
        assert may_reclaim(of, server("s1", state, lease_id="l1"), NOW, POLICY) == ""
