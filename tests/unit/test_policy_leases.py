"""Terms and expiry by example, with the sentences that people read."""

from datetime import timedelta

import pytest

from tests.properties.policy_records import DAY, HOUR, MINUTE, NOW, lease, pool, server
from vmms_tui.engine.policy.expiry import Reclaim, StopFirst, Warn, expiry, may_reclaim
from vmms_tui.engine.policy.lease_terms import first_end, longest_renewal, renewed_end
from vmms_tui.model.errors import Refused
from vmms_tui.model.records import LeaseState, ServerState
from vmms_tui.model.spec import Policy

POLICY = Policy()


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
    warned = lease(warned=(2 * HOUR,))
    assert expiry(warned, POLICY, NOW + 7 * HOUR) is None
    assert expiry(warned, POLICY, NOW + 7 * HOUR + 30 * MINUTE) == Warn(30 * MINUTE)


def test_an_ordinary_lease_is_reclaimed_at_its_end() -> None:
    assert expiry(lease(importance=6), POLICY, NOW + 8 * HOUR) == Reclaim("the lease ended at 2026-03-02 20:00:00 UTC")


def test_an_important_lease_is_stopped_first() -> None:
    end = NOW + 8 * HOUR
    assert expiry(lease(importance=7), POLICY, end) == StopFirst(end + 3 * DAY)


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
    assert expiry(lease(warned=(30 * MINUTE,)), POLICY, NOW + 7 * HOUR) is None


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
        ({}, ""),
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
