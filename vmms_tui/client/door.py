"""The engine as a client in the same process finds it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.status import Snapshot, Update


class Door(Protocol):
    """An engine in a thread of its own. Every method is called in `loop`, and nowhere else."""

    loop: asyncio.AbstractEventLoop
    """The engine's event loop."""

    async def snapshot(self) -> Snapshot:
        """Everything now."""
        ...

    async def submit(self, command: AnyCommand, actor: str) -> Reply:
        """Do what a person asks for, or say why not."""
        ...

    def subscribe(self) -> AsyncIterator[Snapshot | Update]:
        """A snapshot first, then updates; see `EngineClient.follow`."""
        ...
