"""Moves on the simulated cloud: room, progress, and everything that can go wrong with them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.simulated_cloud import active
from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.errors import BadRequest, Conflict
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.journeys import GIB, rounds
from vmms_tui.engine.cloud.simulated.moves import STARTING
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings

SETTINGS = SimulatedSettings(admin=True, moving=(8.0, 8.0), hosts=2)


class Land:
    """A cloud of two hosts with one server on the first."""

    def __init__(self, settings: SimulatedSettings = SETTINGS, path: Path | None = None) -> None:
        self.clock = SimulatedClock()
        self.settings, self.path = settings, path
        self.open()

    def open(self) -> None:
        """As another process does."""
        self.account = SimulatedAccount(self.clock, settings=self.settings, path=self.path)
        self.cloud = self.account.project()
        self.world = self.account.world

    async def server(self, name: str = "vm-1") -> CloudServer:
        seen = await active(self.clock, self.cloud, name, ports=1)
        assert seen.host
        return seen

    async def look(self, server: CloudServer, after: float) -> tuple[str, str, str]:
        """Its status, its host, and the status of its newest move."""
        self.clock.advance(after)
        seen = await self.cloud.get_server(server.id)
        records = await self.cloud.move_records(server.id)
        return seen.status, seen.host, records[0].status if records else ""


def other(host: str) -> str:
    return {"cmp1": "cmp2", "cmp2": "cmp1"}[host]


async def test_a_full_host_takes_nobody() -> None:
    land = Land(SimulatedSettings(admin=True, hosts=2, host_vcpus=2, quota_servers=-1))
    first, second, third = [await land.server(f"vm-{number}") for number in range(3)]
    assert first.host == third.host != second.host
    await land.cloud.live_migrate(second.id)
    assert await land.look(second, 1) == ("ACTIVE", second.host, "error")
    await land.cloud.cold_migrate(second.id, first.host)
    assert await land.look(second, 5) == ("ACTIVE", second.host, "error")
    assert land.account.up_for(second.addresses[0]), "it never went off"
    await land.cloud.live_migrate(third.id, second.host)
    assert await land.look(third, 20) == ("ACTIVE", second.host, "completed")
    assert land.world.hosts.used(first.host)[0] == 1


async def test_room_is_held_on_both_hosts_meanwhile() -> None:
    land = Land()
    server = await land.server()
    await land.cloud.live_migrate(server.id)
    land.clock.advance(2)
    await land.cloud.get_server(server.id)
    assert [land.world.hosts.used(name)[0] for name in ("cmp1", "cmp2")] == [1, 1]
    land.clock.advance(10)
    await land.cloud.get_server(server.id)
    assert {name: land.world.hosts.used(name)[0] for name in ("cmp1", "cmp2")} == {
        server.host: 0,
        other(server.host): 1,
    }


async def test_the_guest_runs_on_while_it_moves_live_and_is_off_while_it_moves_cold() -> None:
    land = Land()
    server = await land.server()
    before = land.account.up_for(server.addresses[0])
    assert before is not None
    await land.cloud.live_migrate(server.id)
    assert await land.look(server, 20) == ("ACTIVE", other(server.host), "completed")
    assert land.account.up_for(server.addresses[0]) == pytest.approx(before + 20)
    await land.cloud.cold_migrate(server.id)
    land.clock.advance(2)
    assert land.account.up_for(server.addresses[0]) is None
    assert await land.look(server, 10) == ("VERIFY_RESIZE", server.host, "finished")
    assert (land.account.up_for(server.addresses[0]) or 99) < 12


async def test_one_that_sticks_copies_on_until_it_is_aborted_or_forced() -> None:
    land = Land()
    server = await land.server()
    land.world.faults.move_sticks(times=None)
    await land.cloud.live_migrate(server.id)
    assert (await land.look(server, 3_600))[0] == "MIGRATING"
    (told,) = await land.cloud.moves_under_way(server.id)
    assert (told.memory_processed or 0) > 5 * (told.memory_total or 0), "it is copied again and again"
    assert told.memory_remaining
    await land.cloud.abort_move(server.id, told.id)
    with pytest.raises(BadRequest):
        await land.cloud.abort_move(server.id, told.id)
    assert await land.look(server, 1) == ("ACTIVE", server.host, "cancelled")
    await land.cloud.live_migrate(server.id)
    with pytest.raises(BadRequest, match="queued"):
        await land.cloud.force_move(server.id, 2)
    land.clock.advance(30)
    await land.cloud.force_move(server.id, 2)
    assert await land.look(server, 1) == ("ACTIVE", other(server.host), "completed")


@pytest.mark.parametrize(
    ("fault", "status"), [("move_fails", "failed"), ("move_check_fails", "error"), ("no_host", "error")]
)
async def test_what_fails_leaves_it_where_it_was(fault: str, status: str) -> None:
    land = Land()
    server = await land.server()
    getattr(land.world.faults, fault)(about=server.name)
    await land.cloud.live_migrate(server.id)
    assert await land.look(server, 30) == ("ACTIVE", server.host, status)
    assert land.world.hosts.used(other(server.host)) == (0, 0, 0)


async def test_a_dead_source_is_refused_and_a_dead_destination_fails() -> None:
    land = Land()
    server = await land.server()
    land.world.host_down(server.host)
    with pytest.raises(BadRequest, match="unavailable"):
        await land.cloud.live_migrate(server.id)
    land.world.host_up(server.host)
    await land.cloud.live_migrate(server.id)
    land.clock.advance(3)
    land.world.host_down(other(server.host))
    assert await land.look(server, 30) == ("ACTIVE", server.host, "failed")


async def test_a_move_goes_on_in_another_process(tmp_path: Path) -> None:
    land = Land(path=tmp_path / "cloud.json")
    server = await land.server()
    await land.cloud.live_migrate(server.id)
    land.clock.advance(4)
    (before,) = await land.cloud.moves_under_way(server.id)
    land.open()
    assert await land.cloud.moves_under_way(server.id) == (before,)
    assert await land.look(server, 20) == ("ACTIVE", other(server.host), "completed")


async def test_a_delete_in_the_middle_leaves_nothing_held() -> None:
    land = Land()
    server = await land.server()
    await land.cloud.live_migrate(server.id)
    land.clock.advance(3)
    await land.cloud.delete_server(server.id)
    land.clock.advance(5)
    await land.cloud.list_servers()
    assert [land.world.hosts.used(name) for name in ("cmp1", "cmp2")] == [(0, 0, 0)] * 2
    assert [one.status for one in await land.cloud.move_records(server.id)] == ["error"]


async def test_a_server_that_waits_for_a_word_takes_no_other_order() -> None:
    land = Land()
    server = await land.server()
    await land.cloud.cold_migrate(server.id)
    land.clock.advance(20)
    for act in (land.cloud.stop_server, land.cloud.live_migrate, lambda one: land.cloud.set_metadata(one, {"a": "b"})):
        with pytest.raises(Conflict):
            await act(server.id)


async def test_disks_that_are_not_shared_are_copied_first() -> None:
    land = Land(SimulatedSettings(admin=True, moving=(8.0, 8.0), hosts=2, shared_storage=False))
    server = await land.server()
    await land.cloud.live_migrate(server.id)
    land.clock.advance(STARTING + 2)
    (told,) = await land.cloud.moves_under_way(server.id)
    assert (told.disk_total, told.disk_remaining) == (10 * GIB, 5 * GIB)
    assert told.memory_remaining == told.memory_total


@given(
    memory=st.integers(1, 2**40),
    dirty=st.floats(0, 0.9),
    seconds=st.floats(0.5, 500),
    share=st.floats(0, 1),
)
def test_copying_ends_when_it_should(memory: int, dirty: float, seconds: float, share: float) -> None:
    sent, left = rounds(memory, dirty, share * seconds, seconds)
    assert 0 <= left <= memory
    assert 0 <= sent <= memory / (1 - dirty) + 1
    at_end = rounds(memory, dirty, seconds, seconds)[1]
    assert at_end <= max(1, memory * 1e-3) or dirty > 0.85


@given(memory=st.integers(2**20, 2**40), rounds_gone=st.floats(0, 1000))
def test_what_is_written_faster_than_it_is_copied_never_ends(memory: int, rounds_gone: float) -> None:
    left = rounds(memory, 1.05, rounds_gone * 10, 10)[1]
    assert 0 < left <= memory
