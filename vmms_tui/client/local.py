"""A client in the same process as the engine, but in another event loop."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from typing import Any, TypeVar

from vmms_tui.client.door import Door
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.leaks import Leaks
from vmms_tui.model.people import Peer
from vmms_tui.model.status import Snapshot, Update

T = TypeVar("T")


class LocalClient:
    """Carries calls into the engine's loop and results back. Implements EngineClient."""

    def __init__(self, door: Door, peer: Peer) -> None:
        self._door = door
        self._peer = peer

    @property
    def actor(self) -> str:
        """See EngineClient."""
        return self._peer.name

    @property
    def embedded(self) -> bool:
        """See EngineClient."""
        return True

    async def snapshot(self) -> Snapshot:
        """See EngineClient."""
        return await self._across(self._door.snapshot(self._peer))

    async def leaks(self, *, fresh: bool = False, everything: bool = False) -> Leaks:
        """See EngineClient."""
        return await self._across(self._door.look_for_leaks(self._peer, fresh=fresh, everything=everything))

    async def follow(self) -> AsyncGenerator[Snapshot | Update]:
        """See EngineClient. Asks for the next update when the one before was taken: a slow viewer slows nobody."""
        stream, turn = self._door.subscribe(self._peer), asyncio.Lock()
        try:
            while (news := await self._across(_next(stream, turn))) is not None:
                yield news
        finally:
            await self._leave(stream, turn)

    async def send(self, command: AnyCommand) -> Reply:
        """See EngineClient."""
        return await self._across(self._door.submit(command, self._peer))

    async def close(self) -> None:
        """See EngineClient."""

    async def _across(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the engine's loop. Raises TryAgain when the engine ends before it."""
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._door.loop)
        except RuntimeError:
            work.close()
            raise _stopped() from None
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise _stopped() from None

    async def _leave(self, stream: AsyncIterator[Snapshot | Update], turn: asyncio.Lock) -> None:
        """End the stream where it runs; an engine that has stopped has ended it."""
        if isinstance(stream, AsyncGenerator):
            try:
                await self._across(_close(stream, turn))
            except TryAgain:
                return


async def _next(stream: AsyncIterator[Snapshot | Update], turn: asyncio.Lock) -> Snapshot | Update | None:
    async with turn:
        return await anext(stream, None)


async def _close(stream: AsyncGenerator[Snapshot | Update], turn: asyncio.Lock) -> None:
    """When whoever asked for the next has left the stream, too: its cancelling takes turns of the loop."""
    async with turn:
        await stream.aclose()


def _stopped() -> TryAgain:
    return TryAgain("The engine has stopped.", "Start vmms again.")
