"""Refresh by example."""

from datetime import timedelta

from tests.properties.policy_records import DAY, MINUTE, NOW, pool, server
from vmms_tui.engine.policy.refresh import refresh, stable_age
from vmms_tui.model.records import Server, ServerState


def ready(number: int, age: timedelta = DAY) -> list[Server]:
    return [server(f"{age.days}-{i}", ready_at=NOW - age - i * MINUTE, refresh_age=12 * DAY) for i in range(number)]


def test_an_age_never_changes_from_run_to_run() -> None:
    assert stable_age("el9-0007", (10 * DAY, 15 * DAY)) == timedelta(days=10, seconds=34697)


def test_one_more_is_built_before_one_is_removed() -> None:
    made = refresh(pool(), ready(4) + ready(2, 13 * DAY), NOW)
    assert (made.build, made.retire) == (1, ())
    assert made.why == "2 overdue for refresh, at most 1 at once, 6 ready of 6: build 1, remove 0"


def test_while_it_is_built_nothing_more_happens() -> None:
    made = refresh(pool(), [*ready(4), *ready(2, 13 * DAY), server("new", ServerState.BUILDING)], NOW)
    assert (made.build, made.retire) == (0, ())
    assert made.why.endswith("wait for 1 under way")


def test_then_the_longest_overdue_goes() -> None:
    made = refresh(pool(), ready(5) + ready(2, 13 * DAY), NOW)
    assert (made.build, made.retire) == (0, ("13-1",))


def test_a_large_pool_replaces_a_tenth() -> None:
    made = refresh(pool(available=30, limit=40), ready(30, 13 * DAY), NOW)
    assert made.build == 3


def test_at_the_limit_it_waits_and_says_so() -> None:
    made = refresh(pool(limit=6), ready(6, 13 * DAY), NOW)
    assert (made.build, made.retire) == (0, ())
    assert made.why.endswith("wait, 6 servers are at the limit of 6 and none is removed first")


def test_a_pool_that_lacks_servers_refills_first() -> None:
    made = refresh(pool(), ready(4, 13 * DAY), NOW)
    assert made.build == 0
    assert "refills first (4 of 6)" in made.why


def test_a_server_without_an_age_is_never_overdue() -> None:
    assert refresh(pool(), [server("s1", ready_at=NOW - 300 * DAY)], NOW).why.startswith("no ready server")
