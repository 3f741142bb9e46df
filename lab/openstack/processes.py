"""The lab's processes: detached, known by pid and start time, so that only our own are ever ended.

A pid file holds "PID STARTTIME" (field 22 of /proc/PID/stat): a pid that was given to somebody else is not taken for
ours. A mark in the environment would not do: nova-scheduler overwrites its own when it sets its title.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from lab.openstack.settings import Lab, LabError

POLL = 0.2


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third (state) on; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def start_time(pid: int) -> str | None:
    """When a process started, in clock ticks; None when it is gone or a zombie."""
    fields = _stat(pid)
    return None if not fields or fields[0] in "ZX" else fields[19]


def pid_of(lab: Lab, name: str) -> int | None:
    """The pid of the lab's process of that name, if it lives."""
    try:
        pid, started = (lab.run / f"{name}.pid").read_text().split()
    except (FileNotFoundError, ValueError):
        return None
    return int(pid) if start_time(int(pid)) == started else None


def known(lab: Lab, pattern: str = "*") -> list[str]:
    """The names of processes that have been started, whether they live or not."""
    return sorted(path.stem for path in lab.run.glob(f"{pattern}.pid"))


def frozen(pid: int) -> bool:
    """Whether a process is stopped by SIGSTOP."""
    return _stat(pid)[:1] == ["T"]


def start(lab: Lab, name: str, command: Iterable[object], env: Mapping[str, str] | None = None) -> None:
    """Start a process in a session of its own, unless it lives already. What it prints goes to log/NAME.out."""
    if pid_of(lab, name) is not None:
        return
    argv = ["/usr/bin/env", "-C", str(lab.root), *map(str, command)]
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    files: list[tuple[object, ...]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(lab.log / f"{name}.out"), flags, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
        *((os.POSIX_SPAWN_CLOSE, fd) for fd in _inherited()),
    ]
    # Not subprocess.Popen: that wants to be waited for, and warns when it is forgotten with its child alive.
    pid = os.posix_spawn(
        argv[0],
        argv,
        dict(lab.environment() if env is None else env),
        file_actions=files,
        setsid=True,
        setsigmask=[],
        setsigdef=[signal.SIGPIPE, signal.SIGINT, signal.SIGHUP],
    )
    (lab.run / f"{name}.pid").write_text(f"{pid} {start_time(pid) or 0}\n")


def _inherited() -> list[int]:
    """Descriptors that a child would keep, and with them somebody's pipe open."""
    found = []
    for entry in os.listdir("/proc/self/fd"):  # noqa: PTH208 - numbers, not paths
        fd = int(entry)
        try:
            if fd > 2 and os.get_inheritable(fd):
                found.append(fd)
        except OSError:  # the listing's own
            continue
    return found


def send(lab: Lab, name: str, number: signal.Signals) -> None:
    """Send a signal to a process of the lab."""
    pid = pid_of(lab, name)
    if pid is None:
        raise LabError(f"{name} is not running")
    os.kill(pid, number)


def _try_send(lab: Lab, name: str, number: signal.Signals) -> None:
    try:
        send(lab, name, number)
    except (LabError, ProcessLookupError):
        return


def stop(lab: Lab, names: Iterable[str], grace: float) -> list[str]:
    """Ask processes to end; after `grace` seconds kill the groups of those that live. Returns whom it had to kill."""
    names = list(names)
    for name in names:
        _try_send(lab, name, signal.SIGTERM)
    end = time.monotonic() + grace
    while any(pid_of(lab, name) for name in names) and time.monotonic() < end:
        time.sleep(POLL)
    killed = []
    for name in names:
        pid = pid_of(lab, name)
        if pid is not None:
            killed.append(name)
            os.killpg(pid, signal.SIGKILL)  # every one of ours leads its group
        (lab.run / f"{name}.pid").unlink(missing_ok=True)
    return killed


def wait_for(lab: Lab, name: str, true: Callable[[], bool], seconds: float) -> None:
    """Wait until something is true. Gives up when the time is over, or at once when process NAME has died."""
    end = time.monotonic() + seconds
    while not true():
        if pid_of(lab, name) is None:
            raise LabError(f"{name} has died; its last words:\n{tail(lab.log / f'{name}.out')}")
        if time.monotonic() > end:
            raise LabError(f"{name} does not answer after {seconds:.0f} s; see {lab.log}")
        time.sleep(POLL)


def tail(path: Path, lines: int = 20) -> str:
    """The last lines of a log."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return f"({path} is not there)"


def memory(pids: Iterable[int]) -> dict[int, int]:
    """Resident memory, in KiB, of each process's whole group."""
    totals = dict.fromkeys(pids, 0)
    page = os.sysconf("SC_PAGE_SIZE") // 1024
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if fields and int(fields[2]) in totals:
            totals[int(fields[2])] += int(fields[21]) * page
    return totals


def kill_group(lab: Lab, name: str) -> None:
    """SIGKILL to a process of the lab and all that it began, if it lives: every one of ours leads its group."""
    pid = pid_of(lab, name)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def gone(lab: Lab, name: str, seconds: float) -> bool:
    """Whether a process is gone, after at most some seconds."""
    end = time.monotonic() + seconds
    while pid_of(lab, name) is not None and time.monotonic() < end:
        time.sleep(POLL / 4)
    return pid_of(lab, name) is None
