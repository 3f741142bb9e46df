"""`vmms doctor`: against an engine, against a store at rest, and for whom it is not."""

import json
from datetime import timedelta

import pytest

from tests.unit.cli_runner import Terminal, refused
from tests.unit.cli_runner import terminal as bare
from tests.unit.fake_door import NOW, POOL, FakeDoor, lease, server
from vmms_tui.model.errors import Refused
from vmms_tui.model.leaks import Kind, Leaks, LedgerLine, Verdict
from vmms_tui.model.records import ServerState

LENT = server("vm-1", ServerState.LEASED, lease_id="l-1", cloud_id="c-1")


__all__ = ["bare"]


@pytest.fixture
def terminal(bare: Terminal) -> Terminal:
    """With settings."""
    (bare.folder / "vmms.toml").write_text('cloud = "mine"\n')
    return bare


def door(*seen: str) -> FakeDoor:
    """An engine with one lent server, and a cloud where these servers were seen."""
    made = FakeDoor(POOL, LENT, lease("l-1", "vm-1", "ann"))
    lines = (LedgerLine(kind=Kind.SERVER, id=one, name="vm-1", verdict=Verdict.EXPECTED, why="ours") for one in seen)
    made.leaks = Leaks(now=NOW, looked_at=NOW + timedelta(seconds=1), lines=tuple(lines))
    return made


def test_all_is_well(terminal: Terminal) -> None:
    with terminal.engine(door("c-1")) as asked:
        done = terminal.run("doctor")
        assert done.exit_code == 0
        assert asked.looks[0][1:] == (True, True), "a look now, at everything"
        lines = done.stdout.splitlines()
        assert all(line.startswith("OK ") for line in lines[1:])
        assert "1 server there" in done.stdout


def test_what_is_wrong_has_its_line_and_the_exit_code(terminal: Terminal) -> None:
    with terminal.engine(door()):
        done = terminal.run("doctor", "--json")
        assert done.exit_code == 1
        wrong = [one for one in json.loads(done.stdout) if one["outcome"] == "WRONG"]
        assert [(one["check"], one["text"]) for one in wrong] == [("cloud", "vm-1 (c-1) is not in the cloud")]


def test_settings_that_do_not_do_are_wrong(bare: Terminal) -> None:
    with bare.engine(door("c-1")):
        done = bare.run("doctor")
        assert done.exit_code == 1
        assert "there is no such file" in done.stdout


def test_it_is_not_for_developers(terminal: Terminal) -> None:
    refusing = door()
    refusing.refusal = Refused("role", "What is in the cloud is shown to operators only.", "Ask an operator.")
    with terminal.engine(refusing):
        refused(terminal.run("doctor"), 1, "operators only")


def test_without_an_engine_the_store_is_read_and_the_cloud_not(terminal: Terminal) -> None:
    done = terminal.run("doctor")
    assert done.exit_code == 3
    assert "no engine runs" in done.stdout
    assert "WRONG" not in done.stdout
