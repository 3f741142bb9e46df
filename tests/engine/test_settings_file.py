"""The settings file while the engine runs: what it says is taken on, what is wrong with it is told, once."""

import os
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.engine.world import World, pool
from vmms_tui.model.calendar import Calendar
from vmms_tui.model.commands import ReloadSettings
from vmms_tui.model.records import Event, Level, Pool
from vmms_tui.model.spec import Policy
from vmms_tui.settings import load

RIGHT = """
cloud = "simulated"
installation = "test"
[access]
everyone = "developer"
[pools.dev]
purposes = ["dev"]
flavor = "m1.small"
image = "debian-13"
networks = ["private"]
available = 0
limit = {limit}
"""


def write(file: Path, text: str) -> None:
    """Also when the clock of the file system stands still between two of them."""
    before = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(before + 10**9, before + 10**9))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write(tmp_path / "vmms.toml", RIGHT.format(limit=2))
    return tmp_path / "vmms.toml"


@pytest.fixture
async def watching(tmp_path: Path, file: Path) -> AsyncIterator[World]:
    settings = load(file, {})
    made = World(tmp_path, *settings.pools, policy=settings.policy)
    made.settings_file = settings
    await made.start()
    await made.pass_time(10)
    yield made
    await made.stop()


def told(world: World) -> list[Event]:
    return [event for event in world.state.all(Event) if event.kind.startswith("settings.")]


async def test_a_file_that_is_as_it_was_says_nothing(watching: World) -> None:
    await watching.pass_time(30)
    assert told(watching) == []
    reply = await watching.send(ReloadSettings(), "operator")
    assert (reply.code, reply.text) == ("ok", "The settings have not changed.")


async def test_a_new_file_is_in_force_without_anybody_asking(watching: World, file: Path) -> None:
    write(file, RIGHT.format(limit=7))
    await watching.pass_time(10)
    assert watching.state.need(Pool, "dev").limit == 7
    (said,) = told(watching)
    assert (said.kind, said.actor, said.result) == ("settings.read", "engine", "ok")
    assert "in force: 1 pools" in said.text


async def test_a_wrong_file_is_told_once_and_leaves_the_good_one_in_force(watching: World, file: Path) -> None:
    write(file, RIGHT.format(limit='"many"'))
    await watching.pass_time(30)
    (said,) = told(watching)
    assert (said.kind, said.level, said.result) == ("settings.refused", Level.WARNING, "refused: settings")
    (problem,) = watching.engine.status().settings_problems
    assert problem in said.text
    assert "pools.dev.limit" in problem
    assert watching.state.need(Pool, "dev").limit == 2
    reply = await watching.send(ReloadSettings(), "operator")
    assert (reply.code, reply.rule, reply.text) == ("refused", "settings", problem)
    write(file, RIGHT.format(limit=5))
    await watching.pass_time(10)
    assert watching.engine.status().settings_problems == ()
    assert watching.state.need(Pool, "dev").limit == 5


async def test_another_installation_is_taken_on_at_the_next_start_only(watching: World, file: Path) -> None:
    write(file, RIGHT.format(limit=7).replace('"test"', '"other"'))
    await watching.pass_time(10)
    (problem,) = watching.engine.status().settings_problems
    assert problem.endswith("cloud and installation are taken on at the next start only.")
    assert watching.state.need(Pool, "dev").limit == 2


async def test_each_new_year_has_its_holidays(tmp_path: Path) -> None:
    world = await World(tmp_path, pool(available=0), policy=Policy(calendar=Calendar(country="DE"))).start()
    last = date(world.clock.now().year + 3, 12, 25)
    assert date(last.year - 1, 12, 25) in world.engine.context.policy.calendar.holidays
    assert last not in world.engine.context.policy.calendar.holidays
    world.clock.advance(timedelta(days=366).total_seconds())
    await world.engine.tick()
    assert last in world.engine.context.policy.calendar.holidays
    await world.stop()
