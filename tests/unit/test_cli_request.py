"""`vmms request`: what is asked for, and how long it waits."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli_runner import Terminal, refused
from tests.unit.cli_runner import terminal as terminal
from tests.unit.fake_door import NOW, POOL, FakeDoor, handing_over, lease, queued, request, server
from vmms_tui.model.commands import Reply, RequestServer
from vmms_tui.model.records import AnyRecord, LeaseState, OperationState, RequestState, ServerState, changed
from vmms_tui.settings.people import unix_user

ME = unix_user()
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEu0sTOQDvTcHAYFSV1RRsSrbcPBXLhQmMPrAoSDaYSG ann@desk"
WAITS = request("req-1", ME)
GRANTED = changed(WAITS, state=RequestState.GRANTED, lease_id="lease-1", position=0)
LEASE = lease("lease-1", "vm-1", ME, matched="m1.small is the smallest")
RUNS = server("vm-1", ServerState.LEASED, lease_id="lease-1")
AT_WORK = handing_over("lease-1", "vm-1", OperationState.RUNNING)
DONE = handing_over("lease-1", "vm-1", OperationState.DONE)


@pytest.fixture
def door(terminal: Terminal) -> Iterator[FakeDoor]:
    with terminal.engine(FakeDoor(POOL, WAITS)) as door:
        door.reply = queued(WAITS)
        yield door


def test_everything_that_is_asked_for_arrives(terminal: Terminal, door: FakeDoor) -> None:
    (terminal.folder / "id.pub").write_text(f"{KEY}\n")
    size = ["--vcpus", "2", "--ram-mib", "2048", "--for", "1d12h", "--importance", "7"]
    names = ["--purpose", "ci", "--project", "p", "--note", "n", "--owner", "ann"]
    result = terminal.run("request", *size, *names, "--ssh-key", str(terminal.folder / "id.pub"))
    assert (result.exit_code, result.stdout) == (0, "req-1 waits at place 1.\n")
    assert door.heard == [
        (
            RequestServer(
                purpose="ci",
                vcpus=2,
                ram_mib=2048,
                term=timedelta(hours=36),
                importance=7,
                project="p",
                note="n",
                owner="ann",
                ssh_key=KEY,
            ),
            ME,
        )
    ]


def test_little_is_enough(terminal: Terminal, door: FakeDoor) -> None:
    terminal.run("request", "--purpose", "ci")
    terminal.run("request", "--purpose", "ci", "--flavor", "m1.small")
    assert [command for command, _ in door.heard] == [
        RequestServer(purpose="ci"),
        RequestServer(purpose="ci", flavor="m1.small"),
    ]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (["--for", "-3h"], "--for: -3h lies in the past"),
        (["--for", "0h"], "--for: 0h is no time to work with"),
        (["--for", "soon"], "is no length of time"),
        (["--vcpus", "0"], "--vcpus: 0 does not do: write 1 to 4096."),
        (["--vcpus", "-1"], "-1 does not do"),
        (["--vcpus", "two"], "is no whole number"),
        (["--ram-mib", "0"], "--ram-mib: 0 does not do"),
        (["--importance", "11"], "--importance: 11 does not do: write 0 to 10."),
        (["--importance", "-1"], "-1 does not do"),
        (["--flavor", "m1.small", "--vcpus", "2"], "not both"),
        (["--timeout", "0s", "--wait"], "--timeout: 0s is no time to work with"),
        (["--ssh-key", "/nowhere/id.pub"], "/nowhere/id.pub cannot be read (No such file or directory)."),
    ],
)
def test_what_cannot_be_wished_is_never_sent(terminal: Terminal, door: FakeDoor, wish: list[str], words: str) -> None:
    refused(terminal.run("request", "--purpose", "ci", *wish), 2, words)
    assert door.heard == []


def test_a_purpose_is_needed(terminal: Terminal, door: FakeDoor) -> None:
    refused(terminal.run("request"), 2, "Missing option '--purpose'")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn", "is a private key: give"),
        (b"", "one public key, on one line"),
        (KEY.encode() + b"\n" + KEY.encode(), "one public key, on one line"),
        (b"ssh-rsa " + b"A" * 20_000, "one public key, on one line"),
        (b"\xff\xfe\x00", "holds no public key"),
    ],
    ids=["private", "empty", "two", "endless", "no text"],
)
def test_only_one_public_key_is_taken(
    terminal: Terminal, door: FakeDoor, tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "key").write_bytes(content)
    refused(terminal.run("request", "--purpose", "ci", "--ssh-key", str(tmp_path / "key")), 2, words)
    assert door.heard == []


# --wait


def waited(terminal: Terminal, door: FakeDoor, *then: AnyRecord, timeout: str = "30s") -> Any:
    door.after = list(then)
    return terminal.run("request", "--purpose", "ci", "--wait", "--timeout", timeout)


def test_waiting_ends_when_the_server_is_handed_over(terminal: Terminal, door: FakeDoor) -> None:
    result = waited(terminal, door, RUNS, LEASE, AT_WORK, GRANTED, DONE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == ("vm-1 (10.0.0.7) is yours until 2026-03-02 20:00 UTC: m1.small is the smallest.\n")
    assert door.after == []


def test_waiting_for_what_is_granted_at_once_waits_for_the_hand_over(terminal: Terminal, door: FakeDoor) -> None:
    door.put(RUNS, LEASE, AT_WORK, GRANTED)
    door.reply = Reply(text="It is yours.", request_id="req-1", lease_id="lease-1", server_id="vm-1")
    result = waited(terminal, door, DONE)
    assert (result.exit_code, door.after) == (0, [])


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ((changed(WAITS, state=RequestState.REFUSED, reason="It is too big."),), "It is too big."),
        ((changed(WAITS, state=RequestState.CANCELLED),), "Request req-1 was cancelled."),
        ((RUNS, changed(LEASE, state=LeaseState.ENDED, end_reason="released by ann"), GRANTED), "released by ann"),
        (
            (RUNS, LEASE, handing_over("lease-1", "vm-1", OperationState.FAILED, "the key was not taken"), GRANTED),
            "but the hand-over failed: the key was not taken.",
        ),
    ],
    ids=["refused", "cancelled", "over", "not handed over"],
)
def test_waiting_in_vain_is_told(terminal: Terminal, door: FakeDoor, then: tuple[AnyRecord, ...], words: str) -> None:
    refused(waited(terminal, door, *then), 1, words)


def test_a_request_that_is_forgotten_is_told(terminal: Terminal, door: FakeDoor) -> None:
    door.reply = queued(request("req-9", ME))
    refused(waited(terminal, door), 1, "Request req-9 is not known any more.")


def test_waiting_has_an_end(terminal: Terminal, door: FakeDoor) -> None:
    refused(waited(terminal, door, timeout="1s"), 3, "req-1 still waits at place 1. See `vmms show req-1`")
    door.put(RUNS, LEASE, AT_WORK, GRANTED)
    refused(waited(terminal, door, timeout="1s"), 3, "req-1 is granted, but the server is not handed over yet.")


def test_a_refusal_is_not_waited_for(terminal: Terminal, door: FakeDoor) -> None:
    door.reply = Reply(code="refused", rule="unknown_purpose", text="No pool serves it.")
    refused(waited(terminal, door), 1, "No pool serves it.")


def test_waiting_lives_through_the_end_of_a_stream(terminal: Terminal, door: FakeDoor) -> None:
    class Restarts(FakeDoor):
        def _later(self) -> None:
            if self.viewers:
                self.end_streams()
                self.put(RUNS, LEASE, GRANTED)
            else:
                self.loop.call_later(0.01, self._later)

    other = Terminal(terminal.folder / "other")
    other.folder.mkdir()
    with other.engine(Restarts(POOL, WAITS)) as restarting:
        restarting.reply = queued(WAITS)
        assert waited(other, restarting).exit_code == 0


def test_json_has_the_records_beside_the_reply(terminal: Terminal, door: FakeDoor) -> None:
    told = json.loads(terminal.run("request", "--purpose", "ci", "--json").stdout)
    assert (told["code"], told["request"]["state"], told["lease"], told["server"]) == ("queued", "queued", None, None)
    door.put(RUNS, LEASE, DONE, GRANTED)
    door.reply = Reply(text="Yours.", request_id="req-1", lease_id="lease-1", server_id="vm-1", end=NOW)
    told = json.loads(terminal.run("request", "--purpose", "ci", "--json").stdout)
    assert (told["end"], told["lease"]["id"], told["server"]["address"]) == (
        "2026-03-02T12:00:00Z",
        "lease-1",
        "10.0.0.7",
    )
