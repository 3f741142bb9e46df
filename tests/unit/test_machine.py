"""One installation for a machine: who finds it, who may run its engine, and what the others may not."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.background import end_engine
from tests.unit.test_cli_engine import Engine
from vmms_tui.cli.absent import is_ours
from vmms_tui.cli.options import Options
from vmms_tui.settings.paths import MACHINE, find

SETTINGS = """
cloud = "simulated"
installation = "machine"
access = { everyone = "viewer" }
[pools.ci]
purposes = ["ci"]
flavor = "m1.small"
image = "el9"
networks = ["private"]
available = 0
limit = 1
"""
OURS = ("VMMS_", "XDG_", "HOME")
AS_ANOTHER = """
import asyncio, contextlib, os, sys
from vmms_tui.cli.root import vmms
from vmms_tui.cli import screen
from vmms_tui.cli.options import Options

def command(*words):
    with contextlib.suppress(SystemExit):
        vmms(words)

async def attach():
    own = screen.OwnEngine(Options(), None)
    client = await own.client()
    print("screen", client.embedded, (await client.snapshot()).status.installation)
    await client.close()
    own.leave()

command("leases")  # as root, so that all is imported that the interpreter could not be asked for later
command("settings", "check")
asyncio.run(attach())
os.setgroups([]); os.setgid(65534); os.setuid(65534)
print("as", os.getuid())
command("leases")
command("release", "lease-00001")
asyncio.run(attach())
screen._keep_a_log(Options())
import logging
logging.getLogger("vmms_tui").info("a line")
command("engine")
"""


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder that every user may enter."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def root(ground: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an installation, and a user with an empty home."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    home = ground / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("VMMS_ROOT", str(ground / "root"))
    file = ground / "root" / MACHINE
    file.parent.mkdir(parents=True)
    file.write_text(SETTINGS)
    return ground / "root"


@pytest.fixture
def service(root: Path) -> Iterator[Engine]:
    """The machine's engine."""
    running = Engine()
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "vmms_tui.cli", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)


def test_who_has_no_settings_uses_the_machines(root: Path, ground: Path) -> None:
    paths = Options().paths
    assert paths.machine
    assert paths.named() == {
        "config": str(root / "etc/vmms/vmms.toml"),
        "state": str(root / "var/lib/vmms"),
        "socket": str(root / "run/vmms/engine.sock"),
        "log": str(root / "var/lib/vmms/vmms.log"),
    }
    assert paths.clouds == root / "etc/vmms/clouds.yaml"
    assert paths.own_log == ground / "home/.local/state/vmms/vmms.log"


def test_variables_options_and_own_settings_go_first(root: Path, ground: Path) -> None:
    environ = dict(os.environ)
    moved = find(None, environ | {"VMMS_STATE_DIR": "/s", "VMMS_RUNTIME_DIR": "/r"}, simulated=False)
    assert (moved.config, moved.state, moved.socket) == (root / MACHINE, Path("/s"), Path("/r/engine.sock"))
    assert not moved.machine
    assert find(None, environ | {"VMMS_RUNTIME_DIR": "/r"}, simulated=False).machine
    assert not find(None, environ | {"VMMS_CONFIG": "/c.toml"}, simulated=False).machine
    assert not find(Path("c.toml"), environ, simulated=False).machine
    assert not find(None, environ, simulated=True).machine
    own = ground / "home/.config/vmms/vmms.toml"
    own.parent.mkdir(parents=True)
    own.touch()
    assert find(None, environ, simulated=False).config == own
    assert find(None, environ, simulated=False).clouds is None
    own.unlink()
    (root / MACHINE).unlink()
    assert find(None, environ, simulated=False).config == own


@pytest.mark.parametrize("words", [("leases",), ("leases", "--start"), ("engine", "--replace", "--start"), ()])
def test_without_its_engine_everybody_is_told_who_starts_it(root: Path, words: tuple[str, ...]) -> None:
    from tests.terminal.driver import Terminal

    said = "vmms: No engine runs. An operator starts it with `systemctl start vmms`."
    if words:
        done = run(*words)
        assert (done.returncode, done.stdout, done.stderr) == (3, "", f"{said}\n")
    else:
        with Terminal(environ=dict(os.environ)) as screen:
            assert screen.ended() == 3
            assert said in screen.text()
    assert not (root / "var").exists()


def test_whose_folders_they_are_may_run_it(root: Path) -> None:
    paths = Options().paths
    (root / "var/lib/vmms").mkdir(parents=True)
    assert not is_ours(paths)
    (root / "run/vmms").mkdir(parents=True)
    assert is_ours(paths)
    done = run("leases", "--start")
    try:
        assert (done.returncode, done.stdout, done.stderr) == (0, "There are no leases.\n", "")
    finally:
        assert end_engine(paths.state)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make another user's folder")
@pytest.mark.parametrize("folder", ["var/lib/vmms", "run/vmms"])
def test_another_users_folder_is_left_alone(root: Path, folder: str) -> None:
    for name in ("var/lib/vmms", "run/vmms"):
        (root / name).mkdir(parents=True)
    os.chown(root / folder, 65534, 65534)
    assert not is_ours(Options().paths)
    assert run("leases", "--start").returncode == 3
    assert not list((root / "var/lib/vmms").iterdir())


@pytest.mark.usefixtures("service")
def test_its_engine_is_found(root: Path) -> None:
    done = run("info", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["paths"]["socket"] == str(root / "run/vmms/engine.sock")
    assert told["engine"]["installation"] == "machine"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another user")
@pytest.mark.usefixtures("service")
def test_another_user_attaches_and_reads_nothing(root: Path, ground: Path) -> None:
    os.chown(ground / "home", 65534, 65534)
    (root / "etc/vmms").chmod(0o700)
    assert (root / "var/lib/vmms").stat().st_mode & 0o777 == 0o700
    done = subprocess.run([sys.executable, "-c", AS_ANOTHER], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == [
        "There are no leases.",
        f"{root / MACHINE} is right: cloud simulated, installation machine, 1 pool.",
        "screen False machine",
        "as 65534",
        "There are no leases.",
        "screen False machine",
    ], done
    refused, engine = done.stderr.splitlines()
    assert "This needs the role developer; nobody is viewer." in refused
    assert engine.startswith(f"vmms: {root / MACHINE}: it cannot be read (Permission denied)")
    assert (ground / "home/.local/state/vmms/vmms.log").read_text().endswith("vmms_tui: a line\n")
