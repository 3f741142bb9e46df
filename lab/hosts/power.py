"""Keeps one host powered: `python3 -m lab.hosts.power DISK NAME`. Ends when the host does.

What it has to complain about itself goes to `power.log`.

Holds the terminal that the host has as /dev/console, and writes what comes out of it to `console.log`.
"""

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

from lab.hosts.network import namespace

_BOOT = Path(__file__).with_name("boot.sh")
_SECONDS_TO_START = 10.0


def main(disk: Path, name: str) -> int:
    """Start the host's first process, tell its process id in `pid`, and pass the console on until it ends."""
    master, slave = pty.openpty()
    command = [
        *("ip", "netns", "exec", namespace(name)),
        # Without these, `date` or a raw disk access in a host would reach the real machine.
        *("setpriv", "--bounding-set=-sys_time,-sys_rawio,-sys_module,-sys_boot,-mknod"),
        *("unshare", "--uts", "--mount", "--pid", "--ipc", "--fork", "--kill-child=KILL"),
        *("sh", str(_BOOT), str(disk), name, os.ttyname(slave)),
    ]
    outer = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    aside = disk / "pid.new"
    aside.write_text(f"{outer.pid} {_only_child(outer.pid)}")
    aside.rename(disk / "pid")
    _copy(master, disk / "console.log")
    return outer.wait()


def _only_child(parent: int) -> int:
    """The host's first process, as this machine numbers it."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end:
        found = children.read_text().split()
        if found:
            return int(found[0])
        time.sleep(0.01)
    raise TimeoutError("the host has no first process")


def _copy(master: int, console: Path) -> None:
    with console.open("ab", buffering=0) as log:
        while True:
            try:
                text = os.read(master, 65536)
            except OSError:  # EIO: nobody holds the other end any more
                return
            log.write(text)


def _detach(log: Path) -> None:
    """Let go of whoever started us."""
    with log.open("ab") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)


if __name__ == "__main__":
    _detach(Path(sys.argv[1], "power.log"))
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
