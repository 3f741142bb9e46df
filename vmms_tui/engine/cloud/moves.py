"""The part of the cloud port that moves servers from host to host, and what it tells of that."""

from datetime import datetime
from typing import Protocol

from vmms_tui.engine.cloud.facts import Fact

LIVE = "live-migration"
"""The kind of a move of a server that runs on meanwhile."""
COLD = "migration"
"""The kind of a move of a server that is off meanwhile."""


EVACUATION = "evacuation"
"""The kind of a move of a server whose host is dead: it is built anew elsewhere, on its old disk if that is shared."""


class MoveUnderWay(Fact, frozen=True, kw_only=True):
    """A live migration that has not ended (compute API, `GET /servers/{id}/migrations`). Bytes; None: not told."""

    id: int
    """What it is aborted and forced by."""
    status: str
    """`queued`, `preparing`, `running`, `post-migrating` … as it came."""
    source: str = ""
    destination: str = ""
    """Empty as long as the scheduler has not chosen."""
    memory_total: int | None = None
    memory_processed: int | None = None
    """What was sent; more than the total when the server writes faster than that."""
    memory_remaining: int | None = None
    disk_total: int | None = None
    disk_processed: int | None = None
    disk_remaining: int | None = None


class MoveRecord(Fact, frozen=True, kw_only=True):
    """What the cloud remembers of a move of a server (compute API, `GET /os-migrations`)."""

    id: int
    kind: str
    """LIVE, COLD, EVACUATION or `resize`."""
    status: str
    """`running`, `completed`, `failed`, `cancelled`, `error`; `finished`, `confirmed`, `reverted` of a cold one …"""
    source: str = ""
    destination: str = ""
    created: datetime | None = None
    updated: datetime | None = None


class Moves(Protocol):
    """Moves of servers between hosts. Hosts are for administrators: a plain member is answered AccessDenied."""

    async def live_migrate(self, server_id: str, host: str = "") -> None:
        """Ask for a move of a server that runs on meanwhile; empty `host`: the scheduler chooses.

        Its disk is copied where storage is not shared. That it was accepted says nothing of what comes: see
        `move_records`. Raises AccessDenied, NotFound, BadRequest (its host or that one is away or unknown), Conflict
        (it does not run, or something is going on).
        """
        ...

    async def cold_migrate(self, server_id: str, host: str = "") -> None:
        """Ask for a move of a server that is off meanwhile; in the end it is VERIFY_RESIZE and waits for a word.

        Where no host has room only the record tells. Raises AccessDenied, NotFound, BadRequest (that host is unknown,
        or the one that it is on), Conflict.
        """
        ...

    async def confirm_move(self, server_id: str) -> None:
        """Let a cold move be for good: what is left on the old host goes. Raises NotFound, Conflict, BadRequest."""
        ...

    async def revert_move(self, server_id: str) -> None:
        """Take a cold move back. Raises NotFound, Conflict, BadRequest."""
        ...

    async def evacuate(self, server_id: str, host: str = "") -> None:
        """Ask for a server of a host that is down to be built anew elsewhere; empty `host`: the scheduler chooses.

        It keeps its id, its ports and its volumes. Its own disk comes with it only where storage is shared; else it is
        made anew from the image, and what was on it is lost. In the end it is ACTIVE, or SHUTOFF if it was, or ERROR
        where no host has room. Nobody but the caller proves that the old host does not run it any more.

        Raises AccessDenied, NotFound, BadRequest (its host is up, or that one is unknown), Conflict (something is going
        on).
        """
        ...

    async def moves_under_way(self, server_id: str) -> tuple[MoveUnderWay, ...]:
        """Its live migrations that have not ended. Raises AccessDenied, NotFound."""
        ...

    async def move_records(self, server_id: str) -> tuple[MoveRecord, ...]:
        """All that is remembered of its moves, the newest first. Raises AccessDenied."""
        ...

    async def abort_move(self, server_id: str, move_id: int) -> None:
        """End a live migration: the server stays where it was.

        Raises AccessDenied, NotFound, BadRequest (too early or too late for it), Conflict (the server does not move).
        """
        ...

    async def force_move(self, server_id: str, move_id: int) -> None:
        """End a live migration by holding the server for as long as the rest takes. Raises as `abort_move`."""
        ...
