"""What a measurement says, and small helpers to take it."""

import asyncio
import gc
import os
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. `target` is what the value should be at most, or at least; None: no target."""

    what: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None when there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def row(self) -> tuple[str, str, str, str]:
        """What, value, target and verdict as text."""
        sign = "" if self.target is None else (">= " if self.at_least else "<= ")
        target = "" if self.target is None else f"{sign}{_number(self.target)} {self.unit}"
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        return self.what, f"{_number(self.value)} {self.unit}", target, verdict


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def middle(measure: Callable[[], float], times: int) -> float:
    """The median of several measurements."""
    return median(measure() for _ in range(times))


def timed(act: Callable[[], object]) -> float:
    """Seconds that it takes."""
    gc.collect()
    before = time.perf_counter()
    act()
    return time.perf_counter() - before


async def until(condition: Callable[[], object], what: str, patience: float = 120.0) -> None:
    """Return as soon as it is true. Raises TimeoutError."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {patience:g} s")
        await asyncio.sleep(0.005)


def compile_all() -> None:
    """Compile us and our libraries, as an installation does: otherwise each start of a program would do it again."""
    command = [
        sys.executable,
        "-m",
        "compileall",
        "-q",
        "-j",
        "0",
        *site.getsitepackages(),
        "vmms_tui",
        "bench",
        "tests/terminal",
    ]
    subprocess.run(command, env=compiled(os.environ), stdout=subprocess.DEVNULL, check=False)


def compiled(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment in which Python keeps what it has compiled."""
    return {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@contextmanager
def disk() -> Iterator[Path]:
    """A folder on a disk: VMMS_BENCH_DIR, or /var/tmp, which is no memory file system."""
    with tempfile.TemporaryDirectory(prefix="vmms-bench-", dir=os.environ.get("VMMS_BENCH_DIR", "/var/tmp")) as folder:
        yield Path(folder)
