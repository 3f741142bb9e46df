"""Whether so many servers are ill at once that it has one cause: told once, when it begins and when it is over."""

from collections import Counter
from collections.abc import Iterable, Mapping

from vmms_tui.engine.context import Context
from vmms_tui.engine.policy import incidents as policy
from vmms_tui.engine.policy.healing import Ill
from vmms_tui.model.healing import INCIDENT, HealthProof, Illness, Incident, Many, Sickness
from vmms_tui.model.records import AnyRecord, Level, Server, changed
from vmms_tui.model.suspects import Suspect
from vmms_tui.model.tables import Drop


class Incidents:
    """Counts those that are ill, by pool and by what ails them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def unsure(self, ill: Illness) -> str:
        """Why the silence of one that is mute proves nothing, without a stop; empty: it does, or it is no silence."""
        return self._context.answers.doubt(ill.id) if ill.kind is Sickness.MUTE else ""

    def unproved(self, ill: Illness, server: Server) -> bool:
        """Whether too few failures count yet of one that is mute: nobody else answered before, or the engine is new."""
        if ill.kind is not Sickness.MUTE:
            return False
        spec = self._context.spec_of(server)
        return self._context.answers.held(ill.id) < (spec.health if spec is not None else HealthProof()).failures

    def covering(self, in_use: Mapping[str, int], news: Iterable[tuple[str, Ill]]) -> Incident | None:
        """The incident that all make who are ill, also the new ones, and those that wait for their host: told once."""
        ill = [one for one in self._context.state.all(Illness) if one.well_since is None]
        kinds = {one.id: one.kind for one in ill} | {server_id: found.kind for server_id, found in news}
        asks = {one.id for one in ill if one.asks}
        counts = Counter(self._group(server_id, kind) for server_id, kind in kinds.items() if server_id not in asks)
        return self._made(counts, in_use)

    async def weigh(self, in_use: Mapping[str, int]) -> None:
        """Write down that there is an incident, what it is about by now, or that it is over."""
        context = self._context
        ledger, rules = context.ledger, context.policy.healing
        counts = self._counts()
        old, new = context.state.get(Incident, INCIDENT), self._made(counts, in_use)
        changes: list[AnyRecord | Drop] = []
        if new is None:
            if old is not None:
                ill, of = sum(counts.values()), sum(in_use.values())
                text = f"no incident any more: {ill} of {of} servers in use are ill; their ladders go on"
                why = f"it had begun with {old.ill} of {old.of}"
                changes = [Drop("incident", INCIDENT), ledger.event("incident.over", text, reason=why)]
        elif old is None or policy.wider(old, new.groups):
            text = f"{new.words}: nothing is done to them until this is over"
            share = f"{round(100 * rules.share)} %"
            few = f"{policy.LEAST_MUTE} that do not answer" if new.groups else f"{rules.least}"
            why = f"at least {few}, and more than {share}, or {rules.many}, have one cause"
            changes = [new, ledger.event("incident.begun", text, level=Level.ERROR, reason=why)]
        elif (old.ill, old.of, old.groups) != (new.ill, new.of, new.groups):
            changes = [changed(old, ill=new.ill, of=new.of, groups=new.groups)]
        await ledger.commit(*changes)

    def _made(self, counts: Mapping[Many, int], in_use: Mapping[str, int]) -> Incident | None:
        found = policy.incident(counts, in_use, self._context.policy.healing)
        if found is None:
            return None
        ill, of, groups = found
        return Incident(id=INCIDENT, since=self._context.clock.now(), ill=ill, of=of, groups=groups)

    def _counts(self) -> Counter[Many]:
        """Those that are ill. Who waits for a person, or for what becomes of their host, is told of by that."""
        return Counter(
            self._group(one.id, one.kind)
            for one in self._context.state.all(Illness)
            if one.well_since is None and self._counts_in(one)
        )

    def _counts_in(self, ill: Illness) -> bool:
        server = self._context.state.get(Server, ill.id)
        if server is None:
            return False
        if ill.kind is Sickness.HOST and ill.lease_id:
            young = self._context.clock.now() - ill.since < self._context.policy.healing.wait
            return not young and self._context.state.get(Suspect, server.host) is None and not ill.asks
        return not ill.asks or bool(self.unsure(ill))

    def _group(self, server_id: str, kind: Sickness) -> Many:
        server = self._context.state.get(Server, server_id)
        return Many(server.pool if server is not None else "", kind)
