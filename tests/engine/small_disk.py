"""A disk that is full for a while."""

import contextlib
import errno
import os
from collections.abc import Iterator

import pytest

from vmms_tui.engine.store import disk


@contextlib.contextmanager
def full_disk(writes: int) -> Iterator[None]:
    """After so many more writes of the store's only half of each one fits; afterwards there is room again."""
    real, left = disk.write_fully, writes

    def write(file: int, data: bytes) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            real(file, data)
            return
        real(file, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "write_fully", write)
        yield
