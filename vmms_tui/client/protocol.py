"""The client protocol: all that a screen or a command may know of the engine."""

from collections.abc import AsyncIterator
from typing import Protocol

from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.leaks import Leaks
from vmms_tui.model.status import Reading, Snapshot, Update


class EngineClient(Protocol):
    """A viewer of the engine. Every method may raise TryAgain when the engine cannot be reached."""

    @property
    def actor(self) -> str:
        """Who asks: the name of the Unix user."""
        ...

    @property
    def embedded(self) -> bool:
        """Whether the engine is in this process, and leaves it with us."""
        ...

    async def snapshot(self) -> Snapshot:
        """Everything now."""
        ...

    async def leaks(self, *, fresh: bool = False, everything: bool = False) -> Leaks:
        """What carries our tag in the cloud and is not as it should be; with `everything` also what is.

        `fresh` and `everything` let the engine take a look now. Raises Refused for who may not see it.
        """
        ...

    def follow(self) -> AsyncIterator[Snapshot | Update | Reading]:
        """A snapshot first, then what changes, at most four times a second.

        A large Snapshot that comes over the socket is announced by Readings: it may take its time.

        A viewer that is too slow, and one that was cut off and comes back, gets a new Snapshot. An Update without
        changes comes at least every five seconds: it carries the status.
        """
        ...

    async def send(self, command: AnyCommand) -> Reply:
        """Let the engine do it. A refusal is a Reply, not an exception."""
        ...

    async def close(self) -> None:
        """Leave. The engine goes on."""
        ...
