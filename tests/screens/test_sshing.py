"""The way into a server: which words ssh gets, and why it gets none."""

import base64
import itertools
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import Lease, Server, ServerState, changed
from vmms_tui.screens.sshing import LOGIN, Way, way_in
from vmms_tui.screens.terminal import run, run_ssh, ssh_to

from .cloudland import lent, minutes

KEY = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + b"k" * 32).decode()
SERVER, LEASE = lent(12, "el9-ci", "ada", minutes(18))
PINNED = changed(SERVER, host_key=f"{KEY} some comment")
ADA = Caller(name="ada", roles=(Role.DEVELOPER,))


def way(server: Server | None = PINNED, lease: Lease | None = LEASE, login: str = "vmms", you: Caller = ADA) -> Way:
    made = way_in(server, lease, login, you)
    assert isinstance(made, Way), made
    return made


def test_ssh_is_told_what_to_trust_and_asks_nothing() -> None:
    words = way().words("/tmp/known")
    assert words[0] == "ssh"
    assert words[-4:] == ["-l", "vmms", "--", "10.20.4.12"]
    said = {one for before, one in itertools.pairwise(words) if before == "-o"}
    assert said >= {
        'UserKnownHostsFile="/tmp/known"',
        "GlobalKnownHostsFile=/dev/null",
        "StrictHostKeyChecking=yes",
        "UpdateHostKeys=no",
        "HostKeyAlias=vm-00012",
    }
    assert way().known_hosts == f"vm-00012 {KEY}\n"


@pytest.mark.parametrize(
    ("server", "lease", "login", "you", "words"),
    [
        (None, LEASE, "vmms", ADA, "There is no server here."),
        (PINNED, LEASE, "vmms", Caller(name="bob", roles=(Role.DEVELOPER,)), "not on a lease of yours"),
        (PINNED, None, "vmms", ADA, "not on a lease of yours"),
        (PINNED, changed(LEASE, id="lease-9"), "vmms", ADA, "not on a lease of yours"),
        (PINNED, changed(LEASE, server_id="vm-9"), "vmms", ADA, "not on a lease of yours"),
        (changed(PINNED, floating_ip="", address=""), LEASE, "vmms", ADA, "has no address yet"),
        (changed(PINNED, state=ServerState.STOPPED), LEASE, "vmms", ADA, "is stopped"),
        (changed(PINNED, floating_ip="-oProxyCommand=id"), LEASE, "vmms", ADA, "is none"),
        (changed(PINNED, floating_ip="h; id"), LEASE, "vmms", ADA, "is none"),
        (changed(PINNED, floating_ip="fe80::1%eth0"), LEASE, "vmms", ADA, "is none"),
        (PINNED, LEASE, "-oProxyCommand=id", ADA, "is no name"),
        (PINNED, LEASE, "a b", ADA, "is no name"),
        (PINNED, LEASE, "", ADA, "is no name"),
        (PINNED, LEASE, "root\n", ADA, "is no name"),
        (SERVER, LEASE, "vmms", ADA, "is not known"),
        (changed(PINNED, host_key="ssh-ed25519 not/base64!"), LEASE, "vmms", ADA, "is not known"),
        (changed(PINNED, host_key="@cert-authority AAAA"), LEASE, "vmms", ADA, "is not known"),
    ],
)
def test_why_there_is_no_way_in(
    server: Server | None, lease: Lease | None, login: str, you: Caller, words: str
) -> None:
    said = way_in(server, lease, login, you)
    assert isinstance(said, str)
    assert words in said
    assert said.endswith(".")


def test_an_operator_gets_in_without_a_lease() -> None:
    assert way(lease=None, you=Caller(name="oli", roles=(Role.OPERATOR,))).login == "vmms"


def test_a_name_that_is_no_host_name_is_refused() -> None:
    for name in ("vm 1", "-vm", "vm\n@revoked", "*"):
        odd = changed(PINNED, id=name)
        assert isinstance(way_in(odd, changed(LEASE, server_id=name), "vmms", ADA), str)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=80))
def test_whatever_comes_from_outside_never_becomes_an_option(login: str, address: str, key: str) -> None:
    made = way_in(changed(PINNED, floating_ip=address, host_key=key), LEASE, login, ADA)
    if isinstance(made, Way):
        words = made.words("/tmp/k")
        assert words[-2] == "--"
        assert not words[-1].startswith("-")
        assert LOGIN.fullmatch(made.login)
        assert made.known_hosts.count("\n") == 1
        assert made.known_hosts.startswith("vm-00012 ")


@given(st.binary(max_size=60))
def test_known_hosts_is_one_line_with_one_key(blob: bytes) -> None:
    line = f"ssh-ed25519 {base64.b64encode(blob).decode()} comment with\twords"
    made = way_in(changed(PINNED, host_key=line), LEASE, "vmms", ADA)
    if isinstance(made, Way):
        assert made.known_hosts.split() == ["vm-00012", *line.split()[:2]]


def test_a_file_name_with_spaces_and_percents_stays_one_file() -> None:
    assert 'UserKnownHostsFile="/tmp/a b/50%%/k"' in way().words("/tmp/a b/50%/k")


def fake_ssh(folder: Path, script: str) -> dict[str, str]:
    program = folder / "ssh"
    program.write_text(f"#!{sys.executable}\n{script}")
    program.chmod(0o755)
    return {"PATH": str(folder)}


def test_the_key_is_in_the_file_while_ssh_runs_and_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    script = f"""
import sys
file = next(word for word in sys.argv if word.startswith("UserKnownHostsFile=")).split("=", 1)[1].strip('"')
open({str(seen)!r}, "w").write(file + "\\n" + open(file).read() + sys.argv[-1])
sys.exit(7)
"""
    monkeypatch.setenv("PATH", fake_ssh(tmp_path, script)["PATH"])
    assert run_ssh(way()) == 7
    file, hosts, address = seen.read_text().split("\n")
    assert (hosts, address) == (f"vm-00012 {KEY}", "10.20.4.12")
    assert not Path(file).exists()


def test_no_ssh_is_an_error_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError):
        run_ssh(way())
    assert ssh_to(way()) == ("There is no ssh on this machine; install OpenSSH's client.", "bad")
    (tmp_path / "ssh").write_text("not a program")
    assert "cannot be run" in ssh_to(way())[0]


def test_what_stops_itself_goes_on_and_signals_end_it() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    stops = "import os, signal, sys; os.kill(os.getpid(), signal.SIGTSTP); sys.exit(5)"
    assert run([sys.executable, "-c", stops]) == 5
    ends = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert run([sys.executable, "-c", ends]) == 128 + signal.SIGTERM
    heard: list[int] = []
    ours = signal.signal(signal.SIGTERM, lambda number, _frame: heard.append(number))
    try:
        asks = "import os, signal; os.kill(os.getppid(), signal.SIGTERM); signal.pause()"
        assert run([sys.executable, "-c", asks]) == 128 + signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, ours)
    assert heard == [signal.SIGTERM]
    assert {number: signal.getsignal(number) for number in before} == before
    interrupts = "import os, signal, sys; os.kill(os.getppid(), signal.SIGINT); sys.exit(3)"
    assert run([sys.executable, "-c", interrupts]) == 3
