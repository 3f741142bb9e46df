"""`vmms log`, `raw`, `ssh`, `inspect` and `refresh`, over a real socket."""

import base64
import json
import sys
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.cli_runner import Terminal, refused
from tests.unit.cli_runner import terminal as terminal
from tests.unit.fake_door import NOW, FakeDoor, handing_over, lease, server
from vmms_tui.model.commands import Inspect, ReadConsole, ReadServer, Refresh, Reply
from vmms_tui.model.inspection import CallsOfKind, Inspection
from vmms_tui.model.people import Caller, Peer, Role
from vmms_tui.model.records import OperationState, Pool, changed
from vmms_tui.model.status import Snapshot
from vmms_tui.settings.people import unix_user

ME = unix_user()
KEY = "ssh-ed25519 " + base64.b64encode(b"k" * 51).decode()
POOL = Pool(id="el9-ci", purposes=("ci",), flavor="m1.small", image="el9", login="cloud-user")
MINE = lease("lease-1", "vm-1", ME)
ON = changed(server("vm-1"), cloud_id="c-1", lease_id="lease-1", floating_ip="203.0.113.7", host_key=KEY)


class Door(FakeDoor):
    """An engine that knows the caller."""

    async def snapshot(self, peer: Peer, kinds: Collection[str] = (), *, mine: bool = False) -> Snapshot:
        you = Caller(name=peer.name, roles=(Role.DEVELOPER,))
        return changed(await super().snapshot(peer, kinds, mine=mine), you=you)


def door(**reply: object) -> Door:
    made = Door(POOL, ON, MINE)
    made.reply = Reply(**reply)  # type: ignore[arg-type]
    return made


def test_the_console_without_its_escape_codes(terminal: Terminal) -> None:
    with terminal.engine(door(body="\x1b[31mred\x1b[0m\r\n\x07two\u202e\n", read_at=NOW)) as engine:
        result = terminal.run("log", "lease-1", "--lines", "50")
        assert (result.exit_code, result.stdout) == (0, "red\n�two�\n")
        assert engine.heard == [(ReadConsole(server="lease-1", lines=50), ME)]
        assert terminal.json("log", "vm-1")["lines"] == ["red", "\x07two\u202e"]


def test_an_empty_console_is_said_on_stderr_only(terminal: Terminal) -> None:
    with terminal.engine(door(text="The console of vm-1 is empty.")):
        result = terminal.run("log", "vm-1")
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr == "The console of vm-1 is empty.\n"


@pytest.mark.parametrize("command", ["log", "raw", "inspect", "refresh"])
def test_a_refusal_is_one_sentence(terminal: Terminal, command: str) -> None:
    with terminal.engine(door(code="refused", rule="not_owner", text="It is another's.", remedy="Ask its owner.")):
        result = terminal.run(command, *(["vm-1"] if command in {"log", "raw"} else []))
        assert result.exit_code == 1
        assert result.stderr == "vmms: It is another's. Ask its owner.\n"


@pytest.mark.parametrize("lines", ["0", "2001", "many"])
def test_a_number_of_lines_that_makes_no_sense(terminal: Terminal, lines: str) -> None:
    assert terminal.run("log", "vm-1", "--lines", lines).exit_code == 2


def test_raw_is_json_of_both(terminal: Terminal) -> None:
    with terminal.engine(door(body='{\n  "status": "ACTIVE"\n}', read_at=NOW)) as engine:
        result = terminal.run("raw", "lease-1")
        ours, _, clouds = result.stdout.partition("\n\n")
        assert json.loads(ours)["owner"] == ME
        assert json.loads(clouds) == {"status": "ACTIVE"}
        assert engine.heard == [(ReadServer(server="vm-1"), ME)]
        told = terminal.json("raw", "203.0.113.7")
        assert told["record"]["host_key"] == KEY
        assert told["cloud"]["server"] == {"status": "ACTIVE"}
        assert told["cloud"]["read_at"] == "2026-03-02T12:00:00Z"


def test_raw_is_yaml_of_both_where_that_is_wanted(terminal: Terminal) -> None:
    with terminal.engine(door(body='{"server": {"status": "ACTIVE", "odd": "\\u001b[31m"}}', read_at=NOW)):
        lines = terminal.run("raw", "lease-1", "--yaml").stdout.splitlines()
        assert lines[:2] == ["type: lease", "id: lease-1"]
        assert lines[lines.index("---") :] == ["---", "server:", "  status: ACTIVE", '  odd: "\\e[31m"']
    with terminal.engine(door(body="no json", read_at=NOW)):
        assert terminal.run("raw", "lease-1", "--yaml").stdout.endswith("---\nno json\n")


def test_raw_without_a_server_asks_no_cloud_and_hides_what_is_secret(terminal: Terminal) -> None:
    act = changed(handing_over("lease-1", "vm-9", OperationState.DONE), args={"hash": "$6$secret", "hard": "yes"})
    with terminal.engine(Door(act, POOL)) as engine:
        result = terminal.run("raw", act.id)
        assert result.exit_code == 0
        assert "$6$secret" not in result.stdout
        assert json.loads(result.stdout)["args"] == {"hash": "***", "hard": "yes"}
        assert terminal.json("raw", "el9-ci")["cloud"] is None
        assert engine.heard == []
        refused(terminal.run("raw", "nothing"), 1, "There is nothing with the id nothing.")


def test_ssh_runs_the_systems_own_with_the_pinned_key(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    program = tmp_path / "ssh"
    script = 'import sys; f = [w for w in sys.argv if "UserKnown" in w][0].split("=", 1)[1].strip(chr(34))'
    program.write_text(f"#!{sys.executable}\n{script}\nopen({str(seen)!r}, 'w').write(open(f).read()); sys.exit(4)\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with terminal.engine(door()):
        assert terminal.run("ssh", "lease-1").exit_code == 4
        assert seen.read_text() == f"vm-1 {KEY}\n"
        told = terminal.json("ssh", "vm-1")
        assert told == {
            "server": "vm-1",
            "login": "cloud-user",
            "address": "203.0.113.7",
            "known_hosts": f"vm-1 {KEY}\n",
        }
        program.unlink()
        refused(terminal.run("ssh", "lease-1"), 1, "There is no ssh on this machine.")


def test_why_ssh_is_not_run(terminal: Terminal) -> None:
    with terminal.engine(Door(POOL, ON, changed(MINE, owner="bob"))):
        refused(terminal.run("ssh", "lease-1"), 1, "vm-1 is not on a lease of yours.")
        refused(terminal.run("ssh", "lease-9"), 1, "There is no lease lease-9.")
    with terminal.engine(Door(POOL, changed(ON, host_key=""), MINE)):
        refused(terminal.run("ssh", "lease-1"), 1, "The host key of vm-1 is not known")


def test_the_inspector_as_text_and_json(terminal: Terminal) -> None:
    calls = (CallsOfKind(service="compute", call="GET /servers/detail", last_minute=6, total=90, p50=0.1),)
    told = Inspection(
        now=NOW, started=NOW - timedelta(hours=2), version="0.1.0", pid=7, memory=12_345_678, calls=calls, viewers=1
    )
    with terminal.engine(door(inspection=told)) as engine:
        text = terminal.run("inspect").stdout
        for words in (
            "Calls to the cloud: 6 in the last minute",
            "GET /servers/detail",
            "100ms",
            "12.3 MB",
            "1 screen",
        ):
            assert words in text
        said = terminal.json("inspect")
        assert said["calls"][0]["p50"] == 0.1
        assert said["memory"] == 12_345_678
        assert engine.heard == [(Inspect(), ME)] * 2


def test_reading_again(terminal: Terminal) -> None:
    with terminal.engine(door(text="Read again; 1 call.")) as engine:
        assert terminal.run("refresh").stdout == "Read again; 1 call.\n"
        assert terminal.run("refresh", "offers").exit_code == 0
        assert terminal.run("refresh", "stars").exit_code == 2
        assert [command for command, _ in engine.heard] == [Refresh(kind="servers"), Refresh(kind="offers")]
