"""The real post: mail, chats, webhooks and whatever else Apprise knows."""

import asyncio

from vmms_tui.engine.notices.port import OPERATORS, NotDelivered
from vmms_tui.engine.workers import Closed, TooLate, Workers
from vmms_tui.model.channels import Channels
from vmms_tui.settings import addresses

DEADLINE = 25.0
"""Seconds that a letter gets, from asking to the word that it was taken."""
AT_ONCE = 8
"""Letters under way."""
PATIENCE = 2.0
"""Seconds that letters under way get when the engine ends."""


class ApprisePost:
    """Delivers over the channels of the settings. Implements Post."""

    name = "apprise"

    def __init__(self, *, deadline: float = DEADLINE) -> None:
        self._channels = Channels()
        self._workers = Workers(AT_ONCE, deadline, "notices")

    def take(self, channels: Channels) -> None:
        """See Post."""
        self._channels = channels

    def reaches(self, recipient: str) -> bool:
        """See Post."""
        return bool(self._addresses(recipient))

    def _addresses(self, recipient: str) -> list[str]:
        channels = self._channels
        if recipient == OPERATORS:
            return list(channels.operators)
        named = channels.people.get(recipient, channels.urls)
        return [address for url in named if (address := addresses.for_owner(url, recipient))]

    async def deliver(self, recipient: str, subject: str, text: str) -> str:
        """See Post."""
        urls = self._addresses(recipient)
        if not urls:
            raise NotDelivered("there is no channel to them")
        problems = await asyncio.gather(*(self._tell(url, subject, text) for url in urls))
        kinds = [addresses.kind_of(url) for url in urls]
        told = zip(kinds, problems, strict=True)
        took = [kind for kind, problem in zip(kinds, problems, strict=True) if not problem]
        failed = "; ".join(f"{kind}: {problem}" for kind, problem in told if problem)
        if not took:
            raise NotDelivered(failed)
        return ", ".join(took) + (f" (not {failed})" if failed else "")

    async def _tell(self, url: str, subject: str, text: str) -> str:
        """Why this channel did not take it; nothing: it did."""
        try:
            return await self._workers.run(lambda: addresses.tell(url, subject, text))
        except TooLate:
            return f"not taken within {self._workers.deadline:g} s"
        except Closed:
            return "the engine has stopped"
        except Exception as mistake:  # noqa: BLE001 one of a hundred plug-ins; its words may hold the address
            return f"a mistake in Apprise ({type(mistake).__name__})"

    async def close(self) -> None:
        """See Post."""
        await self._workers.close(PATIENCE)
