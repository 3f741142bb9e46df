"""The queue by example."""

from datetime import timedelta

from tests.properties.policy_records import HOUR, MINUTE, NOW, lease, request
from vmms_tui.engine.policy.queueing import estimate, order
from vmms_tui.model.records import Lease, Request

BUILD = 4 * MINUTE


def ids(requests: list[Request], leases: list[Lease] | None = None) -> list[str]:
    return [each.id for each in order(requests, leases or [])]


def test_a_hundred_at_once_do_not_hold_up_the_next_owner() -> None:
    many = [request(f"ada-{i:03}", asked=NOW) for i in range(100)]
    late = request("bob", owner="bob", asked=NOW + MINUTE)
    assert ids([*many, late])[:3] == ["ada-000", "bob", "ada-001"]


def test_who_holds_nothing_goes_before_who_holds_much() -> None:
    held = [lease(f"l{i}") for i in range(3)]
    assert ids([request("ada"), request("bob", owner="bob", asked=NOW + HOUR)], held) == ["bob", "ada"]


def test_but_only_so_much_later() -> None:
    held = [lease(f"l{i}") for i in range(3)]
    assert ids([request("ada"), request("bob", owner="bob", asked=NOW + 2 * HOUR)], held) == ["ada", "bob"]


def test_importance_ten_is_worth_an_hour() -> None:
    first = request("ada")
    urgent = [request("bob", owner="bob", importance=10, asked=NOW + later * MINUTE) for later in (59, 61)]
    assert ids([first, urgent[0]]) == ["bob", "ada"]
    assert ids([first, urgent[1]]) == ["ada", "bob"]


def test_the_oldest_build_is_for_the_first() -> None:
    ages = [MINUTE, 3 * MINUTE]
    assert estimate(1, ages, BUILD, 0, None) == MINUTE
    assert estimate(2, ages, BUILD, 0, None) == 3 * MINUTE


def test_what_takes_longer_than_usual_is_given_a_tenth() -> None:
    assert estimate(1, [HOUR], BUILD, 0, None) == timedelta(seconds=24)


def test_then_new_builds_then_the_next_lease_then_nobody_knows() -> None:
    assert estimate(2, [MINUTE], BUILD, 1, HOUR) == BUILD
    assert estimate(3, [MINUTE], BUILD, 1, HOUR) == HOUR + BUILD
    assert estimate(4, [MINUTE], BUILD, 1, HOUR) is None
    assert estimate(1, [], BUILD, 0, None) is None
    assert estimate(0, [MINUTE], BUILD, 1, HOUR) is None
