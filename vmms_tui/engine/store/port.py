"""The store port: changes made durable, and everything read back at a start."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from vmms_tui.model.records import AnyRecord
from vmms_tui.model.tables import Change


class StoreProblem(Exception):
    """The store cannot be read or written: one sentence, with the path and what to do."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a store held."""

    records: tuple[AnyRecord, ...]
    sequence: int
    remarks: tuple[str, ...] = ()
    """What had to be mended while reading: a damaged tail that was cut, say."""


class Store(Protocol):
    """Keeps what the engine knows. One process at a time."""

    def load(self) -> Loaded:
        """Read everything. Call it once, before anything else. Raises StoreProblem."""
        ...

    async def append(self, sequence: int, changes: Sequence[Change]) -> None:
        """Return when this batch is on disk. Raises StoreProblem; then nothing more may be appended."""
        ...

    async def checkpoint(self, sequence: int, records: Sequence[AnyRecord]) -> None:
        """Write everything as of `sequence`, so that older lines of the journal are not needed any more."""
        ...

    def due(self) -> bool:
        """Whether the journal has grown enough for a checkpoint."""
        ...

    async def close(self) -> None:
        """Wait for what is under way and let go of the files."""
        ...
