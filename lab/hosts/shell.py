"""Commands of the machine, and what they said when they fail."""

import subprocess
from pathlib import Path

_PROJECT = Path(__file__).parents[2]


class HostError(Exception):
    """A host could not be made, started or ended; one sentence and what the command said."""


def call(*command: str, check: bool = True) -> str:
    """Run a command in the project's folder and give its output. Raises HostError."""
    done = subprocess.run(command, cwd=_PROJECT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise HostError(f"`{' '.join(command)}` ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout
