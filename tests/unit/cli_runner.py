"""Runs `vmms` in this process against a door behind a real socket."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.unit.fake_door import FakeDoor, in_a_thread
from vmms_tui.cli.root import vmms


class Terminal:
    """One user's command line, with folders of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            "VMMS_STATE_DIR": str(folder / "state"),
            "VMMS_RUNTIME_DIR": str(folder),
            "VMMS_CONFIG": str(folder / "vmms.toml"),
            "VMMS_CLOUD": "",
            "VMMS_SIMULATED": "",
            "VMMS_DEBUG": "",
        }

    def run(self, *arguments: str) -> Result:
        """One command."""
        return CliRunner().invoke(vmms, arguments, env=self.environ, prog_name="vmms")

    def json(self, *arguments: str) -> Any:
        """What a command that goes well answers in JSON."""
        result = self.run(*arguments, "--json")
        assert (result.exit_code, result.stderr) == (0, "")
        return json.loads(result.stdout)

    @contextmanager
    def engine(self, door: FakeDoor) -> Iterator[FakeDoor]:
        """An engine that this user reaches."""
        with in_a_thread(door, self.folder / "engine.sock"):
            yield door


def refused(result: Result, code: int, words: str) -> None:
    """It ended with this code and one sentence that has these words, on stderr only."""
    assert result.exit_code == code, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("vmms: ")
    assert words in line
    assert result.stdout == ""


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)
