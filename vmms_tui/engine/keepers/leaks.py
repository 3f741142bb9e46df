"""Finds what is ours in the cloud and nobody's in the store, tells of it, and has it removed, a few at a time.

What was seen is kept in memory only: an engine that starts must see everything twice again.
"""

import asyncio
import logging
from collections import Counter
from datetime import datetime, timedelta

from vmms_tui.engine.cloud.errors import CloudError
from vmms_tui.engine.context import Context
from vmms_tui.engine.keepers.inventory import Inventory, look
from vmms_tui.engine.keepers.remover import Remover, StoreView
from vmms_tui.engine.numbers import number_in
from vmms_tui.engine.policy.leaks import Judgement, Key, Sighting, Thing, in_order, is_settled, judge, sighted
from vmms_tui.engine.policy.words import counted, instant
from vmms_tui.engine.turns import in_turns
from vmms_tui.model.leaks import Kind, Leaks, LedgerLine, Verdict
from vmms_tui.model.records import AnyRecord, Level, Server, ServerState

log = logging.getLogger(__name__)

JUDGED_TOGETHER = 100
"""Things; then other work of the engine has its turn."""
CHEAP = 4000
"""Things in one look, whosever they are; where there are more, looks at rest are rarer in proportion. A list takes one
call for each thousand, so the calls a minute do not grow with the cloud."""
MOST_TOLD = 20
"""Things told one by one after one look; of the rest only the number is."""

Judged = tuple[Thing, Judgement]
SETTLED = "looks that lie apart have shown them"
"""Why something is told."""


class LeakKeeper:
    """One look at a time; `tick` and the door take turns."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known = StoreView(context)
        self._remover = Remover(context)
        self._turn = asyncio.Lock()
        self._next: float | None = None
        """When the next look is due, in seconds of the monotonic clock; None: not before the cloud was adopted."""
        self._looked_at: datetime | None = None
        self._problem = "the cloud has not been seen yet"
        self._judged: dict[Key, Judged] = {}
        """What is not as it should be."""
        self._sightings: dict[Key, Sighting] = {}
        self._expected: dict[str, int] = {}
        self._listed = 0
        self._told: set[Key] = set()

    def begin(self) -> None:
        """From now on the store knows what there is: called when all was adopted that could be."""
        if self._next is None:
            self._problem = ""
            self._due_in(self._context.policy.leaks.age)

    @property
    def reads(self) -> dict[str, datetime]:
        """When everything in the cloud was last looked at."""
        return {"all that carries our tag": self._looked_at} if self._looked_at else {}

    async def tick(self) -> None:
        """Go on with what the cloud was asked to remove; look and remove if it is time."""
        if self._next is None or not (self._remover.asked or self._context.clock.monotonic() >= self._next):
            return
        async with self._turn:
            await self._remover.go_on()
            if self._context.clock.monotonic() >= self._next:
                found = await self._look()
                if found is not None:
                    self._due_in(self._pause())
                    await self._tell()
                    await self._remove(found)

    async def report(self, *, fresh: bool = False, everything: bool = False) -> Leaks:
        """The ledger as it is known; `fresh` takes a look first, and `everything` shows what is expected, too.

        It removes nothing: that is for `tick`, after looks that are far enough apart.
        """
        expected: list[Judged] = []
        if (fresh or everything) and self._next is not None:
            async with self._turn:
                await self._look(expected)
                self._next = min(self._next, self._context.clock.monotonic() + self._pause().total_seconds())
        lines = [self._line(*judged) for judged in self._judged.values()]
        if everything:
            lines += [self._line(*judged) for judged in expected]
        lines.sort(key=lambda line: (line.project, line.server_id, line.kind, line.name, line.id))
        return Leaks(
            now=self._context.clock.now(),
            looked_at=self._looked_at,
            problem=self._problem,
            next_look=self._next_look(),
            lines=tuple(lines),
            expected=self._expected,
        )

    def _due_in(self, pause: timedelta) -> None:
        self._next = self._context.clock.monotonic() + pause.total_seconds()

    def _next_look(self) -> datetime | None:
        if self._next is None:
            return None
        seconds = max(0.0, self._next - self._context.clock.monotonic())
        return (self._context.clock.now() + timedelta(seconds=seconds)).replace(microsecond=0)

    def _pause(self) -> timedelta:
        """Until the next look: short while something is found and not yet dealt with."""
        policy = self._context.policy.leaks
        rest = policy.every * max(1.0, self._listed / CHEAP)
        open_questions = any(not is_settled(one, policy.age) for one in self._sightings.values())
        to_do = policy.remove and any(
            judgement.verdict is Verdict.LEFT_OVER and key not in self._remover.failed
            for key, (_, judgement) in self._judged.items()
        )
        return min(policy.age, policy.every) if open_questions or to_do else rest

    async def _look(self, expected: list[Judged] | None = None) -> Inventory | None:
        """Look at everything, and judge it. None: the look was not complete, and proves nothing."""
        context = self._context
        try:
            found = await look(context, self._projects())
        except CloudError as error:
            self._problem = error.message
            self._due_in(context.policy.leaks.age)
            return None
        await self._skip_numbers(found)
        await self._judge(found, expected)
        self._problem, self._looked_at, self._listed = "", context.clock.now(), found.listed
        return found

    def _projects(self) -> list[str]:
        projects = {spec.project for spec in self._context.specs.values()}
        projects |= {server.project for server in self._context.state.all(Server) if server.state != ServerState.GONE}
        return sorted(projects or {""})

    async def _skip_numbers(self, found: Inventory) -> None:
        """Numbers above our own tell that the store is older than the cloud."""
        highest = max((number_in("server", thing.server_id) for thing in found.things.values()), default=0)
        if self._context.ledger.skip_numbers(server=highest):
            await self._context.ledger.commit()

    async def _judge(self, found: Inventory, expected: list[Judged] | None) -> None:
        counts: Counter[str] = Counter()
        judged: dict[Key, Judged] = {}
        async for some in in_turns(tuple(found.things.values()), JUDGED_TOGETHER):
            for thing in some:
                judgement = judge(thing, found, self._known)
                if judgement.verdict is not Verdict.EXPECTED:
                    judged[thing.key] = (thing, judgement)
                    continue
                counts[thing.kind] += 1
                if expected is not None:
                    expected.append((thing, judgement))
        now, monotonic = self._context.clock.now(), self._context.clock.monotonic()
        self._sightings = {
            key: sighted(self._sightings.get(key), judgement.verdict, now, monotonic)
            for key, (_, judgement) in judged.items()
        }
        self._judged, self._expected = judged, dict(counts)
        self._told &= judged.keys()
        self._remover.forget_all_but(frozenset(judged))

    async def _tell(self) -> None:
        """Events of what two looks have shown and nobody was told of yet."""
        age = self._context.policy.leaks.age
        new = [key for key in self._judged if key not in self._told and is_settled(self._sightings[key], age)]
        if not new:
            return
        said: list[AnyRecord] = [self._said(*self._judged[key]) for key in new[:MOST_TOLD]]
        if len(new) > MOST_TOLD:
            more = f"{counted(len(new) - MOST_TOLD, 'more object')} in the cloud to look at: `vmms leaks` shows them"
            said.append(self._context.ledger.event("leak.found", more, level=Level.WARNING, reason=SETTLED))
        await self._context.ledger.commit(*said)
        self._told |= set(new)

    def _said(self, thing: Thing, judgement: Judgement) -> AnyRecord:
        text = f"{thing.kind} {thing.name} ({thing.id}) in the cloud is {judgement.verdict}: {judgement.why}"
        return self._remover.event("leak.found", text, thing, judgement.why, Level.WARNING)

    async def _remove(self, found: Inventory) -> None:
        """A few things; of one server those of the next kind only when those of the kind before are gone."""
        policy = self._context.policy.leaks
        candidates = [(thing, self._sightings[key]) for key, (thing, _) in self._judged.items()]
        left, there = policy.most_at_once, dict[str, Kind]()
        for thing in in_order(candidates, policy.age):
            if left <= 0:
                return
            before = there.get(thing.server_id, thing.kind)
            if before is thing.kind and await self._remover.remove(thing, found):
                left -= 1
            if thing.key in found.things:
                there[thing.server_id] = before

    def _line(self, thing: Thing, judgement: Judgement) -> LedgerLine:
        sighting = self._sightings.get(thing.key) if judgement.verdict is not Verdict.EXPECTED else None
        policy = self._context.policy.leaks
        due = sighting.first_at + policy.age if sighting and judgement.verdict is Verdict.LEFT_OVER else None
        return LedgerLine(
            kind=thing.kind,
            id=thing.id,
            name=thing.name,
            verdict=judgement.verdict,
            why=judgement.why,
            project=thing.project,
            pool=thing.pool,
            server_id=thing.server_id,
            created=thing.created,
            since=sighting.first_at if sighting else None,
            due=due if policy.remove else None,
            then=self._then(thing, judgement, sighting),
        )

    def _then(self, thing: Thing, judgement: Judgement, sighting: Sighting | None) -> str:
        """When it is removed, or why not."""
        policy = self._context.policy.leaks
        if judgement.verdict is not Verdict.LEFT_OVER or sighting is None:
            return "" if judgement.verdict is Verdict.EXPECTED else "left alone"
        if thing.key in self._remover.asked:
            return f"being removed since {instant(self._remover.asked[thing.key].at)}"
        if self._context.frozen or not policy.remove:
            return f"kept: {self._context.frozen or 'the settings say leaks.remove = false'}"
        if thing.key in self._remover.failed:
            return f"tried again later: {self._remover.failed[thing.key][0].rstrip('.')}"
        if not is_settled(sighting, policy.age):
            return f"removed from {instant(sighting.first_at + policy.age)} on, if it is still so then"
        return f"removed after {judgement.after}" if judgement.after else "removed after one of the next looks"
