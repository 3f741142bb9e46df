"""The simulated cloud on disk, and the same cloud twice."""

from pathlib import Path

import pytest

from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.errors import NotFound, OutcomeUnknown, Unreachable
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.cloud.simulated import file
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.model.errors import Failed

from .simulated_cloud import boot


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "cloud.json"


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any cloud counts as a large one, whose changes go to a log."""
    monkeypatch.setattr(file, "MANY", 0)


def log_of(path: Path) -> Path:
    return path.with_name("cloud.json.log")


def held(path: Path) -> bytes:
    """Nothing when there is no file."""
    return path.read_bytes() if path.exists() else b""


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def everything(cloud: Cloud) -> tuple[object, ...]:
    return (
        (await cloud.list_servers()).servers,
        await cloud.list_ports(),
        await cloud.list_floating_ips(),
        await cloud.quota(),
        await cloud.networks(),
        await cloud.images(),
    )


async def fill(cloud: Cloud, clock: SimulatedClock) -> None:
    """Servers in several states, something on its way, a volume."""
    servers = [await boot(cloud, f"vm-{number}-開発[b]", ports=1) for number in range(5)]
    ports = await cloud.list_ports()
    await cloud.create_floating_ip("public", description="mark", port_id=ports[0].id)
    clock.advance(10)
    await cloud.set_metadata(servers[0].id, {"lease": "le-1"})
    volume = await cloud.create_volume("data", 3)
    clock.advance(2)
    await cloud.attach_volume(servers[1].id, volume.id)
    await cloud.delete_server(servers[2].id)
    clock.advance(5)
    await cloud.stop_server(servers[3].id)
    await boot(cloud, "vm-late")


async def test_another_process_finds_it_all(clock: SimulatedClock, path: Path) -> None:
    first = SimulatedAccount(clock, path=path)
    await fill(first.project(), clock)
    second = SimulatedAccount(clock, path=path)
    assert await everything(first.project()) == await everything(second.project())
    clock.advance(10)
    later = await everything(second.project())
    assert later == await everything(first.project())
    statuses = {server.name: server.status for server in (await second.project().list_servers()).servers}
    assert (statuses["vm-late"], statuses["vm-3-開発[b]"]) == ("ACTIVE", "SHUTOFF")


@pytest.mark.usefixtures("large")
async def test_of_a_large_one_the_file_and_its_log_tell_all(clock: SimulatedClock, path: Path) -> None:
    first = SimulatedAccount(clock, path=path)
    await fill(first.project(), clock)
    first.world.save()
    written = held(path)
    server = (await first.project().find_servers("vm-0-開発[b]"))[0]
    await first.project().set_metadata(server.id, {"lease": "le-2"})
    port = (await first.project().list_ports())[0]
    await first.project().delete_port(port.id)
    assert held(path) == written
    assert mode(log_of(path)) == 0o600
    second = SimulatedAccount(clock, path=path)
    assert await everything(first.project()) == await everything(second.project())
    assert (await second.project().get_server(server.id)).metadata["lease"] == "le-2"
    assert port.id not in {one.id for one in await second.project().list_ports()}


@pytest.mark.usefixtures("large")
async def test_a_line_that_was_cut_short_was_never_answered_for(clock: SimulatedClock, path: Path) -> None:
    first = SimulatedAccount(clock, path=path)
    server = await boot(first.project(), "vm-1")
    clock.advance(20)
    await first.project().list_servers()
    first.world.save()
    await first.project().set_metadata(server.id, {"lease": "le-1"})
    await first.project().set_metadata(server.id, {"lease": "le-2"})
    log_of(path).write_bytes(held(log_of(path))[:-9])
    second = SimulatedAccount(clock, path=path).project()
    assert (await second.get_server(server.id)).metadata["lease"] == "le-1"
    await second.set_metadata(server.id, {"lease": "le-3"})
    third = SimulatedAccount(clock, path=path).project()
    assert (await third.get_server(server.id)).metadata["lease"] == "le-3"


@pytest.mark.usefixtures("large")
async def test_the_log_of_an_older_file_is_not_believed(clock: SimulatedClock, path: Path) -> None:
    first = SimulatedAccount(clock, path=path)
    server = await boot(first.project(), "vm-1")
    clock.advance(20)
    await first.project().list_servers()
    first.world.save()
    await first.project().set_metadata(server.id, {"lease": "le-1"})
    old = held(log_of(path))
    await first.project().set_metadata(server.id, {"lease": "le-2"})
    first.world.save()
    log_of(path).write_bytes(old)
    second = SimulatedAccount(clock, path=path).project()
    assert (await second.get_server(server.id)).metadata["lease"] == "le-2"


@pytest.mark.usefixtures("large")
async def test_a_log_that_has_grown_is_written_into_the_file(clock: SimulatedClock, path: Path) -> None:
    first = SimulatedAccount(clock, path=path)
    server = await boot(first.project(), "vm-1")
    clock.advance(20)
    await first.project().list_servers()
    first.world.save()
    written, grown = held(path), 0
    for number in range(200):
        await first.project().set_metadata(server.id, {"lease": f"le-{number}"})
        grown = max(grown, len(held(log_of(path))))
    assert held(path) != written
    assert grown < len(written)
    second = SimulatedAccount(clock, path=path).project()
    assert (await second.get_server(server.id)).metadata["lease"] == "le-199"


async def test_it_goes_on_with_new_ids_and_addresses(clock: SimulatedClock, path: Path) -> None:
    first = SimulatedAccount(clock, path=path).project()
    old = await boot(first, "vm-1", ports=1)
    second = SimulatedAccount(clock, path=path).project()
    new = await boot(second, "vm-2", ports=1)
    assert new.id != old.id
    addresses = [port.addresses for port in await second.list_ports()]
    assert len(set(addresses)) == 2


async def test_time_that_passed_between_two_processes(path: Path) -> None:
    """The monotonic clock begins anew; the wall clock does not."""
    server = await boot(SimulatedAccount(SimulatedClock(), path=path).project(), "vm-1")
    later = SimulatedClock()
    later.advance(3600)
    fresh = SimulatedClock(later.now())
    account = SimulatedAccount(fresh, path=path)
    assert (await account.project().get_server(server.id)).status == "ACTIVE"


async def test_what_was_seen_is_so_in_the_next_process(path: Path) -> None:
    """Wall time has whole seconds: a new process may not know how far the last one was within one."""
    clock = SimulatedClock()
    cloud = SimulatedAccount(clock, path=path).project()
    server = await boot(cloud, "vm-1")
    for _ in range(120):
        clock.advance(0.07)
        seen = await cloud.get_server(server.id)
        cloud = SimulatedAccount(clock, path=path).project()
        assert await cloud.get_server(server.id) == seen
    assert seen.status == "ACTIVE"


async def test_room_on_hosts_is_counted_again(clock: SimulatedClock, path: Path) -> None:
    first = SimulatedAccount(clock, path=path)
    first.world.set_admin()
    servers = [await boot(first.project(), f"vm-{number}") for number in range(4)]
    clock.advance(10)
    second = SimulatedAccount(clock, path=path).project()
    again = await boot(second, "vm-again")
    clock.advance(10)
    hosts = [(await second.get_server(server.id)).host for server in (*servers, again)]
    assert sorted(hosts) == ["cmp1", "cmp1", "cmp2", "cmp3", "cmp4"]


async def test_an_act_whose_answer_was_lost_is_kept(clock: SimulatedClock, path: Path) -> None:
    account = SimulatedAccount(clock, path=path)
    account.world.faults.lose_answer("create_server", done=True)
    with pytest.raises(OutcomeUnknown):
        await boot(account.project(), "vm-1")
    assert len(await SimulatedAccount(clock, path=path).project().find_servers("vm-1")) == 1


async def test_what_was_refused_changes_nothing(clock: SimulatedClock, path: Path) -> None:
    cloud = SimulatedAccount(clock, path=path).project()
    await cloud.create_port("private", name="p", description="")
    before = held(path)
    assert before
    with pytest.raises(NotFound):
        await cloud.create_port("no-such-network", name="p", description="")
    assert held(path) == before


async def test_only_its_owner_reads_it(clock: SimulatedClock, path: Path) -> None:
    cloud = SimulatedAccount(clock, path=path).project()
    await cloud.create_port("private", name="p", description="")
    assert mode(path) == 0o600


async def test_looking_writes_nothing(clock: SimulatedClock, path: Path) -> None:
    cloud = SimulatedAccount(clock, path=path).project()
    await everything(cloud)
    assert held(path) == b""


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"seed": "x"}', b"\xff\xfe", b'{"seed": 1, "version": 99}'])
def test_a_file_that_is_no_cloud(clock: SimulatedClock, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cloud.json"
    path.write_bytes(content)
    account = SimulatedAccount(clock, path=path)
    with pytest.raises(Failed, match="holds no simulated cloud") as failed:
        account.world  # noqa: B018  it is read now
    assert str(path) in str(failed.value)
    assert path.read_bytes() == content


async def test_a_cloud_whose_file_is_no_cloud_is_away_until_the_file_is(clock: SimulatedClock, tmp_path: Path) -> None:
    path = tmp_path / "cloud.json"
    path.write_bytes(b"{")
    account = SimulatedAccount(clock, path=path)
    for _ in range(2):
        with pytest.raises(Unreachable, match="holds no simulated cloud"):
            account.project()
    path.unlink()
    assert await account.project().flavors()


async def test_the_file_is_read_when_somebody_first_asks(clock: SimulatedClock, path: Path) -> None:
    later = SimulatedAccount(clock, path=path)
    port = await SimulatedAccount(clock, path=path).project().create_port("private", name="p", description="")
    assert await later.project().list_ports() == (port,)


def test_a_folder_in_the_place_of_the_file(clock: SimulatedClock, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="Is a directory"):
        SimulatedAccount(clock, path=tmp_path).world  # noqa: B018  it is read now


async def test_the_same_seed_clock_and_calls_give_the_same() -> None:
    seen = []
    for _ in range(2):
        clock = SimulatedClock()
        cloud = SimulatedAccount(clock, seed=7).project()
        await fill(cloud, clock)
        seen.append(await everything(cloud))
    assert seen[0] == seen[1]


async def test_another_seed_is_another_cloud(clock: SimulatedClock) -> None:
    one, other = [SimulatedAccount(clock, seed=seed).project() for seed in (1, 2)]
    assert (await boot(one, "vm-1")).id != (await boot(other, "vm-1")).id
    assert {image.id for image in await one.images()}.isdisjoint({image.id for image in await other.images()})
