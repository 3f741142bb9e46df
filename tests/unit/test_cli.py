"""The commands: what they show, what they send, and what they say when it does not go."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.unit.cli_runner import Terminal, refused
from tests.unit.cli_runner import terminal as terminal
from tests.unit.fake_door import NOW, POOL, FakeDoor, event, lease, request, server
from vmms_tui.model.commands import (
    AnyCommand,
    CancelRequest,
    HealAll,
    HealServer,
    RebootServer,
    RebuildServer,
    Release,
    ReloadSettings,
    Renew,
    Reply,
    ResetPassword,
    RevealPassword,
    StartServer,
    StopServer,
)
from vmms_tui.model.records import LeaseState, Level, ServerState, changed
from vmms_tui.settings.people import unix_user

ODD = "\x1b[31m名前[/bold]\r\n\u202e"
ME = unix_user()
RECORDS = (
    POOL,
    server("vm-1", ServerState.LEASED, lease_id="lease-1", floating_ip="203.0.113.9", cloud_id="c-1"),
    server("vm-2"),
    server("vm-3", ServerState.BUILDING),
    server("vm-4", ServerState.GONE),
    lease("lease-1", "vm-1", ME, note=ODD),
    lease("lease-2", "vm-1", "ann", state=LeaseState.ENDED),
    request("req-1", "ann", estimate=timedelta(seconds=90)),
    event(1, "long ago", timedelta(days=3)),
    event(2, f"just now {ODD}", timedelta(minutes=5), server_id="vm-1"),
)


@pytest.fixture
def door(terminal: Terminal) -> Iterator[FakeDoor]:
    with terminal.engine(FakeDoor(*RECORDS)) as door:
        yield door


# Lists


def test_pools_count_their_servers(terminal: Terminal, door: FakeDoor) -> None:
    (pool,) = terminal.json("pools")
    counted = {what: pool[what] for what in ("ready", "building", "leased", "failed", "used", "queued")}
    assert counted == {"ready": 1, "building": 1, "leased": 1, "failed": 0, "used": 3, "queued": 1}
    assert (pool["id"], pool["available"], pool["limit"]) == ("el9-ci", 2, 4)
    titles, row = terminal.run("pools").stdout.splitlines()
    assert titles.split()[:6] == ["POOL", "STATE", "READY/WANT", "USED/LIMIT", "LEASED", "QUEUED"]
    assert row.split()[:6] == ["el9-ci", "FILLING", "1/2", "3/4", "1", "1"]


def test_leases_stand_before_what_waits(terminal: Terminal, door: FakeDoor) -> None:
    lines = terminal.run("leases").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["LEASE", "lease-1", "req-1"]
    assert lines[1].split()[1:10] == ["vm-1", "el9-ci", "RUN", ME, "ci", "0", "8h00m", "2026-03-02", "20:00"]
    assert "203.0.113.9" in lines[1]
    assert "QUEUED" in lines[2]
    assert "place 1" in lines[2]
    listed = terminal.json("leases")
    assert [(one["id"], one["address"], one["note"]) for one in listed["leases"]] == [("lease-1", "203.0.113.9", ODD)]
    assert [(one["id"], one["estimate"]) for one in listed["requests"]] == [("req-1", 90.0)]


def test_leases_can_be_mine_or_all(terminal: Terminal, door: FakeDoor) -> None:
    mine, everything = terminal.json("leases", "--mine"), terminal.json("leases", "--all")
    assert [one["id"] for one in mine["leases"] + mine["requests"]] == ["lease-1"]
    assert [one["id"] for one in everything["leases"]] == ["lease-1", "lease-2"]


def test_servers_are_those_that_are_there(terminal: Terminal, door: FakeDoor) -> None:
    lines = terminal.run("servers").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["SERVER", "vm-1", "vm-2", "vm-3"]
    assert lines[1].split()[-2:] == ["lease-1", ME]
    assert [one["state"] for one in terminal.json("servers")] == ["leased", "ready", "building"]


@pytest.mark.parametrize(
    ("command", "words", "ids"),
    [
        ("servers", "state:ready", ["vm-2"]),
        ("servers", "!state:ready age<3650d", ["vm-1", "vm-3"]),
        ("servers", "203.0.113.9", ["vm-1"]),
        ("pools", "ready>=1", ["el9-ci"]),
        ("pools", "ready>1", []),
    ],
)
def test_lists_take_the_filters_of_the_screens(
    terminal: Terminal, door: FakeDoor, command: str, words: str, ids: list[str]
) -> None:
    assert [one["id"] for one in terminal.json(command, "--filter", words)] == ids
    printed = terminal.run(command, "--filter", words).stdout.splitlines()
    assert [line.split()[0] for line in printed[1:]] == ids or printed == ["None of them fits the filter."]


def test_leases_and_requests_are_filtered_together(terminal: Terminal, door: FakeDoor) -> None:
    everything = terminal.json("leases", "--filter", f"owner:{ME}")
    assert [one["id"] for one in everything["leases"] + everything["requests"]] == ["lease-1"]
    everything = terminal.json("leases", "--all", "--filter", "owner:ann")
    assert [one["id"] for one in everything["leases"] + everything["requests"]] == ["lease-2", "req-1"]


def test_a_filter_that_says_nothing_is_an_error_of_usage(terminal: Terminal, door: FakeDoor) -> None:
    result = terminal.run("leases", "--filter", "lef<8h")
    assert result.exit_code == 2
    assert "There is no column lef; did you mean left?" in result.stderr
    assert not result.stdout


@pytest.mark.parametrize(
    ("since", "texts"),
    [("1d", 1), ("4d", 2), ("2026-03-02T11:00Z", 1), ("2026-02-01", 2), ("2026-03-02T12:00:00+01:00", 1), ("1min", 0)],
)
def test_events_since(terminal: Terminal, door: FakeDoor, since: str, texts: int) -> None:
    assert len(terminal.json("events", "--since", since)) == texts


def test_events_by_who_what_about_and_level(terminal: Terminal, door: FakeDoor) -> None:
    door.put(
        event(3, "three", timedelta(hours=3), kind="lease.granted", actor="ann", lease_id="lease-7", owner="ann"),
        event(4, "four", timedelta(hours=2), kind="lease.warned", lease_id="lease-7", owner="ann"),
        event(5, "five", timedelta(hours=1), kind="pool.broken", pool="el9-ci", level=Level.ERROR),
    )
    for words, numbers in (
        (("--who", "ann"), [3]),
        (("--who", "engine", "--since", "10d"), [1, 2, 4, 5]),
        (("--what", "lease."), [3, 4]),
        (("--about", "lease-7", "--until", "150min"), [3]),
        (("--until", "2026-03-02T09:30Z"), [3]),
        (("--level", "warning"), [5]),
        (("--last", "3"), [3, 4, 5]),
        (("--last", "9"), [1, 2, 3, 4, 5]),
        (("--last", "1", "--who", "ann"), [3]),
    ):
        assert [int(one["id"]) for one in terminal.json("events", *words)] == numbers, words


def test_an_event_says_when_who_whence_what_why_and_how_it_went(terminal: Terminal) -> None:
    told = event(7, "vm-1 is lent", timedelta(), kind="lease.granted", actor="ann", origin="ssh 192.0.2.1, pid 7")
    with terminal.engine(FakeDoor(changed(told, reason="the new build", result="ok", server_id="vm-1"))):
        titles, row = terminal.run("events", "--long").stdout.splitlines()
        assert titles.split() == ["AT", "LEVEL", "WHO", "FROM", "WHAT", "ABOUT", "RESULT", "WHY", "TEXT"]
        wanted = ["2026-03-02 12:00:00Z", "info", "ann", "ssh 192.0.2.1, pid 7", "lease.granted", "vm-1", "ok"]
        assert [cell.strip() for cell in row.split("  ") if cell.strip()] == [*wanted, "the new build", "vm-1 is lent"]
        assert "the new build" not in terminal.run("events").stdout


def test_what_cannot_be_read_of_the_past_is_told_and_the_rest_shown(terminal: Terminal, door: FakeDoor) -> None:
    door.remarks = ("audit-7.jsonl is damaged: what it held from there on is not shown.",)
    result = terminal.run("events", "--json")
    assert [one["id"] for one in json.loads(result.stdout)] == ["00000002"]
    assert result.stderr == f"vmms: {door.remarks[0]}\n"
    assert result.exit_code == 1


def test_an_answer_about_the_past_that_breaks_off_is_not_taken_for_all(terminal: Terminal, door: FakeDoor) -> None:
    door.breaks_off = True
    result = terminal.run("events")
    assert result.exit_code == 3
    assert "broke the line off" in result.stderr


def test_lists_that_are_empty_say_so(terminal: Terminal) -> None:
    with terminal.engine(FakeDoor()):
        for command in ("pools", "leases", "servers", "events"):
            result = terminal.run(command)
            assert result.exit_code == 0
            assert result.output.strip().endswith(".")


def test_names_from_outside_cannot_draw(terminal: Terminal, door: FakeDoor) -> None:
    for command in (["leases"], ["events"], ["show", "lease-1"], ["show", "vm-1"]):
        result = terminal.run(*command)
        assert "名前[/bold]" in result.stdout
        assert not set("\x1b\r\u202e") & set(result.stdout)


# One thing


@pytest.mark.parametrize(
    ("thing", "kind", "found"),
    [
        ("lease-1", "lease", "lease-1"),
        ("vm-1", "server", "vm-1"),
        ("c-1", "server", "vm-1"),
        ("203.0.113.9", "server", "vm-1"),
        ("req-1", "request", "req-1"),
        ("el9-ci", "pool", "el9-ci"),
        ("00000002", "event", "00000002"),
    ],
)
def test_anything_can_be_shown(terminal: Terminal, door: FakeDoor, thing: str, kind: str, found: str) -> None:
    first = terminal.run("show", thing).stdout.splitlines()[0].split()
    assert first == [kind, found]
    told = terminal.json("show", thing)
    assert [told["type"], told["id"]] == [kind, found]


def test_what_belongs_to_it_is_shown_beside(terminal: Terminal, door: FakeDoor) -> None:
    shown = terminal.run("show", "vm-1").stdout
    assert "2026-03-02 20:00 UTC (in 8h00m)" in shown
    assert "just now" in shown
    assert "lease-1" in json.dumps(terminal.json("show", "vm-1")["related"])


def test_what_is_not_there_cannot_be_shown(terminal: Terminal, door: FakeDoor) -> None:
    refused(terminal.run("show", "nix"), 1, "There is nothing with the id nix.")


# Acts


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["cancel", "req-1"], CancelRequest(request_id="req-1")),
        (["renew", "lease-1", "1d12h"], Renew(lease_id="lease-1", term=timedelta(hours=36))),
        (["release", "vm-1"], Release(lease_id="vm-1")),
        (["stop", "vm-1"], StopServer(lease_id="vm-1")),
        (["start", "vm-1"], StartServer(lease_id="vm-1")),
        (["reboot", "vm-1"], RebootServer(lease_id="vm-1")),
        (["reboot", "vm-1", "--hard"], RebootServer(lease_id="vm-1", hard=True)),
        (["rebuild", "vm-1"], RebuildServer(lease_id="vm-1")),
        (["heal", "vm-1"], HealServer(lease_id="vm-1")),
        (["heal", "--incident"], HealAll()),
        (["password", "vm-1"], RevealPassword(lease_id="vm-1")),
        (["password", "vm-1", "--reset"], ResetPassword(lease_id="vm-1")),
        (["reload"], ReloadSettings()),
    ],
)
def test_acts_are_sent_as_they_are_said(
    terminal: Terminal, door: FakeDoor, arguments: list[str], command: AnyCommand
) -> None:
    result = terminal.run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "Done.\n", "")
    assert door.heard == [(command, ME)]


@pytest.mark.parametrize(("code", "exit_code"), [("refused", 1), ("failed", 1), ("try_again", 3)])
def test_an_answer_that_is_no_has_its_exit_code(terminal: Terminal, door: FakeDoor, code: str, exit_code: int) -> None:
    door.reply = Reply(code=code, text="It is too long.", remedy="Ask for less.", rule="longest_term")
    refused(terminal.run("renew", "lease-1", "9d"), exit_code, "It is too long. Ask for less.")
    result = terminal.run("renew", "lease-1", "9d", "--json")
    assert result.exit_code == exit_code
    assert json.loads(result.stdout)["rule"] == "longest_term"


def test_a_password_stands_alone_on_stdout(terminal: Terminal, door: FakeDoor) -> None:
    door.reply = Reply(text="Password of vmms on vm-1.", password="s3cret words")
    result = terminal.run("password", "vm-1")
    assert (result.stdout, result.stderr) == ("s3cret words\n", "Password of vmms on vm-1.\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["renew", "lease-1", "-3h"], "-3h lies in the past"),
        (["renew", "lease-1", "0h"], "0h is no time to work with"),
        (["renew", "lease-1", "8"], "no length of time"),
        (["renew", "lease-1"], "Missing argument 'LEASE...'"),
        (["release"], "Missing argument 'LEASE...'"),
        (["events", "--since", "soon"], "neither a length of time"),
        (["leases", "--frob"], "No such option"),
        (["leasse"], "did you mean leases?"),
        (["--config"], "requires an argument"),
    ],
)
def test_what_says_nothing_is_a_usage_error(
    terminal: Terminal, door: FakeDoor, arguments: list[str], words: str
) -> None:
    refused(terminal.run(*arguments), 2, words)
    assert door.heard == []


def test_names_in_refusals_cannot_draw(terminal: Terminal, door: FakeDoor) -> None:
    door.reply = Reply(code="refused", text=f"There is no lease \x1b[31m{ODD[:6]}.")
    assert "\x1b" not in terminal.run("release", ODD).output
    assert "\x1b" not in terminal.run("show", ODD).output
    assert "\x1b" not in terminal.run(ODD).output


# The engine, and without it


@pytest.mark.parametrize(
    "arguments",
    [["pools"], ["leases"], ["leaks"], ["show", "x"], ["release", "x"], ["request", "--purpose", "ci"], ["reload"]],
)
def test_without_an_engine_a_command_says_how_to_get_one(terminal: Terminal, arguments: list[str]) -> None:
    refused(terminal.run(*arguments), 3, "Start one with `vmms` or `vmms engine`, or add --start.")


def test_info_tells_of_both(terminal: Terminal, door: FakeDoor) -> None:
    told = terminal.json("info")
    assert told["paths"]["socket"] == str(terminal.folder / "engine.sock")
    assert told["engine"]["cloud"]["name"] == "simulated"
    assert [loop["name"] for loop in told["engine"]["loops"]] == ["queue"]
    words = terminal.run("info").stdout
    assert "simulated answers" in words
    assert "listed 3s ago" in words


def test_info_without_an_engine_tells_what_it_can(terminal: Terminal) -> None:
    result = terminal.run("info")
    assert result.exit_code == 3
    assert str(terminal.folder / "vmms.toml") in result.stdout
    assert "No engine answers" in result.stderr
    assert json.loads(terminal.run("info", "--json").stdout)["engine"] is None


def test_settings_check_tells_all_mistakes(terminal: Terminal) -> None:
    (terminal.folder / "vmms.toml").write_text("cloud = 3\n[pools.a]\nlimit = 0\n")
    result = terminal.run("settings", "check")
    assert (result.exit_code, result.stdout) == (1, "")
    lines = result.stderr.splitlines()
    assert len(lines) == 6
    assert all(line.startswith(f"vmms: {terminal.folder}/vmms.toml: ") for line in lines)
    answer = terminal.run("settings", "check", "--json")
    assert answer.exit_code == 1
    assert {one["key"] for one in json.loads(answer.stdout)["problems"]} >= {"cloud", "pools.a.limit"}


def test_settings_check_is_content_with_the_example(terminal: Terminal) -> None:
    terminal.environ["VMMS_CONFIG"] = ""
    result = terminal.run("--simulated", "settings", "check")
    assert result.exit_code == 0
    assert "4 pools" in result.stdout
    assert len(terminal.json("--simulated", "settings", "check")["pools"]) == 4


def test_the_screen_needs_a_terminal(terminal: Terminal) -> None:
    refused(terminal.run(), 1, "The screen needs a terminal.")


def test_a_mistake_of_ours_is_one_sentence_unless_asked(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vmms_tui.cli.lists.look", lambda *_: 1 / 0)
    refused(terminal.run("pools"), 1, "ZeroDivisionError")
    terminal.environ["VMMS_DEBUG"] = "1"
    assert isinstance(terminal.run("pools").exception, ZeroDivisionError)


def test_a_settings_folder_that_is_not_there_is_told(terminal: Terminal) -> None:
    refused(terminal.run("--config", "/nowhere/vmms.toml", "settings", "check"), 1, "there is no such file")
    assert os.environ.get("VMMS_CONFIG") is None


def test_a_command_loads_nothing_that_it_does_not_need(terminal: Terminal, door: FakeDoor) -> None:
    code = """
import sys
from vmms_tui.cli.root import vmms
try:
    vmms(["leases"])
finally:
    print(sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
    environ = os.environ | terminal.environ
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert "lease-1" in done.stdout
    loaded = set(ast.literal_eval(done.stderr))
    assert {"httpx", "msgspec"} <= loaded
    assert not loaded & {
        "textual",
        "openstack",
        "pydantic",
        "tinydb",
        "apscheduler",
        "uvicorn",
        "starlette",
        "pygments",
    }


def test_ages_are_counted_on_the_engines_clock(terminal: Terminal) -> None:
    late = changed(lease("lease-9", "vm-1", ME), end=NOW - timedelta(hours=2), state=LeaseState.OVERDUE)
    with terminal.engine(FakeDoor(late)):
        row = terminal.run("leases").stdout.splitlines()[1]
    assert "OVERDUE!" in row
    assert "-2h00m" in row
