"""States and addresses in the words of the screens, without their colours."""

from vmms_tui.model.records import Lease, Pool, Server
from vmms_tui.screens import wording
from vmms_tui.screens.wording import pool_note

__all__ = ["address_of", "lease_word", "pool_note", "pool_word", "server_word"]


def address_of(server: Server) -> str:
    """The address that people use: the floating IP, else the fixed one, else nothing."""
    return server.floating_ip or server.address


def server_word(server: Server) -> str:
    """A server's state."""
    return wording.server_state(server)[0]


def lease_word(lease: Lease, server: Server | None) -> str:
    """A lease's state, which is its server's unless the lease itself has something to say."""
    return wording.lease_state(lease, server)[0]


def pool_word(pool: Pool, ready: int, used: int, building: int) -> str:
    """A pool's state."""
    return wording.pool_state(pool, ready, used, building)[0]
