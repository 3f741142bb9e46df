"""Asks servers in use whether they work, where their pool wants that: a few at a time, each at its own pace."""

import asyncio
from datetime import datetime

from vmms_tui.engine.context import Context
from vmms_tui.model.healing import HealthKind, Illness
from vmms_tui.model.records import Server, ServerState
from vmms_tui.model.spec import PoolSpec

AT_ONCE = 20
"""Proofs under way at the same time."""
MOST_IN_A_PASS = 200
_ASKED = frozenset({ServerState.READY, ServerState.LEASED})


class Proofs:
    """What came of them, in memory only: after a start, failures in a row are counted anew."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._due: dict[str, float] = {}
        self.mute: dict[str, tuple[int, str, datetime]] = {}
        """How many proofs in a row failed, what the last one said, and when, of servers that do not answer."""

    async def tick(self) -> None:
        """Ask those whose turn it is."""
        specs = [spec for spec in self._context.specs.values() if spec.health.kind is not HealthKind.NONE]
        if not specs:
            self._due.clear()
            self.mute.clear()
            return
        now = self._context.clock.monotonic()
        asked = [(server, spec) for spec in specs for server in self._of(spec)]
        there = {server.id for spec in specs for server in self._context.state.servers_of(spec.name)}
        for forgotten in self._due.keys() - there:
            del self._due[forgotten]
        for forgotten in self.mute.keys() - there:
            del self.mute[forgotten]
        due = [one for one in asked if self._due.get(one[0].id, 0.0) <= now][:MOST_IN_A_PASS]
        turn = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._ask(server, spec, turn) for server, spec in due))

    def _of(self, spec: PoolSpec) -> list[Server]:
        """Servers that should answer: up, and nobody at work on them."""
        state = self._context.state
        return [
            server
            for server in state.servers_of(spec.name)
            if server.state in _ASKED
            and server.cloud_status == "ACTIVE"
            and not server.task_state
            and state.operation_on(server.id) is None
        ]

    async def _ask(self, server: Server, spec: PoolSpec, turn: asyncio.Semaphore) -> None:
        async with turn:
            finding = await self._context.guests.answers(spec.health, self._context.guest_of(server))
        self._due[server.id] = self._context.clock.monotonic() + spec.health.every.total_seconds()
        if finding.ready:
            self.mute.pop(server.id, None)
        else:
            failures = self.failures(server.id)[0] + 1
            self.mute[server.id] = (failures, finding.words, self._context.clock.now())

    def failures(self, server_id: str) -> tuple[int, str]:
        """How many in a row failed since it was last mended, and what the last one said."""
        count, words, at = self.mute.get(server_id, (0, "", self._context.clock.now()))
        ill = self._context.state.get(Illness, server_id)
        if ill is not None and ill.well_since is not None and at <= ill.well_since:
            return 0, ""
        return count, words
