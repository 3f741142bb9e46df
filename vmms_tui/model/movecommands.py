"""Commands for queues of moves: hosts that are emptied and come back, and the load that is evened."""

from datetime import timedelta
from typing import ClassVar, Literal

from vmms_tui.model.command import HostCommand, Planned
from vmms_tui.model.people import Role


class DrainHost(HostCommand, frozen=True, tag="drain"):
    """Close a host and move all of ours away, some at a time. Of a drain that goes on: its limit, or try again."""

    reason: str = ""
    """Why; a drain that goes on keeps its own."""
    limit: int = 0
    """How many at a time; 0: as it is, or two."""
    cold: bool = False
    """Move what is off, too."""


class UndrainHost(HostCommand, frozen=True, tag="undrain"):
    """Open a host again that was drained, once nothing on it is left over, and bring back what left, if wanted."""

    bring_back: bool = False
    limit: int = 0


class Rebalance(Planned, frozen=True, tag="rebalance"):
    """Even the load of the open hosts by moves. Shares are per cent of RAM; see `model.rebalancing`."""

    needs: ClassVar[Role | None] = Role.OPERATOR

    threshold: int = 20
    margin: int = 2
    most: int = 10
    hold: timedelta = timedelta(hours=6)
    """A server that was moved within this time stays."""
    important_from: int = 7
    """Servers with this importance or more stay; no more than the settings say, without `important`."""
    important: bool = False
    """Let a higher one than that of the settings hold."""
    limit: int = 0


class SteerMoves(Planned, frozen=True, tag="steer_moves"):
    """Pause a queue of moves, let it go on, stop it for good, or let more or fewer move at a time.

    What is under way ends.
    """

    needs: ClassVar[Role | None] = Role.OPERATOR

    queue: str
    """Its id: `drain:HOST`, `return:HOST` or `rebalance`."""
    act: Literal["pause", "resume", "stop", "limit"]
    limit: int = 0
