"""A stream that ends with the server, whoever reads it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Viewing(Generic[T]):
    """One stream, which ends with the server."""

    def __init__(self, stream: AsyncIterator[T], ending: asyncio.Event) -> None:
        self._stream = stream
        self._ending: asyncio.Task[Any] = asyncio.create_task(ending.wait())
        self._coming: asyncio.Task[T | None] | None = None

    async def next(self) -> T | None:
        """What comes next; None when there is none any more, or when the end comes first."""
        self._coming = asyncio.create_task(_next(self._stream))
        await asyncio.wait({self._coming, self._ending}, return_when=asyncio.FIRST_COMPLETED)
        return self._coming.result() if self._coming.done() else None

    async def close(self) -> None:
        """Leave the stream, also in the middle of waiting for it."""
        self._ending.cancel()
        if self._coming is not None:
            self._coming.cancel()
            await asyncio.wait({self._coming})
        if isinstance(self._stream, AsyncGenerator):
            await self._stream.aclose()


async def _next(stream: AsyncIterator[T]) -> T | None:
    return await anext(stream, None)
