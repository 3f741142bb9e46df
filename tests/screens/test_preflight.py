"""Preflight: read live, a plan with an id, checks, three ways on, and the careful way in production."""

import asyncio
from datetime import timedelta

import pytest
from textual.widgets import Button

from vmms_tui.keys import ACTS, Act, Place, acts_at
from vmms_tui.keys.everywhere import Undo
from vmms_tui.keys.forms import SendRequest
from vmms_tui.keys.moving import MoveServer
from vmms_tui.model import commands as c
from vmms_tui.model.commands import AnyCommand, ReadServers, Release, Reply, StopServer
from vmms_tui.model.people import Role
from vmms_tui.model.records import (
    Lease,
    Operation,
    OperationKind,
    OperationState,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.spec import ContextRules
from vmms_tui.model.status import EngineStatus
from vmms_tui.screens import preflight
from vmms_tui.screens.checks import BLOCK, OK, WARN, Scene, checks
from vmms_tui.screens.copyview import CopiedText
from vmms_tui.screens.effects import effects
from vmms_tui.screens.plans import WORDS, plan_of
from vmms_tui.screens.preflight import CHANGED, Preflight
from vmms_tui.screens.prompt import Prompt
from vmms_tui.screens.textpage import TextPage

from .cloudland import NOW, STATUS, WORLD, minutes
from .cloudscape import HOSTS
from .drainland import GOING
from .driver import Driver, running
from .scripted import ScriptedClient, mirror_of
from .test_moving import MOVE

PROD = changed(STATUS, context=ContextRules(name="eu-west", production=True))
STOPPING = Operation(
    id="op-000080",
    kind=OperationKind.STOP,
    server_id="vm-00018",
    lease_id="lease-00018",
    started=NOW - minutes(1),
    updated=NOW,
    step="ask",
    actor="ada",
)
FAILED = changed(
    STOPPING, id="op-000081", server_id="vm-00012", lease_id="lease-00012", state=OperationState.FAILED, outcome="no"
)
COPYING = changed(MOVE, id="op-000082", server_id="vm-00031", lease_id="lease-00031")
"""A live move that copies."""
LIVELY = (*WORLD, STOPPING, FAILED)


def has(driver: Driver, *words: str) -> bool:
    text = driver.screen_text()
    return all(word in text for word in words)


# The way of every change


async def test_no_key_that_changes_anything_does_so_without_preflight() -> None:
    """Every changing key of the table, at every place of a screen: it ends in Preflight, and nothing was sent."""
    walked = set()
    under = ((Place.LEASES, ""), (Place.OPS, STOPPING.id), (Place.OPS, FAILED.id), (Place.OPS, COPYING.id))
    for place, row_id in under:
        for act in acts_at(place, Place.LISTS, Place.EVERYWHERE):
            if not act.changes or act is Undo:
                continue
            async with running(ScriptedClient((*LIVELY, COPYING), STATUS), size=(120, 40)) as driver:
                await driver.press(*("3j" if place is Place.LEASES else "9"))
                if place is Place.OPS:
                    driver.list.table.go_to(row_id)
                    await driver.pilot.pause()
                await driver.press(act.keys[0])
                await _through_what_asks(driver, act)
                if isinstance(driver.app.screen, Preflight):
                    walked.add(act)
                    await driver.press("enter")
                else:
                    assert driver.line("footer").strip().startswith(act.keys[0]), (act.id, driver.screen_text())
                assert driver.client.sent == [], act.id
    every = {act for act in ACTS if act.changes} - set(acts_at(Place.SERVER_MENU)) - {Undo, SendRequest}
    assert {act for act in every if set(act.places) & {Place.LEASES, Place.OPS, Place.LISTS}} - walked == {_menu()}


def _menu() -> type[Act]:
    return next(act for act in ACTS if act.id == "server_menu")


async def _through_what_asks(driver: Driver, act: type[Act]) -> None:
    if isinstance(driver.app.screen, Prompt) or act is MoveServer:
        await driver.press("enter")
    elif act is _menu():
        await driver.press("escape")
        assert driver.client.sent == []
        driver.app.say(f"{act.keys[0]} is a menu")


@pytest.mark.parametrize("act", [act for act in acts_at(Place.SERVER_MENU) if act.changes], ids=lambda act: act.id)
async def test_every_entry_of_the_server_menu_ends_in_preflight(act: type[Act]) -> None:
    async with running(size=(120, 40)) as driver:
        if act.id == "start":
            on = driver.client.tables.get(Server, "vm-00012")
            assert on
            driver.client.change(changed(on, state=ServerState.STOPPED))
        await driver.press("3", "j", "S", act.keys[0])
        assert isinstance(driver.app.screen, Preflight)
        await driver.press("enter")
        assert driver.client.sent == []


def test_every_command_that_is_planned_has_words_effects_and_checks() -> None:
    mirror = mirror_of((*LIVELY, *HOSTS, GOING), STATUS)
    tables, you = mirror.tables, mirror.you
    about: dict[str, object] = {"lease_id": "lease-00012", "operation_id": STOPPING.id, "request_id": "req-00008"}
    about |= {"server_id": "vm-00012", "need_id": "cloud", "term": timedelta(hours=1), "reason": "x"}
    about |= {"host": "h03", "sworn": "x", "queue": "drain:h02", "act": "pause"}
    planned = {kind for kind in c.AnyCommand.__args__ if issubclass(kind, c.Planned)}
    for kind in (*WORDS, *(planned - set(WORDS))):
        fields = {name: said for name, said in about.items() if name in kind.__struct_fields__}
        command: AnyCommand = kind(**fields)
        assert effects(command, tables, NOW), kind
        assert checks(command, Scene.of(tables, you, NOW)), kind
        plan = plan_of([command], tables, you, NOW)
        assert plan
        assert plan.title
        assert bool(plan.id) is issubclass(kind, c.Planned)


# Read live


async def test_servers_are_read_before_the_plan_counts() -> None:
    async with running() as driver:
        await driver.press("3", "j", "D")
        await driver.until(lambda: has(driver, "read live 0s ago"))
        assert driver.client.reads == [("vm-00012",)]
        await driver.press("r")
        await driver.until(lambda: len(driver.client.reads) == 2)


async def test_what_the_read_finds_is_in_the_plan() -> None:
    async with running(size=(120, 40)) as driver:

        def gone(_command: ReadServers) -> Reply:
            on = driver.client.tables.get(Server, "vm-00012")
            assert on
            driver.client.change(changed(on, missing_since=NOW))
            return Reply(read_at=NOW)

        driver.client.reading = gone
        await driver.press("3", "j", "D")
        await driver.until(lambda: has(driver, "The cloud's list does not show vm-00012", CHANGED))
        assert driver.focused("cancel")


async def test_a_cloud_that_is_away_is_a_warning_with_the_age_of_what_is_known() -> None:
    async with running(size=(120, 40)) as driver:
        driver.client.reading = lambda command: Reply(
            code="try_again",
            text="Nothing could be read live: no answer.",
            unread=command.server_ids,
            read_at=NOW - minutes(4),
        )
        await driver.press("3", "j", "D")
        await driver.until(lambda: has(driver, "WARN", "could not be read live; what is known is 4m old", "no answer"))
        await driver.go_on()
        await driver.until(lambda: driver.client.sent == [Release(lease_id="lease-00012")])


async def test_one_that_was_not_read_is_warned_of() -> None:
    async with running(size=(120, 40)) as driver:
        driver.client.reading = lambda _: Reply(read_at=NOW, unread=("vm-00018",))
        await driver.press("3", "j", "space", "space", "D")
        await driver.until(lambda: has(driver, "vm-00018 could not be read live", "only the 1 without a warning"))


async def test_a_cloud_that_is_slow_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "PATIENCE", 0.01)
    async with running(size=(120, 40)) as driver:
        send = driver.app.send

        async def slow(command: AnyCommand) -> Reply:
            if isinstance(command, ReadServers):
                await asyncio.Event().wait()
            return await send(command)

        monkeypatch.setattr(driver.app, "send", slow)
        await driver.press("3", "j", "D")
        await driver.until(lambda: has(driver, "WARN", "could not be read live", "has not answered"))


# The plan


async def test_each_command_carries_the_plan_that_was_shown() -> None:
    async with running() as driver:
        await driver.press("3", "j", "D")
        (line,) = [line for line in driver.screen_text().splitlines() if "plan p-" in line and "same" not in line]
        shown = line.split("plan ")[1].split()[0]
        assert has(driver, f"--plan {shown}")
        await driver.go_on()
        await driver.until(lambda: driver.client.plans == [shown])


async def test_the_command_is_copied_and_the_events_are_read() -> None:
    async with running() as driver:
        await driver.press("3", "j", "D", "y")
        assert driver.app.clipboard.startswith("vmms release lease-00012 --plan p-")
        await driver.until(lambda: isinstance(driver.app.screen, CopiedText))
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, Preflight))
        await driver.press("e")
        assert isinstance(driver.app.screen, TextPage)
        assert has(driver, "vm-00012 to ada for 3h18m")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, Preflight))
        assert driver.client.sent == []


async def test_only_those_without_a_warning() -> None:
    async with running(size=(120, 40)) as driver:
        await driver.press("3", "j", "space", "space", "space", "D")
        assert has(driver, "release 3 leases", "is [red]bob[/red]'s, not yours", "Release only the 2 without a warning")
        assert has(driver, "1 WARN below."), "also where there is no room for it"
        assert not has(driver, "what is changed is yours"), "what is so of some is not said of all"
        await driver.press("right")
        await driver.until(lambda: driver.focused("calm"))
        await driver.press("enter")
        await driver.until(lambda: len(driver.client.sent) == 2)
        assert driver.client.sent == [Release(lease_id="lease-00012"), Release(lease_id="lease-00018")]


async def test_what_blocks_disables_the_button_and_says_what_to_do() -> None:
    async with running(ScriptedClient(LIVELY, STATUS), size=(120, 40)) as driver:
        await driver.press("3", "j", "j", "S", "r")
        assert has(driver, "BLOCK op-000080 (stop) is at work on vm-00018.", "or abort it on Ops")
        assert driver.app.screen.query_one("#go").disabled
        await driver.press("right", "enter")
        assert driver.client.sent == []


async def test_marked_servers_are_stopped_together_and_what_cannot_be_is_left_out() -> None:
    async with running(ScriptedClient(LIVELY, STATUS), size=(120, 40)) as driver:
        await driver.press("3", "j", "space", "space", "S")
        assert has(driver, "2 servers", "Only for one server at a time.")
        await driver.press("s")
        assert has(driver, "stop 2 servers", "BLOCK", "Stop only the 1 without a warning")
        assert driver.app.screen.query_one("#go").disabled
        await driver.press("right", "enter")
        await driver.until(lambda: driver.client.sent == [StopServer(lease_id="lease-00012")])


def test_a_lease_of_somebody_else_blocks_who_is_no_operator() -> None:
    mirror = mirror_of(WORLD, STATUS)
    you = changed(mirror.you, name="eve", roles=(Role.DEVELOPER,))
    marks = {check.mark for check in checks(Release(lease_id="lease-00012"), Scene.of(mirror.tables, you, NOW))}
    assert BLOCK in marks
    yours = {check.mark for check in checks(Release(lease_id="lease-00012"), Scene.of(mirror.tables, mirror.you, NOW))}
    assert yours == {OK}


def test_what_somebody_else_began_lately_is_a_warning() -> None:
    other = changed(FAILED, state=OperationState.DONE, actor="ops-2", started=NOW - minutes(2))
    mirror = mirror_of((*WORLD, other), STATUS)
    said = checks(Release(lease_id="lease-00012"), Scene.of(mirror.tables, mirror.you, NOW))
    assert [check.text for check in said if check.mark == WARN] == ["ops-2 began a stop of vm-00012 2m ago."]


async def test_twelve_leases_are_not_twelve_times_three_lines() -> None:
    mirror = mirror_of(WORLD, STATUS)
    wanted = [Release(lease_id=lease.id) for lease in mirror.tables.all(Lease)]
    plan = plan_of(wanted, mirror.tables, mirror.you, NOW)
    assert plan
    assert len(wanted) > 8
    assert len(plan.effects) == 3
    assert plan.effects[1].what.endswith("and 3 more  (9)")


# Production


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
@pytest.mark.parametrize(
    "status",
    [STATUS, PROD, changed(PROD, context=ContextRules(name="the-company-s-eu-west-1", production=True))],
    ids=["usual", "prod", "long"],
)
async def test_nothing_to_press_or_to_fill_in_stands_beyond_the_edge(
    size: tuple[int, int], status: EngineStatus
) -> None:
    async with running(ScriptedClient(WORLD, status), size=size) as driver:
        await driver.press("3", "j", "space", "space", "space", "D")
        await driver.settled()
        screen = driver.app.screen
        box = screen.query_one(".box").content_region
        assert {one.id for one in screen.query(Button) if one.display} == {"cancel", "calm", "go"}
        for one in screen.query("Button, #typed, #typed-label, #hint"):
            if one.size:
                assert box.contains_region(one.region), (one.id, one.region, box)


async def test_production_is_said_and_a_count_is_typed() -> None:
    async with running(ScriptedClient(WORLD, PROD), size=(120, 40)) as driver:
        assert " PROD " in driver.line("header")
        await driver.press("3", "j", "space", "space", "D")
        assert has(driver, "PROD eu-west: type how many this ends (2) to go on:")
        assert driver.app.screen.query_one("#go").disabled
        await driver.press("left")
        await driver.until(lambda: driver.focused("typed"))
        await driver.type("3")
        assert driver.app.screen.query_one("#go").disabled
        await driver.press("backspace", "2")
        assert not driver.app.screen.query_one("#go").disabled
        await driver.press("tab")
        await driver.go_on()
        await driver.until(lambda: len(driver.client.sent) == 2)


async def test_production_asks_for_no_count_where_nothing_is_lost() -> None:
    async with running(ScriptedClient(WORLD, PROD)) as driver:
        await driver.press("3", "j", "S", "s")
        assert not driver.app.screen.query_one("#typed-line").display
        await driver.go_on()
        await driver.until(lambda: driver.client.sent == [StopServer(lease_id="lease-00012")])
