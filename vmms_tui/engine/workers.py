"""Threads for a library that blocks: bounded, named, and never waited for without an end."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Closed(Exception):
    """The threads have been ended; the work was not begun."""


class TooLate(Exception):
    """The deadline passed. `begun` tells whether a thread had taken the work up."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("the deadline passed")
        self.begun = begun


class AtOnce(Executor):
    """Does the work where it is asked for, before it answers: no thread, so the order of all that happens is fixed."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """See Executor."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 whoever waits is told, as with threads
            future.set_exception(error)
        return future


def executor(size: int, name: str, *, beside: bool) -> Executor:
    """Threads of one's own for what blocks, or, where nothing goes on `beside` the loop, AtOnce."""
    return ThreadPoolExecutor(size, thread_name_prefix=name) if beside else AtOnce()


class Workers:
    """A pool of threads, asked from an event loop."""

    def __init__(self, size: int, deadline: float, name: str) -> None:
        """`deadline` in seconds counts from the moment of asking, so time in the queue is in it."""
        self.deadline = deadline
        self._pool = ThreadPoolExecutor(max_workers=size, thread_name_prefix=name)
        self._running: set[Future[Any]] = set()
        self._closed = False

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`. Raises what it raises, TooLate, Closed.

        Work that is running when the deadline passes, or when the caller is cancelled, runs on; its result is dropped.
        """
        if self._closed:
            raise Closed
        future = self._pool.submit(work)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        try:
            async with asyncio.timeout(self.deadline) as limit:
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if limit.expired():
                raise TooLate(begun=not future.cancelled()) from None
            raise
        except asyncio.CancelledError:
            if self._ended_by_close(future):
                raise Closed from None
            raise

    def _ended_by_close(self, future: Future[T]) -> bool:
        task = asyncio.current_task()
        return self._closed and future.cancelled() and not (task and task.cancelling())

    async def close(self, patience: float) -> bool:
        """Take no more work, drop what waits, and wait at most `patience` seconds for what runs; True if all ended."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        running = [asyncio.wrap_future(future) for future in tuple(self._running)]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*running, return_exceptions=True), patience)
        ended = not self._running
        self._pool.shutdown(wait=ended)
        return ended
