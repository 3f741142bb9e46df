"""Which store an installation has: the only place that knows it."""

from pathlib import Path

from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.store.port import Store


def store_of(state: Path) -> Store:
    """The store of the installation whose state folder this is. Nothing is read or made yet."""
    return FileStore(state / "store")
