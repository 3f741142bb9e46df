"""`vmms keys`, `vmms completion`, and a user's saved filters in the commands."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from tests.unit.cli_runner import Terminal
from tests.unit.cli_runner import terminal as terminal
from tests.unit.fake_door import NOW, POOL, FakeDoor, event, lease, request, server
from vmms_tui.cli.completing import SHELLS
from vmms_tui.cli.root import COMMANDS, vmms
from vmms_tui.keys import ACTS, Place, Target, acts_at, name_of
from vmms_tui.model.records import LeaseState, RequestState, ServerState
from vmms_tui.model.surroundings import Host
from vmms_tui.screens.columns import LEASES
from vmms_tui.screens.footer import footer, labels
from vmms_tui.screens.help import help_entries
from vmms_tui.screens.keydocs import as_markdown

RECORDS = (
    POOL,
    server("vm-1", ServerState.LEASED, lease_id="lease-1"),
    server("vm-2"),
    lease("lease-1", "vm-1", "ann"),
    lease("lease-2", "vm-9", "bob"),
    lease("lease-3", "vm-8", "ann", state=LeaseState.ENDED),
    request("req-1", "ann"),
    request("req-2", "ann", state=RequestState.CANCELLED),
    event(1, "one", NOW - NOW, server_id="vm-1"),
    event(2, "two", NOW - NOW, server_id="vm-2"),
)


@pytest.fixture
def home(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the user's own, with its folder for settings."""
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(terminal.folder / variable))
    for name, value in terminal.environ.items():
        monkeypatch.setenv(name, value)
    folder = terminal.folder / "XDG_CONFIG_HOME" / "vmms"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def door(terminal: Terminal, home: Path) -> Iterator[FakeDoor]:
    with terminal.engine(FakeDoor(*RECORDS)) as door:
        yield door


# Keys


def test_keys_are_the_table_in_force(terminal: Terminal, home: Path) -> None:
    (home / "keys.toml").write_text('[everywhere]\nquit = ["Q"]\n[leases]\nrelease = []\nquit = ["Z"]\n')
    told = terminal.json("keys")
    assert (told["file"], told["there"], told["problems"]) == (str(home / "keys.toml"), True, [])
    keys = {(one["place"], one["act"]): one["keys"] for one in told["keys"]}
    assert keys["everywhere", "quit"] == ["Q"]
    assert keys["leases", "quit"] == ["Z"]
    assert keys["leases", "release"] == []
    assert keys["leases", "renew"] == ["+"]
    assert {one["act"] for one in told["keys"]} == {one.id for one in ACTS}
    lines = terminal.run("keys").stdout.splitlines()
    assert next(line for line in lines if " release " in line).split()[:4] == ["leases", "release", "-", "off"]
    assert lines[-1] == f"{home / 'keys.toml'} moves them."


@pytest.mark.parametrize(
    ("text", "said"),
    [("[leases]\nrelese = []", "did you mean release?"), ("[leases\n", "is not TOML"), ("\x00", "is not TOML")],
)
def test_a_broken_file_leaves_the_usual_keys(terminal: Terminal, home: Path, text: str, said: str) -> None:
    (home / "keys.toml").write_text(text)
    result = terminal.run("keys", "--json")
    assert result.exit_code == 1
    assert said in result.stderr
    assert str(home / "keys.toml") in result.stderr
    assert all(one["keys"] == one["usual"] for one in json.loads(result.stdout)["keys"])
    assert terminal.run("keys").stdout.splitlines()[-1] == f"{home / 'keys.toml'} is not followed."


def test_without_a_file_it_says_where_one_would_be(terminal: Terminal, home: Path) -> None:
    assert terminal.run("keys").stdout.splitlines()[-1] == f"{home / 'keys.toml'} would move them; it is not there."


@pytest.mark.parametrize("place", [Place.POOLS, Place.LEASES, Place.EVENTS, Place.SERVERS])
def test_footer_help_docs_and_keys_say_the_same(terminal: Terminal, home: Path, place: Place) -> None:
    told = {(one["place"], one["act"]): one for one in terminal.json("keys")["keys"]}
    docs = as_markdown()
    around = (place, Place.LISTS, Place.EVERYWHERE)
    helped = {"".join(part for part, _ in one.front).split("  ")[0].strip(): one.words for one in help_entries(*around)}
    foot = "".join(part for line in footer(around, Target(), 400) for part, _ in line)
    for where in around:
        for one in acts_at(where):
            names = " ".join(map(name_of, one.keys))
            assert told[where.name.lower(), one.id]["does"] == one.sentence()
            assert " ".join(map(name_of, told[where.name.lower(), one.id]["keys"])) == names
            assert f"| **{one.word()}**: {one.sentence()} |" in docs
            assert any(key.startswith(names[:8]) and said == one.sentence() for key, said in helped.items()), one.id
            assert not one.row or "".join(labels(one, place)) in foot


# Completion


def completed(words: str, incomplete: str = "") -> dict[str, str]:
    items = ShellComplete(vmms, {}, "vmms", "_VMMS_COMPLETE").get_completions(words.split(), incomplete)
    return {item.value: item.help or "" for item in items}


def test_commands_and_options_are_completed(terminal: Terminal, home: Path) -> None:
    assert completed("", "re").keys() == {name for name in COMMANDS if name.startswith("re")}
    assert "--filter" in completed("leases", "--")
    assert completed("completion").keys() == set(SHELLS)


def test_names_come_from_the_running_engine(terminal: Terminal, door: FakeDoor) -> None:
    assert completed("renew", "lease-") == {"lease-1": "ann, vm-1", "lease-2": "bob, vm-9"}
    assert completed("release").keys() == {"lease-1", "lease-2"}
    assert completed("cancel").keys() == {"req-1"}
    assert completed("show", "vm-").keys() == {"vm-1", "vm-2"}


@pytest.mark.parametrize("words", ["drain", "undrain", "enable", "disable", "evacuate", "rehearse host-down"])
def test_commands_about_hosts_complete_their_names(terminal: Terminal, door: FakeDoor, words: str) -> None:
    door.put(Host(id="a-1", name="cmp1"))
    door.put(Host(id="a-2", name="cmp2 of 2"))
    assert completed(words, "").keys() == {"cmp1", "a-2"}, "what is no plain word is named by its id"
    assert completed(words, "cmp").keys() == {"cmp1"}


def test_without_an_engine_completion_is_silent(
    terminal: Terminal, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert completed("renew", "lease-") == {}
    assert capsys.readouterr() == ("", "")


def test_filters_are_completed_with_columns_and_saved_ones(terminal: Terminal, home: Path) -> None:
    (home / "filters.toml").write_text('mine = "owner:ann"\n')
    assert completed("leases --filter", "ow").keys() == {"owner:"}
    assert completed("leases --filter", "web @") == {"web @mine": "owner:ann"}
    assert {f"{one.key}:" for one in LEASES} <= completed("leases --filter").keys()
    (home / "filters.toml").write_text("mine = ")
    assert "owner:" in completed("leases --filter")


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_printed_is_a_script_of_that_shell(terminal: Terminal, home: Path, shell: str) -> None:
    result = terminal.run("completion", shell)
    assert result.exit_code == 0
    assert f"_VMMS_COMPLETE={shell}_complete" in result.stdout
    if program := shutil.which(shell):
        assert subprocess.run([program, "-n"], input=result.stdout, text=True, check=False).returncode == 0


def test_an_unknown_shell_is_told(terminal: Terminal, home: Path) -> None:
    result = terminal.run("completion", "csh")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


# Saved filters


def test_saved_filters_are_the_same_in_commands(terminal: Terminal, door: FakeDoor, home: Path) -> None:
    (home / "filters.toml").write_text('mine = "owner:ann"\n')
    assert [one["id"] for one in terminal.json("leases", "--filter", "@mine")["leases"]] == ["lease-1"]
    result = terminal.run("leases", "--filter", "@mime")
    assert result.exit_code == 2
    assert "did you mean @mine?" in result.stderr
    (home / "filters.toml").write_text("mine = 3")
    result = terminal.run("leases", "--filter", "@mine")
    assert result.exit_code == 1
    assert "mine is no filter." in result.stderr


def test_events_can_be_filtered(terminal: Terminal, door: FakeDoor) -> None:
    assert [one["id"] for one in terminal.json("events", "--filter", "subject:vm-2")] == ["00000002"]
    assert "one" not in terminal.run("events", "--filter", "!one").stdout
    result = terminal.run("events", "--filter", "owner:ann")
    assert result.exit_code == 2
    assert "There is no column owner" in result.stderr
