"""`vmms record`, and what `vmms replay` says before it shows anything."""

import stat
from datetime import timedelta

import pytest

from tests.unit.cli_runner import Terminal, refused
from tests.unit.cli_runner import terminal as terminal
from tests.unit.fake_door import NOW, FakeDoor, lease, server
from vmms_tui.cli.recording import position
from vmms_tui.client.recording import Recording
from vmms_tui.client.replay import Scene
from vmms_tui.model.errors import Refused
from vmms_tui.model.records import Lease, Server

RECORDS = (server("vm-00007"), lease("lease-00012", "vm-00007", "ada", end=NOW + timedelta(hours=3)))


def test_what_a_viewer_is_told_is_in_the_file_and_only_its_owner_reads_it(terminal: Terminal) -> None:
    file = terminal.folder / "night.vmms"
    with terminal.engine(FakeDoor(*RECORDS)):
        result = terminal.run("record", str(file), "--for", "1s")
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"vmms replay {file}" in result.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    shown = Scene.at_instant(Recording(file), 0.0).snapshot()
    assert {one for one in shown.records if isinstance(one, Server | Lease)} == set(RECORDS)
    assert shown.you.read_only


def test_json_says_the_same(terminal: Terminal) -> None:
    file = terminal.folder / "night.vmms"
    with terminal.engine(FakeDoor(*RECORDS)):
        said = terminal.json("record", str(file), "--for", "1s")
    assert said["file"] == str(file)
    assert said["bytes"] == file.stat().st_size
    assert said["updates"] >= 1


def test_a_file_that_is_there_stays_as_it_is(terminal: Terminal) -> None:
    file = terminal.folder / "mine"
    file.write_text("mine")
    refused(terminal.run("record", str(file)), 1, "is there already")
    assert file.read_text() == "mine"
    refused(terminal.run("record", str(terminal.folder / "no" / "folder")), 1, "No such file or directory")


def test_without_an_engine_no_file_is_left(terminal: Terminal) -> None:
    refused(terminal.run("record", str(terminal.folder / "night.vmms")), 3, "No engine answers")
    assert not (terminal.folder / "night.vmms").exists()


def test_a_foreign_file_is_one_sentence(terminal: Terminal) -> None:
    (terminal.folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" * 100)
    refused(terminal.run("replay", str(terminal.folder / "photo.jpg")), 1, "is no recording of VMMS")
    refused(terminal.run("replay", str(terminal.folder / "nothing")), 1, "No such file or directory")


@pytest.fixture
def recording(terminal: Terminal) -> Recording:
    file = terminal.folder / "night.vmms"
    with terminal.engine(FakeDoor(*RECORDS)):
        terminal.run("record", str(file), "--for", "1s")
    made = Recording(file)
    made.length = 7200.0  # as if it were two hours
    return made


def test_instants_of_a_recording_by_many_names(recording: Recording) -> None:
    later = recording.began + timedelta(minutes=90)
    for words in (f"{later:%H:%M:%S}", f"{later:%Y-%m-%dT%H:%M:%S}", "90min", "1h30m"):
        assert position(recording, words) == 5400.0, words


def test_instants_that_are_not_in_it_are_told(recording: Recording) -> None:
    for words in (f"{recording.began + timedelta(hours=3):%H:%M:%S}", "3h", "2001-01-01T00:00"):
        with pytest.raises(Refused, match="is not in this recording: it goes from"):
            position(recording, words)
    with pytest.raises(Refused, match="is no time"):
        position(recording, "noon:ish")


def test_a_replay_needs_a_terminal(terminal: Terminal) -> None:
    file = terminal.folder / "night.vmms"
    with terminal.engine(FakeDoor(*RECORDS)):
        terminal.run("record", str(file), "--for", "1s")
    refused(terminal.run("replay", str(file)), 1, "needs a terminal")
    refused(terminal.run("demo"), 1, "needs a terminal")
