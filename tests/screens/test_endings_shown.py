"""What came to grief in the simulated cloud, on Ops at 80x24 and on the command line: why, and what to do now."""

import asyncio
from pathlib import Path

import pytest

from tests.engine.endings import Fleet
from tests.engine.test_endings import GRIEF, KIND, grieve
from tests.unit.cli_runner import Terminal
from tests.unit.fake_door import FakeDoor
from vmms_tui.keys import Place
from vmms_tui.model.records import AnyRecord, Operation

from .driver import Driver, running
from .scripted import ScriptedClient


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def bare(text: str) -> str:
    """The text without its breaks, as a narrow screen breaks it anywhere."""
    return "".join(text.replace("│", " ").split())


async def check_row(driver: Driver, work: Operation) -> None:
    """The strip of this row, and its explanation."""
    strip = bare(driver.strip)
    assert bare(work.outcome) in strip, driver.screen_text()
    assert bare(work.remedy) in strip, driver.screen_text()
    await driver.press("x")
    await driver.settled()
    assert bare(work.remedy)[:60] in bare(driver.screen_text()), driver.screen_text()
    await driver.press("escape")
    await driver.settled()


@pytest.mark.parametrize("act", GRIEF)
async def test_the_screen_says_why_and_what_to_do(tmp_path: Path, act: str) -> None:
    fleet = Fleet(tmp_path, len(GRIEF[act]))
    await grieve(fleet, act)
    failed = fleet.check(KIND[act])[:6]
    client = ScriptedClient(tuple(fleet.state.records()), fleet.engine.status(), actor="operator")
    await fleet.stop()
    async with running(client, start=Place.OPS) as driver:
        for work in failed:
            driver.narrow(work.id)
            await driver.until(lambda work=work: driver.list.table.cursor == work.id)  # type: ignore[misc]
            await driver.settled()
            await check_row(driver, work)


async def _failed(folder: Path, act: str) -> tuple[list[Operation], list[AnyRecord]]:
    fleet = Fleet(folder, len(GRIEF[act]))
    await grieve(fleet, act)
    failed = fleet.check(KIND[act])
    await fleet.stop()
    return failed, list(fleet.state.records())


@pytest.mark.parametrize("act", GRIEF)
def test_the_command_line_says_it_too(tmp_path: Path, terminal: Terminal, act: str) -> None:
    failed, records = asyncio.run(_failed(tmp_path / "world", act))
    with terminal.engine(FakeDoor(*records)):
        listed = terminal.run("operations").stdout
        told = {one["id"]: one for one in terminal.json("operations")}
        for work in failed:
            assert f"{work.outcome}. {work.remedy}" in listed
            assert (told[work.id]["outcome"], told[work.id]["remedy"]) == (work.outcome, work.remedy)
            page = terminal.run("show", work.id).stdout
            assert work.outcome in page
            assert work.remedy in page
