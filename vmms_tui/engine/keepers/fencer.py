"""The rescue of a host that is dead by its witnesses: fence it, look once more, give it up, begin its evacuation.

Each step is in the record of the host before it is done. What is cut short is done again: a fence twice is as once.
So is a fence that is not fresh any more: nobody knows who gave the host its power back since.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from vmms_tui.engine.cloud.errors import CloudError
from vmms_tui.engine.context import Context
from vmms_tui.engine.keepers.looks import Looker
from vmms_tui.engine.keepers.rescue import Rescue
from vmms_tui.engine.operations.remedies import clause
from vmms_tui.engine.policy.hosts import MEND_FENCE, heard, is_silent
from vmms_tui.engine.policy.words import span
from vmms_tui.engine.witnesses.port import Suspected
from vmms_tui.model.errors import Refused, TryAgain, VmmsError
from vmms_tui.model.plans import host_named
from vmms_tui.model.records import Event, Level, changed
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import CLOUD, Phase, Suspect, Verdict
from vmms_tui.model.witness import Says, Sign

FRESH = timedelta(minutes=5)
"""So long a fence counts, in the life of the engine that asked for it; then it is asked for once more."""
UNSURE = "a look that is sure: "
"""How that begins for which the rescue of a fenced host waits, when it is not known to be silent still."""

REFUSED = "the cloud: "
"""How that begins for which it waits when the cloud did not give the host up."""
ASKED_AGAIN = "VMMS asks the cloud again at its next look."

log = logging.getLogger(__name__)


class Fencer:
    """One task for each host that is being rescued, beside the looks at the others."""

    def __init__(self, context: Context, rescue: Rescue, looker: Looker) -> None:
        self._context = context
        self._rescue = rescue
        self._looker = looker
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._fenced: dict[str, tuple[float, datetime | None]] = {}
        """When a host was last fenced by this engine, in seconds of the monotonic clock, and the cloud's last sign of
        life of it then."""
        self._mistake: BaseException | None = None
        self._stopping = False

    def at_work(self, name: str) -> bool:
        """Whether a host is being rescued just now."""
        return name in self._tasks

    def begin(self, name: str) -> None:
        """Take its rescue forward, from where its record stands."""
        if self._stopping or name in self._tasks:
            return
        task = asyncio.create_task(self._run(name), name=f"rescue of {name}")
        self._tasks[name] = task
        task.add_done_callback(partial(self._ended, name))

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        self._tasks.pop(name, None)
        if not task.cancelled() and (mistake := task.exception()) is not None:
            self._mistake = mistake

    def check(self) -> None:
        """Raise the mistake of ours that ended a rescue, so that the loop tells of it."""
        mistake, self._mistake = self._mistake, None
        if mistake is not None:
            raise mistake

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    async def stop(self) -> None:
        """End what is under way: the next start goes on with it."""
        self.abandon()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def abandon(self) -> None:
        """End it at once, and begin nothing more."""
        self._stopping = True
        for task in self._tasks.values():
            task.cancel()

    async def _run(self, name: str) -> None:
        try:
            if await self._fence(name) and await self._is_silent(name):
                await self._give_up(name)
        except (CloudError, VmmsError) as error:
            log.warning("the rescue of %s: %s", name, error)
            await self._waits(name, error)

    async def _waits(self, name: str, error: CloudError | VmmsError) -> None:
        """The cloud did not do it: the next look asks again, and until then its need says why and what to do."""
        suspect = self._in_phase(name, Phase.FENCING, Phase.FENCED)
        if suspect is None or self._context.ledger.problem:
            return
        # what passes by itself needs nobody
        remedy = "" if isinstance(error, TryAgain | CloudError) else error.remedy
        held = changed(suspect, waits=f"{REFUSED}{clause(error.message)}", remedy=f"{remedy} {ASKED_AGAIN}".strip())
        if held != suspect:
            await self._context.ledger.commit(held)

    def _in_phase(self, name: str, *phases: Phase) -> Suspect | None:
        """Its record, as long as nobody else took it further, or it is back."""
        suspect = self._context.state.get(Suspect, name)
        return suspect if suspect is not None and suspect.phase in phases else None

    def _known(self, name: str) -> Host | None:
        host = host_named(name, self._context.state)
        return host if host is not None and host.is_down else None

    def _stale(self, suspect: Suspect, host: Host) -> str:
        """Why its fence cannot be relied on any more, if so. No clock alone is: one may jump, one stands in a sleep.

        The cloud that was asked to give it up may take that itself for a sign of life.
        """
        clock, (at, seen) = self._context.clock, self._fenced.get(suspect.id, (None, None))
        since = suspect.phase_since or suspect.since
        lasts = clock.now() - since
        old = f"it was fenced {span(lasts)} ago and not given up since"
        if at is None or max(clock.monotonic() - at, abs(lasts.total_seconds())) > FRESH.total_seconds():
            return old
        if host.seen != seen and not host.forced_down:
            return f"the cloud has heard of it since it was fenced {span(lasts)} ago"
        return ""

    async def _fence(self, name: str) -> bool:
        """Whether it is fenced, now or a moment ago."""
        suspect, host = self._in_phase(name, Phase.FENCING, Phase.FENCED), self._known(name)
        if suspect is None or host is None:
            return False
        if suspect.phase is Phase.FENCED:
            if not (stale := self._stale(suspect, host)):
                return True
            if not await self._may_be_fenced_again(suspect, stale):
                return False
        if self._context.frozen:
            return False
        await self._context.ledger.settle()
        rules, who = self._context.policy.hosts, Suspected(name=host.name, address=host.address)
        fenced = await self._context.witnesses.fence(rules, who)
        suspect = self._in_phase(name, Phase.FENCING, Phase.FENCED)
        if suspect is None:
            return False
        now, why = self._context.clock.now(), fenced.why.rstrip(".")
        if not fenced.off:
            await self._failed(suspect, f"it could not be fenced: {why}")
            return False
        said = self._say("host.fenced", f"{name} is fenced: {why}", reason=suspect.why, host=name)
        ahead = changed(suspect, phase=Phase.FENCED, phase_since=now, fenced=why, waits="", remedy="")
        self._fenced[name] = self._context.clock.monotonic(), host.seen
        await self._context.ledger.commit(ahead, said)
        return True

    async def _may_be_fenced_again(self, suspect: Suspect, stale: str) -> bool:
        """An old fence is no reason to take the power of a host that lives again: it is looked at first."""
        name = suspect.id
        if self._context.frozen or not await self._is_silent(name):
            return False
        if (now := self._in_phase(name, Phase.FENCED)) is None:
            return False
        text = f"{name} is fenced once more, as {stale}: {now.words}"
        await self._context.ledger.commit(self._say("host.fencing", text, reason=now.why, host=name))
        return True

    async def _failed(self, suspect: Suspect, why: str, signs: Sequence[Sign] = ()) -> None:
        """Nothing is evacuated: a person must decide. `signs`: the look that called it alive; no oath passes it."""
        text = f"{suspect.id} is not evacuated: {why}; a person must see to it"
        said = self._say("host.not_fenced", text, reason=suspect.why, host=suspect.id, level=Level.ERROR)
        now = self._context.clock.now()
        asks = changed(
            suspect, phase=Phase.ASKS, phase_since=now, fenced="", failed=why, asks=why, waits="", remedy=MEND_FENCE
        )
        if signs:
            cloud = tuple(one for one in suspect.signs if one.witness == CLOUD)
            told = " and ".join(sign.witness for sign in signs if sign.says is Says.ALIVE)
            asks = changed(
                asks,
                verdict=Verdict.ALIVE,
                looks=0,
                why=f"it gave a sign of life to {told}",
                signs=(*cloud, *heard(suspect, signs, now)),
                looked_at=now,
            )
        await self._context.ledger.commit(asks, said)

    async def hold(self, suspect: Suspect, why: str) -> None:
        """Do nothing to a host that is fenced, as nobody is sure of it now; the next look may be."""
        held = changed(suspect, waits=f"{UNSURE}{why}", remedy="")
        if held != suspect:
            await self._context.ledger.commit(held)

    async def _is_silent(self, name: str) -> bool:
        """The look after the fence: whoever answers now was not fenced, whatever the command said."""
        host = self._known(name)
        if host is None:
            return False
        look = (await self._looker.at([host]))[name]
        suspect = self._in_phase(name, Phase.FENCED)
        if suspect is None:
            return False
        if alive := [sign for sign in look.signs if sign.says is Says.ALIVE]:
            said = " and ".join(f"{sign.witness} says that {sign.why}" for sign in alive)
            why = f"its fence command did what it should ({suspect.fenced}), and yet {said}"
            await self._failed(suspect, why, look.signs)
            return False
        if look.blind or not is_silent(look.signs):
            told = "; ".join(f"{sign.witness}: {sign.why}" for sign in look.signs) or "no witness could be asked"
            await self.hold(suspect, f"of {name} nobody can tell now; {told}")
            return False
        return True

    async def _give_up(self, name: str) -> None:
        suspect, host = self._in_phase(name, Phase.FENCED), self._known(name)
        if suspect is None or host is None or self._context.frozen:
            return
        sworn = f"fenced, {suspect.fenced}"
        try:
            told, again = f"dead: {sworn} (engine, VMMS)", suspect.waits.startswith(REFUSED)
            heard = await self._rescue.give_up(host, sworn, told, self.say, again=again)
        except Refused as refused:  # it is up again: the next look says so
            log.warning("%s", refused)
            return
        if self._in_phase(name, Phase.FENCED):
            await self._rescue.begin(name, sworn, heard, "engine", self.say)

    def say(self, kind: str, text: str, *, reason: str) -> Event:
        """The line of an act of the engine's own."""
        return self._context.ledger.event(kind, text, level=Level.WARNING, reason=reason, result="ok")

    def _say(self, kind: str, text: str, *, reason: str, host: str, level: Level = Level.WARNING) -> Event:
        result = "failed" if level is Level.ERROR else "ok"
        return self._context.ledger.event(kind, text, level=level, reason=reason, result=result, host=host)
