"""`vmms leaks`: what it shows and asks for, and what it says when the ledger is old or closed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.unit.cli_runner import Terminal, refused
from tests.unit.cli_runner import terminal as terminal
from tests.unit.fake_door import NOW, FakeDoor
from vmms_tui.model.errors import Refused
from vmms_tui.model.leaks import Kind, Leaks, LedgerLine, Verdict
from vmms_tui.model.records import changed
from vmms_tui.settings.people import unix_user

ODD = "\x1b[31m名前[/bold]\r\n\u202e"
OURS = LedgerLine(
    kind=Kind.FLOATING_IP,
    id="f-1",
    name="203.0.113.7",
    verdict=Verdict.LEFT_OVER,
    why="vm-00001 is gone since 2026-03-02 11:00:00 UTC",
    pool="dev",
    server_id="vm-00001",
    created=NOW - timedelta(days=1),
    since=NOW - timedelta(minutes=3),
    due=NOW - timedelta(minutes=1),
    then="removed after one of the next looks",
)
DOUBTFUL = changed(OURS, kind=Kind.PORT, id="p-1", name=ODD, verdict=Verdict.PERSON, due=None, then="left alone")
LEDGER = Leaks(
    now=NOW,
    looked_at=NOW - timedelta(minutes=1),
    next_look=NOW + timedelta(minutes=2),
    lines=(OURS, DOUBTFUL),
    expected={Kind.SERVER: 4, Kind.PORT: 5},
)


@pytest.fixture
def door(terminal: Terminal) -> Iterator[FakeDoor]:
    with terminal.engine(FakeDoor()) as door:
        door.leaks = LEDGER
        yield door


def test_what_is_left_over_is_shown_with_what_becomes_of_it(terminal: Terminal, door: FakeDoor) -> None:
    result = terminal.run("leaks")
    assert (result.exit_code, result.stderr) == (0, "")
    titles, first, second, empty, summary = result.stdout.splitlines()
    assert titles.split()[:5] == ["KIND", "NAME", "SERVER", "SINCE", "VERDICT"]
    for words in ("floating IP", "203.0.113.7", "vm-00001", "3m", "left over", "f-1", OURS.then):
        assert words in first
    assert "for a person" in second
    assert empty == ""
    assert summary.startswith("Ours and expected: 0 floating IPs, 4 servers, 5 ports, 0 volumes; looked ")
    assert not set(result.stdout) & set("\x1b\r\u202e")
    assert door.looks == [(unix_user(), False, False)]


@pytest.mark.parametrize(
    ("options", "asked"), [(["--look"], (True, False)), (["--all"], (False, True)), (["--all", "--look"], (True, True))]
)
def test_a_look_is_asked_for(terminal: Terminal, door: FakeDoor, options: list[str], asked: tuple[bool, bool]) -> None:
    assert terminal.run("leaks", *options).exit_code == 0
    assert door.looks == [(unix_user(), *asked)]
    assert door.heard == [], "it changes nothing"


def test_json_has_every_field(terminal: Terminal, door: FakeDoor) -> None:
    told = terminal.json("leaks")
    assert told.keys() == set(Leaks.__struct_fields__)
    assert [line.keys() for line in told["lines"]] == [set(LedgerLine.__struct_fields__)] * 2
    assert (told["lines"][0]["kind"], told["lines"][1]["name"]) == ("floating IP", ODD)
    assert told["expected"] == {"server": 4, "port": 5}


def test_nothing_left_over_is_a_sentence(terminal: Terminal, door: FakeDoor) -> None:
    door.leaks = changed(LEDGER, lines=())
    assert terminal.run("leaks").stdout.startswith("Nothing is left over.\n")
    door.leaks = Leaks(now=NOW)
    assert terminal.run("leaks").stdout.startswith("The engine has not looked yet.\n")


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("verdict:person", ["p-1"]),
        ("kind:floating since<5m", ["f-1"]),
        ("since>5m", []),
        ("server:dev", ["f-1", "p-1"]),
        ("!removed", ["p-1"]),
    ],
)
def test_a_filter_shows_some(terminal: Terminal, door: FakeDoor, words: str, ids: list[str]) -> None:
    told = terminal.json("leaks", "--filter", words)
    assert [line["id"] for line in told["lines"]] == ids
    shown = terminal.run("leaks", "--filter", words).stdout
    assert "Ours and expected: 0 floating IPs, 4 servers" in shown
    assert ("None of what is there fits the filter." in shown) is (not ids)


def test_a_filter_that_nobody_understands_is_refused(terminal: Terminal, door: FakeDoor) -> None:
    refused(terminal.run("leaks", "--filter", "since<soon"), 2, "soon")


def test_a_look_that_was_not_complete_is_no_answer(terminal: Terminal, door: FakeDoor) -> None:
    door.leaks = changed(LEDGER, problem=f"the cloud is away {ODD}")
    for options, code in (([], 0), (["--look"], 3), (["--all"], 3), (["--look", "--json"], 3)):
        result = terminal.run("leaks", *options)
        assert result.exit_code == code
        (line,) = result.stderr.splitlines()
        assert "proves nothing: the cloud is away" in line
        assert "\x1b" not in line


def test_who_may_not_see_it_is_told_why(terminal: Terminal, door: FakeDoor) -> None:
    door.refusal = Refused("role", "What is in the cloud is shown to operators and viewers only.", "Ask an operator.")
    refused(terminal.run("leaks", "--look"), 1, "operators and viewers only")
