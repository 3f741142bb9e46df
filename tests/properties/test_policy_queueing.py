"""The queue for any requests, and with newcomers that never end."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.policy_records import HOUR, MINUTE, NOW, lease, request, spans
from vmms_tui.engine.policy.queueing import PER_IMPORTANCE, PER_SERVER, estimate, order
from vmms_tui.model.records import Lease, LeaseState, Request, changed

OWNERS = st.sampled_from(("ada", "bob", "cyd", "dan"))
LEASES = st.lists(st.tuples(OWNERS, st.sampled_from(tuple(LeaseState))), max_size=12).map(
    lambda found: [lease(f"l{i}", owner=owner, state=state) for i, (owner, state) in enumerate(found)]
)
QUEUES = st.lists(st.tuples(OWNERS, spans(0, 36_000), st.integers(0, 10)), max_size=25).map(
    lambda found: [
        request(f"r{i:03}", owner=owner, asked=NOW - age, importance=importance)
        for i, (owner, age, importance) in enumerate(found)
    ]
)
LIVE = {LeaseState.ACTIVE, LeaseState.OVERDUE}


def ids(requests: list[Request]) -> list[str]:
    return [each.id for each in requests]


@given(QUEUES, LEASES)
def test_an_order_is_a_permutation_and_always_the_same(queue: list[Request], leases: list[Lease]) -> None:
    ordered = ids(order(queue, leases))
    assert sorted(ordered) == sorted(ids(queue))
    assert ordered == ids(order(queue[::-1], leases[::-1]))


@given(st.lists(OWNERS, max_size=30), LEASES)
def test_owners_take_turns(owners: list[str], leases: list[Lease]) -> None:
    """Asked at the same time and equally important: whoever would have fewer servers goes first."""
    held = Counter(each.owner for each in leases if each.state in LIVE)
    queue = [request(f"r{i:03}", owner=owner) for i, owner in enumerate(owners)]
    turns = []
    for each in order(queue, leases):
        turns.append(held[each.owner])
        held[each.owner] += 1
    assert turns == sorted(turns)


@given(st.lists(st.tuples(spans(0, 36_000), st.integers(0, 10)), min_size=1, max_size=20))
def test_one_owner_s_requests_are_by_importance_and_age(found: list[tuple[timedelta, int]]) -> None:
    queue = [request(f"r{i:03}", asked=NOW - age, importance=value) for i, (age, value) in enumerate(found)]
    ordered = order(queue, [])
    for first, second in pairwise(ordered):
        assert first.importance >= second.importance or first.asked < second.asked


@given(QUEUES, LEASES, OWNERS, st.integers(0, 10), st.data())
def test_what_is_asked_much_later_lies_behind(
    queue: list[Request], leases: list[Lease], newcomer: str, importance: int, data: st.DataObject
) -> None:
    """The bound on waiting that the module states, for each request in the queue."""
    if not queue:
        return
    waiting = data.draw(st.sampled_from(queue))
    turn = sum(each.owner == waiting.owner for each in queue)
    turn += sum(each.owner == waiting.owner and each.state in LIVE for each in leases)
    late = request(
        "new",
        owner=newcomer,
        asked=waiting.asked + turn * PER_SERVER + 10 * PER_IMPORTANCE,
        importance=importance,
    )
    ordered = ids(order([*queue, late], leases))
    assert ordered.index(waiting.id) < ordered.index("new")


@settings(max_examples=20)
@given(st.integers(0, 8), st.integers(1, 20), st.integers(0, 10))
def test_nobody_starves_among_strangers_that_never_end(held: int, minutes: int, importance: int) -> None:
    """One server comes free in each step; in each step a new owner without any server asks, more important."""
    leases = [lease(f"l{i}", owner="ada") for i in range(held)]
    queue, step = [request("ada", owner="ada", asked=NOW)], 0
    while any(each.id == "ada" for each in queue):
        asked = NOW + step * minutes * MINUTE
        queue.append(request(f"r{step}", owner=f"owner {step}", asked=asked, importance=importance))
        queue.remove(order(queue, leases)[0])
        step += 1
        assert step * minutes * MINUTE <= held * PER_SERVER + 10 * PER_IMPORTANCE + 20 * MINUTE + HOUR


@given(QUEUES, LEASES)
def test_serving_the_first_does_not_change_the_order_of_the_rest(queue: list[Request], leases: list[Lease]) -> None:
    """So a place in the queue that was shown does not get worse because somebody was served."""
    ordered = order(queue, leases)
    if ordered:
        served = lease("new", owner=ordered[0].owner)
        assert ids(order(ordered[1:], [*leases, served])) == ids(ordered[1:])


@given(st.lists(spans(0, 3_600), max_size=10), spans(1, 1_800), st.integers(-1, 10), st.none() | spans(-600, 86_400))
def test_estimates_grow_with_the_position(
    ages: list[timedelta], usual: timedelta, allowed: int, lease_end: timedelta | None
) -> None:
    times = [estimate(position, ages, usual, allowed, lease_end) for position in range(1, 25)]
    known = [time for time in times if time is not None]
    assert known == sorted(known)
    assert times == known + [None] * (len(times) - len(known))
    assert all(time > timedelta(0) and time.microseconds == 0 for time in known)
    assert len(known) == len(ages) + max(allowed, 0) + (lease_end is not None)


def test_a_lease_that_is_over_is_not_held_against_its_owner() -> None:
    queue = [request("r1", owner="ada"), request("r2", owner="bob")]
    ended = [lease("l1", owner="ada", state=LeaseState.ENDED)]
    assert ids(order(queue, ended)) == ["r1", "r2"]
    assert ids(order(queue, [changed(ended[0], state=LeaseState.ACTIVE)])) == ["r2", "r1"]
