"""Memory of an engine with 10,000 servers in 100,000 records, and how soon a command has its answer from it.

The engine is a process of its own, as with `vmms engine`, some seconds after its start; the command is `vmms leases` of
an operator who holds none of the 40,000 leases, from its start to its end.
"""

import subprocess
import time
from pathlib import Path
from statistics import median

from bench import world
from bench.figures import Figure, compile_all, disk
from bench.restart import RECORDS, engine_at, fill, settings, vmms

SETTLE = 5.0
"""Seconds from the engine's first answer to the look at its memory: the first listing and the first checkpoint."""
TIMES = 5


def measure() -> list[Figure]:
    """See the module."""
    compile_all()
    size = world.Size(RECORDS)
    with disk() as folder:
        config = folder / "vmms.toml"
        config.write_text(settings(size))
        state = folder / "state"
        fill(state / "simulated", size)
        with engine_at(config, state) as process:
            time.sleep(SETTLE)
            memory = _resident(process.pid)
            seconds = [_leases(config, state) for _ in range(TIMES)]
    return [
        Figure(what=f"memory with {size.servers:,} servers", value=memory, unit="MB", target=120),
        Figure(what=f"`vmms leases --mine`, median of {TIMES}", value=median(seconds), unit="s", target=0.4),
    ]


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"process {pid} says nothing of its memory")


def _leases(config: Path, state: Path) -> float:
    command, environment = vmms(config, state, "leases", "--mine")
    before = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - before
