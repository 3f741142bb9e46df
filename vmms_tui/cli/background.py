"""Engines in the background, and whether one answers."""

import contextlib
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from vmms_tui.cli.options import Options
from vmms_tui.model.errors import Failed, TryAgain

if TYPE_CHECKING:
    from vmms_tui.engine.successor import Inheritance

PATIENCE = 30.0
"""Seconds that an engine gets until it answers."""
RUNNING_ALREADY = 3
"""Exit code of an engine in the background that finds another."""
IDLE = 600.0
"""Seconds after which an engine that nobody asked for ends, with nothing to do and nobody looking."""


def answers(path: Path) -> bool:
    """Whether somebody listens at this socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, contextlib.suppress(OSError):
        probe.connect(str(path))
        return True
    return False


def this_program() -> list[str]:
    """The words that run this program, as it is installed now."""
    script = Path(sys.argv[0])
    if script.name == "vmms" and os.access(script, os.X_OK):
        return [str(script.absolute())]
    return [sys.executable, "-m", "vmms_tui.cli"]


def ensure_engine(options: Options) -> subprocess.Popen[bytes] | None:
    """Return when an engine answers; if there is none, start one that outlives this program and its terminal.

    Returns its process, if one was started.

    Raises:
        Failed: it does not start, with its own reason.
        TryAgain: it does not answer in time, or is not ours to start.
    """
    if answers(options.paths.socket):
        return None
    from vmms_tui.cli.absent import why_nobody

    if options.paths.machine and (why := why_nobody(options)):
        raise why
    return start_engine(options)


def start_engine(
    options: Options, *, inherited: "Inheritance | None" = None, until_idle: float | None = None
) -> subprocess.Popen[bytes]:
    """Start an engine in a session of its own, without a terminal, and return when it answers.

    Raises:
        Failed: it does not start, with its own reason.
        TryAgain: it does not answer in time.
    """
    idle = [] if until_idle is None else ["--until-idle", f"{until_idle:g}"]
    heritage = [] if inherited is None else ["--inherit", str(inherited)]
    ready, tell = os.pipe()
    with os.fdopen(ready, "rb") as news, tempfile.TemporaryFile() as complaints:
        words = [*options.arguments(), "engine", "--background", *idle, *heritage, "--ready", str(tell)]
        try:
            child = subprocess.Popen(  # noqa: S603 our own program
                [*this_program(), *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                start_new_session=True,
                pass_fds=(tell, *(inherited or ())),
            )
        finally:
            os.close(tell)
        deadline = time.monotonic() + PATIENCE
        if not _said_something(news, PATIENCE):
            raise _silent(options)
        if not news.read():
            _ended_early(options, child, complaints, deadline)
    return child


def _said_something(news: IO[bytes], seconds: float) -> bool:
    """Whether the pipe has news in time; its end counts: the engine has ended then."""
    return bool(select.select([news], [], [], seconds)[0])


def _ended_early(options: Options, child: subprocess.Popen[bytes], complaints: IO[bytes], deadline: float) -> None:
    """Return if that was because another engine was faster, as soon as that one answers."""
    child.wait(PATIENCE)
    if child.returncode != RUNNING_ALREADY:
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip().replace("vmms: ", "")
        raise Failed(f"The engine did not start: {said or f'exit code {child.returncode}'}")
    while not answers(options.paths.socket):
        if time.monotonic() > deadline:
            raise _silent(options)
        select.select([], [], [], 0.05)


def _silent(options: Options) -> TryAgain:
    return TryAgain(f"The engine has not answered for {PATIENCE:g} seconds.", f"See {options.paths.log}.")
