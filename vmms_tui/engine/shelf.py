"""The ready servers of a pool in the order in which they are given, kept so instead of sorted for each request."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from vmms_tui.engine.policy.matching import turn
from vmms_tui.model.records import Server


class Shelf:
    """Servers, the one ready longest first. Putting in and taking out cost little with thousands on it."""

    def __init__(self) -> None:
        self._servers: list[Server] = []

    def put(self, server: Server) -> None:
        """Add a server that is not on it yet."""
        insort(self._servers, server, key=turn)

    def take(self, server: Server) -> None:
        """Remove a server, given as it was put. One that is not there is no error."""
        first = bool(self._servers) and self._servers[0].id == server.id  # as a rule it is the one whose turn it is
        place = 0 if first else bisect_left(self._servers, turn(server), key=turn)
        if place < len(self._servers) and self._servers[place].id == server.id:
            del self._servers[place]

    def __iter__(self) -> Iterator[Server]:
        return iter(self._servers)

    def __len__(self) -> int:
        return len(self._servers)
