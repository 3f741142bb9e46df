"""What the virtual table remembers: cursor, marks and ranges follow ids under any merges, and rows that went stay."""

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vmms_tui.widgets.traces import STAYS, Gone

from .tabletop import MOMENT, Watched, alone, at, merge, named

worlds = st.lists(st.integers(0, 60), unique=True, max_size=40)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), worlds),
        st.tuples(st.just("step"), st.integers(-30, 30)),
        st.tuples(st.just("mark"), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(worlds, steps)
def test_cursor_and_marks_follow_ids_under_any_merges(first: list[int], script: list[tuple[str, object]]) -> None:
    """Without a screen: the table's own memory. A cursor whose row is still there never leaves it."""
    table = Watched({})
    merge(table, named(first))
    for what, how in script:
        before, marked, old = table.cursor, set(table.marks), list(table.ids)
        if what == "merge":
            assert isinstance(how, list)
            ids = named(how)
            merge(table, ids)
            assert table.marks == marked & set(ids)
            if before in ids:
                assert table.cursor == before
            elif before is not None and ids:
                assert table.cursor == neighbour(old, before, ids)
            assert (table.cursor is None) == (not ids)
        elif what == "step":
            assert isinstance(how, int)
            table.step(how)
            assert table.marks == marked
        elif before is not None:
            table.toggle_mark()
            assert table.marks == marked ^ {before}
        assert table.cursor is None or table.ids[table.cursor_row] == table.cursor


def neighbour(old: list[str], gone: str, ids: list[str]) -> str:
    """The next row that is still there, else the one before, else the first."""
    at = old.index(gone)
    kept = [one for one in old[at + 1 :] if one in ids] or [one for one in reversed(old[:at]) if one in ids]
    return kept[0] if kept else ids[0]


@settings(max_examples=15, deadline=None)
@given(st.lists(worlds.filter(bool), min_size=1, max_size=4), st.integers(0, 39))
def test_the_cursor_is_always_on_the_screen(merges: list[list[int]], start: int) -> None:
    async def play() -> None:
        async with alone(table := Watched({})):
            merge(table, named(range(40)))
            table.go(start)
            for world in merges:
                merge(table, named(world))
                assert table.top <= table.cursor_row < table.top + table.page
                assert 0 <= table.top <= max(0, len(world) - table.page)

    asyncio.run(play())


gone_steps = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), worlds),
        st.tuples(st.just("wait"), st.integers(1, 12)),
        st.tuples(st.just("step"), st.integers(-30, 30)),
        st.tuples(st.sampled_from(["mark", "range", "all", "clear"]), st.none()),
    ),
    max_size=14,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(worlds, gone_steps)
def test_rows_that_went_stay_at_their_place_for_a_while(first: list[int], script: list[tuple[str, object]]) -> None:
    """Nothing is shown twice, cursor and marks follow ids, what went takes no mark and goes in time."""
    table, now = Watched({}), 0
    went: dict[str, int] = {}
    alive = set(named(first))
    merge(table, named(first))
    for what, how in script:
        before, marked = table.cursor, set(table.marks)
        if what == "merge" and isinstance(how, list):
            ids = named(how)
            near = table.near()
            leaving = {one: table.cells(one) for one in alive - set(ids) if one in near}
            table.bury(leaving, at(now))
            went = {one: since for one, since in went.items() if one not in ids} | dict.fromkeys(leaving, now)
            alive = set(ids)
            merge(table, ids)
            assert [one for one in table.ids if one in alive] == ids, "the order is that of the owner"
            if before in table.ids:
                assert table.cursor == before
        elif what == "wait" and isinstance(how, int):
            now += how
            went = {one: since for one, since in went.items() if now - since < STAYS.total_seconds()}
            if table.pass_time(at(now)):
                merge(table, [one for one in table.ids if one in alive])
        elif what == "step" and isinstance(how, int):
            table.step(how)
        elif what == "mark":
            table.toggle_mark()
            assert table.marks == (marked ^ {before} if before in alive else marked)
        elif what == "range":
            table.mark_range()
        elif what == "all":
            table.mark_all(table.ids)
            assert table.marks == alive
        else:
            table.clear_marks()
        assert set(table.ids) == alive | set(went)
        assert len(table.ids) == len(set(table.ids))
        assert table.marks <= alive
        assert table.cursor is None or table.ids[table.cursor_row] == table.cursor


@given(st.lists(st.integers(0, 30), unique=True, min_size=1), st.data())
def test_what_went_stands_under_the_row_that_it_stood_under(numbers: list[int], data: st.DataObject) -> None:
    ids = named(numbers)
    leaving = data.draw(st.sets(st.sampled_from(ids)))
    gone = Gone()
    gone.bury(dict.fromkeys(leaving, ()), MOMENT)
    rest = [one for one in ids if one not in leaving]
    assert list(gone.weave(ids, rest, set(rest))) == ids, "while nothing else moves, nothing moves"


def test_a_range_is_marked_between_its_ends_in_either_direction() -> None:
    table = Watched({})
    merge(table, named(range(10)))
    table.go(6)
    table.mark_range()
    assert (table.marks, table.range_from) == ({"vm-006"}, "vm-006")
    table.go(3)
    merge(table, named([20, *range(10)]))
    table.mark_range()
    assert table.marks == set(named(range(3, 7)))
    assert table.range_from is None


def test_a_range_whose_beginning_went_is_no_range() -> None:
    table = Watched({})
    merge(table, named(range(10)))
    table.mark_range()
    table.go(5)
    merge(table, named(range(1, 10)))
    assert table.range_from is None
    table.mark_range()
    assert table.marks == {"vm-005"}
