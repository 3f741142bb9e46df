"""Every call to the disk fails once, or is the last one: nothing acknowledged is lost, and the store starts again."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.unit.faulty_os import Fault, FaultyOS, Loss
from tests.unit.store_kit import Writer, checkpoints, event, generations, journals, loaded, put
from tests.unit.test_store_formats import sample
from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.context import Ledger
from vmms_tui.engine.state import State, Undo
from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.store.port import StoreProblem
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import AnyRecord
from vmms_tui.model.tables import Change, Drop

Held = tuple[AnyRecord, ...]


class Watched(State):
    """A state that remembers what it was since the last acknowledged change."""

    def __init__(self, records: Held, sequence: int) -> None:
        self.since: list[Held] = []
        self.undone: list[Held] = []
        """What was taken back; a kill may leave it on the disk all the same."""
        super().__init__(records, sequence)
        self.since = [self.records()]

    def apply(self, changes: object) -> Undo:
        undo = super().apply(changes)  # type: ignore[arg-type]
        self.since.append(self.records())
        return undo

    def undo(self, undos: Iterable[Undo]) -> None:
        taken_back = list(undos)
        super().undo(taken_back)
        self.undone += [self.since.pop() for _ in taken_back]


class Life:
    """An engine's use of its store, through a disk that may fail at any call."""

    def __init__(self, folder: Path, held: Held) -> None:
        self.folder = folder
        self.held = held
        self.state: Watched | None = None
        self.ledger: Ledger
        self.store: FileStore

    async def start(self) -> None:
        self.store = FileStore(self.folder, lines_between_checkpoints=3)
        found = self.store.load()
        assert found.records in self.may_hold()
        self.state = Watched(found.records, found.sequence)
        self.ledger = Ledger(self.state, self.store, SimulatedClock())
        self.ledger.on_durable = self._durable

    def may_hold(self) -> list[Held]:
        """What a start may find: what was acknowledged, and what was asked for since."""
        return [*self.state.since, *self.state.undone] if self.state else [self.held]

    def _durable(self, _sequence: int, _changes: tuple[Change, ...]) -> None:
        """What is acknowledged: everything up to and with the oldest of those asked for."""
        assert self.state
        del self.state.since[0]

    async def commit(self, *changes: AnyRecord | Drop) -> None:
        """Try; heal if it does not go; never mind if that does not go either."""
        with contextlib.suppress(TryAgain):
            await self.ledger.commit(*changes)
            return
        assert self.state
        with contextlib.suppress(TryAgain):
            await self.ledger.heal()
            self.state.undone.clear()  # what is in the journal now is there for good, and nothing else

    async def checkpoint(self) -> None:
        with contextlib.suppress(StoreProblem, TryAgain):
            await self.ledger.checkpoint()

    async def stop(self) -> None:
        await self.checkpoint()
        await self.store.close()


async def a_life(life: Life) -> None:
    """Starts, commits, checkpoints with changes under way, enough of them that old ones are removed."""
    number = 0
    for _ in range(2):
        await life.start()
        for _ in range(2):
            number += 2
            await life.commit(event(number))
            await asyncio.gather(
                life.checkpoint(), life.commit(event(number + 1)), life.commit(Drop("event", "00000003"))
            )
        await life.stop()


async def a_start(life: Life) -> None:
    """On what is there already."""
    await life.start()
    await life.commit(event(1, "new"))
    await life.stop()


Scenario = Callable[[Life], Awaitable[None]]


async def attempt(folder: Path, scenario: Scenario, at: int, fault: Fault, held: Held) -> tuple[Life, FaultyOS]:
    life, disk = Life(folder, held), FaultyOS(folder, at, fault)
    with disk.active():
        try:
            await scenario(life)
        except StoreProblem:  # a start that was refused: then the next one has to do
            if hasattr(life, "store"):
                await life.store.close()
    return life, disk


def numbers_until_the_end(disk: list[FaultyOS]) -> Iterator[int]:
    """Calls by number, until the scenario ends without meeting the fault."""
    number = 0
    while not disk or disk[-1].reached:
        yield number
        number += 1
    assert number > 10, "there must have been calls to fail"


async def nothing_lost(prepared: dict[str, bytes], folder: Path, scenario: Scenario, fault: Fault, held: Held) -> None:
    done: list[FaultyOS] = []
    for number in numbers_until_the_end(done):
        put(folder, prepared)
        life, disk = await attempt(folder, scenario, number, fault, held)
        done.append(disk)
        left = {loss: disk.left(loss) for loss in Loss}
        for loss in Loss if fault is Fault.STOP else [Loss.NOTHING, Loss.BOTH]:
            put(folder, left[loss])
            try:
                sequence, records, _ = await loaded(folder)
            except StoreProblem as problem:
                pytest.fail(f"call {number}, {fault}, {loss}: {problem}")
            assert records in life.may_hold(), f"call {number}, {fault}, {loss}, up to change {sequence}"


@pytest.mark.parametrize("fault", Fault)
async def test_a_whole_life(tmp_path: Path, fault: Fault) -> None:
    await nothing_lost({}, tmp_path / "store", a_life, fault, ())


@pytest.mark.parametrize("fault", Fault)
async def test_a_start_after_a_torn_write(tmp_path: Path, fault: Fault) -> None:
    writer = await generations(tmp_path / "made")
    path = journals(tmp_path / "made")[-1]
    path.write_bytes(path.read_bytes() + b"12345678 [17,[")
    files = {one.name: one.read_bytes() for one in (tmp_path / "made").iterdir()}
    await nothing_lost(files, tmp_path / "store", a_start, fault, tuple(writer.records))


@pytest.mark.parametrize("fault", Fault)
async def test_a_start_after_a_last_line_without_its_end(tmp_path: Path, fault: Fault) -> None:
    writer = await generations(tmp_path / "made")
    path = journals(tmp_path / "made")[-1]
    path.write_bytes(path.read_bytes()[:-1])
    files = {one.name: one.read_bytes() for one in (tmp_path / "made").iterdir()}
    await nothing_lost(files, tmp_path / "store", a_start, fault, tuple(writer.records))


@pytest.mark.parametrize("name", ["checkpoint-and-journal", "journals-only"])
@pytest.mark.parametrize("fault", Fault)
async def test_the_first_start_on_the_first_versions_store(tmp_path: Path, fault: Fault, name: str) -> None:
    folder, expected = sample(f"store-format-1/{name}", tmp_path)
    files = {one.name: one.read_bytes() for one in folder.iterdir()}
    await nothing_lost(files, tmp_path / "work", a_start, fault, expected.records)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model knows what was synced; the disk need not."""
    monkeypatch.setattr(os, "fsync", lambda _file: None)
    monkeypatch.setattr(os, "fdatasync", lambda _file: None)


async def test_the_model_of_a_power_cut_can_find_a_fault(tmp_path: Path) -> None:
    """Or the tests above could not fail: a checkpoint that is renamed before it is synced loses everything."""
    writer = Writer(tmp_path / "store")
    disk = FaultyOS(tmp_path / "store", 10_000, Fault.STOP)
    with disk.active():
        await writer.add_events(3)
        disk._synced = lambda file: None  # type: ignore[method-assign]
        await writer.checkpoint()
    await writer.close()
    assert checkpoints(tmp_path / "store")
    left = disk.left(Loss.CONTENTS)
    assert left["checkpoint-000000000003.json"] == b""
    with pytest.raises(StoreProblem):
        await loaded(put(tmp_path / "store", left))
