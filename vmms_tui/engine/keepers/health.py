"""Looks whether the servers in use work, and lets each that does not climb its ladder, one act at a time.

It looks at the listing that is there anyway, and asks the cloud itself only who shut a server off that stands still.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from vmms_tui.engine.context import Context
from vmms_tui.engine.keepers.downs import down_hosts
from vmms_tui.engine.keepers.incidents import Incidents
from vmms_tui.engine.keepers.mending import Mender
from vmms_tui.engine.keepers.proofs import Proofs
from vmms_tui.engine.keepers.standing import Standing
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy import healing
from vmms_tui.engine.policy.healing import Ill, Observed
from vmms_tui.engine.policy.words import span
from vmms_tui.engine.turns import in_turns
from vmms_tui.model.healing import HealthKind, HealthProof, Illness, Sickness
from vmms_tui.model.records import AnyRecord, Level, OperationKind, Server, ServerState, changed
from vmms_tui.model.tables import Drop

log = logging.getLogger(__name__)

LOOKED_AT_TOGETHER = 500
"""Servers that are looked at before others have their turn."""
_READY, _LEASED, _STOPPED, _HEALING = (
    ServerState.READY,
    ServerState.LEASED,
    ServerState.STOPPED,
    ServerState.HEALING,
)


class HealthKeeper:
    """One pass at each tick, while the cloud answers."""

    def __init__(self, context: Context, runner: Runner, away: Callable[[], str]) -> None:
        """`away`: why the cloud does not answer; empty when it does."""
        self._context = context
        self._away = away
        self._standing = Standing(context)
        self.proofs = Proofs(context)
        self._incidents = Incidents(context)
        self.mender = Mender(context, runner, self._incidents)

    async def tick(self) -> None:
        """Look at all servers, then at whether there is an incident, then see to those that are ill."""
        context = self._context
        if not context.policy.healing.on or self._away() or context.ledger.problem:
            return
        await self.proofs.tick()
        down = down_hosts(context)
        in_use, odd = await self._odd(down or frozenset())
        self._standing.begin(odd)
        news = [(server_id, found) for server_id in odd if (found := await self._look(server_id, down))]
        await self._tell(news, in_use)
        await self._incidents.weigh(in_use)
        await self.mender.see_to_the_ill()

    async def _odd(self, down: frozenset[str]) -> tuple[Mapping[str, int], list[str]]:
        """How many servers are in use by pool, and those of them that want a closer look: hardly any, on a good day."""
        known, mute = self._context.sightings.servers, self._context.answers.mute
        ill = {one.id for one in self._context.state.all(Illness)}
        in_use, odd = Counter[str](), list(ill)
        async for some in in_turns(self._context.state.all(Server), LOOKED_AT_TOGETHER):
            for server in some:
                state = server.state
                if state is _LEASED or state is _READY or state is _STOPPED:
                    in_use[server.pool] += 1
                elif state is not _HEALING:
                    continue
                if server.id in ill:
                    continue
                if server.cloud_status == "ACTIVE" and not server.task_state and state is not _HEALING:
                    seen = known.get(server.cloud_id)
                    still = seen is not None and seen.power == "paused"
                    if not still and server.host not in down and server.id not in mute:
                        continue
                odd.append(server.id)
        return in_use, odd

    async def _look(self, server_id: str, down: frozenset[str] | None) -> Ill | None:
        """What is wrong with this one, if it is on us; takes note where it works again. `down` None: nobody knows."""
        state, now = self._context.state, self._context.clock.now()
        server, ill = state.get(Server, server_id), state.get(Illness, server_id)
        if state.operation_on(server_id) is not None:
            return None
        if server is not None and server.state is _HEALING:
            await self._forsaken(server)
            return None
        lease = state.live_lease_of(server_id)
        if server is None or not healing.in_charge(server, lease, now):
            if ill is not None:
                await self._context.ledger.commit(Drop("illness", server_id))
            return None
        asked = await self._standing.asked(server)
        if asked is Standing.LATER or state.operation_on(server_id) is not None:
            return None
        server = state.need(Server, server_id)
        proof = spec.health if (spec := self._context.spec_of(server)) else HealthProof()
        rules = self._context.policy.healing
        found = healing.verdict(self._observed(server, down or (), asked), proof, rules, server.host, now)
        ill = state.get(Illness, server_id)
        if found is None and ill is not None and not self._unknown(server, ill, proof, down):
            await self._is_well(server, ill)
        return found

    def _unknown(self, server: Server, ill: Illness, proof: HealthProof, down: frozenset[str] | None) -> bool:
        """Whether one that was ill is seen by nobody: neither that it still is, nor that it works."""
        if ill.well_since is not None:
            return False
        if ill.kind is Sickness.HOST:
            return down is None
        asked = ill.kind is Sickness.MUTE and proof.kind is not HealthKind.NONE and server.cloud_status == "ACTIVE"
        return asked and not self._context.answers.answers(server.id)

    async def _tell(self, news: Sequence[tuple[str, Ill]], in_use: Mapping[str, int]) -> None:
        """Write down who is ill. Each has its line, unless so many are that one line tells of all."""
        state, storm = self._context.state, self._incidents.covering(in_use, news)
        changes: list[AnyRecord] = []
        for server_id, found in news:
            server = state.get(Server, server_id)
            if server is not None and state.operation_on(server_id) is None:
                quiet = storm is not None and storm.covers(server.pool, found.kind)
                changes += self._is_ill(server, state.get(Illness, server_id), found, quiet=quiet)
        await self._context.ledger.commit(*changes)

    def _observed(self, server: Server, down: Collection[str], asked: str | None) -> Observed:
        seen = self._context.sightings.get(server.cloud_id)
        failures, words = self.proofs.failures(server.id)
        return Observed(
            status=server.cloud_status,
            task_state=server.task_state,
            task_since=server.task_since,
            power=seen.power if seen else "",
            host_down=server.host in down,
            mute=failures,
            mute_why=words,
            asked=asked,
        )

    def _is_ill(self, server: Server, ill: Illness | None, found: Ill, *, quiet: bool) -> list[AnyRecord]:
        now, ledger = self._context.clock.now(), self._context.ledger
        lease = self._context.state.live_lease_of(server.id)
        lease_id = lease.id if lease else ""
        if ill is not None and ill.lease_id != lease_id:
            ill = None  # it was lent meanwhile
        as_before = ill is not None and ill.well_since is None and ill.kind is found.kind
        if ill is not None and as_before and (ill.why == found.why or found.kind is Sickness.MUTE):
            return []  # a mute one only stays silent
        if ill is None:
            ill = Illness(id=server.id, kind=found.kind, why=found.why, since=now, lease_id=lease_id)
            text = f"{server.id} does not work: {found.why}"
        else:
            again = f" again, {span(now - ill.well_since)} after it was mended" if ill.well_since else ""
            text = f"{server.id} does not work{again}: {found.why}"
            ill = changed(ill, kind=found.kind, why=found.why, well_since=None, asks="", waits="")
        if quiet:
            return [ill]
        about = lease or server
        said = ledger.event("server.ill", text, about=about, level=Level.WARNING, reason=found.why, server_id=server.id)
        return [ill, said]

    async def _is_well(self, server: Server, ill: Illness) -> None:
        now, ledger, rules = self._context.clock.now(), self._context.ledger, self._context.policy.healing
        if ill.well_since is None:
            text = f"{server.id} works again, and not by VMMS"
            said = ledger.event("server.recovered", text, about=server, reason=f"it is no longer so: {ill.why}")
            await ledger.commit(changed(ill, well_since=now, asks="", waits=""), said)
        elif now - ill.well_since >= rules.settle:
            text = f"{server.id} has worked for {span(rules.settle)}; its ladder begins anew"
            said = ledger.event("server.well", text, about=server, reason=f"it was mended {ill.acts} times")
            await ledger.commit(Drop("illness", ill.id), said)

    async def _forsaken(self, server: Server) -> None:
        """One that was being mended, or set aside, and nobody works on it any more."""
        state, now = self._context.state, self._context.clock.now()
        for operation in state.live_operations():
            if operation.kind is OperationKind.REPLACE and operation.args.get("to") == server.id:
                return
        lease = state.live_lease_of(server.id)
        why = "nobody mends it any more"
        if lease is not None:
            back = changed(server, state=_STOPPED if server.cloud_status == "SHUTOFF" else _LEASED, since=now)
            text = f"{server.id} is on {lease.id} as before"
        else:
            back = changed(server, state=ServerState.FAILED, since=now, failure="it was set aside to replace another")
            text = f"{server.id} is not used any more"
        await self._context.ledger.commit(back, self._context.ledger.event("server.left", text, about=back, reason=why))
