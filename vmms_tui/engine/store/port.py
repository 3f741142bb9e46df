"""The store port: changes made durable, and everything read back at a start."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from vmms_tui.model.records import AnyRecord
from vmms_tui.model.tables import Change


class StoreProblem(Exception):
    """The store cannot be read or written: one sentence, with the path and what to do."""


class StoreFull(StoreProblem):
    """There is no room for a change. Nothing may be appended until `heal` has found room again."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a store held."""

    records: tuple[AnyRecord, ...]
    sequence: int
    remarks: tuple[str, ...] = ()
    """What had to be mended while reading: a torn tail that was cut, say."""


class Rescued(msgspec.Struct, frozen=True, kw_only=True):
    """What a damaged store was brought back to."""

    sequence: int
    """The last change that is whole."""
    generation: str
    """What it goes back to, in words."""
    aside: tuple[str, ...]
    """What was put aside, as paths."""
    told: tuple[str, ...]
    """Of which records what was put aside still tells: changes that are lost."""


class Store(Protocol):
    """Keeps what the engine knows. One process at a time."""

    def look(self) -> Loaded:
        """Read everything and change nothing; also while another process writes. Raises StoreProblem."""
        ...

    def go_back(self, *, act: bool = True) -> Rescued:
        """After damage that `load` refuses: put aside what is not whole. Without `act` only say what would be.

        Raises StoreProblem: nothing is damaged, a newer VMMS wrote it, or nothing is whole.
        """
        ...

    def load(self) -> Loaded:
        """Read everything. Call it once, before anything else. Raises StoreProblem."""
        ...

    def watch(self, durable: Callable[[int], None], lost: Callable[[StoreProblem], None]) -> None:
        """Tell, in the event loop and before any `append` returns or raises for it, how far all is durable; or that
        nothing after that is, nor will be: who counts on it can take it back before anybody else looks.
        """
        ...

    async def append(self, sequence: int, changes: Sequence[Change]) -> None:
        """Return when this batch is durable.

        Raises:
            StoreFull: there is no room; nothing of it is kept, and nothing more may be appended before `heal`.
            StoreProblem: it cannot be written, and nothing can until the next start.
        """
        ...

    async def heal(self) -> None:
        """After StoreFull: return when changes can be appended again. Raises StoreProblem when they cannot yet."""
        ...

    async def checkpoint(self, sequence: int, records: Sequence[AnyRecord]) -> None:
        """Write everything as of `sequence`, so that a start need not read what came before.

        Call it in the same step of the event loop that took `records`. Raises StoreProblem: it could not be written;
        changes are taken as before, and it can be tried again.
        """
        ...

    def due(self) -> bool:
        """Whether enough has come for a checkpoint."""
        ...

    async def close(self) -> None:
        """Wait for what is under way and let go of everything."""
        ...
