"""Where records are: the engine's state, or a viewer's tables."""

from collections.abc import Iterable
from typing import Protocol

from vmms_tui.model.tables import RecordT


class World(Protocol):
    """Where records are: the engine's state, or a viewer's tables."""

    def get(self, kind: type[RecordT], record_id: str, /) -> RecordT | None:
        """The record with this id."""
        ...

    def all(self, kind: type[RecordT], /) -> Iterable[RecordT]:
        """Every record of a type."""
        ...
