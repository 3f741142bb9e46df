"""The virtual table: cursor and marks follow ids, only what changed is drawn, and 50,000 rows open fast."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from vmms_tui.model.records import AnyRecord
from vmms_tui.screens import listing, rows
from vmms_tui.screens.listing import ListScreen
from vmms_tui.widgets.column import Column
from vmms_tui.widgets.table import Cell, VirtualTable

from .cloudland import POOLS, STATUS, lent
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
        return [(row_id, "strong"), (self.words.get(row_id, ""), "")]

    def render_line(self, y: int) -> Strip:
        self.lines.append(y)
        return super().render_line(y)


class Alone(App[None]):
    """Nothing but the table."""

    CSS = "VirtualTable { height: 1fr; }"

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
