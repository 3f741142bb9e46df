"""A post for tests and for the simulated cloud: everybody has a box in memory, and it is full at once."""

import msgspec

from vmms_tui.engine.notices.port import NotDelivered
from vmms_tui.model.channels import Channels

MOST_KEPT = 1_000
"""Letters that are kept; the oldest go first."""


class Letter(msgspec.Struct, frozen=True):
    """What somebody got."""

    recipient: str
    subject: str
    text: str


class SimulatedPost:
    """Delivers at once, unless a test says otherwise. Implements Post."""

    name = "apprise"

    def __init__(self) -> None:
        self.box: list[Letter] = []
        self.unreachable: set[str] = set()
        """Who has no channel; `*` is everybody."""
        self.problem = ""
        """Why nothing goes through just now; empty: all does."""
        self.tries = 0

    def take(self, channels: Channels) -> None:
        """See Post. Nobody needs a channel here."""

    def reaches(self, recipient: str) -> bool:
        """See Post."""
        return not {recipient, "*"} & self.unreachable

    async def deliver(self, recipient: str, subject: str, text: str) -> str:
        """See Post."""
        self.tries += 1
        if not self.reaches(recipient):
            raise NotDelivered("there is no channel to them")
        if self.problem:
            raise NotDelivered(self.problem)
        self.box = [*self.box[1 - MOST_KEPT :], Letter(recipient, subject, text)]
        return "memory"

    def letters_to(self, recipient: str) -> list[Letter]:
        """What somebody got, oldest first."""
        return [letter for letter in self.box if letter.recipient == recipient]

    async def close(self) -> None:
        """See Post."""
