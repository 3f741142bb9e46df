"""What a rehearsal of the death of a compute host has found: who would go where, in what order, how long it took."""

from datetime import datetime, timedelta

import msgspec

from vmms_tui.model.reserve import Reserve


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one server."""

    server_id: str
    lease_id: str = ""
    owner: str = ""
    importance: int = 0
    ram_mib: int = 0
    disk_gib: int = 0
    to: str = ""
    """The host where it is afterwards; empty: on none."""
    asked: timedelta | None = None
    """When the cloud was asked for it, counted from the order; None: never."""
    ended: timedelta | None = None
    """When it worked again, or had failed; None: neither within the time of the rehearsal."""
    problem: str = ""
    """Why it did not come through."""

    @property
    def well(self) -> bool:
        """Whether it works on another host."""
        return bool(self.to) and not self.problem and self.ended is not None


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. Nothing in the cloud, in the store or with the owners was touched."""

    host: str
    at: datetime
    """As of when hosts, servers and leases were taken."""
    took: timedelta
    """From the order to the end of the last server, on the simulated clock."""
    servers: tuple[Rehearsed, ...] = ()
    """In the order in which the cloud was asked for them."""
    busy: tuple[str, ...] = ()
    """Lent servers at which something is at work: a real evacuation leaves them until that is over."""
    ready: tuple[str, ...] = ()
    """Nobody's: given up, and their pools build others."""
    others: int | None = None
    """Servers there that are not ours; None: the cloud does not say."""
    unsure: tuple[str, ...] = ()
    """Open hosts of which the cloud does not tell how full they are: nobody was put there."""
    pace: tuple[float, float] = (0.0, 0.0)
    """Least and most seconds that one evacuation takes the cloud here."""
    measured: int = 0
    """From how many evacuations of the past that pace is; 0: it is only assumed."""
    reserve: Reserve | None = None
    """How it stood with the room for dead hosts; None: none is kept."""
    whole: bool = True
    """Whether it came to its end within the time of a rehearsal."""

    @property
    def left_over(self) -> tuple[Rehearsed, ...]:
        """Those that did not come through."""
        return tuple(one for one in self.servers if not one.well)
