"""What is in memory once although many say it, and what goes back to the system."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.store_kit import Writer
from vmms_tui.engine.cloud.simulated import whole
from vmms_tui.engine.cloud.simulated.records import Contents, SimPort, SimServer, SimVolume, Step
from vmms_tui.engine.holdings import Holdings
from vmms_tui.engine.store import checkpoint
from vmms_tui.engine.store.checkpoint import SHARED_TOGETHER, Damaged
from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.store.migrations import NewerFormat
from vmms_tui.engine.store.sharing import Shared
from vmms_tui.model.records import AnyRecord, Lease, Secret, Server, ServerState, changed
from vmms_tui.model.tables import Put

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def server(number: int) -> Server:
    return Server(
        id=f"vm-{number:05d}",
        pool="web",
        state=ServerState.LEASED,
        since=AT,
        created=AT,
        refresh_age=timedelta(days=12),
        ram_mib=2048,
        lease_id=f"lease-{number:05d}",
    )


def lease(number: int) -> Lease:
    return Lease(
        id=f"lease-{number:05d}",
        server_id=f"vm-{number:05d}",
        pool="web",
        owner="ada",
        purpose="tests",
        start=AT,
        end=AT + timedelta(hours=number),
        warned=(timedelta(hours=1),),
    )


async def stored(folder: Path, *records: AnyRecord) -> tuple[AnyRecord, ...]:
    """What a start reads of these, which are in a checkpoint."""
    writer = Writer(folder)
    await writer.add(*map(Put, records))
    await writer.checkpoint()
    await writer.close()
    found = FileStore(folder).look().records
    assert found == tuple(records)
    return found


async def test_what_records_of_a_store_say_alike_is_there_once(tmp_path: Path) -> None:
    found = await stored(tmp_path, server(1), server(2), lease(1), lease(2))
    first, second = [record for record in found if isinstance(record, Server)]
    held = [record for record in found if isinstance(record, Lease)]
    assert first.pool is second.pool is held[0].pool
    assert first.created is second.created is first.since is held[1].start
    assert first.refresh_age is second.refresh_age
    assert first.ram_mib is second.ram_mib
    assert [one.server_id is its.id for one, its in zip(held, (first, second), strict=True)] == [True, True]
    assert held[0].id is first.lease_id


async def test_what_is_another_in_each_record_is_as_it_was_told_however_many_there_are(tmp_path: Path) -> None:
    """Fields in which no two say the same are given up after the first of several thousand; ids and times are not."""
    many = range(2 * SHARED_TOGETHER + 7)
    servers = [changed(server(number), cloud_id=f"cloud-{number}", since=AT + number * HOUR) for number in many]
    leases = [changed(lease(number), note=str(number), ended_at=AT if number % 3 else None) for number in many]
    found = await stored(tmp_path, *servers, *leases)
    held = [record for record in found if isinstance(record, Lease)]
    assert all(one.server_id is its.id for one, its in zip(held, found, strict=False) if isinstance(its, Server))
    assert all(one.end is its.since for one, its in zip(held, found, strict=False) if isinstance(its, Server))
    assert len({id(one.ended_at) for one in held}) == 2


async def test_a_record_that_the_journal_tells_of_again_keeps_the_values_that_it_had(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    await writer.add(Put(lease(1)), Put(lease(2)))
    await writer.checkpoint()
    await writer.add(Put(changed(lease(1), renewals=1, note="longer", warned=())))
    await writer.close()
    first, second = FileStore(tmp_path).look().records
    assert first == changed(lease(1), renewals=1, note="longer", warned=())
    assert isinstance(first, Lease)
    assert isinstance(second, Lease)
    assert first.owner is second.owner
    assert first.start is second.start


def test_a_number_is_no_truth_and_a_span_no_instant() -> None:
    shared = Shared()
    for told in ({"since": "2026-03-02T12:00:00Z", "renewals": 1}, {"estimate": "PT8H", "shown": True, "note": "PT8H"}):
        document = dict(told)
        shared.take(document)
        assert list(document) == list(told)
    assert document["shown"] is True
    assert document["note"] == "PT8H"
    assert document["estimate"] == timedelta(hours=8)


@pytest.mark.parametrize("text", ["yesterday", "PT8H", ""])
def test_an_instant_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "checkpoint-000000000001.json"
    checkpoint.write(path, 1, [lease(1)])
    told = path.read_bytes().replace(b"2026-03-02T12:00:00Z", text.encode())
    assert told != path.read_bytes()
    path.write_bytes(b"".join(checkpoint._with_checksum([told[: -checkpoint._LENGTH]])))
    with pytest.raises((Damaged, NewerFormat), match="cannot read it"):
        checkpoint.read(path)


def test_secrets_are_read_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint-000000000001.json"
    secrets = [Secret(id=f"vm-{number:05d}", token="1", shown=number == 1) for number in range(3)]
    checkpoint.write(path, 1, secrets)
    assert checkpoint.read(path).records == tuple(secrets)


def test_leases_that_count_alike_share_what_they_count() -> None:
    holdings = Holdings()
    for number in (1, 2):
        holdings.lease(lease(number), server(number))
    first, second = holdings._counted.values()
    assert first is second
    holdings.forget("lease-00001")
    assert holdings.held(("person", "ada")).servers == 1


def cloud(number: int) -> Contents:
    """A simulated cloud with so many servers, each with a port."""
    contents = Contents(seed=1, time=1.0, serial=number)
    for one in range(number):
        contents.servers[f"s-{one}"] = SimServer(
            id=f"s-{one}",
            name=f"vm-{one}",
            project="demo-project",
            status="ACTIVE",
            created=1.0,
            updated=2.5 + one,
            flavor="m1.small",
            vcpus=1,
            ram_mib=2048,
            disk_gib=10,
            image_id="an-image",
            port_ids=(f"p-{one}",),
            metadata={"vmms_server": f"vm-{one}"},
            steps=[Step(3.0, "SHUTOFF")] if one % 2 else (),
        )
        contents.ports[f"p-{one}"] = SimPort(
            id=f"p-{one}", name="", project="demo-project", network_id="n", address="a", device_id=f"s-{one}"
        )
    contents.volumes["v"] = SimVolume(id="v", name="data", project="demo-project", status="available", size_gib=1)
    return contents


@pytest.mark.parametrize("number", [0, 1, 2, 3, 7])
def test_a_whole_cloud_is_written_in_pieces_and_read_again(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "PIECE", 2)
    written = b"".join(whole.pieces(cloud(number)))
    found = whole.decoded(written)
    assert b"".join(whole.pieces(found)) == written
    assert found.ports == cloud(number).ports
    assert found.volumes == cloud(number).volumes
    assert [type(one.created) for one in found.servers.values()] == [float] * number
    assert [type(one.vcpus) for one in found.servers.values()] == [int] * number
    assert [one.updated for one in found.servers.values()] == [2.5 + one for one in range(number)]


def test_what_records_of_the_simulated_cloud_say_alike_is_there_once() -> None:
    found = whole.decoded(b"".join(whole.pieces(cloud(2))))
    first, second = found.servers.values()
    assert first.image_id is second.image_id
    assert first.metadata["vmms_server"] is first.name
    assert first.steps == ()
    assert first.steps is second.volume_ids
    assert found.ports["p-1"].device_id is second.id


HOLE = """
from vmms_tui.engine.memory import share_arenas

def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("RssAnon"))

share_arenas()
before = resident()
for size in (30, 29, 12, 12):  # what comes after a larger one would be cut from the heap
    block = b"x" * (size << 20)
    del block
print(resident() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_a_large_block_goes_back_however_large_the_one_before_was() -> None:
    done = subprocess.run([sys.executable, "-c", HOLE], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 4_000


def test_an_engine_on_the_simulated_cloud_needs_no_asyncssh_before_the_first_key() -> None:
    code = (
        "import sys, vmms_tui.engine.host, vmms_tui.engine.cloud.simulated.account, vmms_tui.engine.guests.simulated;"
        "from vmms_tui.engine.guests.keys import public_key_line; print('asyncssh' in sys.modules);"
        "print(public_key_line('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGvN0dd7MqRyNpsBoeYb8aWzNg2Vi4Yx1rYtXY3bZ0Qm me'));"
        "print('asyncssh' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, key, last = done.stdout.splitlines()
    assert (first, last) == ("False", "True")
    assert key.endswith(" me")
