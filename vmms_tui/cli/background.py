"""Engines in the background, and whether one answers."""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vmms_tui.cli.options import Options
from vmms_tui.model.errors import Failed, TryAgain

PATIENCE = 30.0
"""Seconds that an engine gets until it answers."""
RUNNING_ALREADY = 3
"""Exit code of an engine in the background that finds another."""


def answers(path: Path) -> bool:
    """Whether somebody listens at this socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, contextlib.suppress(OSError):
        probe.connect(str(path))
        return True
    return False


def ensure_engine(options: Options) -> subprocess.Popen[bytes] | None:
    """Return when an engine answers; if there is none, start one that outlives this program and its terminal.

    Returns its process, if one was started.

    Raises:
        Failed: it does not start, with its own reason.
        TryAgain: it does not answer in time.
    """
    path = options.paths.socket
    if answers(path):
        return None
    with tempfile.TemporaryFile() as complaints:
        command = [sys.executable, "-m", "vmms_tui.cli", *options.arguments(), "engine", "--background"]
        child = subprocess.Popen(  # noqa: S603 our own program
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE
        while not answers(path):
            if _ended(child) and child.returncode != RUNNING_ALREADY:
                complaints.seek(0)
                said = complaints.read().decode(errors="replace").strip().replace("vmms: ", "")
                raise Failed(f"The engine did not start: {said or f'exit code {child.returncode}'}")
            if time.monotonic() > deadline:
                raise TryAgain(f"The engine has not answered for {PATIENCE:g} seconds.", f"See {options.paths.log}.")
    return child


def _ended(child: subprocess.Popen[bytes]) -> bool:
    """Whether it has; looks for a twentieth of a second."""
    try:
        child.wait(timeout=0.05)
    except subprocess.TimeoutExpired:
        return False
    return True
