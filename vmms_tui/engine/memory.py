"""Memory that is needed only while much is loaded goes back to the system. mallopt(3), malloc_trim(3)."""

import ctypes
from collections.abc import Callable
from functools import cache

ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""
ARENAS = 2
"""Each thread would have one of its own, up to eight for each core, and none gives to the others what it has left."""
MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1
"""M_MMAP_THRESHOLD and M_TRIM_THRESHOLD."""
LARGE, SPARE = 256 << 10, 1 << 20
"""Blocks that go back by themselves once they are free, and what the end of the heap may keep, in bytes. glibc would
raise both with every larger block that is freed, up to 32 and 64 MB: a file that was read once would leave its hole."""


def share_arenas() -> None:
    """Let all threads get their memory from the same few places; call it before there are many, and before a load."""
    mallopt = _of_glibc("mallopt")
    if mallopt is not None:
        mallopt(ARENA_MAX, ARENAS)
        mallopt(MMAP_THRESHOLD, LARGE)
        mallopt(TRIM_THRESHOLD, SPARE)


def give_back() -> None:
    """Give the system what is free; some milliseconds at most."""
    malloc_trim = _of_glibc("malloc_trim")
    if malloc_trim is not None:
        malloc_trim(0)


@cache
def _of_glibc(name: str) -> Callable[..., int] | None:
    """A function of the C library; None where it is another than glibc."""
    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found
