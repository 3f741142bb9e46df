"""The connections of the door: who is at the other end, and how they are ended."""

import array
import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from vmms_tui.model.people import Peer
from vmms_tui.settings.people import unix_user

LET_IN = 20
"""Turns of the loop that asyncio gets to make connections of those it has let in: it needs three or four."""
LAST_WORD = 3.0
"""Seconds that a connection without a request gets when the server stops: its process may wait for the processor."""
SO_PEERGROUPS = 59
"""socket(7); Python does not name it."""
MOST_GROUPS = 256
"""As many as Python lets getsockopt answer."""
_PEER = struct.Struct("iII")


class Connection(H11Protocol):
    """A connection that knows its peer, and whether they have said anything yet."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio.Protocol."""
        self.asked = asyncio.Event()
        super().connection_made(transport)
        peer = _of_kernel(transport.get_extra_info("socket"))
        self.app_state = {**self.app_state, "peer": peer, "hang_up": transport.abort}

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        super().data_received(data)
        self.asked.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        super().connection_lost(exc)
        self.asked.set()


def _of_kernel(connection: socket.socket) -> Peer:
    """What the kernel says of the other end."""
    pid, uid, gid = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    name = unix_user(uid)
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, MOST_GROUPS * array.array("I").itemsize)
        groups = frozenset(array.array("I", raw))
    except OSError:  # more groups than fit, or a kernel before 4.13: then those of the user database
        groups = frozenset(os.getgrouplist(name, gid))
    return Peer(name=name, uid=uid, pid=pid, groups=groups | {gid})


async def all_have_asked(server: uvicorn.Server) -> None:
    """Let those who were let in just now say what they want: they are answered before the end."""
    for _ in range(LET_IN):  # not a time: on a busy machine that may pass within one turn
        await asyncio.sleep(0)
    asked = [one.asked.wait() for one in server.server_state.connections if isinstance(one, Connection)]
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*asked), LAST_WORD)


def hang_up(server: uvicorn.Server, whom: Callable[[Connection], bool]) -> None:
    """End the connections of these."""
    for connection in list(server.server_state.connections):
        if isinstance(connection, Connection) and whom(connection):
            connection.transport.abort()


def anybody(_connection: Connection) -> bool:
    """Every one of them."""
    return True


def keeps_us_waiting(connection: Connection) -> bool:
    """Whether it is for them to go on: they do not read what is sent, or have not sent all of what they ask."""
    cycle: RequestResponseCycle | None = connection.cycle
    return cycle is None or cycle.response_started or cycle.more_body
