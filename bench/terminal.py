"""The whole program in a terminal of 80x24 over a line, with 1,000, 10,000 and 50,000 servers; DataTable beside it.

A real pseudo-terminal of 256 colours, as SSH makes it (`SSH_CONNECTION` is set, `COLORTERM` is not), and `vmms` in it
with its engine inside, on the simulated cloud: nine servers of ten are lent. "DataTable" is Textual's own widget with
as many rows, in an app that is written as its guide shows it (`bench/stock_table.py`), without any engine. Bytes are
those that reach the terminal; times are the wall's, from the key until the terminal has what belongs to it. "While the
engine merges" forty leases a second are renewed from another process; DataTable has as many cells changed. The times
of a start are the median of five.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench import world
from bench.figures import Figure, compile_all, compiled, disk, percentile
from bench.restart import fill, settings
from tests.background import end_engine
from tests.terminal.driver import Terminal

SERVERS = (1_000, 10_000, 50_000)
MEMORY = {10_000: 120.0, 50_000: 220.0}
"""MB wanted, by servers."""
STARTS = 5
"""Of whose times the median is told: a virtual machine is now quicker, now slower."""
FILTER = "er12"
STEPS, PAGES, MERGED = 20, 6, 50
BREATH = 0.35
"""Seconds without a byte after which a key has been answered in full."""
IDLE = 10.0
CHANGES_A_SECOND = 40.0


class Lent(world.Size):
    """So many servers, each with one lease of nine tenths of them live, and a little of a past."""

    def __init__(self, servers: int) -> None:
        super().__init__(servers * 10)
        self.servers = self.leases = servers
        self.ready = servers // 10
        self.requests = self.operations = self.events = self.secrets = servers // 10


class Rival:
    """A program in a terminal, and how it is used. Times in seconds."""

    def __init__(self, terminal: Terminal, started: float) -> None:
        self.terminal = terminal
        self._started = started

    def first(self, words: str) -> float:
        """From the start until this is shown."""
        self.terminal.see(words)
        return time.monotonic() - self._started

    def settle(self, breath: float = BREATH) -> None:
        """Wait until nothing is written, and nothing is computed that may be."""
        while True:
            before = self.cpu()
            time.sleep(breath / 2)
            busy = self.cpu() - before > breath / 8
            if not busy and time.monotonic() - self.terminal.written_at > breath:
                return

    def key(self, key: str) -> tuple[int, float]:
        """The bytes that a key costs, and how long until the last of them."""
        before, pressed = len(self.terminal.raw), time.monotonic()
        self.terminal.press(key)
        while len(self.terminal.raw) == before and time.monotonic() - pressed < 5:
            time.sleep(0.001)
        self.settle()
        return len(self.terminal.raw) - before, self.terminal.written_at - pressed

    def until(self, key: str, words: str) -> float:
        """How long from a key until these words are on the screen."""
        pressed = time.monotonic()
        self.terminal.press(key)
        self.terminal.see(words)
        return self.terminal.written_at - pressed

    def cpu_of(self, key: str) -> float:
        """CPU time of all threads that a key costs."""
        before = self.cpu()
        self.key(key)
        return self.cpu() - before

    def cpu(self) -> float:
        """CPU time of all threads that there are, seconds."""
        threads = Path(f"/proc/{self.terminal.process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def idle(self) -> float:
        """Bytes a second while nothing happens."""
        before = len(self.terminal.raw)
        time.sleep(IDLE)
        return (len(self.terminal.raw) - before) / IDLE

    def memory(self) -> float:
        """MB that the process holds."""
        status = Path(f"/proc/{self.terminal.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024 / 1e6

    def bytes_of(self, key: str, times: int) -> float:
        """Bytes that a key costs, in the middle of several."""
        return median(self.key(key)[0] for _ in range(times))

    def held(self, key: str, times: int) -> float:
        """Bytes for each step while a key is held: thirty a second come from a keyboard."""
        before = len(self.terminal.raw)
        for _ in range(times):
            self.terminal.press(key)
            time.sleep(0.07)
        count = len(self.terminal.raw) - before
        self.settle()
        return count / times

    def painted(self, times: int) -> list[float]:
        """How long from a key, down and up in turn, until the line of the cursor is another, seconds."""
        found = []
        for key in ("down", "up") * (times // 2):
            before, pressed = self._cursor(), time.monotonic()
            self.terminal.press(key)
            while self._cursor() == before:
                if time.monotonic() - pressed > 10:
                    raise TimeoutError(f"{key}: the cursor stays\n{self.terminal.text()}")
                time.sleep(0.0005)
            found.append(self.terminal.written_at - pressed)
            time.sleep(0.05)
        return found

    def _cursor(self) -> str:
        return self.terminal.under_cursor().strip("> ").partition(" ")[0]


def measure() -> list[Figure]:
    """See the module."""
    compile_all()
    return [figure for servers in SERVERS for figure in _both(servers)]


def _both(servers: int) -> Iterator[Figure]:
    ours, theirs = _ours(servers), _theirs(servers)
    for (what, unit, target), value in ours.items():
        yield Figure(what=f"{servers:,}: {what}", value=value, unit=unit, target=target)
        if what in theirs:
            yield Figure(what=f"{servers:,}: DataTable, {what}", value=theirs[what], unit=unit)


def _environment(**others: str) -> dict[str, str]:
    unset = ("VMMS_", "OS_", "TEXTUAL_", "TMUX", "COLORTERM", "NO_COLOR", "COLUMNS", "LINES", "XDG_")
    kept = {name: value for name, value in compiled(os.environ).items() if not name.startswith(unset)}
    return kept | {"TERM": "xterm-256color", "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"} | others


def _ours(servers: int) -> dict[tuple[str, str, float | None], float]:
    size = Lent(servers)
    with disk() as folder:
        config = folder / "vmms.toml"
        config.write_text(settings(size))
        fill(folder / "simulated", size)
        environ = _environment(VMMS_STATE_DIR=str(folder), VMMS_RUNTIME_DIR=str(folder))
        words, state = ("--simulated", "--config", str(config)), folder / "simulated"
        starts = [_start(words, environ, state) for _ in range(STARTS)]
        first, cpu, live = map(median, zip(*starts, strict=True))
        try:
            used = _shown(words, environ, state, size)
        finally:
            end_engine(state)
        return {
            ("first frame", "s", 0.8): first,
            ("first frame, CPU until then", "s of CPU", None): cpu,
            ("what the engine knows, live", "s", 1.5): live,
            **used,
        }


def _start(words: tuple[str, ...], environ: dict[str, str], state: Path) -> tuple[float, float, float]:
    """The first frame, the CPU until then, and what the engine knows."""
    started = time.monotonic()
    try:
        with Terminal(*words, environ=environ) as terminal:
            rival = Rival(terminal, started)
            return rival.first("VMMS"), rival.cpu(), rival.first("pool-0")
    finally:
        end_engine(state)  # what is under way at the end goes on in one in the background


def _shown(
    words: tuple[str, ...], environ: dict[str, str], state: Path, size: Lent
) -> dict[tuple[str, str, float | None], float]:
    started = time.monotonic()
    with Terminal(*words, environ=environ) as terminal:
        rival = Rival(terminal, started)
        terminal.see("cloud ok")
        rival.settle(1.5)
        figures = _used(rival)
        with _renewals(state / "engine.sock", size.ready):
            time.sleep(1)
            merged = rival.painted(MERGED)
        return {
            **figures,
            ("key to paint while the engine merges, p95", "ms", 30): percentile(merged, 0.95) * 1000,
            ("memory, engine and screens", "MB", MEMORY.get(size.servers)): rival.memory(),
        }


def _theirs(servers: int) -> dict[str, float]:
    started = time.monotonic()
    with Terminal(str(servers), environ=_environment(), module="bench.stock_table") as terminal:
        rival = Rival(terminal, started)
        first, cpu = rival.first("VMMS"), rival.cpu()
        rival.settle()
        figures = {what: value for (what, _, _), value in _used(rival).items()}
        rival.terminal.press("m")
        time.sleep(1)
        merged = rival.painted(MERGED)
        return {
            "first frame": first,
            "first frame, CPU until then": cpu,
            **figures,
            "key to paint while the engine merges, p95": percentile(merged, 0.95) * 1000,
            "memory, engine and screens": rival.memory(),
        }


def _used(rival: Rival) -> dict[tuple[str, str, float | None], float]:
    """What both can do with a list."""
    opened = rival.until("3", "lease-0")
    rival.settle(1.0)
    idle = rival.idle()
    steps = [rival.key("down")[0] for _ in range(9)]
    up = rival.held("up", 8)
    pages = rival.bytes_of("pagedown", PAGES)
    full = rival.bytes_of("ctrl+l", 3)
    rival.key("/")
    letters = [rival.cpu_of(letter) for letter in FILTER]
    rival.key("ctrl+u")
    rival.terminal.see("lease-0")
    rival.settle()
    rival.key("enter")
    rival.settle()
    return {
        ("open the list", "s", 0.2): opened,
        ("filter, the first key", "ms of CPU", None): letters[0] * 1000,
        ("filter, a later key: the slowest", "ms of CPU", 50): max(letters[1:]) * 1000,
        ("bytes at rest, a second", "B", 60): idle,
        ("bytes of a cursor step, the key held", "B", 250): up,
        ("bytes of a cursor step, with the facts of the row", "B", 250): median(steps),
        ("bytes of a page", "B", None): pages,
        ("bytes of the full screen", "B", 6000): full,
    }


@contextmanager
def _renewals(path: Path, first: int) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.renewals", str(path), str(first), str(CHANGES_A_SECOND)]
    process = subprocess.Popen(command)
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError("the renewals have ended before the measurement")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
