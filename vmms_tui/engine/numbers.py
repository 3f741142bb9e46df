"""The numbers of ids: the last given out, and which of them this store did not give out itself."""

import re
from datetime import datetime

from vmms_tui.model.records import Counters

FORMATS = {
    "server": "vm-%05d",
    "lease": "lease-%05d",
    "request": "req-%05d",
    "operation": "op-%06d",
    "event": "%010d",
    "notice": "notice-%06d",
}
MOST_RANGES = 64
"""Of numbers that were jumped over, kept apart."""

_ID = re.compile(r"[a-z]*-?([0-9]{5,18})", re.ASCII)


def number_in(kind: str, record_id: str) -> int:
    """The number in an id of this kind; 0 for a text that cannot be one."""
    found = _ID.fullmatch(record_id)
    number = int(found[1]) if found else 0
    return number if FORMATS[kind] % number == record_id else 0


class Numbers:
    """The counters as they will be with the next commit."""

    def __init__(self, counters: Counters) -> None:
        self.certain_since = counters.certain_since
        """See Counters."""
        self.changed = False
        """Whether there is something to commit."""
        self._last: dict[str, int] = {kind: getattr(counters, kind) for kind in FORMATS}
        self._skipped = counters.skipped

    def new(self, kind: str) -> str:
        """A new id."""
        self._last[kind] = last = self._last[kind] + 1
        self.changed = True
        return FORMATS[kind] % last

    def begin(self, now: datetime) -> None:
        """Remember when this store began, once."""
        if self.certain_since is None:
            self.certain_since = now
            self.changed = True

    def skip(self, now: datetime, least: dict[str, int]) -> bool:
        """Never give out numbers up to these again: they were met in the cloud. True: one is above our own.

        A store that meets such a number is older than the cloud: from now on it is certain only of what is made from
        now on.
        """
        higher = {kind: number for kind, number in least.items() if number > self._last[kind]}
        if not higher:
            return False
        if "server" in higher:
            self._skipped = _merged((*self._skipped, (self._last["server"] + 1, higher["server"])))
        self._last |= higher
        self.certain_since = now
        self.changed = True
        return True

    def gave(self, server_id: str) -> bool:
        """Whether this store itself gave this id to a server."""
        number = number_in("server", server_id)
        if not 0 < number <= self._last["server"]:
            return False
        return not any(first <= number <= last for first, last in self._skipped)

    def record(self) -> Counters:
        """What is to be kept."""
        return Counters(id="counters", certain_since=self.certain_since, skipped=self._skipped, **self._last)


def _merged(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Neighbours made one; beyond a few dozen the oldest are, with what lies between them."""
    *rest, last = ranges
    if rest and rest[-1][1] + 1 >= last[0]:
        return (*rest[:-1], (rest[-1][0], last[1]))
    if len(ranges) > MOST_RANGES:
        return ((ranges[0][0], ranges[1][1]), *ranges[2:])
    return ranges
