"""Simulated people: the same for a seed, at work in office hours."""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import NOW
from vmms_tui.demo import company
from vmms_tui.demo.people import HABITS, NAMES, fate, wishes
from vmms_tui.model.records import Lease
from vmms_tui.model.spec import PoolSpec

SEEDS = st.integers(-(2**63), 2**63)
DAYS = st.integers(0, 3650).map(lambda days: company.MONDAY + timedelta(days=days))
TERMS = {spec.purposes[0]: spec.terms for spec in company.POOLS}


@given(SEEDS, DAYS)
def test_a_day_is_the_same_for_a_seed_in_order_and_within_itself(seed: int, day: datetime) -> None:
    found = wishes(seed, day)
    assert found == wishes(seed, day.replace(hour=23, minute=59))
    assert list(found) == sorted(found, key=lambda wish: wish.at)
    assert all(wish.owner in NAMES for wish in found)
    midnight = day.replace(hour=0, minute=0)
    assert all(midnight <= wish.at < midnight + timedelta(days=1, minutes=5) for wish in found)


@given(SEEDS, DAYS)
def test_nobody_asks_for_what_no_pool_gives(seed: int, day: datetime) -> None:
    for wish in wishes(seed, day):
        term = wish.command.term
        assert term is not None
        assert timedelta(0) < term <= TERMS[wish.command.purpose].longest


def test_most_people_come_in_office_hours_and_few_at_weekends() -> None:
    week = [wish for day in range(7) for wish in wishes(7, company.MONDAY + timedelta(days=day))]
    days = Counter(wish.at.weekday() for wish in week)
    assert min(days[day] for day in range(5)) > 3 * max(days[5], days[6])
    office = [wish for wish in week if 7 <= wish.at.hour < 19 and wish.command.purpose != "ci"]
    assert len(office) > 0.9 * sum(wish.command.purpose != "ci" for wish in week)
    assert {wish.command.purpose for wish in week} == set(HABITS) == set(company.PURPOSES)


@given(SEEDS, st.integers(0, 5), st.integers(0, 10))
def test_a_fate_is_one_that_a_lease_can_have(seed: int, renewals: int, importance: int) -> None:
    held = Lease(
        id="lease-00001",
        server_id="vm-00001",
        pool="p",
        owner="ada",
        purpose="dev",
        start=NOW,
        end=NOW + timedelta(hours=8),
        renewals=renewals,
        importance=importance,
    )
    destiny = fate(seed, held)
    assert destiny == fate(seed, held)
    assert destiny.given_back is None or held.start < destiny.given_back < held.end
    assert destiny.answers_after > timedelta(0)
    assert not (destiny.renews and renewals >= 2)


def test_the_cloud_has_what_the_pools_are_made_of() -> None:
    flavors = {name for name, *_ in company.CLOUD.flavors}
    images = {name for name, *_ in company.CLOUD.images}
    networks = {name for name, *_ in company.CLOUD.networks}

    def made_of(spec: PoolSpec) -> bool:
        return spec.flavor in flavors and spec.image in images and {*spec.networks, spec.floating_network} <= networks

    assert all(made_of(spec) for spec in company.POOLS)
    assert company.NEW_IMAGE in images
