"""Lets servers that are ill climb their ladders: asks the policy, writes the decision down, and begins the act."""

from collections import deque
from collections.abc import Callable
from datetime import timedelta

from vmms_tui.engine import controls
from vmms_tui.engine.context import Context
from vmms_tui.engine.keepers.downs import down_hosts
from vmms_tui.engine.keepers.incidents import Incidents
from vmms_tui.engine.keepers.mover import Mover
from vmms_tui.engine.operations.replace import may_replace, set_aside
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy import healing
from vmms_tui.engine.policy.healing import Act, Ask, Means, Rest
from vmms_tui.model.healing import INCIDENT, HealthProof, Illness, Incident, Rung, Sickness
from vmms_tui.model.records import AnyRecord, Event, Lease, Level, OperationKind, Server, ServerState, changed
from vmms_tui.model.suspects import Suspect
from vmms_tui.model.tables import Drop

MENDS = frozenset({OperationKind.HEAL, OperationKind.REPLACE})
ASIDE = timedelta(minutes=1)
"""In this time no more ready servers are set aside than may be mended at once."""


class Mender:
    """Sees to those that are ill, the important ones first, a few at a time."""

    def __init__(self, context: Context, runner: Runner, incidents: Incidents) -> None:
        self._context = context
        self._runner = runner
        self._incidents = incidents
        self._aside: deque[float] = deque()
        """When the last ready servers were set aside, in seconds of the monotonic clock."""
        self._mover = Mover(context, runner)

    async def see_to_the_ill(self) -> None:
        """Decide for each; while destructive work stands still, or in an incident, nothing is done."""
        state = self._context.state
        if self._context.frozen:
            return
        incident = state.get(Incident, INCIDENT)
        ills = [(one, self._importance(one)) for one in state.all(Illness) if one.well_since is None]
        free = self._context.policy.healing.at_once - sum(one.kind in MENDS for one in state.live_operations())
        for ill in healing.in_turn(ills):
            free -= await self._turn_of(ill.id, incident, free)

    async def _turn_of(self, server_id: str, incident: Incident | None, free: int) -> int:
        """How many places it takes. It is looked at as it is now: the turns before it waited, for answers, say."""
        state = self._context.state
        ill = state.get(Illness, server_id)
        if self._context.frozen or ill is None or ill.well_since is not None or state.get(Server, server_id) is None:
            return 0
        if self._held(ill, incident):
            await self._ask_no_more(ill)
        elif free > 0 and state.operation_on(server_id) is None:
            return await self._see_to(ill)
        return 0

    def _held(self, ill: Illness, incident: Incident | None) -> bool:
        return incident is not None and incident.holds(ill, self._context.state.need(Server, ill.id).pool)

    async def _ask_no_more(self, ill: Illness) -> None:
        """Whose silence is in doubt is part of what the incident asks, and asks nothing of its own."""
        if ill.asks and self._incidents.unsure(ill):
            await self._context.ledger.commit(changed(ill, asks="", waits=""))

    def _importance(self, ill: Illness) -> int:
        lease = self._context.state.live_lease_of(ill.id)
        return lease.importance if lease else -1

    async def _see_to(self, ill: Illness) -> bool:
        """True: something was begun."""
        state, now = self._context.state, self._context.clock.now()
        server, lease = state.need(Server, ill.id), state.live_lease_of(ill.id)
        if not healing.in_charge(server, lease, now):
            return False
        rules = self._context.policy.healing
        if lease is None:
            if now >= ill.since + rules.wait and self._may_set_aside(server, ill):
                await self._set_aside(server, ill)
            return False
        means = self._means(server, lease, ill)
        chosen = self._waits_for_its_host(server, ill) or healing.decide(ill, means, rules, now)
        if isinstance(chosen, Act):
            return await self._act(server, lease, ill, chosen)
        await self._write(server, lease, ill, changed(ill, then=healing.upcoming(ill, means, rules)[0]), chosen)
        return False

    def _waits_for_its_host(self, server: Server, ill: Illness) -> Rest | None:
        """Whose host is judged or rescued lives on with it, or elsewhere: the ladder does nothing beside that."""
        if ill.kind is not Sickness.HOST or ill.allowed_by:
            return None
        if down_hosts(self._context) is None:
            return Rest(waits=f"the list of hosts, which cannot be read: {server.host} was down when it last could")
        if self._context.state.get(Suspect, server.host) is None:
            return None
        return Rest(waits=f"what becomes of its host {server.host}, which is down")

    async def resume(self, ill: Illness, by: str, said: Callable[[Illness], Event]) -> bool:
        """Let its ladder go on now because an operator wants it. `said` makes the line. True: something was begun."""
        server, lease = self._context.state.need(Server, ill.id), self._context.state.live_lease_of(ill.id)
        if lease is None:
            return False
        ahead = healing.resumed(ill, by, self._means(server, lease, ill), self._context.policy.healing)
        await self._context.ledger.commit(ahead, said(ahead))
        return self._context.state.operation_on(ill.id) is None and await self._see_to(ahead)

    def _means(self, server: Server, lease: Lease, ill: Illness) -> Means:
        context = self._context
        spec, no_move = context.spec_of(server), self._mover.why_not(server, lease)
        return Means(
            important=lease.importance >= context.policy.importance_threshold,
            can_move=not no_move,
            no_move=no_move,
            ready=sum(may_replace(one, server) for one in context.state.ready_of(server.pool)),
            volumes=len(server.volume_ids),
            proof=spec.health if spec else HealthProof(),
            unsure=self._incidents.unsure(ill),
            unproved=self._incidents.unproved(ill, server),
        )

    def _may_set_aside(self, server: Server, ill: Illness) -> bool:
        """Whether a ready server may be given up now: a few in a minute, and none of which nobody is sure."""
        now = self._context.clock.monotonic()
        while self._aside and now - self._aside[0] >= ASIDE.total_seconds():
            self._aside.popleft()
        if len(self._aside) >= self._context.policy.healing.at_once or self._incidents.unproved(ill, server):
            return False
        return ill.kind is not Sickness.HOST or down_hosts(self._context) is not None

    async def _set_aside(self, server: Server, ill: Illness) -> None:
        """A ready server is not mended: its pool builds another."""
        if ill.kind is Sickness.MUTE and not await self._is_mute(server):
            return
        self._aside.append(self._context.clock.monotonic())
        now, ledger = self._context.clock.now(), self._context.ledger
        bad = changed(server, state=ServerState.FAILED, since=now, failure=ill.why)
        text = f"{server.id} is no longer ready, and its pool builds another: {ill.why}"
        said = ledger.event("server.lost", text, about=bad, level=Level.WARNING, reason=ill.why)
        await ledger.commit(bad, Drop("illness", ill.id), said)
        self._context.wake()

    async def _is_mute(self, server: Server) -> bool:
        """The last look before a ready server is given up: it is silent, another one answers, and nobody took it."""
        spec = self._context.spec_of(server)
        if spec is None or (await self._context.guests.answers(spec.health, self._context.guest_of(server))).ready:
            return False
        if await controls.doubt(self._context, server):
            return False
        return self._context.state.get(Server, server.id) == server and not self._context.frozen

    async def _act(self, server: Server, lease: Lease, ill: Illness, act: Act) -> bool:
        """The operation, how far the ladder has come with it, and the line, in one commit."""
        context, now = self._context, self._context.clock.now()
        begun = self._begun(server, lease, ill, act.rung)
        if not begun:
            return False
        acts = ill.acts + 1
        ahead = changed(
            ill,
            rung=act.rung,
            tries=act.number,
            acts=acts,
            next_at=now + healing.pause(acts),
            allowed_by="",
            waits="",
            asks="",
        )
        most = healing.most_tries(act.rung, context.policy.healing)
        text = f"{server.id} gets a {act.rung.words} ({act.number} of {most}, act {acts} in all): {ill.why}"
        reason = f"{ill.allowed_by} let it" if ill.allowed_by else ill.why
        said = context.ledger.event(
            "server.healing", text, about=lease, level=Level.WARNING, reason=reason, operation_id=begun[-1].id
        )
        await context.ledger.commit(ahead, *begun, said)
        context.wake()
        return True

    def _begun(self, server: Server, lease: Lease, ill: Illness, rung: Rung) -> tuple[AnyRecord, ...]:
        """The records that begin the act; none if it cannot begin after all."""
        if rung is Rung.MOVE:
            return self._mover.begin(server, lease, ill.why)
        more = {"rung": rung.value, "sickness": ill.kind.value, "task": server.task_state}
        if ill.allowed_by:
            more["let_by"] = ill.allowed_by
        if rung is not Rung.REPLACE:
            return self._operation(OperationKind.HEAL, server, lease, ill, more)
        ready = self._context.state.ready_of(server.pool)
        spare = next((one for one in ready if may_replace(one, server)), None)
        if spare is None:
            return ()
        begun = self._operation(OperationKind.REPLACE, server, lease, ill, more | {"to": spare.id})
        return (*set_aside(self._context, spare, server), *begun)

    def _operation(
        self, kind: OperationKind, server: Server, lease: Lease, ill: Illness, more: dict[str, str]
    ) -> tuple[AnyRecord, ...]:
        return self._runner.begin(kind, server, actor="engine", reason=ill.why, lease_id=lease.id, **more)

    async def _write(self, server: Server, lease: Lease, old: Illness, new: Illness, chosen: Rest | Ask) -> None:
        """What the ladder waits for, if that is news."""
        ledger = self._context.ledger
        if isinstance(chosen, Ask):
            new = changed(new, asks=chosen.why, waits="", next_at=None)
        else:
            new = changed(new, asks="", waits=chosen.waits)
        if new == old:
            return
        if not isinstance(chosen, Ask) or old.asks == chosen.why:
            await ledger.commit(new)
            return
        text = f"{server.id} waits for a person: {chosen.why}"
        said = ledger.event("server.asks", text, about=lease, level=Level.WARNING, reason=old.why)
        await ledger.commit(new, said)
