"""Engines that tests leave in the background, and their end."""

import fcntl
import os
import signal
from pathlib import Path

from vmms_tui.engine.lock import NAME, Sign, read


def sign(state: Path) -> Sign | None:
    """Who has the lock of a state folder, by its own word."""
    return read(state / NAME)


def wait_until_free(state: Path) -> None:
    """Return when no engine has the lock: the kernel tells."""
    with (state / NAME).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


def end_engine(state: Path, number: int = signal.SIGTERM) -> bool:
    """End the engine that runs on a state folder, wherever it is; False when none does."""
    if not (state / NAME).exists():
        return False
    with (state / NAME).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found = sign(state)
            assert found is not None
            os.kill(found.pid, number)
            fcntl.flock(file, fcntl.LOCK_EX)
            return True
    return False
