"""Terms and expiry by example, with the sentences that people read."""

from datetime import timedelta

import pytest

from tests.properties.policy_records import DAY, HOUR, MINUTE, NOW, lease, pool, server, told
from vmms_tui.engine.policy.expiry import Postpone, Reclaim, StopFirst, Warn, expiry, may_reclaim
from vmms_tui.engine.policy.lease_terms import first_end, longest_renewal, renewed_end
from vmms_tui.engine.policy.telling import told_at, warning_times
from vmms_tui.model.errors import Refused
from vmms_tui.model.records import LeaseState, ServerState, changed
from vmms_tui.model.spec import Policy

POLICY = Policy()
SECOND = timedelta(seconds=1)


def test_without_a_term_the_pool_gives_its_own() -> None:
    assert first_end(None, pool(), NOW) == NOW + 8 * HOUR


def test_a_pool_without_a_default_asks_for_a_term() -> None:
    with pytest.raises(Refused) as refusal:
        first_end(None, pool(default_term=timedelta(0)), NOW)
    assert refusal.value.rule == "no_term"


@pytest.mark.parametrize("term", [-3 * HOUR, timedelta(0), timedelta(seconds=59)])
def test_a_term_under_a_minute_is_refused(term: timedelta) -> None:
    with pytest.raises(Refused) as refusal:
        first_end(term, pool(), NOW)
    assert refusal.value.rule == "bad_term"
    assert refusal.value.remedy == "Ask for 1 min or more."


def test_too_long_names_the_rule_its_value_and_the_longest() -> None:
    with pytest.raises(Refused) as refusal:
        first_end(8 * DAY, pool(), NOW)
    assert refusal.value.rule == "longest_term"
    assert str(refusal.value) == (
        "8 d is too long: no lease of pool el9 may end later than 7 d from now (longest term). "
        "The longest accepted now is 7 d."
    )


def test_half_seconds_are_rounded_up() -> None:
    assert first_end(timedelta(minutes=1, milliseconds=500), pool(), NOW) == NOW + timedelta(seconds=61)


def test_a_renewal_adds_to_the_end() -> None:
    assert renewed_end(lease(), 2 * DAY, pool(), NOW + HOUR) == NOW + 8 * HOUR + 2 * DAY


def test_a_renewal_past_the_end_counts_from_now() -> None:
    overdue = lease(end=NOW - DAY, start=NOW - 2 * DAY, state=LeaseState.OVERDUE)
    assert renewed_end(overdue, 2 * DAY, pool(), NOW) == NOW + 2 * DAY


def test_the_time_past_the_end_makes_no_renewal_longer() -> None:
    overdue = lease(start=NOW - 25 * DAY, end=NOW - 2 * DAY, state=LeaseState.OVERDUE)
    assert longest_renewal(overdue, pool(), NOW) == 5 * DAY
    assert longest_renewal(overdue, pool(total_term=60 * DAY), NOW) == 7 * DAY


def test_a_renewal_past_the_total_term_says_what_is_left() -> None:
    old = lease(start=NOW - 28 * DAY, end=NOW + DAY)
    with pytest.raises(Refused) as refusal:
        renewed_end(old, 2 * DAY, pool(), NOW)
    assert refusal.value.rule == "total_term"
    assert str(refusal.value) == (
        "2 d is too long: no lease of pool el9 may be longer than 30 d from its start (total term). "
        "Lease l1 now ends at 2026-03-03 12:00:00 UTC. The longest accepted now is 1 d."
    )
    assert longest_renewal(old, pool(), NOW) == DAY


def test_a_lease_that_reached_its_total_cannot_grow() -> None:
    full = lease(start=NOW - 29 * DAY, end=NOW + DAY)
    with pytest.raises(Refused) as refusal:
        renewed_end(full, HOUR, pool(), NOW)
    assert "Nothing can be added now." in refusal.value.message
    assert longest_renewal(full, pool(), NOW) == timedelta(0)


@pytest.mark.parametrize("state", [LeaseState.ENDING, LeaseState.ENDED])
def test_a_lease_that_is_over_cannot_be_renewed(state: LeaseState) -> None:
    with pytest.raises(Refused) as refusal:
        renewed_end(lease(state=state), HOUR, pool(), NOW)
    assert refusal.value.rule == "lease_over"
    assert longest_renewal(lease(state=state), pool(), NOW) == timedelta(0)


def test_a_short_lease_gets_no_long_warning() -> None:
    """A day's warning says nothing to who has a server for eight hours."""
    assert expiry(lease(), POLICY, NOW) is None
    assert expiry(lease(), POLICY, NOW + 6 * HOUR) == Warn(2 * HOUR)


def test_after_a_pause_only_the_latest_warning_is_given() -> None:
    late = lease(end=NOW + 3 * DAY)
    assert expiry(late, POLICY, late.end - 10 * MINUTE) == Warn(30 * MINUTE)


def test_a_warning_is_given_once() -> None:
    warned = lease(warned=(2 * HOUR,), warned_at=NOW)
    assert expiry(warned, POLICY, NOW + 7 * HOUR) is None
    assert expiry(warned, POLICY, NOW + 7 * HOUR + 30 * MINUTE) == Warn(30 * MINUTE)


def test_an_ordinary_lease_whose_owner_knows_is_reclaimed_at_its_end() -> None:
    ends = told(lease(importance=6), NOW + 6 * HOUR)
    assert expiry(ends, POLICY, NOW + 8 * HOUR) == Reclaim("the lease ended at 2026-03-02 20:00:00 UTC")


def test_nobody_who_was_not_told_loses_a_server() -> None:
    silent = lease(importance=6, warned=POLICY.warnings, warned_at=NOW + 7 * HOUR)
    for days in range(400):
        assert expiry(silent, POLICY, silent.end + days * DAY) == Postpone("its owner could not be told of its end")


def test_a_proof_of_another_end_proves_nothing() -> None:
    before = told(lease(), NOW + 7 * HOUR)
    renewed = changed(before, end=before.end + HOUR)
    assert told_at(renewed) is None
    assert isinstance(expiry(renewed, POLICY, renewed.end + DAY), Postpone)


def test_who_was_told_late_has_ten_minutes() -> None:
    late = told(lease(), NOW + 8 * HOUR - MINUTE)
    assert expiry(late, POLICY, late.end + 9 * MINUTE - SECOND) is None
    assert isinstance(expiry(late, POLICY, late.end + 9 * MINUTE), Reclaim)


def test_of_a_short_lease_half_the_term_is_enough() -> None:
    short = lease(end=NOW + 12 * MINUTE)
    assert warning_times(short, POLICY) == [6 * MINUTE]
    assert expiry(short, POLICY, NOW + 6 * MINUTE) == Warn(6 * MINUTE)
    assert isinstance(expiry(told(short, NOW + 6 * MINUTE), POLICY, short.end), Reclaim)


def test_a_warning_that_is_too_short_to_answer_is_not_the_only_one() -> None:
    hasty = changed(POLICY, warnings=(2 * MINUTE,))
    assert warning_times(lease(), hasty) == [2 * MINUTE, 20 * MINUTE]


def test_an_end_that_nobody_was_warned_of_is_told_first() -> None:
    """The engine was down: it does not say that nobody could be told before it has tried."""
    missed = lease()
    assert expiry(missed, POLICY, missed.end + DAY) == Warn(timedelta(0))
    written = changed(missed, warned=(timedelta(0),), warned_at=missed.end + DAY)
    assert expiry(written, POLICY, missed.end + DAY + 9 * MINUTE) is None
    assert isinstance(expiry(written, POLICY, missed.end + DAY + 10 * MINUTE), Postpone)


def test_warnings_of_an_older_store_are_given_again() -> None:
    """It kept no proof of them."""
    assert expiry(lease(warned=(2 * HOUR,)), POLICY, NOW + 7 * HOUR) == Warn(2 * HOUR)


def test_an_important_lease_is_stopped_first() -> None:
    end = NOW + 8 * HOUR
    warned = lease(importance=7, warned=(2 * HOUR,), warned_at=NOW + 6 * HOUR)
    assert expiry(warned, POLICY, end) == StopFirst(end + 3 * DAY)
    assert expiry(lease(importance=7), POLICY, end) == Warn(timedelta(0))


def test_a_stop_waits_for_no_proof_but_leaves_time_to_answer() -> None:
    late = lease(importance=7, warned=(timedelta(0),), warned_at=NOW + 9 * HOUR)
    assert expiry(late, POLICY, NOW + 9 * HOUR + 9 * MINUTE) is None
    assert isinstance(expiry(late, POLICY, NOW + 9 * HOUR + 10 * MINUTE), StopFirst)


def test_grace_counts_from_the_notice() -> None:
    told = NOW + HOUR
    kept = lease(
        importance=9, end=NOW, state=LeaseState.OVERDUE, stopped_at=NOW, told_at=told, grace_until=NOW + 3 * DAY
    )
    assert expiry(kept, POLICY, told + 3 * DAY - timedelta(seconds=1)) is None
    assert expiry(kept, POLICY, told + 3 * DAY) == Reclaim(
        "the lease ended at 2026-03-02 12:00:00 UTC, its server was stopped and its owner told, "
        "and 3 d passed without a renewal"
    )


def test_a_grace_that_was_promised_longer_is_kept() -> None:
    kept = lease(end=NOW, state=LeaseState.OVERDUE, stopped_at=NOW, told_at=NOW, grace_until=NOW + 5 * DAY)
    assert expiry(kept, POLICY, NOW + 5 * DAY - timedelta(seconds=1)) is None
    assert isinstance(expiry(kept, POLICY, NOW + 5 * DAY), Reclaim)


def test_after_the_last_warning_no_earlier_one_is_given() -> None:
    """The clock was put back between the two."""
    assert expiry(lease(warned=(30 * MINUTE,), warned_at=NOW), POLICY, NOW + 7 * HOUR) is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"importance": 8}, "Lease l1 is important and was not stopped first."),
        ({"importance": 8, "state": LeaseState.ENDING}, "Lease l1 is important and its server was not seen stopped."),
        (
            {"importance": 8, "state": LeaseState.OVERDUE, "stopped_at": NOW},
            "Lease l1 is important and its owner was not told that the server is stopped.",
        ),
        ({"importance": 8, "state": LeaseState.ENDING, "end_reason": "released by ada"}, ""),
        ({"end": NOW + HOUR}, "Lease l1 runs until 2026-03-02 13:00:00 UTC."),
        ({}, "Lease l1 ended, but its owner could not be told of its end."),
        (
            {"notified_of": NOW, "notified_at": NOW - MINUTE},
            "Lease l1 ended and is kept until 2026-03-02 12:09 UTC.",
        ),
        (
            {"notified_of": NOW - HOUR, "notified_at": NOW - HOUR},
            "Lease l1 ended, but its owner could not be told of its end.",
        ),
        ({"notified_of": NOW, "notified_at": NOW - 10 * MINUTE}, ""),
        ({"state": LeaseState.ENDING, "end": NOW + HOUR}, ""),
        ({"server_id": "s2"}, "Lease l1 is on server s2, not on s1."),
    ],
)
def test_the_check_before_a_server_is_deleted(fields: dict[str, object], said: str) -> None:
    of = lease("l1", **{"start": NOW - DAY, "end": NOW, **fields})
    assert may_reclaim(of, server("s1", ServerState.LEASED, lease_id="l1"), NOW, POLICY) == said


def test_a_server_on_the_move_is_not_deleted() -> None:
    of = lease(start=NOW - DAY, end=NOW)
    assert may_reclaim(of, server("s1", ServerState.MOVING, lease_id="l1"), NOW, POLICY) == (
        "Server s1 is moving just now."
    )


def test_a_server_already_unlinked_for_its_removal_may_go() -> None:
    of = lease(start=NOW - DAY, end=NOW, state=LeaseState.ENDING)
    assert may_reclaim(of, server("s1", ServerState.RECLAIMING), NOW, POLICY) == ""
    assert may_reclaim(of, server("s1", ServerState.READY), NOW, POLICY)
