"""The engine as a client in the same process finds it."""

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Protocol

from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.leaks import Leaks
from vmms_tui.model.people import Peer
from vmms_tui.model.status import Snapshot, Update


class Door(Protocol):
    """An engine in a thread of its own. Every method is called in `loop`, and nowhere else."""

    loop: asyncio.AbstractEventLoop
    """The engine's event loop."""

    async def snapshot(self, peer: Peer, kinds: Collection[str] = (), *, mine: bool = False) -> Snapshot:
        """Everything that they may see; with `kinds` (`lease` …) only these records, with `mine` only theirs.

        Raises Refused when they have no role here.
        """
        ...

    async def submit(self, command: AnyCommand, peer: Peer) -> Reply:
        """Do what a person asks for, or say why not."""
        ...

    async def look_for_leaks(self, peer: Peer, *, fresh: bool = False, everything: bool = False) -> Leaks:
        """What carries our tag in the cloud; see `EngineClient.leaks`. Raises Refused when they may not see it."""
        ...

    def subscribe(self, peer: Peer) -> AsyncIterator[Snapshot | Update]:
        """A snapshot first, then updates; see `EngineClient.follow`."""
        ...
