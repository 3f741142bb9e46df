"""Threads for a library that blocks: deadlines, cancelling, closing."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from vmms_tui.engine.workers import AtOnce, Closed, TooLate, Workers


class Gate:
    """Work that waits until it is let through."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self) -> str:
        self.entered.set()
        assert self.opened.wait(10)
        return threading.current_thread().name

    async def wait_entered(self) -> None:
        assert await asyncio.get_running_loop().run_in_executor(None, self.entered.wait, 5)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


async def test_work_is_done_in_named_threads(gate: Gate) -> None:
    workers = Workers(2, 5.0, "worker")
    gate.opened.set()

    assert (await workers.run(gate)).startswith("worker")
    assert await workers.close(5.0)


async def test_no_more_threads_than_asked_for(gate: Gate) -> None:
    workers = Workers(2, 5.0, "worker")
    most, now, lock = [0], [0], threading.Lock()

    def work() -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        gate.opened.wait(0.01)
        with lock:
            now[0] -= 1

    await asyncio.gather(*(workers.run(work) for _ in range(10)))
    await workers.close(5.0)
    assert most == [2]


async def test_what_is_raised_comes_through() -> None:
    workers = Workers(1, 5.0, "worker")

    def stumble() -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await workers.run(stumble)
    await workers.close(5.0)


async def test_a_deadline_tells_whether_work_had_begun(gate: Gate) -> None:
    workers = Workers(1, 0.1, "worker")
    done = []

    with pytest.raises(TooLate) as first:
        await workers.run(gate)
    with pytest.raises(TooLate) as second:
        await workers.run(lambda: done.append(1))

    assert first.value.begun
    assert not second.value.begun
    gate.opened.set()
    assert await workers.close(5.0)
    assert done == []


async def test_a_cancelled_caller_is_cancelled(gate: Gate) -> None:
    workers = Workers(1, 5.0, "worker")
    task = asyncio.create_task(workers.run(gate))
    await gate.wait_entered()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.opened.set()
    assert await workers.close(5.0)


async def test_close_drops_what_waits_and_finishes_what_runs(gate: Gate) -> None:
    workers = Workers(1, 5.0, "worker")
    running = asyncio.create_task(workers.run(gate))
    await gate.wait_entered()
    waiting = asyncio.create_task(workers.run(gate))
    await asyncio.sleep(0)

    closing = asyncio.create_task(workers.close(5.0))
    with pytest.raises(Closed):
        await waiting
    assert not closing.done()
    gate.opened.set()

    assert await closing
    assert await running
    with pytest.raises(Closed):
        await workers.run(gate)


async def test_close_does_not_wait_for_ever(gate: Gate) -> None:
    workers = Workers(1, 5.0, "worker")
    running = asyncio.create_task(workers.run(gate))
    await gate.wait_entered()

    assert not await workers.close(0.05)

    assert not running.done()
    gate.opened.set()
    assert await running


async def test_work_at_once_is_done_in_the_callers_thread_and_its_mistakes_are_told() -> None:
    loop, here = asyncio.get_running_loop(), AtOnce()
    assert await loop.run_in_executor(here, threading.current_thread) is threading.current_thread()
    with pytest.raises(ZeroDivisionError):
        await loop.run_in_executor(here, divmod, 1, 0)
    here.shutdown(wait=True, cancel_futures=True)
