"""Commands of `[hosts]`: run without a shell, in a process group of their own, ended at their limit."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Iterator, Sequence

import msgspec

from vmms_tui.engine.wording import plain, unescaped, unwrapped

KEPT = 4096
"""Bytes of what a command says that are kept; the rest is read and dropped, so that it never waits for us."""
PIPE = 64 * 1024
BROKE = "Traceback (most recent call last)"
"""How a program in Python begins to say that it broke: fence agents are such programs."""
PATIENCE = 1.0
"""Seconds that a killed process has to be gone. One that the kernel holds longer is reaped when it ends."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended."""

    code: int | None = None
    """Its exit status; None: it was not begun, did not end in time, or was killed by a signal."""
    words: str
    """What came of it, with the first line that it said: one sentence, without its stop."""


class Commands:
    """Runs commands, a bounded number at a time."""

    def __init__(self, at_once: int) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._running: set[asyncio.Task[Ended]] = set()
        self._closed = False

    async def run(self, what: str, words: Sequence[str], limit: float) -> Ended:
        """Run it for `limit` seconds at most, in which it also waits for its turn. `what` begins the sentences.

        Raises nothing but the caller's own cancellation, which ends the command too.
        """
        if self._closed:
            return Ended(words=f"{what} was not run, since VMMS ends")
        task = asyncio.ensure_future(self._in_turn(what, words, limit))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await task
        except asyncio.CancelledError:
            own = asyncio.current_task()
            if task.cancelled() and not (own and own.cancelling()):  # by close()
                return Ended(words=f"{what} was ended, since VMMS ends")
            raise

    async def close(self) -> None:
        """End all commands; no other one begins."""
        self._closed = True
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _in_turn(self, what: str, words: Sequence[str], limit: float) -> Ended:
        begun, loop = False, asyncio.get_running_loop()
        until = loop.time() + limit
        try:
            async with asyncio.timeout_at(until), self._turns:
                if loop.time() < until:  # nothing is begun only to be killed
                    begun = True
                    return await _ended(what, words)
                raise TimeoutError
        except TimeoutError:
            late = "did not end" if begun else "was not run, since too many others ran all the time"
            return Ended(words=f"{what} {late} within {round(limit, 1):g} s")


async def _ended(what: str, words: Sequence[str]) -> Ended:
    with _output() as output:
        try:
            process = await asyncio.create_subprocess_exec(
                *words, stdin=DEVNULL, stdout=output.writing, stderr=output.writing, start_new_session=True
            )
        except (OSError, ValueError) as error:
            return Ended(words=f"{what} cannot be run: {_why_not(words[0], error)}")
        try:
            code = await process.wait()
        finally:
            await _kill(process)
        line = output.telling_line()
    told = f": {line}" if line else ""
    if code < 0:
        return Ended(words=f"{what} was killed by {_signal(-code)}{told}")
    return Ended(code=code, words=f"{what} ended with {code}{told}")


class _Output:
    """A pipe that is read while the command runs; what is left in it is there to be read when it has ended.

    Its end is not waited for: what the command leaves running may hold it open.
    """

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)
        self._kept, self._last = bytearray(), bytearray()

    def read(self) -> None:
        """Take what is there, at most one buffer full."""
        with contextlib.suppress(BlockingIOError):
            said = os.read(self.reading, PIPE)
            self._kept += said[: KEPT - len(self._kept)]
            self._last = (self._last + said)[-KEPT:]
            if not said:
                asyncio.get_running_loop().remove_reader(self.reading)

    def telling_line(self) -> str:
        """The first line that is not empty, fit for a sentence; of a program that broke the last one, which says why.

        Words in JSON stand without it.
        """
        self.read()
        said = _lines(self._kept)
        if said and said[0].startswith(BROKE):
            return _lines(self._last)[-1]
        return said[0] if said else ""


def _lines(said: bytearray) -> list[str]:
    lines = unwrapped(unescaped(said.decode(errors="replace"))).splitlines()
    return [line for line in map(plain, lines) if line]


@contextlib.contextmanager
def _output() -> Iterator[_Output]:
    output, loop = _Output(), asyncio.get_running_loop()
    loop.add_reader(output.reading, output.read)
    try:
        yield output
    finally:
        loop.remove_reader(output.reading)
        os.close(output.reading)
        os.close(output.writing)


async def _kill(process: Process) -> None:
    """Nothing of it is left, whatever it began, as long as that stayed in its group."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await process.wait()


def _why_not(program: str, error: OSError | ValueError) -> str:
    """Why a program was not begun, in the system's words, which say nothing of it."""
    said = (error.strerror or "") if isinstance(error, OSError) else ""
    return plain(f"{program}: {said[:1].lower()}{said[1:]}" if said else str(error))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
