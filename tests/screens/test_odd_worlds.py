"""Odd names and odd terminals: nothing breaks, and what cannot be shown is said."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vmms_tui.model.records import AnyRecord, Event, Lease, Pool, Request, Server, changed
from vmms_tui.screens.notices import LeaveDialog, TooSmall

from .cloudland import NOW, POOLS, STATUS, WORLD, event, lent, minutes
from .driver import running
from .scripted import ScriptedClient, hours

FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


async def test_odd_names_are_only_text() -> None:
    async with running(size=(120, 40)) as driver:
        await driver.press("3")
        text = driver.screen_text()
        assert "[red]bob[/red]" in text
        assert "\x1b" not in text
        assert "�[31mnot red�[0m �turned" in text
        assert "山田太郎" in text


@pytest.mark.parametrize("name", ["[/red]", "\x1b]0;owned\a", "[link=x", "\u202e" * 30, "漢" * 70, "$accent"])
async def test_a_name_can_break_no_screen_and_no_dialog(name: str) -> None:
    """Every place that shows a name, with names that have broken programs."""
    on, lease = lent(1, "el9-ci", name, hours(1), note=name, matched=name)
    pool = changed(POOLS[0], flavor=name, image=name, purposes=(name,), paused=name)
    records = (pool, changed(on, host=name, failure=name), lease, event(1, minutes(1), name, name, detail=name))
    client = ScriptedClient(records, changed(STATUS, problem=name), actor=name)
    async with running(client) as driver:
        for keys in (
            ["enter", "escape"],
            ["x", "escape"],
            ["n", "tab", "enter", "escape"],
            ["c", "escape"],
            ["8", "x"],
        ):
            await driver.press(*keys)
            assert "\x1b" not in driver.screen_text()
        for keys in (
            ["escape", "3", "x"],
            ["escape", "D"],
            ["escape", "S"],
            ["s"],
            ["escape", "+"],
            ["escape", "c", "i"],
        ):
            await driver.press(*keys)
            assert "\x1b" not in driver.screen_text()


async def test_a_terminal_that_is_too_small_says_so_and_only_q_acts() -> None:
    async with running(size=(59, 16)) as driver:
        await driver.until(lambda: isinstance(driver.app.screen, TooSmall))
        assert "59x16. VMMS needs 60x16" in " ".join(driver.screen_text().split())
        await driver.press("3", "n", "D", "escape", "enter")
        assert isinstance(driver.app.screen, TooSmall)
        assert driver.app.current_mode == "Pools"
        await driver.pilot.resize_terminal(80, 24)
        await driver.until(lambda: "el9-ci" in driver.screen_text())
        await driver.pilot.resize_terminal(80, 15)
        await driver.until(lambda: isinstance(driver.app.screen, TooSmall))
        await driver.press("q")
        assert isinstance(driver.app.screen, LeaveDialog)


async def test_at_140_columns_the_strip_is_at_the_right() -> None:
    async with running(size=(150, 40)) as driver:
        await driver.press("3")
        strip = driver.list.query_one("#strip").region
        assert strip.x > 100
        await driver.pilot.resize_terminal(100, 40)
        await driver.until(lambda: driver.list.query_one("#strip").region.x == 0)


# One odd object never takes a list away


ODD_TEXT = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["", "[bold]", "\x1b[31m", "漢" * 100, "👩‍👩‍👧", "\u202e", "a\tb\nc", "e\u0301" * 50]),
)
INSTANTS = st.sampled_from([NOW, NOW - hours(1), NOW + hours(100), FIRST, LAST])
"""Also the first and the last that there are."""
LENGTHS = st.sampled_from([timedelta(0), hours(1), -hours(1), timedelta.max, timedelta.min])
NUMBERS = st.sampled_from([0, 1, -1, 2**31, -(2**63), 10**18])


def odd(kind: type[AnyRecord]) -> st.SearchStrategy[AnyRecord]:
    """Records with anything in their fields that the wire lets through."""
    fields = {
        one.name: st.none() | value if "None" in str(one.type) else value
        for one in msgspec.structs.fields(kind)
        if one.name != "id" and (value := _value(one.type)) is not None
    }
    made: Callable[..., AnyRecord] = kind
    return st.fixed_dictionaries(fields).map(lambda values: made(id="odd-1", **values))


def _value(kind: object) -> st.SearchStrategy[object] | None:
    said = str(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    for name, values in (("datetime", INSTANTS), ("timedelta", LENGTHS)):
        if said.startswith(("datetime." + name, f"<class 'datetime.{name}'>")):
            return values
    plain_kinds: dict[object, st.SearchStrategy[object]] = {str: ODD_TEXT, int: NUMBERS, bool: st.booleans()}
    if kind is float:
        return st.sampled_from([0.0, -1.5, 1e300, 1.0])
    if said == "tuple[str, ...]":
        return st.lists(ODD_TEXT, max_size=3).map(tuple)
    return plain_kinds.get(kind)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(odd(Pool), odd(Server), odd(Lease), odd(Request), odd(Event), st.booleans())
def test_odd_records_empty_no_list_and_break_no_strip(
    pool: Pool, server: Server, lease: Lease, request: Request, event: Event, joined: bool
) -> None:
    """Every good row stays, and whatever can be said of the odd one is said."""
    if joined:
        lease, server = changed(lease, server_id="odd-1", pool="odd-1"), changed(server, lease_id="odd-1", pool="odd-1")
    request = changed(request, id="odd-2")
    client = ScriptedClient((*WORLD, pool, server, lease, request, event), STATUS)

    async def play() -> None:
        async with running(client, size=(100, 30)) as driver:
            shown = set(driver.list.table.ids)
            assert {one.id for one in POOLS} | {"odd-1"} == shown
            driver.list.table.go_to("odd-1")
            await driver.press("3")
            for row_id in ("odd-1", "odd-2"):
                driver.list.table.go_to(row_id)
                await driver.pilot.pause()
            good = {one.id for one in WORLD if isinstance(one, Lease)}
            assert good <= set(driver.list.table.ids)
            await driver.press("8", "g", "G")
            assert {one.id for one in WORLD if isinstance(one, Event)} <= set(driver.list.table.ids)
            assert "\x1b" not in driver.screen_text()

    asyncio.run(play())
