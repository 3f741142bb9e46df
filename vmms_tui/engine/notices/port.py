"""The port for words to people. An adapter never tells an address: not in an error, not in a log."""

from typing import Protocol

from vmms_tui.model.channels import Channels
from vmms_tui.model.errors import VmmsError

OPERATORS = ""
"""The recipient that stands for the operators."""


class NotDelivered(VmmsError):
    """Nobody was reached; `message` says why, by kind of channel. It may have gone out all the same."""


class Post(Protocol):
    """Carries words to people. All of it is called in the engine's loop."""

    name: str
    """The proof's name: `delivered_by`."""

    def take(self, channels: Channels) -> None:
        """Let these be the channels from now on."""
        ...

    def reaches(self, recipient: str) -> bool:
        """Whether there is a channel to this person, or to the operators."""
        ...

    async def deliver(self, recipient: str, subject: str, text: str) -> str:
        """Tell them, over all their channels at once; one is enough. Returns what took it, in words.

        Raises:
            NotDelivered: no channel took it, in time.
        """
        ...

    async def close(self) -> None:
        """Let go of everything; what is under way may not be waited for."""
        ...
