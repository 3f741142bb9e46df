"""The witnesses port: whether a compute host lives, seen by others than the cloud; and the command that fences it."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from vmms_tui.model.witness import Fenced, HostRules, Sign

SSH_PORT = 22


class Place(msgspec.Struct, frozen=True):
    """Where a server on a host is asked."""

    address: str
    port: int = SSH_PORT
    proved: bool = False
    """It answered there to the proof of health of its pool, shortly before its host was called down. Silence counts
    only of such; an answer counts of all."""


class Suspected(msgspec.Struct, frozen=True, kw_only=True):
    """A host to ask about, and what is needed for that."""

    name: str
    address: str = ""
    """As the cloud tells it; empty: it does not."""
    peers: tuple[str, ...] = ()
    """Hosts that are up."""
    servers: tuple[Place, ...] = ()
    """Servers on it, those first of which silence counts."""


class Witnesses(Protocol):
    """Looks at hosts from outside. Rules come with each call: they can be changed while the engine runs."""

    async def signs(self, rules: HostRules, hosts: Sequence[Suspected]) -> dict[str, tuple[Sign, ...]]:
        """Ask all witnesses of the rules but the cloud, once, about each of these hosts; by the hosts' names.

        Never raises, and ends within the limit of the rules.
        """
        ...

    async def fence(self, rules: HostRules, host: Suspected) -> Fenced:
        """Run the fence command, then its proof. Twice is as once. Never raises."""
        ...

    async def close(self) -> None:
        """End what is under way, a command say."""
        ...
