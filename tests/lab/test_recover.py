"""A store that is lost while ten leases live: `vmms recover` finds them all again in the cloud and deletes nothing."""

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import until
from tests.lab.process import Process, installed, ours
from vmms_tui.engine.cloud.facts import TAG_LEASE
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.model.records import Lease, Server, ServerState

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
TOLD_BY_TAGS = ("id", "server_id", "pool", "owner", "project", "purpose", "importance", "start", "end", "state")


async def leases(process: Process) -> dict[str, dict[str, Any]]:
    """What the cloud's tags tell of each lease, and the addresses of its server, as the engine knows them."""
    snapshot = await process.client.snapshot()
    servers = {record.id: record for record in snapshot.records if isinstance(record, Server)}
    found = {}
    for lease in snapshot.records:
        if isinstance(lease, Lease):
            server = servers[lease.server_id]
            facts = {name: getattr(lease, name) for name in TOLD_BY_TAGS}
            found[lease.id] = facts | {"cloud_id": server.cloud_id, "floating_ip": server.floating_ip}
    return found


async def test_a_lost_store_is_rebuilt_with_its_ten_leases(tmp_path: Path, cloud: Cloud) -> None:
    async with installed(tmp_path, available=10, limit=10) as process:
        await process.start()

        async def full() -> bool:
            return (await process.states())[ServerState.READY] == 10

        await until(full, "ten ready servers")
        for number in range(10):
            words = ("--owner", f"dev{number}", "--for", f"{12 * (number + 1)}h", "--importance", str(number))
            code, printed = await process.vmms("request", "--purpose", "ci", *words, "--json")
            assert code == 0, printed

        async def marked() -> bool:
            return len([one for one in await ours(cloud, process.installation) if one.metadata.get(TAG_LEASE)]) == 10

        await until(marked, "ten leases in the metadata")
        before = await leases(process)
        assert len(before) == 10
        await process.end(signal.SIGKILL)
        # A build that the dead engine had asked for may still appear: nothing may be gone, more may be there.
        there = {one.id for one in await ours(cloud, process.installation)}
        shutil.rmtree(tmp_path / "state" / "store")

        code, said = await process.vmms("recover", "--json")
        assert code == 0, said
        assert {one["id"] for one in json.loads(said)["leases"]} == set(before)
        assert there <= {one.id for one in await ours(cloud, process.installation)}

        await process.start()
        assert await leases(process) == before
        code, printed = await process.vmms("renew", "lease-00001", "1h")
        assert code == 0, printed
        assert there <= {one.id for one in await ours(cloud, process.installation)}
