"""Tables of very many rows: 50,000 open fast, and are filtered and sorted in turns."""

import time

import pytest

from vmms_tui.model.records import AnyRecord
from vmms_tui.screens import listing, rows
from vmms_tui.screens.listing import ListScreen

from .cloudland import POOLS, STATUS, lent
from .driver import running
from .scripted import ScriptedClient, hours


async def test_50_000_leases_open_filter_and_merge_fast() -> None:
    """Bounds are about ten times the processor's time that it takes, so that only a change of kind fails."""
    pairs = [lent(number, "el9-ci", f"ada{number % 97}", hours(number % 300 + 1)) for number in range(50_000)]
    records: tuple[AnyRecord, ...] = (*POOLS, *(one for pair in pairs for one in pair))
    client = ScriptedClient(records, STATUS)
    async with running(client) as driver:
        started = time.process_time()
        await driver.press("3")
        await driver.until(lambda: len(driver.list.table.ids) == 50_000)
        assert time.process_time() - started < 6
        driver.list.listing.narrow("ada11")
        started = time.process_time()
        driver.list.listing.narrow("ada12")
        assert time.process_time() - started < 2
        driver.list.listing.narrow("")
        started = time.process_time()
        client.change(lent(123, "el9-ci", "somebody-new", hours(1))[1])
        await driver.until(lambda: driver.list.listing.rows["lease-00123"].about.owner == "somebody-new")
        assert time.process_time() - started < 2


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
