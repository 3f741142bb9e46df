"""One host: made, started, looked into, switched off, thrown away."""

import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.hosts import network, packages
from lab.hosts.shell import HostError, call

STATE = Path("/var/tmp/vmms-lab-hosts")
_NAME = re.compile(r"[a-z][a-z0-9]{0,9}")
_SECONDS_TO_START = 15.0

__all__ = ["STATE", "Host", "HostError"]


class Host:
    """A host by its name: a small letter, then small letters and digits, ten in all at most."""

    def __init__(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise HostError("A host's name is a small letter, then small letters and digits, ten at most.")
        self.name = name
        self.disk = STATE / name

    @property
    def address(self) -> str:
        """Its IPv4 address; empty when there is no such host."""
        try:
            return str(json.loads((self.disk / "host.json").read_text())["address"])
        except FileNotFoundError:
            return ""

    @property
    def running(self) -> bool:
        """Whether its first process lives."""
        return self._pids() is not None

    def start(self, user_data: bytes, *, instance_id: str = "") -> str:
        """Make a new host with an empty disk and boot it; its address. Does not wait for cloud-init.

        Raises HostError, also when there is a host of that name already.
        """
        reason = packages.possible()
        if reason:
            raise HostError(f"No host can be made: {reason}.")
        packages.install()
        with _alone():
            if self.disk.exists():
                raise HostError(f"There is a host {self.name} already.")
            self._make(user_data, instance_id or self.name)
        self.power_on()
        return self.address

    def power_on(self) -> None:
        """Boot it with the disk it has. Raises HostError."""
        if self.running:
            raise HostError(f"The host {self.name} is running.")
        (self.disk / "pid").unlink(missing_ok=True)
        call("setsid", "--fork", sys.executable, "-m", "lab.hosts.power", str(self.disk), self.name)
        self._wait(lambda: self._pids() is not None, "did not start")

    def power_off(self) -> None:
        """Pull the plug: every process in it dies at once. The disk stays."""
        pids = self._pids()
        if pids is None:
            return
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._wait(lambda: not any(Path(f"/proc/{pid}").exists() and not _dead(pid) for pid in pids), "does not end")

    def remove(self) -> None:
        """Switch it off and throw it away; that there is none is no error."""
        self.power_off()
        with _alone():
            others = [host for host in hosts() if host.name != self.name]
            network.unplug(self.name, last=not others)
            call("umount", "--lazy", str(self.disk), check=False)
            if self.disk.exists():
                self.disk.rmdir()

    def console(self) -> str:
        """What it said on its console since it was made."""
        path = self.disk / "console.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def run(self, *command: str) -> str:
        """Run a command in it as root, not through SSH; its output. Raises HostError."""
        pids = self._pids()
        if pids is None:
            raise HostError(f"The host {self.name} is not running.")
        return call("nsenter", "--target", str(pids[1]), "--all", "--", *command)

    def put(self, folder: Path, target: str, *leave_out: str) -> None:
        """Copy a folder of this machine into it; `leave_out` are patterns of tar(1). Raises HostError."""
        pids = self._pids()
        if pids is None:
            raise HostError(f"The host {self.name} is not running.")
        self.run("mkdir", "-p", target)
        pack = ["tar", "-C", str(folder), "--owner=root", "--group=root", "-ch"]
        pack += [f"--exclude={pattern}" for pattern in leave_out]
        unpack = ["nsenter", "--target", str(pids[1]), "--all", "--", "tar", "-C", target, "-x"]
        with subprocess.Popen([*pack, "."], stdout=subprocess.PIPE) as packing:
            done = subprocess.run(unpack, stdin=packing.stdout, capture_output=True, text=True, check=False)
        if packing.returncode or done.returncode:
            raise HostError(f"{folder} could not be copied to {target}: {done.stderr.strip()}")

    def _make(self, user_data: bytes, instance_id: str) -> None:
        address = _free_address()
        self.disk.mkdir(parents=True)
        call("mount", "-t", "tmpfs", "-o", "mode=755,size=1g", f"vmms-{self.name}", str(self.disk))
        for folder in ("upper", "work", "root"):
            (self.disk / folder).mkdir()
        (self.disk / "user-data").write_bytes(user_data)
        (self.disk / "meta-data").write_text(json.dumps({"instance-id": instance_id, "local-hostname": self.name}))
        (self.disk / "host.json").write_text(json.dumps({"address": address}))
        network.plug(self.name, address)

    def _pids(self) -> tuple[int, int] | None:
        """The process that holds it, and its first process; None when it does not run."""
        try:
            outer, first = (int(word) for word in (self.disk / "pid").read_text().split())
            of_ours = str(self.disk).encode() in Path(f"/proc/{outer}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return (outer, first) if of_ours and not _dead(first) else None

    def _wait(self, reached: Callable[[], bool], trouble: str) -> None:
        end = time.monotonic() + _SECONDS_TO_START
        while not reached():
            if time.monotonic() > end:
                raise HostError(f"The host {self.name} {trouble}: {self.console()[-2000:]}")
            time.sleep(0.02)


def hosts() -> list[Host]:
    """All hosts there are."""
    return [Host(path.name) for path in sorted(STATE.glob("*")) if path.is_dir()]


def _free_address() -> str:
    taken = {host.address for host in hosts()}
    every = (f"{network.NETWORK}.{number}" for number in range(network.FIRST, network.LAST))
    return next(address for address in every if address not in taken)


def _dead(pid: int) -> bool:
    """Gone, or only waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@contextmanager
def _alone() -> Iterator[None]:
    """One change of the set of hosts at a time, over all processes."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
