"""Ops: what the engine does, how far it is, and the keys that steer it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.keys import Place
from vmms_tui.model import commands as c
from vmms_tui.model.progress import BYTES, MOST, STEPS, counted, eta, place, share, worth_showing
from vmms_tui.model.records import Operation, OperationKind, OperationState, changed
from vmms_tui.screens.objectpages import WhyPage
from vmms_tui.screens.operation_rows import bar, in_order, operation_rows, state_of, steps_line
from vmms_tui.screens.preflight import Preflight

from .cloudland import NOW, STATUS, WORLD, minutes
from .driver import Driver, running
from .scripted import ScriptedClient

REBUILD = Operation(
    id="op-000074",
    kind=OperationKind.REBUILD,
    server_id="vm-00018",
    lease_id="lease-00018",
    started=NOW - minutes(1),
    updated=NOW - timedelta(seconds=20),
    step="active",
    actor="ada",
    reason="ada asked for it",
    expected=minutes(3),
    deadline=NOW + minutes(14),
)
FAILED = changed(
    REBUILD,
    id="op-000060",
    kind=OperationKind.STOP,
    server_id="vm-00012",
    lease_id="lease-00012",
    step="wait",
    started=NOW - minutes(9),
    updated=NOW - minutes(8),
    state=OperationState.FAILED,
    outcome="ACTIVE: not done within 600 s",
)
DONE = changed(
    FAILED,
    id="op-000061",
    server_id="vm-00044",
    updated=NOW - minutes(50),
    state=OperationState.DONE,
    outcome="SHUTOFF",
)
ALL = (*WORLD, REBUILD, FAILED, DONE)


def has(driver: Driver, *words: str) -> bool:
    text = driver.screen_text()
    return all(word in text for word in words)


def ops(driver: Driver) -> list[str]:
    return driver.list.listing.ids


async def on(driver: Driver, row: str) -> None:
    driver.list.table.go_to(row)
    await driver.pilot.pause()


async def test_what_runs_stands_first_with_its_step_and_what_is_left() -> None:
    async with running(ScriptedClient(ALL, STATUS), size=(120, 40), start=Place.OPS) as driver:
        assert ops(driver) == ["op-000072", "op-000074", "op-000071", "op-000060", "op-000061"]
        assert has(driver, "op-000074", "rebuild", "2/3 active", "[##....]  33%", "2m", "ada", "RUN")
        assert has(driver, "RATE", "4.3/min", "FAILED!", "ACTIVE: not done w")
        await on(driver, "op-000074")
        assert "ask ok, > active, prove" in driver.strip
        assert "such ones take 3m" in driver.strip
        await on(driver, "op-000060")
        assert "R tries it again." in driver.strip


async def test_it_moves_with_the_engine_and_with_time() -> None:
    async with running(ScriptedClient(ALL, STATUS), size=(120, 40), start=Place.OPS) as driver:
        driver.client.change(changed(REBUILD, step="prove", updated=NOW))
        await driver.until(lambda: has(driver, "3/3 prove", "[####..]  66%"))
        driver.client.pass_time(minutes(11))
        await driver.until(lambda: "op-000061" not in ops(driver))
        assert "op-000060" in ops(driver), "what failed stays for a day"
        await driver.until(lambda: has(driver, "late"))


async def test_what_a_step_counts_gives_the_bar_the_rate_and_the_estimate() -> None:
    gib = 2.0**30
    async with running(ScriptedClient(ALL, STATUS), size=(120, 40), start=Place.OPS) as driver:
        moved = counted(REBUILD, 0, 16 * gib, BYTES, NOW - timedelta(seconds=40))
        driver.client.change(counted(moved, 8 * gib, 16 * gib, BYTES, NOW))
        await driver.until(lambda: has(driver, "[###...]  50%", "205 MiB/s", "40s"))
        await on(driver, "op-000074")
        assert "8 GiB of 16 GiB, 205 MiB/s" in driver.strip
        await driver.press("x")
        await driver.until(lambda: has(driver, "This step has done 8 GiB of 16 GiB, 205 MiB/s: probably 40s more."))


async def test_failed_ones_stay_for_a_day_and_done_ones_for_an_hour() -> None:
    assert worth_showing(FAILED, FAILED.updated + timedelta(hours=23))
    assert not worth_showing(FAILED, FAILED.updated + timedelta(hours=25))
    assert not worth_showing(changed(FAILED, retried_as="op-9"), FAILED.updated + timedelta(hours=2))
    assert worth_showing(REBUILD, NOW + timedelta(days=9))


@pytest.mark.parametrize(
    ("row", "key", "command", "words"),
    [
        ("op-000074", "P", c.PauseOperation(operation_id="op-000074"), "hold the rebuild of vm-00018"),
        ("op-000060", "R", c.RetryOperation(operation_id="op-000060"), "begin the stop of vm-00012 anew"),
        ("op-000071", "X", c.AbortOperation(operation_id="op-000071"), "end the build of vm-00072"),
    ],
)
async def test_keys_go_through_preflight_to_the_engine(row: str, key: str, command: c.AnyCommand, words: str) -> None:
    async with running(ScriptedClient(ALL, STATUS), size=(120, 40), start=Place.OPS) as driver:
        await on(driver, row)
        await driver.press(key)
        assert isinstance(driver.app.screen, Preflight)
        assert has(driver, words)
        assert driver.client.sent == []
        await driver.go_on()
        await driver.until(lambda: driver.client.sent == [command])


PAUSED = changed(REBUILD, id="op-000075", server_id="vm-00044", lease_id="lease-00044", paused_by="grace")


def held(one: Operation) -> Operation:
    return changed(one, paused_by="grace", waiting_for="paused by grace", state=OperationState.WAITING)


async def test_marked_ones_are_held_together_and_those_that_cannot_be_are_left_out() -> None:
    async with running(ScriptedClient((*ALL, held(PAUSED)), STATUS), size=(120, 40), start=Place.OPS) as driver:
        await driver.press("*")
        assert "6 marked" in driver.line("title")
        await driver.press("P")
        assert has(driver, "pause 6 operations", "op-000061 has ended", "op-000075 is paused by grace already")
        assert has(driver, "3 of them cannot be done.", "Pause only the 3 without a warning")
        assert has(driver, "hold the provision of before its next step: vm-00072 vm-00073  (2)")
        assert driver.app.screen.query_one("#go").disabled
        await driver.until(lambda: driver.focused("cancel"))
        await driver.press("right", "enter")
        wanted = [c.PauseOperation(operation_id=f"op-0000{number}") for number in (71, 72, 74)]
        await driver.until(lambda: driver.client.sent == wanted)
        await driver.until(lambda: not driver.list.table.marks)
        await driver.press("U")
        assert has(driver, "resume 3 operations")


async def test_when_all_marked_ones_are_held_they_go_on() -> None:
    both = [held(one) for one in (REBUILD, PAUSED)]
    async with running(ScriptedClient((*WORLD, DONE, *both), STATUS), size=(120, 40), start=Place.OPS) as driver:
        for one in both:
            await on(driver, one.id)
            await driver.press("space")
        await driver.press("P")
        assert has(driver, "resume 2 operations", "vmms resume op-000074 op-000075 --plan p-")
        await driver.go_on()
        await driver.until(lambda: driver.client.sent == [c.ResumeOperation(operation_id=one.id) for one in both])


async def test_what_can_be_done_to_one_of_the_marked_can_be_asked_for() -> None:
    async with running(ScriptedClient(ALL, STATUS), size=(120, 40), start=Place.OPS) as driver:
        await on(driver, "op-000060")
        await driver.press("v")
        await on(driver, "op-000061")
        await driver.press("v", "X")
        assert "X abort: op-000060 has ended." in driver.line("footer"), "neither of them can be"
        await driver.press("R")
        assert has(
            driver, "try again 2 operations", "op-000061 has not failed", "Try again only the 1 without a warning"
        )
        await driver.until(lambda: driver.focused("cancel"))
        await driver.press("right", "enter")
        await driver.until(lambda: driver.client.sent == [c.RetryOperation(operation_id="op-000060")])


async def test_those_with_a_warning_stay_when_others_cannot_be_done() -> None:
    graces = changed(
        REBUILD, id="op-000076", kind=OperationKind.HAND_OVER, server_id="vm-00046", lease_id="lease-00046", step="key"
    )
    async with running(ScriptedClient((*WORLD, REBUILD, graces), STATUS), size=(120, 40), start=Place.OPS) as driver:
        for row in (REBUILD.id, graces.id):
            await on(driver, row)
            await driver.press("space")
        await driver.press("X")
        assert has(driver, "BLOCK The rebuild of", "WARN  op-000076 is grace's", "Abort only the 1 that can be done")
        await driver.until(lambda: driver.focused("cancel"))
        await driver.press("right", "enter")
        await driver.until(lambda: driver.client.sent == [c.AbortOperation(operation_id=graces.id)])


async def test_a_paused_one_goes_on_with_the_same_key() -> None:
    held = changed(REBUILD, paused_by="grace", waiting_for="paused by grace", state=OperationState.WAITING)
    async with running(ScriptedClient((*WORLD, held), STATUS), size=(120, 40), start=Place.OPS) as driver:
        await on(driver, held.id)
        assert has(driver, "PAUSED", "P lets it go on.")
        await driver.press("P")
        assert has(driver, "let the rebuild of vm-00018 go on at step active")
        await driver.go_on()
        await driver.until(lambda: driver.client.sent == [c.ResumeOperation(operation_id=held.id)])


async def test_what_is_half_way_says_why_it_cannot_be_aborted() -> None:
    async with running(ScriptedClient(ALL, STATUS), size=(120, 40), start=Place.OPS) as driver:
        await on(driver, "op-000074")
        await driver.press("X")
        assert has(
            driver, "BLOCK The rebuild of vm-00018 is in step active and cannot be undone half-way.", "Let it end"
        )
        assert driver.app.screen.query_one("#go").disabled
        await driver.press("escape")
        await on(driver, "op-000061")
        await driver.press("X")
        assert "op-000061 has ended." in driver.line("footer")
        await driver.press("R")
        assert "op-000061 has not failed." in driver.line("footer")


async def test_enter_and_x_say_why() -> None:
    async with running(ScriptedClient(ALL, STATUS), size=(120, 40), start=Place.OPS) as driver:
        await on(driver, "op-000074")
        for key in ("enter", "x"):
            await driver.press(key)
            assert isinstance(driver.app.screen, WhyPage)
            assert has(
                driver, "lately took 3m here: probably 2m more", "It cannot be aborted now", "then the operation fails"
            )
            await driver.press("escape")
        await driver.press("e")
        await driver.until(lambda: "subject:vm-00018" in driver.line("title"))


async def test_an_unknown_step_of_a_newer_engine_is_no_crash() -> None:
    odd = changed(REBUILD, step="warp[b]")
    async with running(ScriptedClient((*WORLD, odd), STATUS), size=(120, 40), start=Place.OPS) as driver:
        assert has(driver, "?/3 warp[b]")


async def test_the_names_stand_at_60_columns() -> None:
    async with running(ScriptedClient(ALL, STATUS), size=(60, 16), start=Place.OPS) as driver:
        assert has(driver, "op-000074", "rebuild", "vm-00018", "RUN", "33%")
        assert has(driver, "op-000060", "FAILED!"), "what failed does not look like what is done"


operations = st.builds(
    lambda kind, step, state, ago, expected: changed(
        REBUILD,
        kind=kind,
        step=(*STEPS[kind], "unknown")[step % (len(STEPS[kind]) + 1)],
        state=state,
        started=NOW - minutes(ago),
        expected=None if expected is None else minutes(expected),
    ),
    st.sampled_from(OperationKind),
    st.integers(0, 9),
    st.sampled_from(OperationState),
    st.integers(0, 999),
    st.none() | st.integers(0, 99),
)


@given(operations)
def test_progress_is_a_share_and_only_what_is_done_is_whole(one: Operation) -> None:
    part = share(one, NOW)
    assert 0 <= part <= 1
    assert (part == 1) is (one.state is OperationState.DONE)
    assert part <= MOST or one.state is OperationState.DONE
    at, of = place(one)
    assert 0 <= at <= of
    assert len(bar(one, NOW)) == 13
    left = eta(one, NOW)
    assert left is None or left >= timedelta(0)
    assert steps_line(one)
    assert state_of(one)[0]


def test_rows_of_one_state_have_the_newest_first() -> None:
    tables = ScriptedClient(ALL, STATUS).tables
    states = [state_of(row.operation)[0] for row in in_order(operation_rows(tables, NOW))]
    assert states == ["RUN", "RUN", "WAIT", "FAILED!", "done"]
