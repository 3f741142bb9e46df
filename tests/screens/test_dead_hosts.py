"""What screens say of hosts that are judged and rescued: the phase, the witnesses' words with ages, the next step."""

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.commands import EvacuateHost
from vmms_tui.model.healing import Illness, Sickness
from vmms_tui.model.needs import NeedKind, found
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import changed
from vmms_tui.model.suspects import Phase
from vmms_tui.model.tables import Tables
from vmms_tui.screens import suspects
from vmms_tui.screens.check import BLOCK
from vmms_tui.screens.commands import command_line
from vmms_tui.screens.healing import what_ails
from vmms_tui.screens.needs import need_rows, sentence, step
from vmms_tui.screens.plans import plan_of
from vmms_tui.screens.preflight import Preflight

from .cloudland import NOW, STATUS, minutes
from .driver import running
from .scripted import ScriptedClient
from .suspectland import ASKS, DOWN, LIVES, PHASES, world

YOU = Caller(name="olga", roles=(Role.OPERATOR,))
STATES = {
    "suspected": "SUSPECT",
    "alive": "DOWN!",
    "ours": "DOWN!",
    "dead": "DEAD",
    "fencing": "FENCING",
    "fenced": "FENCED",
    "evacuating": "EVACUATING",
    "evacuated": "EMPTIED",
    "asks": "DEAD!",
    "unfenced": "DEAD!",
}


@pytest.mark.parametrize("phase", PHASES)
async def test_every_phase_stands_in_the_list_and_its_facts(phase: str) -> None:
    one = PHASES[phase]
    async with running(ScriptedClient(world(one), STATUS), size=(150, 44), start=Place.HOSTS) as driver:
        await driver.press("/", *"h03", "enter")
        said = driver.screen_text()
        assert STATES[phase] in said
        assert suspects.note(one)[:20] in said
        await driver.press("x")
        why = " ".join(driver.screen_text().split())
        for heard in one.signs:
            assert suspects.said(heard, NOW).split(":")[0] in why, why


@pytest.mark.parametrize("phase", PHASES)
def test_what_waits_for_a_person_and_what_to_do(phase: str) -> None:
    rows = need_rows(Tables(world(PHASES[phase])), STATUS, YOU, NOW)
    hosts = [row for row in rows if row.need.kind is NeedKind.HOST]
    if PHASES[phase].phase in {Phase.EVACUATING, Phase.EVACUATED}:
        assert not hosts, "it is seen to"
        return
    (row,) = hosts
    words, todo = sentence(row, NOW), step(row)
    assert words.startswith(("is dead by its witnesses", "down"))
    asked = phase in {"asks", "unfenced", "ours"}
    assert todo.command.startswith("vmms evacuate h03 --plan-only" if asked else "vmms hosts")
    if phase == "asks":
        assert words.endswith(": the settings leave that to a person")


def test_a_need_comes_anew_when_a_person_is_asked() -> None:
    before = {one.id: one for one in found(Tables(world(PHASES["dead"])), STATUS, NOW)}["host:h03"]
    after = {one.id: one for one in found(Tables(world(ASKS)), STATUS, NOW)}["host:h03"]
    assert before.basis != after.basis


async def test_who_answers_is_not_sworn_dead() -> None:
    async with running(ScriptedClient(world(LIVES), STATUS), size=(150, 44), start=Place.HOSTS) as driver:
        await driver.press("/", *"h03", "enter", "E", *"its power is off", "enter")
        assert isinstance(driver.app.screen, Preflight)
        said = " ".join(driver.screen_text().split())
        assert "gave a sign of life at the last look to ssh: SSH answers on 10.0.0.3:22" in said
        assert "BLOCK" in said


async def test_who_is_sworn_dead_is_held_against_the_witnesses() -> None:
    async with running(ScriptedClient(world(ASKS), STATUS), size=(150, 44), start=Place.HOSTS) as driver:
        await driver.press("/", *"h03", "enter", "E", *"its power is off", "enter", *"despite share", "enter")
        said = " ".join(driver.screen_text().split())
        assert "its witnesses call it dead, 3 looks in a row: ssh says silent for 3m" in said


async def test_who_swears_against_a_guard_is_asked_whether_they_insist() -> None:
    """Two of six hosts are down there, and another one is being rescued."""
    other = changed(PHASES["evacuating"], id="h06")
    async with running(ScriptedClient((*world(ASKS), other), STATUS), size=(80, 24), start=Place.HOSTS) as driver:
        await driver.press("/", *"h03", "enter", "E", *"its power is off", "enter")
        said = " ".join(driver.screen_text().split())
        assert "Evacuate h03 all the same?" in said
        assert "2 of 6 hosts are down at once, more than 30 %" in said
        await driver.press("enter", *"yes", "enter")
        assert "If you are sure of it, type: despite share" in driver.screen_text(), "nothing else is taken"
        await driver.press("backspace", "backspace", "backspace", *"despite share", "enter")
        said = " ".join(driver.screen_text().split())
        assert "h06 is being rescued, and no more at once." in said
        await driver.press(*"despite others", "enter")
        assert isinstance(driver.app.screen, Preflight)
        plan = driver.app.screen._plan
        assert plan is not None
        (command,) = plan.commands
        assert "--sworn 'its power is off' --despite-share --despite-others" in command_line(command)
        assert "WARN" in driver.screen_text()
        await driver.press("escape")
        assert driver.client.sent == []


def test_a_plan_without_the_words_is_blocked() -> None:
    tables = Tables(world(ASKS))
    plan = plan_of([EvacuateHost(host="h03", sworn="its power is off")], tables, YOU, NOW, status=STATUS)
    assert plan is not None
    assert plan.blocked
    (stop,) = [one for one in plan.checks if one.mark == BLOCK]
    assert stop.text.startswith("2 of 6 hosts are down at once, more than 30 %")
    assert "--despite-share" in stop.remedy
    sure = EvacuateHost(host="h03", sworn="its power is off", despite_share=True)
    plan = plan_of([sure], tables, YOU, NOW, status=STATUS)
    assert plan is not None
    assert not plan.blocked
    assert any(one.text == stop.text for one in plan.checks), "it is said all the same"
    plan = plan_of([sure], tables, YOU, NOW, status=changed(STATUS, most_down=1.0))
    assert plan is not None
    assert not any(one.text == stop.text for one in plan.checks), "the settings say what is too many"


def test_what_a_fenced_host_waits_for_is_told() -> None:
    held = changed(PHASES["fenced"], waits="a look that is sure: no host that is up answers")
    assert suspects.need_words(held, "", "").endswith(f"is fenced; it waits for {held.waits}")
    closed = changed(DOWN, status="disabled", disabled_reason="dead: fenced")
    records = [closed if one == DOWN else one for one in world(held)]
    assert "host:h03" in {one.id for one in found(Tables(records), STATUS, NOW)}
    records = [closed if one == DOWN else one for one in world(PHASES["fenced"])]
    assert "host:h03" not in {one.id for one in found(Tables(records), STATUS, NOW)}


def test_a_server_tells_of_the_host_that_it_waits_for() -> None:
    server = next(one for one in world(ASKS) if one.id == "vm-00012")
    there = changed(server, host="h03")
    ill = Illness(
        id="vm-00012", kind=Sickness.HOST, why="its host h03 is down", since=NOW - minutes(3),
        waits="what becomes of its host h03, which is down",
    )  # fmt: skip
    said = [words for words, _ in what_ails(ill, Tables((*world(ASKS), there)), NOW)]
    assert "It waits for what becomes of its host h03, which is down" in said
    assert "power says dead for 2m: the power command ended with 0: off" in said
    assert said[-1] == "A person must decide, and was asked 2m ago: the settings leave that to a person"
