"""A full disk: the engine says so and refuses, forgets what it could not keep, and goes on when there is room."""

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.test_kill import healthy
from tests.engine.world import POOL, World
from tests.people import peer
from vmms_tui.engine.store import checkpoint
from vmms_tui.model.commands import Release
from vmms_tui.model.records import Counters, Event, Lease, LeaseState, Request, RequestState, Secret, ServerState
from vmms_tui.model.status import Snapshot


class SmallDisk:
    """Is full from the n-th write on, until there is room again."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._write = os.write
        self.writes_left: int | None = None
        self.refused = 0
        patch.setattr(os, "write", self.write)

    def write(self, file: int, data: bytes) -> int:
        if self.writes_left is not None:
            self.writes_left -= 1
            if self.writes_left < 0:
                self.refused += 1
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._write(file, data)

    def full_after(self, writes: int) -> None:
        """From then on nothing can be written."""
        self.writes_left = writes

    def make_room(self) -> None:
        """Somebody has deleted something."""
        self.writes_left = None


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SmallDisk:
    return SmallDisk(monkeypatch)


def mistakes(world: World) -> list[str]:
    """What the loops say that is no plain sentence."""
    return [loop.error for loop in world.engine.loops.statuses() if "mistake" in loop.error]


@pytest.mark.parametrize("writes", range(0, 60, 4))
async def test_full_while_a_pool_fills(tmp_path: Path, disk: SmallDisk, writes: int) -> None:
    world = await World(tmp_path, POOL).start()
    disk.full_after(writes)
    await world.pass_time(40)
    if disk.refused:
        assert "is full" in world.engine.status().problem
        assert not mistakes(world)
    disk.make_room()
    await world.pass_time(90)
    assert not world.engine.status().problem
    assert world.counts()[ServerState.READY] == 4
    await healthy(world)
    before = [one for one in world.state.kept() if not isinstance(one, Counters)]
    await world.restart()
    assert [world.state.get(type(one), one.id) for one in before] == before
    await world.stop()


@pytest.mark.parametrize("writes", range(0, 24, 2))
async def test_full_while_servers_are_lent_and_taken_back(tmp_path: Path, disk: SmallDisk, writes: int) -> None:
    world = await World(tmp_path, POOL).start()
    await world.pass_time(30)
    early = await world.ask(term=timedelta(hours=1))
    disk.full_after(writes)
    replies = [await world.ask("bob", term=timedelta(days=2)) for _ in range(3)]
    released = await world.send(Release(lease_id=early.lease_id))
    await world.pass_time(15)
    assert {reply.code for reply in [*replies, released]} <= {"ok", "try_again"}
    acknowledged = {reply.lease_id for reply in replies if reply.code == "ok"}
    assert {lease.id for lease in world.state.live_leases()} - {early.lease_id} == acknowledged
    assert not mistakes(world)
    disk.make_room()
    await world.pass_time(15)
    await world.restart()
    await world.pass_time(120)
    await healthy(world)
    assert {lease.id for lease in world.state.all(Lease) if lease.state == LeaseState.ACTIVE} == (
        acknowledged if released.ok else acknowledged | {early.lease_id}
    )
    await world.stop()


async def test_while_it_is_full_all_can_be_read_and_nothing_changed(filled: World, disk: SmallDisk) -> None:
    world = filled
    stream = world.engine.subscribe(peer("operator"))
    assert isinstance(await anext(stream), Snapshot)
    before = world.state.records()
    disk.full_after(0)
    reply = await world.ask()
    assert reply.code == "try_again"
    assert "is full: reads go on, changes are refused" in reply.text
    assert world.state.records() == before
    assert isinstance(await anext(stream), Snapshot), "whoever saw what was taken back begins anew"
    snapshot = await world.engine.snapshot(peer("operator"))
    assert "is full" in snapshot.status.problem
    assert set(map(id, snapshot.records)) == {id(one) for one in before if not isinstance(one, Counters | Secret)}
    calls = disk.refused
    for _ in range(5):
        assert (await world.ask()).code == "try_again"
    assert disk.refused == calls, "refused at once, without a touch of the disk"
    disk.make_room()
    world.clock.advance(3600)
    await world.pass_time(10)
    (said,) = world.events("store.healed")
    assert said.text.startswith("the disk was full for 1 h")
    assert (await world.ask()).code == "ok"


async def test_while_it_is_full_the_cloud_is_left_in_peace(world: World, disk: SmallDisk) -> None:
    await world.pass_time(3)
    assert world.state.live_operations()
    disk.full_after(0)
    await world.pass_time(5)
    world.clock.advance(60)
    await world.pass_time(60)
    assert world.account.calls_last_minute() <= 15, "six listings a minute, quota and catalogue"
    disk.make_room()
    await world.pass_time(60)
    assert world.counts()[ServerState.READY] == 4


async def test_a_queue_that_fills_while_the_disk_is_full(tmp_path: Path, disk: SmallDisk) -> None:
    world = await World(tmp_path, POOL).start()
    waiting = [await world.ask(str(number)) for number in range(6)]
    assert {reply.code for reply in waiting} == {"queued"}
    disk.full_after(3)
    await world.pass_time(60)
    assert not mistakes(world)
    disk.make_room()
    await world.pass_time(120)
    assert {one.state for one in world.state.all(Request)} == {RequestState.GRANTED}
    await healthy(world)
    await world.stop()


async def test_a_checkpoint_that_cannot_be_written_is_told_and_tried_again(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = filled

    def no_room(path: Path, *_rest: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    world.engine._store._lines = 1  # type: ignore[attr-defined]
    with monkeypatch.context() as full:
        full.setattr(checkpoint, "write", no_room)
        await world.pass_time(30)
        (loop,) = [loop for loop in world.engine.loops.statuses() if loop.name == "store"]
        assert "No space left on device" in loop.error
        assert len(world.events("store.checkpoint_failed")) == 1
        assert (await world.ask()).code == "ok"
    await world.pass_time(90)
    (loop,) = [loop for loop in world.engine.loops.statuses() if loop.name == "store"]
    assert loop.error == ""
    assert len([one for one in world.state.all(Event) if one.kind == "store.checkpoint_failed"]) == 1
