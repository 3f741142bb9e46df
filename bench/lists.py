"""The list of leases with 50,000 rows: to open it, to filter it at each key, to move the cursor while it changes.

The whole program in a terminal of 120x40 that draws into memory. CPU time from the key until all is drawn: the driver
that presses the keys waits for up to a tenth of a second to be sure that nothing follows, which no user does.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from textual.pilot import Pilot

from bench.figures import Figure, percentile
from tests.screens.scripted import ScriptedClient
from vmms_tui.app import VmmsApp
from vmms_tui.model.records import AnyRecord, Lease, Pool, Server, ServerState, changed
from vmms_tui.model.status import CloudStatus, EngineStatus
from vmms_tui.screens.leases import LeasesScreen

ROWS = 50_000
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FILTER = "owner12"
STEPS = 60


def measure() -> list[Figure]:
    """See the module."""
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    client = ScriptedClient(_records(), _status())
    app = VmmsApp(client)
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.mirror.number:
            await pilot.pause()
        opened = await _press(pilot, "3")
        screen = app.screen
        if not isinstance(screen, LeasesScreen) or len(screen.table.ids) != ROWS:
            raise RuntimeError("the leases are not on the screen")
        await _press(pilot, "slash")
        keys = [await _press(pilot, letter) for letter in FILTER]
        found = len(screen.table.ids)
        if not 0 < found < ROWS:
            raise RuntimeError(f"the filter shows {found} rows")
        await _press(pilot, "enter")
        await _press(pilot, "escape")
        steps = [await _step(pilot, client, number) for number in range(STEPS)]
    return [
        Figure(what=f"open {ROWS:,} rows", value=opened, unit="s of CPU", target=0.2),
        Figure(what="filter, the first key", value=keys[0] * 1000, unit="ms of CPU"),
        Figure(what="filter, a later key: the slowest", value=max(keys[1:]) * 1000, unit="ms of CPU", target=50),
        Figure(what="cursor while rows change: p95", value=percentile(steps, 0.95) * 1000, unit="ms of CPU", target=30),
    ]


async def _press(pilot: Pilot[None], key: str) -> float:
    before = time.process_time()
    await pilot.press(key)
    await pilot.pause()
    return time.process_time() - before


async def _step(pilot: Pilot[None], client: ScriptedClient, number: int) -> float:
    """The cursor goes one down as an update comes in: ten leases were renewed in the quarter of a second before."""
    leases = [client.tables.get(Lease, f"lease-{number * 10 + offset:05d}") for offset in range(10)]
    client.change(*(changed(lease, end=lease.end + timedelta(hours=1)) for lease in leases if lease))
    return await _press(pilot, "j")


def _records() -> tuple[AnyRecord, ...]:
    pool = Pool(id="el9-ci", purposes=("ci",), flavor="m1.small", image="el9", vcpus=1, ram_mib=2048, limit=ROWS)
    records: list[AnyRecord] = [pool]
    for number in range(ROWS):
        server_id, lease_id = f"vm-{number:05d}", f"lease-{number:05d}"
        records.append(
            Server(
                id=server_id,
                pool=pool.id,
                state=ServerState.LEASED,
                since=NOW,
                created=NOW,
                flavor="m1.small",
                vcpus=1,
                ram_mib=2048,
                address=f"10.{number // 62500}.{number // 250 % 250}.{number % 250 + 2}",
                lease_id=lease_id,
                cloud_status="ACTIVE",
            )
        )
        records.append(
            Lease(
                id=lease_id,
                server_id=server_id,
                pool=pool.id,
                owner=f"owner{number % 300}",
                purpose="ci",
                start=NOW,
                end=NOW + timedelta(minutes=number % 9000 + 60),
                note="nightly build",
            )
        )
    return tuple(records)


def _status() -> EngineStatus:
    cloud = CloudStatus(name="bench", ok=True, problem="", listed_at=NOW)
    return EngineStatus(now=NOW, started=NOW, version="0", installation="bench", cloud=cloud)
