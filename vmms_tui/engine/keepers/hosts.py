"""Looks after hosts that the cloud calls down: has their witnesses asked, judges, and begins the rescue of the dead.

While all hosts are up nothing is asked of anybody.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from vmms_tui.engine.context import Context
from vmms_tui.engine.keepers.fencer import Fencer
from vmms_tui.engine.keepers.looks import Look, Looker
from vmms_tui.engine.keepers.rescue import Rescue
from vmms_tui.engine.keepers.surroundings import Surroundings
from vmms_tui.engine.policy import hosts as policy
from vmms_tui.engine.policy.hosts import Ask, Hold, Judgement, Means
from vmms_tui.engine.policy.words import counted, span
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import AnyRecord, Event, Level, Operation, OperationKind, Server, changed
from vmms_tui.model.rescue_guards import down as down_of
from vmms_tui.model.rescue_guards import too_many
from vmms_tui.model.surroundings import Host, Kind, Survey
from vmms_tui.model.suspects import JUDGED, RESCUED, Phase, Suspect, Verdict
from vmms_tui.model.tables import Drop

MOST_ASKED = 10
"""Hosts about which the witnesses are asked while the fault is likelier our own."""
NAMED = 6
"""Names in a line."""
FORCED = "somebody made the cloud count it as down, and not this engine: perhaps it is evacuated by other means"
_TO_FENCE = frozenset({Phase.FENCING, Phase.FENCED})


class HostKeeper:
    """One look at all that are down, every so often, as long as there are any."""

    def __init__(self, context: Context, surroundings: Surroundings, rescue: Rescue, away: Callable[[], str]) -> None:
        """`away`: why the cloud does not answer; empty when it does."""
        self._context = context
        self._surroundings = surroundings
        self._rescue = rescue
        self._away = away
        self._looker = Looker(context)
        self.fencer = Fencer(context, rescue, self._looker)
        self._last: float | None = None
        self._looked: dict[str, float] = {}
        """When the witnesses were last asked about a host, in seconds of the monotonic clock."""
        self._seen: dict[str, datetime] = {}
        """The cloud's last sign of life of a host at that look."""

    async def tick(self) -> None:
        """See who is back; look if it is time; go on with what was cut short."""
        self.fencer.check()
        context = self._context
        survey = context.state.get(Survey, Kind.HOSTS)
        if survey is None or survey.read_at is None or self._away() or context.ledger.problem:
            return  # right after a start nobody knows how the hosts are
        suspects, down = context.state.all(Suspect), self._down()
        if not suspects and not down:
            return
        await self._see_who_is_back(suspects)
        await self._see_to_the_evacuated()
        if not self._targets(down):
            self._last = None
        elif self._last is None or self._since(self._last) >= context.policy.hosts.every.total_seconds():
            self._last = context.clock.monotonic()
            await self._look()

    def _since(self, at: float) -> float:
        return self._context.clock.monotonic() - at

    def _down(self) -> dict[str, Host]:
        return {host.name: host for host in self._context.state.all(Host) if host.is_down}

    def _targets(self, down: dict[str, Host]) -> dict[str, Host]:
        """Those to look at: not what somebody gave up or is giving up, nor what is closed and holds nothing lent."""
        found: dict[str, Host] = {}
        closed = any(host.status.lower() == "disabled" for host in down.values())
        lent = self._lent() if closed else Counter[str]()
        for name, host in down.items():
            suspect = self._context.state.get(Suspect, name)
            if suspect is None:
                wanted = not host.forced_down and (host.status.lower() != "disabled" or lent[name] > 0)
            else:
                wanted = suspect.phase in JUDGED or (suspect.phase in _TO_FENCE and not self.fencer.at_work(name))
            if wanted and name not in self._rescue.beginning:
                found[name] = host
        return found

    def _lent(self) -> Counter[str]:
        """How many of somebody's servers are on each host."""
        return Counter(self._on(one.server_id) for one in self._context.state.live_leases())

    def _on(self, server_id: str) -> str:
        server = self._context.state.get(Server, server_id)
        return server.host if server is not None else ""

    # Those that are back, and those that are evacuated

    async def _see_who_is_back(self, suspects: Iterable[Suspect]) -> None:
        """A record ends with what it is about. What was given up stays closed until an operator opens it."""
        hosts = {host.name: host for host in self._context.state.all(Host)}
        for suspect in suspects:
            host, why = hosts.get(suspect.id), ""
            if host is None:
                why = "the cloud does not know it any more"
            elif host.state.lower() != "down":
                why = f"the cloud says {host.state or 'nothing'}"
            elif suspect.phase is Phase.EVACUATED and _gives_signs(host, suspect):
                why = "it gives signs of life, and stays closed and counts as down until an operator opens it"
            if why:
                await self._is_back(suspect, why)

    async def _is_back(self, suspect: Suspect, why: str) -> None:
        lasted = span(self._context.clock.now() - suspect.since)
        was = f"it was {suspect.phase} for VMMS, and not up for {lasted}"
        text = f"{suspect.id} is no longer down: {why}; {was}"
        self._looked.pop(suspect.id, None)
        self._seen.pop(suspect.id, None)
        await self._context.ledger.commit(Drop("suspect", suspect.id), self._say("host.back", text, suspect.id, why))

    async def _see_to_the_evacuated(self) -> None:
        """What could not leave at first follows; when all has ended, that is said once."""
        for suspect in self._context.state.all(Suspect):
            if suspect.phase is not Phase.EVACUATING or self._rescue.evacuations(suspect.id):
                continue
            if suspect.by == "engine" and not self._context.frozen and self._left_behind(suspect):
                await self._rescue.begin(suspect.id, suspect.fenced, suspect.last_sign, "engine", self.fencer.say)
                continue
            now, left = self._context.clock.now(), self._lent()[suspect.id]
            took = span(now - suspect.since)
            moved = f"of {counted(suspect.servers, 'server')} of {suspect.id} that were to leave it"
            text = f"{moved} {left or 'none'} {'are' if left > 1 else 'is'} there still, {took} after it was seen down"
            said = self._say("host.emptied", text, suspect.id, suspect.fenced)
            await self._context.ledger.commit(changed(suspect, phase=Phase.EVACUATED, phase_since=now), said)

    def _left_behind(self, suspect: Suspect) -> bool:
        """Whether somebody's server is on it that was never asked to leave: something was at work there."""
        host = self._down().get(suspect.id)
        evacuees = self._rescue.outlook(host).evacuees if host is not None else ()
        return any(not self._was_asked(one.server.id, suspect) for one in evacuees)

    def _was_asked(self, server_id: str, suspect: Suspect) -> bool:
        operations: list[Operation] = self._context.state.operations_of(server_id)
        return any(
            one.kind is OperationKind.EVACUATE and one.args.get("dead") == suspect.id and one.started >= suspect.since
            for one in operations
        )

    # The looks

    async def _look(self) -> None:
        """Read the hosts anew, ask the witnesses about those that are down, judge, and begin what follows."""
        try:
            survey = await self._surroundings.refresh(Kind.HOSTS)
        except TryAgain:
            return
        if survey.problem or survey.stale(self._context.clock.now()):
            return
        down = self._down()
        targets = self._targets(down)
        await self._know_the_new(targets)
        storm = too_many(*self._counts(), self._context.policy.hosts.share)
        asked = list(targets.values())[: MOST_ASKED if storm else None]
        looks = await self._looker.at(asked) if asked else {}
        # the witnesses took their time: what somebody has taken in hand meanwhile is not judged by what was before
        targets = {name: host for name, host in self._targets(self._down()).items() if name in targets}
        news: list[AnyRecord] = []
        judged: dict[str, Judgement] = {}
        counts = self._counts()
        for name, host in targets.items():
            suspect = self._context.state.get(Suspect, name)
            if suspect is not None:  # else it is back meanwhile
                after, judged[name] = self._judge(suspect, host, looks.get(name, Look()), counts)
                news += [after] if after != suspect else []
        await self._context.ledger.commit(*self._with_lines(news))
        await self._act(targets, judged)

    def _counts(self) -> tuple[int, int]:
        return down_of(self._rescue.scenery())

    async def _know_the_new(self, targets: dict[str, Host]) -> None:
        """The records of hosts that were not down before, each with its line; of many at once one line tells."""
        now, (down, of) = self._context.clock.now(), self._counts()
        new = [name for name in targets if self._context.state.get(Suspect, name) is None]
        if not new:
            return
        lent, counts = self._lent(), f"{down} of {of} hosts are"
        if len(new) > NAMED:
            servers = counted(sum(lent[name] for name in new), "server")
            text = f"{_some(new)} are down, {counts}, with {servers} on leases: their witnesses are asked"
            lines = [self._say("host.suspected", text, new[0], "the cloud says that they are down")]
        else:
            lines = [self._suspected(targets[name], counts, counted(lent[name], "server")) for name in new]
        records = [Suspect(id=name, since=now, phase_since=now, down=down, of=of) for name in new]
        await self._context.ledger.commit(*records, *lines)

    def _suspected(self, host: Host, counts: str, servers: str) -> Event:
        now = self._context.clock.now()
        heard = f", last heard of {span(now - host.seen)} ago" if host.seen is not None and host.seen < now else ""
        text = f"{host.name} is down, {counts}, with {servers} on leases{heard}: its witnesses are asked"
        return self._say("host.suspected", text, host.name, "the cloud says that it is down")

    def _judge(self, suspect: Suspect, host: Host, look: Look, counts: tuple[int, int]) -> tuple[Suspect, Judgement]:
        """Its record after this look, as far as that alone changes it."""
        rules, now = self._context.policy.hosts, self._context.clock.now()
        given_up = suspect.phase is Phase.FENCED
        cloud = policy.cloud_sign(host, self._seen.get(host.name), given_up=given_up)
        if host.seen is not None:
            self._seen[host.name] = host.seen
        signs, (down, of) = (cloud, *look.signs), counts
        before = suspect.looks if self._in_a_row(suspect) else 0
        self._looked[host.name] = self._context.clock.monotonic()
        judgement = policy.judged(signs, before, rules, down=down, of=of, ours=look.blind)
        after = changed(
            suspect,
            verdict=judgement.verdict,
            looks=judgement.looks,
            why=judgement.why,
            signs=policy.heard(suspect, signs, now),
            samples=rules.samples,
            down=down,
            of=of,
        )
        after = self._in_its_phase(after, host)
        return (changed(after, looked_at=now) if after != suspect else suspect), judgement

    def _in_a_row(self, suspect: Suspect) -> bool:
        """Whether the look before was not too long ago; after a start the record says when that was."""
        longest = 3 * self._context.policy.hosts.every + timedelta(seconds=30)
        if (at := self._looked.get(suspect.id)) is not None:
            return self._since(at) <= longest.total_seconds()
        return suspect.looked_at is not None and self._context.clock.now() - suspect.looked_at <= longest

    def _in_its_phase(self, suspect: Suspect, host: Host) -> Suspect:
        """Where the verdict takes it, as long as nothing was done to it. What is dead goes on in `_act`."""
        if suspect.phase is Phase.FENCED or (suspect.phase is Phase.FENCING and _may_go_on(suspect.verdict)):
            return suspect
        if host.forced_down and self._lent()[host.name]:
            return self._to(suspect, Phase.ASKS, asks=suspect.failed or FORCED)
        if suspect.verdict is Verdict.OURS:
            return self._to(suspect, Phase.OURS)
        if suspect.verdict is Verdict.DEAD:
            return suspect if suspect.phase in {Phase.DEAD, Phase.ASKS} else self._to(suspect, Phase.DEAD)
        return self._to(suspect, Phase.SUSPECTED)

    def _to(self, suspect: Suspect, phase: Phase, *, asks: str = "", waits: str = "", remedy: str = "") -> Suspect:
        since = suspect.phase_since if suspect.phase is phase else self._context.clock.now()
        return changed(suspect, phase=phase, phase_since=since, asks=asks, waits=waits, remedy=remedy)

    def _with_lines(self, news: list[AnyRecord]) -> list[AnyRecord]:
        """The changed records with their lines: of each that is dead now, one of all for whom the fault is ours."""
        lines: list[AnyRecord] = []
        ours: list[Suspect] = []
        for one in news:
            before = self._context.state.get(Suspect, one.id)
            if not isinstance(one, Suspect) or before is None or before.phase is one.phase:
                continue
            if one.phase is Phase.OURS:
                ours.append(one)
            elif one.phase is Phase.DEAD:
                asked = f"{counted(one.looks, 'look')} in {span(self._context.clock.now() - one.since)}"
                text = f"{one.id} is dead by its witnesses, {asked}, {one.down} of {one.of} hosts are down: {one.words}"
                lines.append(self._say("host.dead", text, one.id, one.why, Level.ERROR))
        if ours:
            text = f"nothing is done about {_some([one.id for one in ours])}: {ours[0].why}"
            lines.append(self._say("host.ours", text, ours[0].id, ours[0].why, Level.ERROR))
        return [*news, *lines]

    # What follows

    async def _act(self, targets: dict[str, Host], judged: dict[str, Judgement]) -> None:
        """Go on with rescues that were cut short, and begin those of the dead, the most important servers first."""
        state = self._context.state
        dead: list[tuple[Suspect, Host]] = []
        for name, host in targets.items():
            suspect, verdict = state.get(Suspect, name), judged[name].verdict if name in judged else Verdict.UNKNOWN
            if suspect is None:
                continue
            if suspect.phase is Phase.FENCED:
                await self._go_on(suspect, judged.get(name))
            elif host.forced_down:
                continue
            elif (suspect.phase is Phase.FENCING and _may_go_on(verdict)) or (
                suspect.phase in {Phase.DEAD, Phase.ASKS} and verdict is Verdict.DEAD
            ):
                dead.append((suspect, host))
        for before, host in sorted(dead, key=lambda one: (self._rank(one[0].id), one[0].since, one[0].id)):
            suspect = state.get(Suspect, before.id)
            if suspect is not None and suspect.phase is before.phase:  # each decision before it waited for the disk
                await self._decide(suspect, host)

    async def _go_on(self, suspect: Suspect, judgement: Judgement | None) -> None:
        """With the rescue of one that is fenced. Where the last look was not sure of it, it waits, and says so."""
        if judgement is None or judgement.verdict in {Verdict.OURS, Verdict.UNKNOWN}:
            why = judgement.why if judgement is not None else "its witnesses were not asked"
            await self.fencer.hold(suspect, why)
        else:
            self.fencer.begin(suspect.id)

    def _rank(self, name: str) -> tuple[int, int]:
        on = [one.importance for one in self._context.state.live_leases() if self._on(one.server_id) == name]
        return -max(on, default=0), -len(on)

    async def _decide(self, suspect: Suspect, host: Host) -> None:
        """One decision on one line, in the commit that makes it."""
        rules, name = self._context.policy.hosts, suspect.id
        chosen = policy.decided(self._means(suspect, host), rules)
        said: Event | None = None
        if isinstance(chosen, Hold):
            after = self._to(suspect, Phase.DEAD, waits=chosen.waits)
        elif isinstance(chosen, Ask):
            after = self._to(suspect, Phase.ASKS, asks=chosen.why, remedy=chosen.remedy)
            if suspect.asks != chosen.why:
                text = f"{name} is dead by its witnesses and waits for a person: {chosen.why}"
                said = self._say("host.asks", text, name, suspect.why)
        else:
            after = self._to(suspect, Phase.FENCING)
            lent = counted(self._lent()[name], "server")
            text = f"{name} is fenced now, and then evacuated, with {lent} on leases: {suspect.words}"
            if suspect.phase is not Phase.FENCING:  # else it was cut short
                said = self._say("host.fencing", text, name, suspect.why)
        if after != suspect:
            await self._context.ledger.commit(after, *([said] if said else []))
        if after.phase is Phase.FENCING:
            self.fencer.begin(name)

    def _means(self, suspect: Suspect, host: Host) -> Means:
        seen = self._rescue.outlook(host)
        others = {one.id for one in self._context.state.all(Suspect) if one.phase in RESCUED} | self._rescue.beginning
        nowhere = bool(seen.evacuees) and len(seen.left_over) == len(seen.evacuees) and not seen.unsure
        closed = host.status.lower() == "disabled"
        return Means(
            lent=len(seen.evacuees) + len(seen.busy),
            room=not nowhere,
            closed=(host.disabled_reason or "nobody said why") if closed else "",
            failed=suspect.failed,
            frozen=self._context.frozen,
            others=tuple(sorted(others - {suspect.id})),
        )

    def _say(self, kind: str, text: str, host: str, reason: str, level: Level = Level.WARNING) -> Event:
        return self._context.ledger.event(kind, text, level=level, reason=reason, host=host)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (" and others" if len(names) > NAMED else "")


def _may_go_on(verdict: Verdict) -> bool:
    """Of a fence that was cut short: the last look said dead, whatever those before it said."""
    return verdict in {Verdict.DEAD, Verdict.SUSPECTED}


def _gives_signs(host: Host, suspect: Suspect) -> bool:
    """Whether the cloud has heard of it since it was given up."""
    return host.seen is not None and suspect.last_sign != "" and host.seen.isoformat() != suspect.last_sign
