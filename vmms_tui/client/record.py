"""Records what a viewer is told, for as long as it is wanted."""

import asyncio
import contextlib
from collections.abc import Callable

from vmms_tui.client.protocol import EngineClient
from vmms_tui.client.recording import Writer
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.status import Reading

AGAIN = 2.0
"""Seconds until an engine that went away is asked again."""


class Recorder:
    """One recording of one engine, which may go away and come back meanwhile."""

    def __init__(self, client: EngineClient, writer: Writer, monotonic: Callable[[], float]) -> None:
        """`monotonic` is seconds that never go back."""
        self.said = 0
        """How many snapshots and updates were written."""
        self.sequence = 0
        """The number of the last change in it."""
        self.seconds = 0.0
        """How long it is."""
        self._client = client
        self._writer = writer
        self._monotonic = monotonic
        self._began: float | None = None

    async def run(self, enough: asyncio.Event) -> None:
        """Record until `enough` is set.

        Raises:
            TryAgain: there is no engine to begin with.
            TooLarge: the file has come to its largest size.
        """
        watching = asyncio.ensure_future(self._watch())
        ending = asyncio.ensure_future(enough.wait())
        try:
            await asyncio.wait({watching, ending}, return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                watching.result()
        finally:
            for task in (watching, ending):
                task.cancel()
            await asyncio.gather(watching, ending, return_exceptions=True)

    async def close(self) -> None:
        """Leave the engine."""
        await self._client.close()

    async def _watch(self) -> None:
        while True:
            try:
                await self._follow()
            except TryAgain:
                if self._began is None:
                    raise
            await asyncio.sleep(AGAIN)

    async def _follow(self) -> None:
        async with contextlib.aclosing(self._client.follow()) as stream:  # type: ignore[type-var]
            async for news in stream:
                if isinstance(news, Reading):
                    continue
                now = self._monotonic()
                self._began = now if self._began is None else self._began
                self.seconds = now - self._began
                self._writer.take(self.seconds, news)
                self.said, self.sequence = self.said + 1, news.sequence
