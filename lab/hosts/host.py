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
from collections.abc import Callable, Iterable, Iterator
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

    def start(self, user_data: bytes, *, instance_id: str = "", script: str = "") -> str:
        """Make a new host with an empty disk and boot it; its address. Does not wait for cloud-init.

        `script` for sh(1) is run at each boot in place of cloud-init.
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
            if script:
                (self.disk / "script").write_text(script)
        self.power_on()
        return self.address

    def power_on(self) -> None:
        """Boot it with the disk it has. Raises HostError."""
        if self.running:
            raise HostError(f"The host {self.name} is running.")
        (self.disk / "pid").unlink(missing_ok=True)
        network.link(self.name, up=True)
        call("setsid", "--fork", sys.executable, "-m", "lab.hosts.power", str(self.disk), self.name)
        self._wait(lambda: self._pids() is not None, "did not start")

    def power_off(self) -> None:
        """Pull the plug: every process in it dies at once, and nobody else is told. The disk stays."""
        pids = self._pids()
        if pids is None:
            return
        network.link(self.name, up=False)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._wait(lambda: not any(Path(f"/proc/{pid}").exists() and not _dead(pid) for pid in pids), "does not end")

    def cut(self) -> None:
        """Pull its network cable. What runs in it runs on."""
        network.link(self.name, up=False)

    def join(self) -> None:
        """Plug its network cable in again. A host without power has no network all the same."""
        network.link(self.name, up=self.running)

    def hang(self) -> None:
        """Stop all its processes where they are: its kernel takes connections still, and nobody answers them."""
        stopped: set[int] = set()
        while new := set(self.processes()) - stopped:  # those that were begun meanwhile, too
            _signal(new, signal.SIGSTOP)
            stopped |= new

    def wake(self) -> None:
        """Let all its processes run on."""
        _signal(self.processes(), signal.SIGCONT)

    def processes(self) -> dict[int, str]:
        """Its processes as this machine numbers them, with their programs; none when it does not run."""
        pids = self._pids()
        if pids is None:
            return {}
        own = Path(f"/proc/{pids[1]}/ns/pid").readlink()
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it ended meanwhile, or is none of ours to look into
                if (path / "ns/pid").readlink() == own and not _dead(int(path.name)):
                    found[int(path.name)] = (path / "comm").read_text().strip()
        return found

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


def existing(name: str) -> Host:
    """A host that there is. Raises HostError."""
    host = Host(name)
    if not host.disk.is_dir():
        raise HostError(f"There is no host {name}.")
    return host


def hosts() -> list[Host]:
    """All hosts there are."""
    return [Host(path.name) for path in sorted(STATE.glob("*")) if path.is_dir()]


def _free_address() -> str:
    taken = {host.address for host in hosts()}
    every = (f"{network.NETWORK}.{number}" for number in range(network.FIRST, network.LAST))
    return next(address for address in every if address not in taken)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


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
