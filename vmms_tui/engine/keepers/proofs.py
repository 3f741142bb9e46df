"""Asks servers in use whether they work, where their pool wants that: a few at a time, each at its own pace."""

import asyncio

from vmms_tui.engine import controls
from vmms_tui.engine.context import Context
from vmms_tui.engine.guests.port import Finding
from vmms_tui.model.healing import HealthKind, Illness
from vmms_tui.model.records import Server
from vmms_tui.model.spec import PoolSpec

AT_ONCE = 20
"""Proofs under way at the same time."""
MOST_IN_A_PASS = 200


class Proofs:
    """What came of them is in `context.answers`: after a start, failures in a row are counted anew."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._answers = context.answers
        self._due: dict[str, float] = {}

    async def tick(self) -> None:
        """Ask those whose turn it is."""
        specs = [spec for spec in self._context.specs.values() if spec.health.kind is not HealthKind.NONE]
        there = {server.id for spec in specs for server in self._context.state.servers_of(spec.name)}
        self._answers.only(there)
        for forgotten in self._due.keys() - there:
            del self._due[forgotten]
        now = self._context.clock.monotonic()
        asked = [(server, spec) for spec in specs for server in controls.asked(self._context, spec)]
        due = [one for one in asked if self._due.get(one[0].id, 0.0) <= now]
        due = sorted(due, key=lambda one: self._due.get(one[0].id, 0.0))[:MOST_IN_A_PASS]
        if not due:
            return
        turn = asyncio.Semaphore(AT_ONCE)
        findings = await asyncio.gather(*(self._ask(server, spec, turn) for server, spec in due))
        silent = [(one, finding) for (one, _), finding in zip(due, findings, strict=True) if not finding.ready]
        heard = {server.pool for (server, _), finding in zip(due, findings, strict=True) if finding.ready}
        await self._miss(silent, heard)

    async def _ask(self, server: Server, spec: PoolSpec, turn: asyncio.Semaphore) -> Finding:
        guest = self._context.guest_of(server)
        async with turn:
            finding = await self._context.guests.answers(spec.health, guest)
        self._due[server.id] = self._context.clock.monotonic() + spec.health.every.total_seconds()
        if finding.ready:
            self._answers.heard(server.id, guest.address, spec.health.port, self._context.clock.now())
        return finding

    async def _miss(self, silent: list[tuple[Server, Finding]], heard: set[str]) -> None:
        """Count the failures. They count against a server only if others of its pool are heard in this pass."""
        doubts: dict[str, str] = {}
        now = self._context.clock.now()
        for server, finding in silent:
            self._answers.missed(server.id, finding.words, now, anew=self._mended(server.id))
        for server, _ in silent:
            if server.pool not in doubts:
                doubts[server.pool] = "" if server.pool in heard else await controls.doubt(self._context, server)
        for server, _ in silent:
            self._answers.weigh(server.id, doubts[server.pool])

    def _mended(self, server_id: str) -> bool:
        """Whether the last failure was before it was mended."""
        ill, last = self._context.state.get(Illness, server_id), self._answers.mute.get(server_id)
        return ill is not None and ill.well_since is not None and last is not None and last.at <= ill.well_since

    def failures(self, server_id: str) -> tuple[int, str]:
        """How many in a row failed since it was last mended, and what the last one said."""
        silence = self._answers.mute.get(server_id)
        if silence is None or self._mended(server_id):
            return 0, ""
        return silence.proofs, silence.words
