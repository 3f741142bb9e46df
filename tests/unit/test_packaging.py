"""What packaging/ gives to a machine, checked by systemd's own tools, and the engine's words to its service manager."""

import contextlib
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.test_cli_engine import Engine
from tests.unit.test_cli_engine import options as options
from vmms_tui.cli.notify import notify, watchdog

PACKAGING = Path(__file__).parents[2] / "packaging"
EXECUTABLE = "/usr/local/bin/vmms"


def tool(name: str) -> str:
    """A tool of systemd."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    text = (PACKAGING / "vmms.service").read_text()
    assert text.count(EXECUTABLE) == 2
    (tmp_path / "vmms.service").write_text(text.replace(EXECUTABLE, "/bin/true"))
    done = run(tool("systemd-analyze"), "verify", str(tmp_path / "vmms.service"))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_runs_the_machines_installation() -> None:
    lines = (PACKAGING / "vmms.service").read_text().splitlines()
    for line in ("User=vmms", "Type=notify", "StateDirectory=vmms", "RuntimeDirectory=vmms", "StateDirectoryMode=0700"):
        assert line in lines
    assert f"ExecStart={EXECUTABLE} engine" in lines
    assert f"ExecReload={EXECUTABLE} engine --replace" in lines


def test_the_user_and_the_folder_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    assert run(tool("systemd-sysusers"), f"--root={tmp_path}", str(PACKAGING / "vmms.sysusers")).returncode == 0
    assert (tmp_path / "etc/passwd").read_text().startswith("vmms:x:")
    if os.geteuid() == 0:
        done = run(tool("systemd-tmpfiles"), f"--root={tmp_path}", "--create", str(PACKAGING / "vmms.tmpfiles"))
        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / "etc/vmms").stat().st_mode & 0o777 == 0o755


LOGIN = PACKAGING / "vmms-login.sh"


@pytest.fixture
def their_path(tmp_path: Path) -> str:
    """A PATH with a `vmms` that says with what it was called, and fails."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/vmms").write_text('#!/bin/sh\necho "called: $*"\necho complaint >&2\nexit 3\n')
    (tmp_path / "bin/vmms").chmod(0o755)
    return f"{tmp_path / 'bin'}:/usr/bin:/bin"


@pytest.mark.parametrize("there", [True, False])
def test_the_login_message_is_quiet_in_scripts_and_without_vmms(there: bool, their_path: str) -> None:
    path = their_path if there else "/usr/bin:/bin"
    done = subprocess.run(
        ["sh", "-c", f"set -e; . {LOGIN}; echo alive"], env={"PATH": path}, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("alive\n", "")


@pytest.mark.usefixtures("options")
def test_who_logs_in_reads_one_line_of_a_command_that_is_there(their_path: str) -> None:
    ours, theirs = pty.openpty()
    said = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        line = ["sh", "-i", "-c", f"set -e; . {LOGIN}; echo alive"]
        subprocess.run(line, env={"PATH": their_path}, stdin=theirs, stdout=theirs, stderr=theirs, check=True)
        os.close(theirs)
        with contextlib.suppress(OSError):  # EIO, when nobody has it open any more (pty(7))
            while part := terminal.read(4096):
                said += part
    called, alive = said.decode().splitlines()[-2:]
    assert alive == "alive"
    assert called.startswith("called: leases ")
    words = called.removeprefix("called: ").split()
    done = run(sys.executable, "-m", "vmms_tui.cli", "--simulated", *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), "no engine is no error"


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A service manager's ear."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield ear


def heard(manager: socket.socket, word: str) -> str:
    """The first message that has this word."""
    while word not in (said := manager.recv(4096).decode()):
        pass
    return said


@pytest.mark.usefixtures("options")
def test_the_service_manager_hears_that_it_runs_lives_and_stops(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    engine = Engine("--simulated")
    try:
        assert heard(manager, "READY=1").splitlines()[1].startswith("STATUS=VMMS ")
        assert heard(manager, "WATCHDOG=1")
        assert heard(manager, "WATCHDOG=1")
        reload = run(sys.executable, "-m", "vmms_tui.cli", "--simulated", "engine", "--replace")
        assert (reload.returncode, reload.stderr) == (0, "")
        assert heard(manager, "READY=1")
        assert heard(manager, "WATCHDOG=1")
        assert engine.end(signal.SIGTERM) == 0
        assert heard(manager, "STOPPING=1")
    finally:
        engine.process.kill()


def test_without_a_service_manager_nothing_happens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    notify("READY=1")
    monkeypatch.setenv("WATCHDOG_USEC", "2000000")
    assert watchdog() == 1.0
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert watchdog() is None
    monkeypatch.delenv("WATCHDOG_USEC")
    assert watchdog() is None


def test_a_busy_service_manager_is_not_waited_for(manager: socket.socket) -> None:
    began = time.monotonic()
    for _ in range(1000):  # more than any queue has room for (net.unix.max_dgram_qlen)
        notify("WATCHDOG=1", patience=0)
    assert time.monotonic() - began < 5
    assert manager.recv(100) == b"WATCHDOG=1"


def test_an_abstract_address_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("")  # the kernel chooses a name, unix(7)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + ear.getsockname()[1:].decode())
        notify("A=1", "B=2")
        assert ear.recv(100) == b"A=1\nB=2"
