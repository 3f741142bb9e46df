"""Preflight of hundreds of things at once: it stays short, says what matters of them, and keeps its keys in sight."""

from datetime import timedelta

import pytest

from vmms_tui.model import commands as c
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import AnyRecord, Lease, Server, changed
from vmms_tui.model.tables import Tables
from vmms_tui.screens.checks import BLOCK, FEW, OK, WARN, Check, folded
from vmms_tui.screens.plans import plan_of
from vmms_tui.screens.plantext import LONGEST, plan_lines
from vmms_tui.screens.preflight import CHANGED, MANY, Preflight, keys_hint
from vmms_tui.widgets.line import Lines, piece

from .cloudland import NOW, STATUS, WORLD
from .driver import running
from .scripted import ScriptedClient, mirror_of

OPERATOR = Caller(name="ada", roles=(Role.OPERATOR,))


def many(number: int) -> tuple[AnyRecord, ...]:
    """So many lent servers of many owners."""
    lease = next(one for one in WORLD if isinstance(one, Lease) and one.id == "lease-00012")
    server = next(one for one in WORLD if isinstance(one, Server) and one.id == lease.server_id)
    records: list[AnyRecord] = []
    for index in range(1000, 1000 + number):
        owner, held = f"owner{index % 7}", f"vm-{index:05}"
        records.append(changed(server, id=held, lease_id=f"lease-{index:05}"))
        records.append(changed(lease, id=f"lease-{index:05}", server_id=held, owner=owner, importance=index % 11))
    return tuple(records)


def tables_of(number: int) -> Tables:
    return mirror_of((*WORLD, *many(number)), STATUS).tables


def releases(number: int) -> list[c.Release]:
    return [c.Release(lease_id=f"lease-{index:05}") for index in range(1000, 1000 + number)]


def test_what_is_so_of_many_is_said_once_with_the_weightiest_of_them() -> None:
    plan = plan_of(releases(700), tables_of(700), OPERATOR, NOW)
    assert plan is not None
    said = [check.text for check in plan.folded]
    assert "700 are not yours (ada): vm-01000 of owner6, vm-01001 of owner0, vm-01002 of owner1" in said[0]
    assert said[0].endswith(" and 696 more.")
    assert said[1].startswith("636 have an importance above 0: vm-")
    assert said[1].count("10 of 10") == 4
    assert len(plan.folded) < FEW
    assert len(plan.checks) > 1000, "each stands in the plan all the same"


def test_few_are_said_one_by_one() -> None:
    plan = plan_of(releases(3), tables_of(3), OPERATOR, NOW)
    assert plan is not None
    assert plan.folded == plan.checks


@pytest.mark.parametrize("mark", [WARN, BLOCK])
def test_only_what_is_of_one_kind_is_folded(mark: str) -> None:
    one_kind = [Check(mark, f"{number} is so.", "Do it.", many="are so", name=str(number)) for number in range(FEW + 1)]
    others = [Check(mark, f"{number} is other.") for number in range(FEW + 1)]
    other_remedy = [Check(mark, "x is so.", "Do that.", many="are so", name="x")]
    assert folded([*one_kind, *others, Check(OK, "well"), *other_remedy]) == (
        Check(mark, "7 are so: 0, 1, 2, 3 and 3 more.", "Do it."),
        *others,
        Check(OK, "well"),
        *other_remedy,
    )
    assert folded(one_kind[:FEW]) == tuple(one_kind[:FEW])


@pytest.mark.parametrize("width", [50, 71, 95])
def test_a_long_command_is_shown_by_its_beginning(width: int) -> None:
    plan = plan_of(releases(700), tables_of(700), OPERATOR, NOW)
    assert plan is not None
    lines = ["".join(text for text, _ in line) for line in plan_lines(plan, "", piece(""), width)]
    at = next(index for index, line in enumerate(lines) if line.startswith("same as  vmms release"))
    assert len(lines) - at == LONGEST
    assert lines[-1].strip() == f"… y copies it whole: {len(plan.command_lines[0]):,} characters"
    assert lines[-2].rstrip().split()[-1].startswith("lease-01"), "no id is cut"
    assert len(lines[-2].rstrip().split()[-1]) == len("lease-01000")


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (100, 60)])
async def test_the_keys_of_a_long_plan_are_in_sight_at_every_size(size: tuple[int, int]) -> None:
    client = ScriptedClient((*WORLD, *many(200)), STATUS)
    async with running(client, size=size) as driver:
        await driver.press("3", "*", "D")
        await driver.until(lambda: isinstance(driver.app.screen, Preflight))
        await driver.pilot.pause()
        hint, box = driver.app.screen.query_one("#hint", Lines), driver.app.screen.query_one(".box")
        assert "esc:cancel" in hint.text
        assert hint.region.bottom < box.region.bottom <= size[1]
        assert hint.region.height == 1


@pytest.mark.parametrize(
    ("width", "last"), [(51, "y:copy"), (70, "r:read again"), (95, "e:events"), (10, "esc:cancel")]
)
def test_no_key_is_named_in_part(width: int, last: str) -> None:
    said = "".join(text for text, _ in keys_hint(width)).rstrip()
    assert said.split("  ")[-1] == last
    assert len(said) <= width


async def test_the_copied_command_is_whole() -> None:
    client = ScriptedClient((*WORLD, *many(200)), STATUS)
    async with running(client) as driver:
        await driver.press("3", "*", "D", "y")
        assert driver.app.clipboard.count("lease-01") > 190


async def test_what_was_read_after_the_last_word_of_the_engine_is_not_of_the_future() -> None:
    client = ScriptedClient(WORLD, STATUS)
    client.answer = lambda _: c.Reply(read_at=NOW + timedelta(seconds=2))
    async with running(client) as driver:
        await driver.press("3", "j", "D")
        await driver.until(lambda: "read live" in driver.screen_text() and "reading" not in driver.screen_text())
        assert "read live 0s ago" in driver.screen_text()


async def test_what_changes_while_very_many_are_looked_at_is_seen_with_the_next_tick() -> None:
    client = ScriptedClient((*WORLD, *many(MANY + 50)), STATUS)
    async with running(client) as driver:
        await driver.press("3", "*", "D")
        await driver.until(lambda: isinstance(driver.app.screen, Preflight))
        screen = driver.app.screen
        assert isinstance(screen, Preflight)
        before = screen._plan
        lease = next(one for one in many(1) if isinstance(one, Lease))
        seen = driver.app.mirror.number
        client.change(changed(lease, owner="mallory"))
        await driver.until(lambda: driver.app.mirror.number > seen)
        screen.tick()
        assert screen._plan is not before
        await driver.until(lambda: CHANGED in driver.screen_text())


async def test_nothing_is_sent_of_very_many_when_they_changed_in_the_last_moment() -> None:
    client = ScriptedClient((*WORLD, *many(MANY + 50)), STATUS)
    async with running(client) as driver:
        await driver.press("3", "*", "D")
        await driver.until(lambda: isinstance(driver.app.screen, Preflight))
        await driver.until(lambda: "reading live" not in driver.screen_text())
        screen, sent = driver.app.screen, len(client.sent)
        assert isinstance(screen, Preflight)
        screen.tick = lambda: None  # type: ignore[method-assign]
        lease = next(one for one in many(1) if isinstance(one, Lease))
        seen = driver.app.mirror.number
        client.change(changed(lease, owner="mallory"))
        await driver.until(lambda: driver.app.mirror.number > seen)
        await driver.go_on()
        await driver.until(lambda: CHANGED in driver.screen_text())
        assert len(client.sent) == sent
