"""Installations on the simulated cloud, each with a folder of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.background import end_engine
from tests.terminal.driver import PATIENCE, Terminal

OURS = ("VMMS_", "OS_", "XDG_", "SSH_", "TEXTUAL_", "TMUX", "COLUMNS", "LINES", "NO_COLOR", "ESCDELAY")
"""Variables that would change what is tested."""


class Installation:
    """One folder of state, with as many programs on it as a test starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        others = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        home = folder / "home"
        home.mkdir(exist_ok=True)
        self.environ = others | {"VMMS_STATE_DIR": str(folder), "HOME": str(home), "TERM": "xterm-256color"}
        self.words = ["--simulated"]
        self.programs = ExitStack()
        self.programs.callback(self.end_engine)

    @property
    def state(self) -> Path:
        """Where the engine's own files are."""
        return self.folder / "simulated"

    def end_engine(self, number: int = signal.SIGTERM) -> bool:
        """End an engine that was left in the background; False when there is none."""
        return end_engine(self.state, number)

    def screen(self, size: tuple[int, int] = (80, 24)) -> Terminal:
        """`vmms` in a terminal."""
        return self.programs.enter_context(Terminal(*self.words, environ=self.environ, size=size))

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """A command, to its end."""
        command = [sys.executable, "-m", "vmms_tui.cli", *self.words, *words]
        return subprocess.run(
            command, capture_output=True, text=True, env=self.environ, timeout=2 * PATIENCE, check=False
        )

    def json(self, *words: str) -> Any:
        """What a command that goes well answers in JSON."""
        done = self.run(*words, "--json")
        assert (done.returncode, done.stderr) == (0, ""), done
        return json.loads(done.stdout)

    def leases(self) -> dict[str, Any]:
        """Leases by id, as another program sees them."""
        return {lease["id"]: lease for lease in self.json("leases")["leases"]}

    def servers(self) -> dict[str, Any]:
        """Servers by id, as another program sees them."""
        return {server["id"]: server for server in self.json("servers")}

    def in_the_cloud(self) -> list[str]:
        """Names of the servers in the simulated cloud itself, in its own file."""
        contents = json.loads((self.folder / "simulated" / "cloud.json").read_bytes())
        return sorted(server["name"] for server in contents["servers"].values() if server.get("deleted") is None)


@pytest.fixture
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An empty one. Folders are short: the path of a socket may have 107 bytes."""
    made = Installation(tmp_path_factory.mktemp("t"))
    with made.programs:
        yield made


@pytest.fixture(scope="session")
def lent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation with one lease, whose pools were still filling when it was stopped."""
    made = Installation(tmp_path_factory.mktemp("l"))
    with made.programs:
        screen = made.screen()
        at_pools(screen)
        done = made.run("request", "--purpose", "development", "--for", "8h", "--note", "kept", "--wait")
        assert done.returncode == 0, done
        assert screen.signal(15) == 143
        assert made.end_engine(), "the lease keeps an engine in the background"
    return made.folder


@pytest.fixture
def furnished(lent: Path, installation: Installation) -> Installation:
    """An installation with one lease, lease-00001."""
    shutil.copytree(lent, installation.folder, dirs_exist_ok=True)
    return installation


def at_pools(screen: Terminal) -> None:
    """From Dash, where it starts, to the pools."""
    screen.see("1*Dash", "?:help")
    screen.press("2")
    screen.see("2*Pools", "debian-dev")


def full(screen: Terminal) -> None:
    """Wait until every pool of the example has what it should have, on the screen of the pools."""
    if "2*Pools" not in screen.text():
        at_pools(screen)
    pools = {"debian-dev": 6, "el9-big": 2, "el9-ci": 4, "windows-qa": 2}
    screen.match(r"(?:.|\n)*".join(rf"{name} +READY +{count}/{count} " for name, count in pools.items()))
