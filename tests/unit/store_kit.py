"""Stores for tests: small records, and stores on disk with several generations."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from vmms_tui.engine.store.files import FileStore
from vmms_tui.model.records import AnyRecord, Event
from vmms_tui.model.tables import Drop, Put, Tables

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def event(number: int, text: str = "something") -> Event:
    """A small record."""
    return Event(id=f"{number:08d}", at=AT, kind="test", text=text)


class Writer:
    """A store, and what it must hold: every change that `append` has acknowledged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = FileStore(folder)
        self.tables = Tables(self.store.load().records)
        self.sequence = self.store.look().sequence

    async def add(self, *changes: Put | Drop) -> None:
        """One batch; kept in mind when it is acknowledged."""
        self.sequence += 1
        await self.store.append(self.sequence, changes)
        for change in changes:
            self.tables.apply(change)

    async def add_events(self, number: int) -> None:
        """So many batches of one event each."""
        for _ in range(number):
            await self.add(Put(event(self.sequence + 1)))

    async def checkpoint(self) -> None:
        """Everything so far."""
        await self.store.checkpoint(self.sequence, self.tables.records())

    async def close(self) -> None:
        """Without a checkpoint."""
        await self.store.close()

    @property
    def records(self) -> Sequence[AnyRecord]:
        """What must be there again."""
        return self.tables.records()


async def generations(folder: Path, number: int = 3, each: int = 4) -> Writer:
    """A closed store with so many checkpoints, `each` batches before each of them and after the last."""
    writer = Writer(folder)
    for _ in range(number):
        await writer.add_events(each)
        await writer.checkpoint()
    await writer.add_events(each - 1)
    await writer.add(Drop("event", "00000002"), Put(event(1, "changed")))
    await writer.close()
    return writer


def names(folder: Path) -> list[str]:
    """What is in the folder."""
    return sorted(path.name for path in folder.iterdir())


def contents(folder: Path) -> dict[str, bytes]:
    """The files in the folder as they are."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def put(folder: Path, files: dict[str, bytes]) -> Path:
    """A folder with these files and no others."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def journals(folder: Path) -> list[Path]:
    """The journals, the oldest first."""
    return sorted(folder.glob("journal-*.log"))


def checkpoints(folder: Path) -> list[Path]:
    """The generations, the oldest first."""
    return sorted(folder.glob("checkpoint-*.json"))


async def loaded(folder: Path) -> tuple[int, tuple[AnyRecord, ...], tuple[str, ...]]:
    """What a start finds: sequence, records, remarks. The store is closed again."""
    store = FileStore(folder)
    found = store.load()
    await store.close()
    return found.sequence, found.records, found.remarks
