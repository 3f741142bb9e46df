"""A durable commit: what it costs with 1,000 and with 100,000 records, and beside TinyDB's own JSON storage.

The same change in both: a lease is renewed and an event is written. Both end with a sync of the disk.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import msgspec
from tinydb import TinyDB

from bench import world
from bench.figures import Figure, disk
from vmms_tui.engine.clock import RealClock
from vmms_tui.engine.context import Ledger
from vmms_tui.engine.state import State
from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.turns import share_the_interpreter
from vmms_tui.model.records import AnyRecord, Lease, changed

FEW, MANY = 1_000, 100_000
COMMITS = 500
TINYDB_UPDATES = 3


def measure() -> list[Figure]:
    """See the module. The two sizes take turns, so that another's load on the machine meets both."""
    with disk() as folder:
        few, many, beside = asyncio.run(_ours(folder))
        tinydb = _tinydb(folder / "stock.json")
    return [
        Figure(what=f"with {FEW:,} records", value=few * 1000, unit="ms"),
        Figure(what=f"with {MANY:,} records", value=many * 1000, unit="ms"),
        Figure(what="many against few", value=many / few, unit="times", target=2),
        Figure(
            what=f"the longest of {len(beside)} while a checkpoint of {MANY:,} is written",
            value=max(beside) * 1000,
            unit="ms",
            target=50,
        ),
        Figure(what=f"TinyDB's JSONStorage with {MANY:,} records", value=tinydb * 1000, unit="ms"),
        Figure(what="faster than that", value=tinydb / many, unit="times", target=200, at_least=True),
    ]


async def _ours(folder: Path) -> tuple[float, float, list[float]]:
    few, many = [_open(folder / str(number), number) for number in (FEW, MANY)]
    costs: tuple[list[float], list[float]] = ([], [])
    for number in range(COMMITS):
        costs[0].append(await _renew(*few, number))
        costs[1].append(await _renew(*many, number))
    beside = await _beside_a_checkpoint(*many)
    await few[1].close()
    await many[1].close()
    return median(costs[0]), median(costs[1]), beside


async def _beside_a_checkpoint(ledger: Ledger, store: FileStore) -> list[float]:
    """Commits one after the other, from just before a checkpoint until it is written: what people wait for it."""
    share_the_interpreter()
    costs: list[float] = []
    checkpoint = asyncio.create_task(ledger.checkpoint())
    while not checkpoint.done():
        costs.append(await _renew(ledger, store, len(costs)))
    await checkpoint
    return costs


def _open(folder: Path, number: int) -> tuple[Ledger, FileStore]:
    folder.mkdir()
    world.fill_store(folder, _records(number))
    store = FileStore(folder)
    loaded = store.load()
    return Ledger(State(loaded.records, loaded.sequence), store, RealClock()), store


async def _renew(ledger: Ledger, _store: FileStore, number: int) -> float:
    lease = ledger.state.need(Lease, f"lease-{number % 300:05d}")
    renewed = changed(lease, end=lease.end + timedelta(hours=1), renewals=lease.renewals + 1)
    before = time.perf_counter()
    await ledger.commit(renewed, ledger.event("lease.renewed", f"{lease.id} was renewed", about=lease))
    return time.perf_counter() - before


def _tinydb(path: Path) -> float:
    """Seconds of the same change in a TinyDB as it comes: a table for each type, JSONStorage."""
    tables: dict[str, list[dict[str, object]]] = {}
    for record in _records(MANY):
        document = msgspec.to_builtins(record)
        tables.setdefault(document["type"], []).append(document)
    path.write_bytes(msgspec.json.encode({name: dict(enumerate(documents, 1)) for name, documents in tables.items()}))
    costs = []
    with TinyDB(path) as database:
        event = tables["event"][0]
        for number in range(1, TINYDB_UPDATES + 1):
            before = time.perf_counter()
            database.table("lease").update({"renewals": number}, doc_ids=[number])
            database.table("event").insert(event)
            costs.append(time.perf_counter() - before)
    return median(costs)


def _records(number: int) -> Sequence[AnyRecord]:
    return tuple(world.records(world.Size(number), datetime.now(UTC).replace(microsecond=0)))
