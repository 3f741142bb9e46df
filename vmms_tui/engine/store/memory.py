"""A store that forgets: what is put into it is made up first and kept elsewhere afterwards."""

from collections.abc import Callable, Sequence

from vmms_tui.engine.store.port import Loaded, Rescued, StoreProblem
from vmms_tui.model.records import AnyRecord
from vmms_tui.model.tables import Change


class MemoryStore:
    """Empty at the beginning, never full. See `port.Store`."""

    def __init__(self) -> None:
        self._durable: Callable[[int], None] = lambda _sequence: None

    def look(self) -> Loaded:
        """See Store."""
        return Loaded(records=(), sequence=0)

    def load(self) -> Loaded:
        """See Store."""
        return self.look()

    def go_back(self, *, act: bool = True) -> Rescued:
        """See Store."""
        raise StoreProblem("nothing is kept here.")

    def watch(self, durable: Callable[[int], None], lost: Callable[[StoreProblem], None]) -> None:
        """See Store."""
        self._durable = durable

    async def append(self, sequence: int, changes: Sequence[Change]) -> None:
        """See Store."""
        self._durable(sequence)

    async def heal(self) -> None:
        """See Store."""

    async def checkpoint(self, sequence: int, records: Sequence[AnyRecord]) -> None:
        """See Store."""

    def due(self) -> bool:
        """See Store."""
        return False

    async def close(self) -> None:
        """See Store."""
