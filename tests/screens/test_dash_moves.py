"""Moves that could not go, on Dash: what waits for a person, why, and what has them tried again."""

import shlex

import click
import pytest
from msgspec import structs

from vmms_tui.cli.root import vmms
from vmms_tui.keys import Place
from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.commands import DrainHost, SteerMoves
from vmms_tui.model.draining import MoveQueue, Phase
from vmms_tui.model.needs import NeedKind, Severity, found, holds
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import changed
from vmms_tui.model.tables import Tables
from vmms_tui.screens.dash import DashScreen
from vmms_tui.screens.needs import NeedRow, need_rows, sentence, step, subject
from vmms_tui.screens.preflight import Preflight
from vmms_tui.screens.queues import facts

from .cloudland import NOW, STATUS
from .drainland import FAILED, OFF, OPENED, PHASES, REASON, REBALANCE_WAITS, RETURN_WAITS, WAITS, world
from .driver import Driver, running
from .scripted import ScriptedClient

OLGA = Caller(name="olga", roles=(Role.OPERATOR,))
DRAIN = "moves:drain:h02"


def rows(*queues: MoveQueue, you: Caller = OLGA) -> list[NeedRow]:
    return [row for row in need_rows(Tables(world(*queues)), STATUS, you, NOW) if row.need.kind is NeedKind.MOVES]


def only(*queues: MoveQueue) -> NeedRow:
    (row,) = rows(*queues)
    return row


async def at_need(driver: Driver, need_id: str) -> DashScreen:
    screen = driver.app.screen_stack[0]
    assert isinstance(screen, DashScreen)
    await driver.until(lambda: need_id in screen.table.ids)
    screen.table.go_to(need_id)
    await driver.pilot.pause()
    return screen


def test_a_drain_that_waits_names_what_could_not_go_and_why() -> None:
    row = only(WAITS)
    assert (row.id, row.need.severity, row.need.since) == (DRAIN, Severity.WARN, WAITS.waits_since)
    assert f"{subject(row)} {sentence(row, NOW)}" == (
        "h02 drain waits for 4m: 2 of 10 could not go: vm-00052 is off, and only what runs moves live; "
        "vm-00209: the cloud refused: 409 \x1b[31mIt is pinned"
    )
    assert step(row).command == "vmms drain h02"
    assert not rows(WAITS, you=Caller(name="ada", roles=(Role.DEVELOPER,)))


@pytest.mark.parametrize(("queue", "about", "command"), [
    (RETURN_WAITS, "h02", "vmms undrain h02 --resume"),
    (REBALANCE_WAITS, "rebalance", "vmms rebalance --resume"),
])  # fmt: skip
def test_a_return_and_a_rebalance_that_wait(queue: MoveQueue, about: str, command: str) -> None:
    row = only(queue)
    assert (subject(row), step(row).command) == (about, command)
    assert "could not go: vm-00" in sentence(row, NOW)
    name, *words = shlex.split(command)[1:]
    found = vmms.get_command(click.Context(vmms), name)
    assert found is not None
    found.make_context(name, words)


def test_a_host_that_somebody_opened_is_closed_again_for_the_same_reason() -> None:
    records = [OPENED if one.id == OPENED.id else one for one in world(WAITS)]
    (row,) = [one for one in need_rows(Tables(records), STATUS, OLGA, NOW) if one.need.kind is NeedKind.MOVES]
    assert shlex.split(step(row).command) == ["vmms", "drain", "h02", "--reason", REASON]


@pytest.mark.parametrize("phase", sorted(set(PHASES) - {"waits"}))
def test_what_goes_on_or_has_ended_or_was_paused_waits_for_nobody(phase: str) -> None:
    assert not rows(PHASES[phase])


def test_with_others_that_cannot_go_it_has_come_anew() -> None:
    before = only(WAITS).need
    said = Acknowledgement(id=before.id, basis=before.basis, by="olga", at=NOW)
    later = changed(WAITS, waits_since=NOW)
    assert holds(said, only(later).need), "it waited, went on and waits again for the same"
    more = tuple(changed(OFF, server_id="vm-00210") if one is OFF else one for one in WAITS.legs)
    assert not holds(said, only(changed(WAITS, legs=more)).need)


def test_each_queue_has_a_need_of_its_own() -> None:
    ids = [one.id for one in found(Tables(world(WAITS, RETURN_WAITS, REBALANCE_WAITS)), STATUS, NOW)]
    assert {DRAIN, "moves:return:h02", "moves:rebalance"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_of_many_that_could_not_go_some_are_named_and_all_are_counted() -> None:
    many = tuple(structs.replace(FAILED, server_id=f"vm-{number:05d}") for number in range(30))
    queue = changed(WAITS, legs=many)
    said = sentence(only(queue), NOW)
    assert "30 of 30 could not go: vm-00000: " in said
    assert said.endswith("; and 26 more")
    assert "vm-00004" not in said
    assert ("more", "26 of them stay, too") in facts(queue, NOW)


async def test_r_shows_preflight_of_the_drain_again_and_the_need_goes_when_it_is_over() -> None:
    client = ScriptedClient(world(WAITS), STATUS)
    async with running(client, size=(120, 40), start=Place.DASH) as driver:
        screen = await at_need(driver, DRAIN)
        assert "R:retry" in driver.screen_text()
        await driver.press("R")
        assert isinstance(driver.app.screen, Preflight)
        assert "it goes on: 8 done, 0 under way, 0 waiting, 2 could not go" in driver.screen_text()
        assert not client.sent
        await driver.go_on()
        await driver.until(lambda: bool(client.sent))
        assert client.sent == [DrainHost(host="h02")]
        client.change(changed(WAITS, phase=Phase.RUNNING))
        await driver.until(lambda: DRAIN not in screen.table.ids)


@pytest.mark.parametrize(
    ("queue", "need_id"), [(RETURN_WAITS, "moves:return:h02"), (REBALANCE_WAITS, "moves:rebalance")]
)
async def test_others_are_resumed(queue: MoveQueue, need_id: str) -> None:
    client = ScriptedClient(world(queue), STATUS)
    async with running(client, size=(120, 40), start=Place.DASH) as driver:
        await at_need(driver, need_id)
        await driver.press("R")
        await driver.go_on()
        await driver.until(lambda: bool(client.sent))
        assert client.sent == [SteerMoves(queue=queue.id, act="resume")]


async def test_what_is_no_queue_is_not_tried_again() -> None:
    async with running(ScriptedClient(world(WAITS), STATUS), start=Place.DASH) as driver:
        await at_need(driver, "broken:win22")
        await driver.press("R")
        assert "Nothing under the cursor is about moves that could not go." in driver.line("footer")


@pytest.mark.parametrize(("queue", "need_id", "events"), [
    (WAITS, DRAIN, "subject:h02"),
    (REBALANCE_WAITS, "moves:rebalance", "what:rebalance"),
])  # fmt: skip
async def test_enter_leads_to_the_host_x_says_why_and_e_what_happened(
    queue: MoveQueue, need_id: str, events: str
) -> None:
    async with running(ScriptedClient(world(queue), STATUS), size=(120, 60), start=Place.DASH) as driver:
        await at_need(driver, need_id)
        await driver.press("x")
        said = " ".join(driver.screen_text().replace("│", " ").split())
        for words in ("Could not go: vm-00052 is off", "olga began it", "then have them tried again (R)"):
            assert words in said, said
        await driver.press("d")
        told = driver.screen_text()
        assert "Could not go (2)" in told
        assert "vm-00200 from h02 to h05" in told
        await driver.press("escape", "e")
        await driver.until(lambda: f"/{events}" in driver.line("title"))
        await driver.press("1")
        await at_need(driver, need_id)
        await driver.press("enter")
        await driver.until(lambda: driver.app.current_mode == Place.HOSTS.value)
