"""The engine that comes after this one: what passes to it, and whether it would work."""

import asyncio
import contextlib
import os
from collections.abc import Sequence
from typing import NamedTuple, Protocol

PROOF = 60.0
"""Seconds that new code gets to prove itself."""
LONGEST_COMPLAINT = 2000
"""Characters of what it says about itself."""


class Inheritance(NamedTuple):
    """Descriptors of an engine that has ended: nobody can slip in, and whoever connects meanwhile waits."""

    lock: int
    door: int
    """The listening socket."""

    @classmethod
    def parse(cls, text: str) -> "Inheritance":
        """From a command line. Raises ValueError."""
        lock, door = text.split(",")
        return cls(int(lock), int(door))

    def __str__(self) -> str:
        return f"{self.lock},{self.door}"

    def pass_on(self) -> None:
        """Let the descriptors stay open in the program that this process becomes (execve(2))."""
        for descriptor in self:
            os.set_inheritable(descriptor, True)


class Successor(Protocol):
    """How an engine is followed by the next one."""

    async def prove(self) -> None:
        """Let the next engine show that it would work. Raises Failed, and this engine stays."""
        ...

    def make_room(self) -> None:
        """End in good order, and let the next one follow."""
        ...


async def complaint(command: Sequence[str]) -> str:
    """Run the new code's own check in a process of its own; why it does not work, or nothing."""
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        return f"{command[0]} cannot be run ({error.strerror})."
    try:
        _, said = await asyncio.wait_for(child.communicate(), PROOF)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        return f"It has not answered for {PROOF:g} seconds."
    if child.returncode == 0:
        return ""
    words = said.decode(errors="replace").strip().replace("vmms: ", "")[-LONGEST_COMPLAINT:]
    return words or f"It ended with exit code {child.returncode}."
