"""Gives the terminal to another program, and takes it back."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from vmms_tui.screens.sshing import Way

ENDS = (signal.SIGTERM, signal.SIGHUP)


def run_ssh(way: Way, environ: dict[str, str] | None = None) -> int:
    """Log in, with this process's terminal, and wait until it is over; the exit code, 128 and more for a signal.

    Raises OSError: there is no ssh, or it cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="vmms-ssh-") as folder:
        file = Path(folder) / "known_hosts"
        file.write_text(way.known_hosts, encoding="ascii")
        return run(way.words(str(file)), environ)


def ssh_to(way: Way) -> tuple[str, str]:
    """Log in, and say what came of it, as a sentence and a tone. Raises nothing."""
    try:
        code = run_ssh(way)
    except FileNotFoundError:
        return "There is no ssh on this machine; install OpenSSH's client.", "bad"
    except OSError as error:
        return f"ssh cannot be run: {error.strerror or error}.", "bad"
    return f"Back from {way.name}" + (f": ssh ended with code {code}." if code else "."), "warn" if code else "good"


def run(words: Sequence[str], environ: dict[str, str] | None = None) -> int:
    """Run a program in the foreground of our terminal. No shell sees the words. Raises OSError.

    What the terminal sends (ctrl-c) is for that program, and not for us; what ends us ends it first.
    """
    program = subprocess.Popen(list(words), env=environ)  # noqa: S603  the words are checked where they are made
    with _signals_for(program):
        return _wait_for(program)


def _wait_for(program: "subprocess.Popen[bytes]") -> int:
    """Until it has ended. One that stops itself (`~^Z`) would leave a terminal that nobody reads: it goes on."""
    while True:
        _, status = os.waitpid(program.pid, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            os.kill(program.pid, signal.SIGCONT)
            continue
        code = os.waitstatus_to_exitcode(status)
        program.returncode = code
        return code if code >= 0 else 128 - code


@contextmanager
def _signals_for(program: "subprocess.Popen[bytes]") -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *ENDS)}

    def end(number: int, frame: FrameType | None) -> None:
        program.send_signal(number)
        ours = before[signal.Signals(number)]
        if callable(ours):
            ours(number, frame)

    # A handler that does nothing, and not SIG_IGN: a program inherits that, and could not be stopped any more.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    for number in ENDS:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
