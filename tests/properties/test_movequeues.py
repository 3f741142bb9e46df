"""How long a queue of moves still takes, in which order it goes, and what is kept of the way of a move."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model.draining import Errand, Leg, LegState, MoveQueue, Phase
from vmms_tui.model.migration import MOST_SEEN, Copying, Moving, patience, read
from vmms_tui.model.movequeues import still, taken_back_at, turn
from vmms_tui.model.operations import Operation, OperationKind, OperationState
from vmms_tui.model.progress import BYTES, counted
from vmms_tui.model.records import changed

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
SIZE = (2048, 20)


def operation(name: str, began: timedelta, **fields: object) -> Operation:
    start = NOW - began
    bare = Operation(
        id=name, kind=OperationKind.MOVE, server_id=name, started=start, updated=start, step="follow", actor="olga"
    )
    return changed(bare, **fields)


def done(name: str, took: timedelta) -> Operation:
    return operation(name, timedelta(hours=1), state=OperationState.DONE, updated=NOW - timedelta(hours=1) + took)


def under_way(name: str, left: timedelta) -> Operation:
    """A move that copied for a minute, and needs so much longer at the same pace."""
    begun = counted(operation(name, MINUTE), 0, MINUTE / SECOND + left / SECOND, BYTES, NOW - MINUTE)
    return counted(begun, MINUTE / SECOND, MINUTE / SECOND + left / SECOND, BYTES, NOW)


def endless(name: str, began: timedelta) -> Operation:
    copying: Copying | None = None
    for number in range(4):
        at = NOW - timedelta(seconds=20) * (3 - number)
        copying = read(copying, at, memory_total=2**34, memory_left=2**33, memory_sent=2**36 + number * 2**32)
    moving = Moving(source="h1", was="leased", copying=copying)
    return operation(name, began, moving=moving)


def queue(*legs: Leg, **fields: object) -> MoveQueue:
    bare = MoveQueue(id="drain:h1", errand=Errand.DRAIN, by="olga", reason="fan", since=NOW, host="h1", legs=legs)
    return changed(bare, **fields)


def leg(name: str, state: LegState, **fields: object) -> Leg:
    moved = state in {LegState.DONE, LegState.MOVING}
    return Leg(server_id=name, source="h1", state=state, operation_id=name if moved else "", **fields)  # type: ignore[arg-type]


def told(one: MoveQueue, *moves: Operation) -> timedelta | None:
    return still(one, {move.id: move for move in moves}, dict.fromkeys((move.id for move in moves), SIZE), NOW)


def waiting(number: int) -> list[Leg]:
    return [leg(f"w{one}", LegState.WAITING) for one in range(number)]


def test_two_at_a_time_take_half_as_long_as_one() -> None:
    legs = [leg("a", LegState.DONE), *waiting(4)]
    assert told(queue(*legs, limit=1), done("a", MINUTE)) == 4 * MINUTE
    assert told(queue(*legs, limit=2), done("a", MINUTE)) == 2 * MINUTE
    assert told(queue(*legs, limit=3), done("a", MINUTE)) == 2 * MINUTE


def test_what_waits_begins_when_a_place_is_free() -> None:
    legs = [leg("a", LegState.DONE), leg("b", LegState.MOVING), leg("c", LegState.MOVING), *waiting(1)]
    known = (done("a", MINUTE), under_way("b", 3 * MINUTE), under_way("c", MINUTE / 2))
    assert told(queue(*legs), *known) == 3 * MINUTE
    assert told(queue(*legs, limit=1), *known) == 4 * MINUTE, "the limit was lowered: both must end before"


def test_what_does_not_end_by_itself_counts_until_it_is_taken_back() -> None:
    move = endless("a", 5 * MINUTE)
    end = taken_back_at(move, *SIZE)
    assert end == move.updated + patience(*SIZE)
    assert told(queue(leg("a", LegState.MOVING)), move) == end - NOW


def test_nobody_knows_before_anything_was_moved_or_while_it_stands_still() -> None:
    assert told(queue(*waiting(2))) is None
    legs = [leg("a", LegState.DONE), *waiting(2)]
    for phase in set(Phase) - {Phase.RUNNING}:
        assert told(queue(*legs, phase=phase), done("a", MINUTE)) is None
    held = changed(under_way("b", MINUTE), paused_by="olga")
    assert told(queue(leg("b", LegState.MOVING)), held) is None


def test_a_move_is_taken_back_only_while_it_is_on_its_way_and_is_not_already() -> None:
    move = endless("a", MINUTE)
    assert move.moving is not None
    assert taken_back_at(changed(move, step="verify"), *SIZE) is None
    assert taken_back_at(changed(move, state=OperationState.DONE), *SIZE) is None
    ending = Moving(source="h1", was="leased", ending="aborted by olga")
    assert taken_back_at(changed(move, moving=ending), *SIZE) is None


@given(
    lefts=st.lists(st.integers(1, 600), max_size=5),
    more=st.integers(0, 30),
    limit=st.integers(1, 8),
    usual=st.integers(1, 600),
)
def test_no_sooner_than_the_work_allows_and_no_later_than_one_after_the_other(
    lefts: list[int], more: int, limit: int, usual: int
) -> None:
    seconds = [timedelta(seconds=one) for one in lefts]
    moves = [under_way(f"m{number}", one) for number, one in enumerate(seconds)]
    legs = [leg("a", LegState.DONE), *(leg(one.id, LegState.MOVING) for one in moves), *waiting(more)]
    length = timedelta(seconds=usual)
    found = told(queue(*legs, limit=limit), done("a", length), *moves)
    assert found is not None
    work = sum(seconds, timedelta(0)) + more * length
    assert max(seconds, default=timedelta(0)) <= found <= work
    assert found * max(limit, len(moves)) >= work
    one_more = told(queue(*legs, *waiting(more + 1)[-1:], limit=limit), done("a", length), *moves)
    assert one_more is not None
    assert one_more >= found, "more servers never take less"


@given(st.tuples(st.integers(0, 2), st.integers(0, 10), st.integers(0, 4096)), st.integers(0, 10))
def test_new_ones_go_first_then_the_least_important(one: tuple[int, int, int], importance: int) -> None:
    tries, first, ram = one
    mine = turn(leg("a", LegState.WAITING, tries=tries), first, ram)
    other = turn(leg("b", LegState.WAITING, tries=tries), importance, ram)
    assert (mine < other) is (first <= importance), "of equals the name decides"
    assert mine < turn(leg("a", LegState.WAITING, tries=tries + 1), 0, 0)


@given(st.integers(2, 400), st.integers(1, 7))
def test_the_whole_way_of_a_move_is_seen_in_about_equal_distances(readings: int, every: int) -> None:
    copying: Copying | None = None
    for number in range(readings):
        at = NOW + timedelta(seconds=every * number)
        copying = read(copying, at, memory_total=10**6, memory_left=10**6 - number, memory_sent=number)
    assert copying is not None
    seen = copying.seen
    assert 2 <= len(seen) <= MOST_SEEN
    assert seen[0].at == NOW
    gaps = [later.at - earlier.at for earlier, later in pairwise(seen)]
    assert min(gaps) > timedelta(0)
    assert max(gaps) <= 2 * min(gaps) + timedelta(seconds=every)
    assert copying.at - seen[-1].at <= 2 * max(gaps)
    assert all(point.left == 10**6 - point.sent for point in seen)
