"""A table alone on a small screen, which keeps which of its lines were drawn."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from vmms_tui.widgets.column import Column
from vmms_tui.widgets.table import Cell, VirtualTable

from .cloudland import NOW

MOMENT = NOW

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


def at(second: int) -> datetime:
    return MOMENT + timedelta(seconds=second)


@asynccontextmanager
async def watched(table: Watched) -> AsyncIterator[None]:
    """Let what is pending be drawn, do something, and let that be drawn."""
    await settle(table)
    table.lines.clear()
    yield
    await settle(table)


async def settle(table: Watched) -> None:
    await Pilot(table.app).pause()
