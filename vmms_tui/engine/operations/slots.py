"""Who of those that are to be evacuated goes now: the most important first, some at a time, a moment apart.

What only waits, because the cloud broke over it, say, or because all stands still, takes nobody's place meanwhile.
"""

from collections import Counter

from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.steps import Wait
from vmms_tui.engine.policy.words import span
from vmms_tui.model.records import Operation, OperationKind, Server

LOOK_AGAIN = 2.0
LOOK_SOON = 0.5
"""Of those that are next: a place is not left empty for long, and nobody is asked for that."""
NOT_ASKED = frozenset({"turn", "ask"})
"""Steps in which the cloud has not taken the order yet, as far as is known."""


class Slots:
    """What one engine remembers of its evacuations. After a start those that may have been asked for go first."""

    def __init__(self) -> None:
        self._going: set[str] = set()
        """Those whose turn it is, from then to their end: until the step after the order is kept, only this says so."""
        self._resting: set[str] = set()
        """Those that wait for something else than their turn."""
        self._tried: set[str] = set()
        """Those over which the cloud broke: they go behind all others."""
        self._last: float | None = None
        """When the last one got its turn, in seconds of the monotonic clock."""
        self._faults: Counter[str] = Counter()

    def wait(self, context: Context, operation: Operation) -> Wait | None:
        """How long it has to wait for its turn. None: it is its turn, which is noted at once."""
        if operation.id in self._going:
            return None
        self._resting.discard(operation.id)
        rules, now = context.policy.hosts, context.clock.monotonic()
        under_way, before = self._ahead(context, operation)
        if under_way + before >= rules.servers_at_once:
            said = f"{under_way + before} others go first, {rules.servers_at_once} at a time"
            is_next = before < rules.servers_at_once
            return Wait(LOOK_SOON if is_next else LOOK_AGAIN, said, held=True)
        pause = rules.stagger.total_seconds() * (before + 1)
        left = 0.0 if self._last is None else self._last + pause - now
        if left > 0:
            return Wait(left, f"one begins every {span(rules.stagger)}", held=True)
        self._last = now
        self._going.add(operation.id)
        return None

    def rest(self, operation: Operation, *, tried: bool = False) -> None:
        """Let others go meanwhile. `tried`: the cloud broke over it."""
        self._going.discard(operation.id)
        self._resting.add(operation.id)
        if tried:
            self._tried.add(operation.id)

    def taken(self, operation: Operation) -> None:
        """The cloud has taken the order: its step says from now on that it is under way."""
        for some in (self._resting, self._tried):
            some.discard(operation.id)
        self._faults.pop(operation.id, None)

    def fault(self, operation: Operation) -> int:
        """The cloud broke over it once more: how often in a row that was."""
        self._faults[operation.id] += 1
        return self._faults[operation.id]

    def no_fault(self, operation: Operation) -> None:
        """The cloud did what it should."""
        self._faults.pop(operation.id, None)

    def _ahead(self, context: Context, operation: Operation) -> tuple[int, int]:
        """How many others are being done already, and how many go before it of those that wait."""
        live = [one for one in context.state.live_operations() if one.kind is OperationKind.EVACUATE]
        self._forget_all_but({one.id for one in live}, {one.id for one in live if one.paused_by})
        others = [one for one in live if one.id != operation.id]
        under_way = [one for one in others if one.step not in NOT_ASKED or one.id in self._going]
        at_work = {one.id for one in under_way}
        waiting = [one for one in others if one.id not in at_work | self._resting and not one.paused_by]
        own = self._rank(context, operation)
        return len(under_way), sum(self._rank(context, one) < own for one in waiting)

    def _rank(self, context: Context, one: Operation) -> tuple[bool, bool, int, int, str, str]:
        """Those that were asked for before a crash, perhaps; then the most important of all hosts, then the largest."""
        lease, server = context.state.live_lease_of(one.server_id), context.state.get(Server, one.server_id)
        importance = lease.importance if lease is not None else 0
        size = server.ram_mib if server is not None else 0
        return one.id in self._tried, one.step != "ask", -importance, -size, one.server_id, one.id

    def _forget_all_but(self, live: set[str], paused: set[str]) -> None:
        """One that a person holds has to wait for its turn anew."""
        self._going &= live - paused
        self._resting &= live
        self._tried &= live
        for name in self._faults.keys() - live:
            del self._faults[name]
