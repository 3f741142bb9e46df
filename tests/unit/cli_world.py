"""What the tests of the command line share: an installation in a folder of its own, and a way to call `vmms`."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from vmms_tui.cli.root import vmms
from vmms_tui.settings.people import unix_user

ME = unix_user()


@dataclass(frozen=True)
class Outcome:
    """What came of a call."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What was printed, read as JSON."""
        return json.loads(self.out)


Vmms = Callable[..., Outcome]


def call_vmms(*words: str) -> Outcome:
    """Call `vmms` in this process. A traceback never counts as an outcome."""
    result = CliRunner().invoke(vmms, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


def sentence(outcome: Outcome) -> str:
    """The one line on stderr."""
    lines = outcome.err.splitlines()
    assert len(lines) == 1, outcome.err
    assert lines[0].startswith("vmms: ")
    assert "Traceback" not in lines[0]
    return lines[0].removeprefix("vmms: ")


def socket_in(folder: Path) -> Path:
    """Where the engine of the installation in this folder has its door."""
    return folder / "engine.sock"
