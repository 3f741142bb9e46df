"""Servers that do not work, on the screen: why, what comes next, what waits for a person, and what it would lose."""

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.commands import HealAll, HealServer
from vmms_tui.model.healing import Illness, Incident, Rung, Sickness
from vmms_tui.model.needs import NeedKind, Severity, found
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import AnyRecord, Guard, LeaseState, changed
from vmms_tui.model.tables import Tables
from vmms_tui.screens.checks import BLOCK, WARN
from vmms_tui.screens.commands import command_line
from vmms_tui.screens.dash import DashScreen
from vmms_tui.screens.explain import because
from vmms_tui.screens.needs import NeedRow, sentence, step, subject
from vmms_tui.screens.plans import Plan, plan_of
from vmms_tui.screens.preflight import Preflight

from .cloudland import NOW, STATUS, WORLD, lent, minutes
from .driver import running
from .scripted import ScriptedClient, mirror_of

SERVER, LEASE = lent(12, "el9-ci", "ada", minutes(18))
ILL = Illness(
    id=SERVER.id,
    kind=Sickness.ERROR,
    why="the cloud says ERROR",
    since=NOW - minutes(10),
    lease_id=LEASE.id,
    rung=Rung.HARD_REBOOT,
    tries=2,
    acts=2,
    then=Rung.RESET_STATE,
    next_at=NOW + minutes(3),
)
ASKS = changed(ILL, then=Rung.REBUILD, asks="a rebuild would lose its disk, and it is important", next_at=None)
STORM = Incident(id="incident", since=NOW - minutes(4), ill=40, of=90)
OLGA = Caller(name="olga", roles=(Role.OPERATOR,))
ADA = Caller(name="ada", roles=(Role.DEVELOPER,))


def world(*more: AnyRecord) -> tuple[AnyRecord, ...]:
    ids = {(type(one), one.id) for one in (SERVER, LEASE, *more)}
    return (*(one for one in WORLD if (type(one), one.id) not in ids), SERVER, LEASE, *more)


def why(*more: AnyRecord) -> str:
    return "\n".join(because(SERVER, mirror_of(world(*more), STATUS)))


def plan(command: HealServer | HealAll, *more: AnyRecord, you: Caller = OLGA, frozen: Guard | None = None) -> Plan:
    made = plan_of([command], Tables(world(*more)), you, NOW, status=changed(STATUS, frozen=frozen))
    assert made is not None
    return made


def blocks(made: Plan) -> list[str]:
    return [check.text for check in made.checks if check.mark == BLOCK]


# Why


def test_why_a_server_is_ill_what_was_done_and_what_comes_next() -> None:
    said = why(ILL)
    assert "It does not work: the cloud says ERROR (engine, 10m ago)." in said
    assert "The last that was done is a hard reboot, try 2, 2 acts in all (engine)." in said
    assert "Next comes a reset state, not before " in said


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ((ASKS,), "A person must decide: a rebuild would lose its disk, and it is important (engine)."),
        ((ILL, STORM), "Its ladder waits: 40 of 90 servers in use are ill at once (engine, 4m ago)."),
        ((changed(ILL, exempt=True), STORM), "Next comes a reset state"),
        ((ILL, changed(STORM, passed_by="olga")), "Next comes a reset state"),
        ((changed(ILL, waits="a ready server of its pool"),), "It waits for a ready server of its pool (engine)."),
        ((changed(ILL, well_since=NOW - minutes(5)),), "It has worked again for 5m, and is watched"),
        ((changed(ILL, rung=None, acts=0, then=None, next_at=None),), "It is seen to (engine's ladder)."),
    ],
)
def test_why_it_waits(records: tuple[AnyRecord, ...], words: str) -> None:
    assert words in why(*records)


def test_the_next_step_is_an_operators_when_a_person_must_decide() -> None:
    lets = f"3, then S e, or `vmms heal {SERVER.id}`."
    assert f"Next: an operator lets a rebuild be done: {lets}" in why(ASKS)
    assert f"Next: an operator lets its ladder begin anew: {lets}" in why(changed(ASKS, then=None))
    assert "vmms heal" not in why(ILL)


def test_of_a_server_that_works_nothing_is_said() -> None:
    assert "work" not in why().replace("network", "").split("\n\n")[0]


# Needs


def row(kind: NeedKind, *more: AnyRecord) -> NeedRow:
    needs = found(Tables(world(*more)), STATUS, NOW)
    (one,) = (need for need in needs if need.kind is kind)
    return NeedRow(one, STATUS)


def test_an_ill_server_needs_somebody_when_a_person_must_decide() -> None:
    one = row(NeedKind.ILL, ASKS)
    assert (one.id, one.need.severity, subject(one)) == (f"ill:{SERVER.id}", Severity.CRIT, SERVER.id)
    assert sentence(one, NOW).startswith(
        f"does not work for 10m, on {LEASE.id} of ada: the cloud says ERROR; a rebuild"
    )
    assert step(one).command == f"vmms heal {SERVER.id}"
    assert step(one).row_id == LEASE.id


@pytest.mark.parametrize(
    "records", [(ILL,), (changed(ASKS, well_since=NOW),), (ASKS, changed(LEASE, state=LeaseState.ENDED))]
)
def test_else_it_needs_nobody(records: tuple[AnyRecord, ...]) -> None:
    assert NeedKind.ILL not in {need.kind for need in found(Tables(world(*records)), STATUS, NOW)}


def test_many_at_once_are_one_need() -> None:
    others = [changed(ILL, id=f"vm-9{number:04d}", lease_id="") for number in range(40)]
    one = row(NeedKind.INCIDENT, STORM, ILL, *others)
    assert sentence(one, NOW) == "40 of 90 in use are ill at once for 4m: nothing is done to them"
    assert (subject(one), step(one).command) == ("servers", "vmms heal --incident")
    needs = found(Tables(world(STORM, ILL, *others)), STATUS, NOW)
    assert not [need for need in needs if need.kind is NeedKind.ILL]
    passed = found(Tables(world(changed(STORM, passed_by="olga"))), STATUS, NOW)
    assert NeedKind.INCIDENT not in {need.kind for need in passed}


# Preflight


def test_what_the_next_rung_loses_is_said_before() -> None:
    made = plan(HealServer(lease_id=LEASE.id), ASKS)
    what = [effect.what for effect in made.effects]
    assert what[0] == f"put the pool's image on {SERVER.id} anew"
    assert "keep its name, its address, its volumes and its lease" in what
    assert made.ends == 1
    assert not made.blocked
    assert command_line(HealServer(lease_id=LEASE.id)) == f"vmms heal {LEASE.id}"


@pytest.mark.parametrize("rung", Rung)
def test_every_rung_has_its_words(rung: Rung) -> None:
    made = plan(HealServer(lease_id=LEASE.id), changed(ILL, then=rung), STORM)
    what = [effect.what for effect in made.effects]
    assert SERVER.id in what[0]
    assert made.ends == (rung in {Rung.REBUILD, Rung.REPLACE})
    assert what[-1] == "let its ladder go on although many servers are ill at once"


def test_a_ladder_at_its_end_begins_anew() -> None:
    made = plan(HealServer(lease_id=LEASE.id), changed(ASKS, then=None))
    assert made.effects[0].what == f"let the ladder of {SERVER.id} begin anew, from its first rung"


def test_when_there_is_nothing_to_mend() -> None:
    command = HealServer(lease_id=LEASE.id)
    assert blocks(plan(command)) == [f"{SERVER.id} works, as far as the engine can tell."]
    assert blocks(plan(command, changed(ILL, well_since=NOW)))
    assert "This is for operators." in blocks(plan(command, ILL, you=ADA))
    frozen = blocks(plan(command, ILL, frozen=Guard(id="guard", since=NOW, reason="a new switch")))
    assert frozen == ["Nothing is mended while it is frozen: a new switch."]


def test_a_plan_does_not_hold_when_the_ladder_has_moved() -> None:
    command = HealServer(lease_id=LEASE.id)
    ids = {plan(command, ill).id for ill in (ILL, ASKS, changed(ILL, tries=1), changed(ILL, well_since=NOW))}
    assert len(ids) == 4
    assert plan(command).id not in ids


def test_an_incident_is_passed_after_preflight() -> None:
    made = plan(HealAll(), STORM, ILL, changed(ASKS, id="vm-90001"))
    assert made.effects[0].what == "let the ladders of 1 server that are ill at once go on"
    assert [check.mark for check in made.checks if "40 of 90" in check.text] == [WARN]
    assert blocks(plan(HealAll())) == ["There is no incident: each ladder goes its way."]
    assert blocks(plan(HealAll(), changed(STORM, passed_by="max"))) == ["max has let all ladders go on already."]
    assert command_line(HealAll()) == "vmms heal --incident"


async def test_the_server_menu_heals_after_preflight() -> None:
    async with running(ScriptedClient(world(ASKS), STATUS), size=(120, 40)) as driver:
        await driver.press("3", "j", "S", "e")
        assert isinstance(driver.app.screen, Preflight)
        assert "put the pool's image on vm-00012 anew" in driver.screen_text()
        assert driver.client.sent == []
        await driver.go_on()
        await driver.until(lambda: driver.client.sent == [HealServer(lease_id=LEASE.id)])


async def test_an_incident_is_passed_with_a_key_on_dash() -> None:
    others = [changed(ILL, id=f"vm-9{number:04d}", lease_id="") for number in range(40)]
    client = ScriptedClient(world(STORM, ILL, *others), STATUS)
    async with running(client, size=(120, 40), start=Place.DASH) as driver:
        await driver.until(lambda: "are ill at once" in driver.screen_text())
        screen = driver.app.screen
        assert isinstance(screen, DashScreen)
        rows = screen.table.ids
        await driver.press(*["j"] * rows.index("incident"))
        await driver.until(lambda: screen.table.cursor == "incident")
        await driver.press("H")
        await driver.until(lambda: "PREFLIGHT" in driver.screen_text())
        assert "let the ladders of 41 servers that are ill at once go on" in driver.screen_text()
        assert not client.sent
        await driver.go_on()
        await driver.until(lambda: client.sent == [HealAll()])


async def test_without_an_incident_there_is_nothing_to_pass() -> None:
    client = ScriptedClient(world(ASKS), STATUS)
    async with running(client, start=Place.DASH) as driver:
        await driver.press("H")
        assert "Nothing under the cursor is about many ill servers." in driver.line("footer")
        assert not client.sent
