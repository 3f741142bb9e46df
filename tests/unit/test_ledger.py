"""The ledger: what cannot be made durable was never made; a full disk is told, refused, and healed."""

import asyncio
import errno
import os
from pathlib import Path

import pytest

from tests.unit.store_kit import event, loaded
from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.context import Ledger
from vmms_tui.engine.state import State
from vmms_tui.engine.store import disk
from vmms_tui.engine.store.files import FileStore
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import AnyRecord, Event
from vmms_tui.model.tables import Change, Drop


class Disk:
    """Lets writes and syncs fail as a disk does."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.fails_with = 0
        """The error of each write; 0: it works."""
        self.half = False
        """Whether half of it is written first."""
        self._write, self._sync = os.write, os.fdatasync
        self.sync_fails_with = 0
        patch.setattr(os, "write", self.write)
        patch.setattr(os, "fdatasync", self.sync)

    def write(self, file: int, data: bytes) -> int:
        if not self.fails_with:
            return self._write(file, data)
        if self.half and len(data) > 1:
            return self._write(file, bytes(data[: len(data) // 2]))
        raise OSError(self.fails_with, os.strerror(self.fails_with))

    def sync(self, file: int) -> None:
        if self.sync_fails_with:
            raise OSError(self.sync_fails_with, os.strerror(self.sync_fails_with))
        self._sync(file)


class Desk:
    """A ledger on a real store, and what its viewers were told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = FileStore(folder)
        found = self.store.load()
        self.clock = SimulatedClock()
        self.ledger = Ledger(State(found.records, found.sequence), self.store, self.clock)
        self.told: list[int] = []
        self.undone = 0
        self.ledger.on_durable = self._tell
        self.ledger.on_undone = self._undo

    def _tell(self, sequence: int, _changes: tuple[Change, ...]) -> None:
        self.told.append(sequence)

    def _undo(self) -> None:
        self.undone += 1

    @property
    def records(self) -> tuple[AnyRecord, ...]:
        return self.ledger.state.records()


@pytest.fixture
async def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "store")
    await made.ledger.commit(event(1), event(2), event(3))
    return made


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("half", [False, True])
async def test_a_full_disk_takes_back_what_it_could_not_keep(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int, half: bool
) -> None:
    before, ledger = desk.records, desk.ledger
    full = Disk(monkeypatch)
    full.fails_with, full.half = number, half
    commits = [
        ledger.commit(event(1, "changed"), Drop("event", "00000002")),
        ledger.commit(event(4)),
        ledger.commit(event(1, "x")),
    ]
    answers = await asyncio.gather(*commits, return_exceptions=True)
    assert [type(answer) for answer in answers] == [TryAgain] * 3
    assert (desk.records, ledger.state.sequence, desk.told, desk.undone) == (before, 1, [1], 1)
    assert ledger.problem.startswith(f"the disk of {desk.folder} ")
    assert ledger.problem.endswith("reads go on, changes are refused until there is room")
    assert ledger.problem in str(answers[0])
    with pytest.raises(TryAgain, match="The engine takes no changes: the disk of"):
        await ledger.commit(event(5))
    with pytest.raises(TryAgain):
        await ledger.heal()
    assert desk.records == before
    full.fails_with = 0
    desk.clock.advance(35)
    await ledger.heal()
    assert not ledger.problem
    (said,) = [one for one in ledger.state.all(Event) if one.kind == "store.healed"]
    assert said.text == "the disk was full for 35 s; changes are taken again"
    await ledger.commit(event(4, "at last"))
    await desk.store.close()
    assert (await loaded(desk.folder))[:2] == (3, desk.records)


async def test_nobody_reads_what_was_taken_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the step of the loop on in which the failure is known, whoever comes first."""
    full = Disk(monkeypatch)
    full.fails_with = errno.ENOSPC
    seen: list[bool] = []

    async def look() -> None:
        while not desk.ledger.problem:  # noqa: ASYNC110 every turn of the loop counts
            await asyncio.sleep(0)
        seen.append(desk.ledger.state.get(Event, "00000004") is None)

    watchers = [asyncio.create_task(look()) for _ in range(3)]
    with pytest.raises(TryAgain):
        await desk.ledger.commit(event(4))
    await asyncio.gather(*watchers)
    assert seen == [True, True, True]
    await desk.store.close()


async def test_numbers_never_go_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = desk.ledger
    full = Disk(monkeypatch)
    full.fails_with = errno.ENOSPC
    first = ledger.number("lease")
    with pytest.raises(TryAgain):
        await ledger.commit(event(4))
    full.fails_with = 0
    await ledger.heal()
    second = ledger.number("lease")
    assert (first, second) == ("lease-00001", "lease-00002")
    await ledger.commit(event(5))
    await desk.store.close()
    assert Desk(desk.folder).ledger.number("lease") == "lease-00003"


async def test_a_sync_that_fails_is_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a later sync says of those pages is worth nothing ("fsyncgate")."""
    before = desk.records
    bad = Disk(monkeypatch)
    bad.sync_fails_with = errno.EIO
    with pytest.raises(TryAgain, match=r"\(Input/output error\)\. Mend that and start VMMS again"):
        await desk.ledger.commit(event(4))
    bad.sync_fails_with = 0
    for _ in range(2):
        with pytest.raises(TryAgain):
            await desk.ledger.heal()
    with pytest.raises(TryAgain):
        await desk.ledger.commit(event(4))
    assert desk.records == before
    await desk.store.close()
    assert (await loaded(desk.folder))[:2] == (1, before)


async def test_a_sync_without_room_heals(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """File systems that allocate late say so at the sync only."""
    bad = Disk(monkeypatch)
    bad.sync_fails_with = errno.ENOSPC
    with pytest.raises(TryAgain):
        await desk.ledger.commit(event(4))
    bad.sync_fails_with = 0
    await desk.ledger.heal()
    await desk.ledger.commit(event(5))
    await desk.store.close()
    assert [one.id for one in (await loaded(desk.folder))[1] if isinstance(one, Event) and one.kind == "test"] == [
        "00000001",
        "00000002",
        "00000003",
        "00000005",
    ]


async def test_it_stays_full_until_there_is_room_for_more_than_a_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Disk(monkeypatch)
    full.fails_with = errno.ENOSPC
    with pytest.raises(TryAgain):
        await desk.ledger.commit(event(4))
    monkeypatch.undo()
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data) if len(data) < 4096 else _no_room())
    with pytest.raises(TryAgain):
        await desk.ledger.heal()
    monkeypatch.undo()
    await desk.ledger.heal()
    assert not any(path.name.startswith("room") for path in desk.folder.glob("*"))
    await desk.store.close()


def _no_room() -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_whoever_is_cancelled_leaves_a_change_that_viewers_are_told(desk: Desk) -> None:
    task = asyncio.create_task(desk.ledger.commit(event(4)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await desk.ledger.settle()
    assert desk.told == [1, 2]
    await desk.store.close()


async def test_settle_waits_until_all_is_durable(desk: Desk) -> None:
    task = asyncio.create_task(desk.ledger.commit(event(4)))
    await asyncio.sleep(0)
    assert desk.told == [1]
    await desk.ledger.settle()
    assert desk.told == [1, 2]
    await task
    await desk.store.close()


async def test_settle_tells_of_what_was_taken_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Disk(monkeypatch)
    full.fails_with = errno.ENOSPC
    task = asyncio.create_task(desk.ledger.commit(event(4)))
    await asyncio.sleep(0)
    with pytest.raises(TryAgain):
        await desk.ledger.settle()
    with pytest.raises(TryAgain):
        await task
    await desk.store.close()


@pytest.mark.parametrize("room", [True, False])
async def test_another_engines_turn_is_not_healed_away(desk: Desk, monkeypatch: pytest.MonkeyPatch, room: bool) -> None:
    full = Disk(monkeypatch)
    full.fails_with = errno.ENOSPC
    with pytest.raises(TryAgain):
        await desk.ledger.commit(event(4))
    full.fails_with = 0 if room else errno.ENOSPC
    healing = asyncio.create_task(desk.ledger.heal())
    await asyncio.sleep(0)
    desk.ledger.give_up("another engine has it")
    for attempt in (healing, desk.ledger.heal()):
        with pytest.raises(TryAgain, match="another engine has it"):
            await attempt
    await desk.store.close()


async def test_a_checkpoint_without_room_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr(disk, "write_whole", lambda path, _parts: _no_room_at(path))
        with pytest.raises(Exception, match="No space left on device"):
            await desk.ledger.checkpoint()
    assert not desk.ledger.problem
    await desk.ledger.commit(event(4))
    await desk.ledger.checkpoint()
    await desk.store.close()
    assert (await loaded(desk.folder))[:2] == (2, desk.records)


def _no_room_at(path: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
