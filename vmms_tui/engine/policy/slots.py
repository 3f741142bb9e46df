"""How many moves may be under way at a time, over all queues and to each host. Pure.

Each queue has a limit of its own; ten of them together would still overload the host with most room. What people and
the ladder of healing move goes at once, and counts.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from vmms_tui.model.draining import MoveRules

ANY = ""
"""The destination of a move whose host the scheduler chooses, as long as it has not."""


class Slots:
    """What is free in one look; what is taken is gone for those who ask later in it."""

    def __init__(self, rules: MoveRules, under_way: Iterable[str] = ()) -> None:
        """`under_way` are the destinations of the moves under way, `ANY` for one that is not known yet."""
        self._rules = rules
        self._to = Counter(under_way)

    @property
    def _unknown(self) -> int:
        return self._to[ANY]

    def take(self, wanted: str, hosts: Sequence[str] = (), turn: int = 0) -> str | None:
        """Where one more goes, `ANY` where the scheduler chooses; None: nowhere now.

        `wanted` is the host that it must go to, or `ANY`; then `hosts` are those that could take it, the best first.
        While some host has as many as it may, no choice is left to the scheduler: it might be that one. `turn` is how
        often it was tried: another host has its turn then.
        """
        to = self._chosen(wanted, hosts, turn)
        if to is not None:
            self._to[to] += 1
        return to

    def _chosen(self, wanted: str, hosts: Sequence[str], turn: int) -> str | None:
        if self._to.total() >= self._rules.at_once:
            return None
        if wanted != ANY:
            return None if self._full(wanted) else wanted
        if self._unknown >= self._rules.per_host:
            return None
        if not any(map(self._full, list(self._to))):
            return ANY
        free = list(islice((name for name in hosts if not self._full(name)), turn + 1))
        return free[-1] if free else None

    def _full(self, host: str) -> bool:
        """Whether it may have as many as it may: one whose host is not known yet may be on its way there."""
        return host != ANY and self._to[host] + self._unknown >= self._rules.per_host

    def why_not(self, wanted: str) -> str:
        """Why `take` said None."""
        if self._to.total() >= self._rules.at_once:
            return f"waits: {self._rules.at_once} moves at a time are under way over all queues"
        many = f"{self._rules.per_host} {'move' if self._rules.per_host == 1 else 'moves'} at a time"
        return f"waits: {wanted or 'each host that could take it'} has {many}"
