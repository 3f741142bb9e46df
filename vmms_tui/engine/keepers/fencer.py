"""The rescue of a host that is dead by its witnesses: fence it, look once more, give it up, begin its evacuation.

Each step is in the record of the host before it is done. What is cut short is done again: a fence twice is as once.
"""

import asyncio
import logging
from functools import partial

from vmms_tui.engine.cloud.errors import CloudError
from vmms_tui.engine.context import Context
from vmms_tui.engine.keepers.looks import Looker
from vmms_tui.engine.keepers.rescue import Rescue
from vmms_tui.engine.operations.remedies import clause
from vmms_tui.engine.policy.hosts import MEND_FENCE
from vmms_tui.model.errors import Refused, TryAgain, VmmsError
from vmms_tui.model.plans import host_named
from vmms_tui.model.records import Event, Level, changed
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import Phase, Suspect
from vmms_tui.model.witness import Says

ASKED_AGAIN = "VMMS asks the cloud again at its next look."

log = logging.getLogger(__name__)


class Fencer:
    """One task for each host that is being rescued, beside the looks at the others."""

    def __init__(self, context: Context, rescue: Rescue, looker: Looker) -> None:
        self._context = context
        self._rescue = rescue
        self._looker = looker
        self._tasks: dict[str, asyncio.Task[None]] = {}
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
        held = changed(suspect, waits=f"the cloud: {clause(error.message)}", remedy=f"{remedy} {ASKED_AGAIN}".strip())
        if held != suspect:
            await self._context.ledger.commit(held)

    def _in_phase(self, name: str, *phases: Phase) -> Suspect | None:
        """Its record, as long as nobody else took it further, or it is back."""
        suspect = self._context.state.get(Suspect, name)
        return suspect if suspect is not None and suspect.phase in phases else None

    def _known(self, name: str) -> Host | None:
        host = host_named(name, self._context.state)
        return host if host is not None and host.state.lower() == "down" else None

    async def _fence(self, name: str) -> bool:
        """Whether it is fenced, now or before."""
        suspect, host = self._in_phase(name, Phase.FENCING, Phase.FENCED), self._known(name)
        if suspect is None or host is None:
            return False
        if suspect.phase is Phase.FENCED:
            return True
        if self._context.frozen:
            return False
        await self._context.ledger.settle()
        fenced = await self._context.witnesses.fence(self._context.policy.hosts, self._looker.suspected(host))
        suspect = self._in_phase(name, Phase.FENCING)
        if suspect is None:
            return False
        now, why = self._context.clock.now(), fenced.why.rstrip(".")
        if not fenced.off:
            await self._failed(suspect, f"it could not be fenced: {why}")
            return False
        said = self._say("host.fenced", f"{name} is fenced: {why}", reason=suspect.why, host=name)
        ahead = changed(suspect, phase=Phase.FENCED, phase_since=now, fenced=why, waits="", remedy="")
        await self._context.ledger.commit(ahead, said)
        return True

    async def _failed(self, suspect: Suspect, why: str) -> None:
        """Nothing is evacuated: a person must decide."""
        text = f"{suspect.id} is not evacuated: {why}; a person must see to it"
        said = self._say("host.not_fenced", text, reason=suspect.why, host=suspect.id, level=Level.ERROR)
        now = self._context.clock.now()
        asks = changed(suspect, phase=Phase.ASKS, phase_since=now, failed=why, asks=why, waits="", remedy=MEND_FENCE)
        await self._context.ledger.commit(asks, said)

    async def _is_silent(self, name: str) -> bool:
        """The look after the fence: whoever answers now was not fenced, whatever the command said."""
        host = self._known(name)
        if host is None:
            return False
        look = (await self._looker.at([host]))[name]
        alive = [sign for sign in look.signs if sign.says is Says.ALIVE]
        suspect = self._in_phase(name, Phase.FENCED)
        if suspect is not None and alive:
            said = " and ".join(f"{sign.witness} says that {sign.why}" for sign in alive)
            await self._failed(suspect, f"its fence command did what it should ({suspect.fenced}), and yet {said}")
        return suspect is not None and not alive

    async def _give_up(self, name: str) -> None:
        suspect, host = self._in_phase(name, Phase.FENCED), self._known(name)
        if suspect is None or host is None or self._context.frozen:
            return
        sworn = f"fenced, {suspect.fenced}"
        try:
            heard = await self._rescue.give_up(host, sworn, f"dead: {sworn} (engine, VMMS)", self.say)
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
