"""A restart with 100,000 records: from the start of `vmms engine` after a kill -9 to its first answer on the socket.

The store is as bad as it gets: a checkpoint, and 5,000 lines of journal since.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx
import msgspec

from bench import world
from bench.figures import Figure, compile_all, compiled, disk
from vmms_tui.engine.clock import RealClock
from vmms_tui.engine.store.files import FileStore
from vmms_tui.model.records import AnyRecord, Lease, changed
from vmms_tui.model.tables import Put

RECORDS = 100_000
LINES = 5_000
TIMES = 3
PATIENCE = 60.0


def measure() -> list[Figure]:
    """See the module."""
    compile_all()
    size = world.Size(RECORDS)
    with disk() as folder:
        config = folder / "vmms.toml"
        config.write_text(settings(size))
        state = folder / "state"
        fill(state / "simulated", size)
        seconds = [_start_and_kill(config, state) for _ in range(TIMES)]
        empty = _start_and_kill(config, folder / "empty")
    what = f"{RECORDS:,} records and {LINES:,} lines of journal, median of {TIMES}"
    return [
        Figure(what=what, value=median(seconds), unit="s", target=3),
        Figure(what="an empty store, of which the interpreter and the imports are most", value=empty, unit="s"),
    ]


def settings(size: world.Size) -> str:
    """The settings of an installation of this size on the simulated cloud."""
    lines = ['cloud = "simulated"', f'installation = "{world.INSTALLATION}"']
    for spec in world.specs(size):
        lines += [
            f"[pools.{spec.name}]",
            f'purposes = ["{spec.purposes[0]}"]',
            'flavor = "m1.small"\nimage = "debian-13"\nnetworks = ["private"]',
            f"available = {spec.available}\nlimit = {spec.limit}",
        ]
    return "\n".join(lines)


def fill(folder: Path, size: world.Size) -> None:
    """Its store and its cloud, as a killed engine leaves them."""
    store = folder / "store"
    store.mkdir(parents=True)
    now = RealClock().now()
    records = tuple(world.records(size, now))
    world.fill_store(store, records)
    world.cloud(RealClock(), size, folder / "cloud.json").world.save()
    asyncio.run(_journal(store, records))


async def _journal(folder: Path, records: tuple[AnyRecord, ...]) -> None:
    store = FileStore(folder)
    store.load()
    leases = [record for record in records if isinstance(record, Lease)][:LINES]
    renewed = (changed(lease, renewals=1) for lease in leases)
    await asyncio.gather(*(store.append(number, [Put(lease)]) for number, lease in enumerate(renewed, 2)))
    await store.close()


def _start_and_kill(config: Path, state: Path) -> float:
    before = time.perf_counter()
    with engine_at(config, state):
        return time.perf_counter() - before


def vmms(config: Path, state: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    """A command of this installation, with its environment."""
    command = [sys.executable, "-m", "vmms_tui.cli", "--simulated", "--config", str(config), *words]
    return command, {**compiled(os.environ), "VMMS_STATE_DIR": str(state), "VMMS_RUNTIME_DIR": str(state)}


@contextmanager
def engine_at(config: Path, state: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """An engine that has given its first answer on the socket; killed at the end."""
    command, environment = vmms(config, state, "engine")
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait_for(state / "simulated" / "engine.sock", process)
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _wait_for(path: Path, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + PATIENCE
    while not _connects(path):
        if process.poll() is not None or time.monotonic() > end:
            raise TimeoutError(f"no engine answers at {path}")
        time.sleep(0.005)
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), timeout=PATIENCE) as http:
        answer = http.get("http://vmms/health").raise_for_status()
    msgspec.json.decode(answer.content)


def _connects(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0
