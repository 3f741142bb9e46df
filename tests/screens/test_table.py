"""The virtual table: cursor and marks follow ids, only what changed is drawn, and 50,000 rows open fast."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from vmms_tui.model.records import AnyRecord
from vmms_tui.screens import listing, rows
from vmms_tui.screens.listing import ListScreen
from vmms_tui.widgets.column import Column
from vmms_tui.widgets.table import Cell, VirtualTable
from vmms_tui.widgets.traces import STAYS, Gone

from .cloudland import NOW, POOLS, STATUS, lent
from .driver import running
from .scripted import ScriptedClient, hours

COLUMNS: tuple[Column[object], ...] = tuple(
    Column(
        key=key,
        letter=key[0],
        title=key.upper(),
        text=lambda _row, _now: "",
        order=lambda row: row,
        find=lambda _row: "",
        grows=key == "text",
    )
    for key in ("name", "text")
)


class Watched(VirtualTable):
    """Keeps which lines were drawn."""

    def __init__(self, words: dict[str, str], *, tail: bool = False) -> None:
        super().__init__(COLUMNS, self.cells, tail=tail)
        self.words = words
        self.lines: list[int] = []

    def cells(self, row_id: str) -> Sequence[Cell]:
        if row_id in self.gone:
            return self.gone.cells(row_id)
        return [(row_id, "strong"), (self.words.get(row_id, ""), "")]

    def render_line(self, y: int) -> Strip:
        self.lines.append(y)
        return super().render_line(y)


class Alone(App[None]):
    """Nothing but the table."""

    CSS = """
    VirtualTable { height: 1fr; }
    VirtualTable > .table--gone { text-style: strike; }
    VirtualTable > .table--fresh { text-style: bold underline; }
    """

    def __init__(self, table: VirtualTable) -> None:
        super().__init__()
        self.table = table

    def compose(self) -> ComposeResult:
        yield self.table


@asynccontextmanager
async def alone(table: Watched) -> AsyncIterator[Alone]:
    app = Alone(table)
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.pause()
        yield app
        await pilot.pause()


def named(numbers: Sequence[int]) -> list[str]:
    return [f"vm-{number:03d}" for number in numbers]


def merge(table: VirtualTable, ids: Sequence[str]) -> None:
    table.merge(ids, set(ids))


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


MOMENT = NOW


def at(second: int) -> datetime:
    return MOMENT + timedelta(seconds=second)


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


async def test_what_went_is_struck_through_and_marked_in_letters() -> None:
    async with alone(table := Watched({"vm-001": "words"})) as app:
        merge(table, named(range(3)))
        table.go(1)
        table.bury({"vm-001": table.cells("vm-001")}, at(0))
        merge(table, named([0, 2]))
        await settle(table)
        strip = app.screen._compositor.render_strips(app.size)[2]
        assert strip.text.startswith(">x vm-001")
        struck = "".join(one.text for one in strip if one.style and one.style.strike)
        assert struck == "vm-001words"
        assert table.pass_time(at(10))
        merge(table, named([0, 2]))
        assert table.cursor == "vm-002"


async def test_a_cell_that_changed_is_underlined_for_a_moment_and_drawn_once_more() -> None:
    table = Watched(dict.fromkeys(named(range(5)), "old"))
    async with alone(table) as app:
        merge(table, named(range(5)))
        before = list(table.cells("vm-003"))
        table.words["vm-003"] = "new"
        async with watched(table):
            table.fresh.note({"vm-003": (before, table.cells("vm-003"))}, at(0))
            table.sync()
        assert table.lines == [4]
        strip = app.screen._compositor.render_strips(app.size)[4]
        assert [one.text for one in strip if one.style and one.style.underline] == ["new"]
        async with watched(table):
            table.pass_time(at(4))
            table.sync()
            table.pass_time(at(5))
            table.sync()
        assert table.lines == [4]


async def test_when_everything_changes_nothing_is_shown_as_changed() -> None:
    table = Watched({})
    merge(table, named(range(20)))
    table.fresh.note({one: ([("a", "")], [("b", "")]) for one in table.ids}, at(0))
    assert not table.fresh


async def test_wide_columns_are_whole_and_move_to_the_side() -> None:
    """Every cell of every column can be brought to the screen, and the first column stays."""
    long = "".join(f"<{number:02d}>" for number in range(25)) + "漢字"
    async with alone(table := Watched({"vm-000": long})) as app:
        merge(table, named(range(3)))
        await settle(table)

        def line() -> str:
            return app.screen._compositor.render_strips(app.size)[1].text

        assert "…" in line()
        table.widen()
        seen = ""
        for _ in range(10):
            await settle(table)
            assert line().startswith(">  vm-000 ")
            assert cell_len(line()) == 40
            assert "…" not in line()
            seen += line()[10:-1]
            before = table._shift
            table.shift(1)
            if table._shift == before:
                break
        assert all(f"<{number:02d}>" in seen for number in range(25))
        assert "漢字" in seen
        for _ in range(10):
            table.shift(-1)
        assert table._shift == 0
        table.widen()
        await settle(table)
        assert "…" in line()


async def test_a_row_keeps_its_line_when_rows_come_above_it() -> None:
    async with alone(table := Watched({})):
        merge(table, named(range(100, 140)))
        table.go(25)
        line = table.cursor_row - table.top
        merge(table, named([*range(50, 60), *range(100, 140)]))
        assert table.cursor == "vm-125"
        assert table.cursor_row - table.top == line


async def test_a_tail_stays_at_its_newest_row_until_the_user_moves() -> None:
    async with alone(table := Watched({}, tail=True)):
        merge(table, named([3, 2, 1]))
        merge(table, named([5, 4, 3, 2, 1]))
        assert table.cursor == "vm-005"
        table.step(1)
        merge(table, named([6, 5, 4, 3, 2, 1]))
        assert table.cursor == "vm-004"


async def test_only_lines_that_changed_are_drawn() -> None:
    table = Watched(dict.fromkeys(named(range(40)), "old"))
    async with alone(table):
        merge(table, named(range(40)))
        async with watched(table):
            table.words["vm-003"] = "new"
            table.words["vm-030"] = "new, but not on the screen"
            table.sync()
        assert table.lines == [4]


@asynccontextmanager
async def watched(table: Watched) -> AsyncIterator[None]:
    """Let what is pending be drawn, do something, and let that be drawn."""
    await settle(table)
    table.lines.clear()
    yield
    await settle(table)


async def settle(table: Watched) -> None:
    await Pilot(table.app).pause()


async def test_a_step_of_the_cursor_draws_two_lines() -> None:
    table = Watched({})
    async with alone(table):
        merge(table, named(range(40)))
        async with watched(table):
            table.step(1)
        assert sorted(table.lines) == [1, 2]


async def test_a_merge_that_changes_nothing_draws_nothing() -> None:
    table = Watched({})
    async with alone(table):
        merge(table, named(range(40)))
        async with watched(table):
            merge(table, named(range(40)))
        assert table.lines == []


async def test_an_empty_list_says_why() -> None:
    table = Watched({})
    async with alone(table) as app:
        table.say_when_empty("Empty: nothing was asked for.")
        merge(table, [])
        await settle(table)
        lines = [strip.text for strip in app.screen._compositor.render_strips(app.size)]
        assert any("nothing was asked for" in line for line in lines)


async def test_why_a_list_is_empty_is_said_to_the_end_in_as_many_lines_as_it_takes() -> None:
    table = Watched({})
    async with alone(table) as app:
        words = " ".join(f"word{number}" for number in range(30))
        table.say_when_empty(words)
        merge(table, [])
        await settle(table)
        lines = [strip.text.strip() for strip in app.screen._compositor.render_strips(app.size)]
        assert words in " ".join(line for line in lines if line.startswith("word"))


async def test_50_000_leases_open_filter_and_merge_fast() -> None:
    """Bounds are about ten times what two cores take, so that only a change of kind fails."""
    pairs = [lent(number, "el9-ci", f"ada{number % 97}", hours(number % 300 + 1)) for number in range(50_000)]
    records: tuple[AnyRecord, ...] = (*POOLS, *(one for pair in pairs for one in pair))
    client = ScriptedClient(records, STATUS)
    async with running(client) as driver:
        started = time.perf_counter()
        await driver.press("3")
        await driver.until(lambda: len(driver.list.table.ids) == 50_000)
        assert time.perf_counter() - started < 6
        driver.list.listing.narrow("ada11")
        started = time.perf_counter()
        driver.list.listing.narrow("ada12")
        assert time.perf_counter() - started < 2
        driver.list.listing.narrow("")
        started = time.perf_counter()
        client.change(lent(123, "el9-ci", "somebody-new", hours(1))[1])
        await driver.until(lambda: driver.list.listing.rows["lease-00123"].about.owner == "somebody-new")
        assert time.perf_counter() - started < 2


async def test_while_many_rows_are_filtered_and_sorted_the_last_wish_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "AT_ONCE", 50)
    monkeypatch.setattr(rows, "SLICE", 10)
    pairs = [lent(number, "el9-ci", f"ada{number}", hours(number % 30 + 1)) for number in range(300)]
    client = ScriptedClient((*POOLS, *(one for pair in pairs for one in pair)), STATUS)
    async with running(client) as driver:
        await driver.press("3")
        await driver.until(lambda: len(driver.list.table.ids) == 300)
        await driver.press("j", "j")
        under = driver.list.table.cursor
        await driver.press("/")
        await driver.type("ada1")
        await driver.until(lambda: driver.list.listing.filter_text == "ada1" and len(driver.list.table.ids) == 111)
        await driver.press("escape")
        await driver.until(lambda: len(driver.list.table.ids) == 300)
        driver.list.table.go_to(under or "")
        screen = driver.list
        assert isinstance(screen, ListScreen)
        for key in ("owner", screen.listing.columns[0].key, "owner"):
            screen.in_turns(screen.listing.ordering(key), screen._show_anew)
        await driver.until(lambda: screen.listing.order_key == "owner")
        assert list(screen.table.ids) == screen.listing.ids
        assert screen.table.cursor == under, "the cursor stays on its row"
