"""Which store an installation has: the only place that knows it."""

from collections.abc import Sequence
from pathlib import Path

from vmms_tui.engine.store import checkpoint, disk, lines
from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.store.folder import Folder
from vmms_tui.engine.store.port import Store
from vmms_tui.model.records import AnyRecord


def store_of(state: Path, *, beside: bool = True) -> Store:
    """The store of the installation whose state folder this is. Nothing is read or made yet.

    Without `beside` the loop itself waits for the disk: on simulated time, where the same has to happen each time.
    """
    return FileStore(state / "store", beside=beside)


def fill_store(folder: Path, contents: Sequence[AnyRecord]) -> None:
    """Make a store in an empty folder that holds these records and no past of them."""
    names = Folder(folder)
    disk.write_whole(names.journal(1), [lines.head(1)])
    checkpoint.write(names.checkpoint(1), 1, contents)
