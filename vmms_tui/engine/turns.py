"""Long passes give way: whoever asks for a server meanwhile does not wait for the end of the pass."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from vmms_tui.engine.memory import give_back

ItemT = TypeVar("ItemT")

MOST_TRACKED = 100_000
"""Containers made, less those freed, from one look of the collector to the next. Python's own number is 700.

A look costs some milliseconds for each ten thousand: `sweep` sees to it that few come while many people ask.
"""
SWITCH = 0.001
"""Seconds that a busy thread keeps the interpreter while others wait for it. Python's own number is 0.005."""


async def in_turns(items: Sequence[ItemT], at_a_time: int) -> AsyncIterator[Sequence[ItemT]]:
    """Slices of the items; before each slice but the first, whatever else is ready to run in the loop has its turn."""
    rest = iter(items)
    some = tuple(islice(rest, at_a_time))
    while some:
        yield some
        some = tuple(islice(rest, at_a_time))
        if some:
            await asyncio.sleep(0)


@contextmanager
def unswept() -> Iterator[None]:
    """Let the collector rest while much is loaded, all of which stays: it would look at it again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def share_the_interpreter() -> None:
    """Let this process answer quickly with many records; call it once they are loaded.

    What has been loaded stays, so the collector (gc.freeze) need not look at it again and again; records are in no
    cycles, so it may look seldom. And the threads of journal, loop and screen hand the interpreter on sooner.
    """
    gc.collect()
    give_back()
    gc.freeze()
    gc.set_threshold(MOST_TRACKED, 20, 20)
    sys.setswitchinterval(SWITCH)


def sweep() -> None:
    """Let the collector look at what has come since the last sweep; call it again and again."""
    gc.collect(1)
    give_back()
