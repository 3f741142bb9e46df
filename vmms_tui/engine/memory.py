"""Memory that is needed only while much is loaded goes back to the system. mallopt(3), malloc_trim(3)."""

import ctypes
from collections.abc import Callable
from functools import cache

ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""
ARENAS = 2
"""Each thread would have one of its own, up to eight for each core, and none gives to the others what it has left."""


def share_arenas() -> None:
    """Let all threads get their memory from the same few places; call it before there are many."""
    mallopt = _of_glibc("mallopt")
    if mallopt is not None:
        mallopt(ARENA_MAX, ARENAS)


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
