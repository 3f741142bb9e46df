"""Removes what is left over: one thing after the other, each looked at once more just before, and seen to be gone."""

import logging
from datetime import datetime, timedelta

import msgspec

from vmms_tui.engine.cloud.errors import CloudError, NotFound
from vmms_tui.engine.context import Context
from vmms_tui.engine.keepers.housekeeping import KEEP_RECORDS
from vmms_tui.engine.keepers.inventory import Inventory, look_again, read_one
from vmms_tui.engine.operations.remedies import clause, refused
from vmms_tui.engine.policy.leaks import Key, Thing, judge
from vmms_tui.engine.policy.words import span
from vmms_tui.model.leaks import Kind, Verdict
from vmms_tui.model.records import Event, Level, Server, changed

log = logging.getLogger(__name__)

TRY_AGAIN = timedelta(minutes=10)
"""After a removal that failed, or that the cloud took on and did not end."""
BY_ITSELF = "It is tried again by itself."
LOOK_AGAIN = timedelta(seconds=10)
"""Between two looks at a thing that the cloud is removing."""


class StoreView:
    """What the store knows now. Implements `Known` of the policy; it holds nothing, so it is never old."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.forgets_after = KEEP_RECORDS

    @property
    def now(self) -> datetime:
        """See Known."""
        return self._context.clock.now()

    @property
    def certain_since(self) -> datetime | None:
        """See Known."""
        return self._context.ledger.numbers.certain_since

    def server(self, server_id: str) -> Server | None:
        """See Known."""
        return self._context.state.get(Server, server_id)

    def at_work(self, server_id: str) -> str:
        """See Known."""
        operation = self._context.state.operation_on(server_id)
        return f"{operation.kind} {operation.id}" if operation else ""

    def lease_on(self, server_id: str) -> str:
        """See Known."""
        lease = self._context.state.live_lease_of(server_id)
        return lease.id if lease else ""

    def gave(self, server_id: str) -> bool:
        """See Known."""
        return self._context.ledger.numbers.gave(server_id)

    def has_pool(self, pool: str) -> bool:
        """See Known."""
        return pool in self._context.specs


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A removal that the cloud has taken on."""

    thing: Thing
    why: str
    at: datetime
    begun: float
    look_at: float
    """Seconds of the monotonic clock."""


class Remover:
    """Holds what was asked for, and what failed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known = StoreView(context)
        self.asked: dict[Key, Asked] = {}
        self.failed: dict[Key, tuple[str, float]] = {}
        """The words, and until when (seconds of the monotonic clock) it is not tried again."""

    def rests(self, key: Key) -> bool:
        """Whether nothing is asked for now: it was asked for, or has just failed."""
        return key in self.asked or self._context.clock.monotonic() < self.failed.get(key, ("", 0.0))[1]

    def forget_all_but(self, keys: frozenset[Key]) -> None:
        """Failures of what no look shows any more are of no interest."""
        self.failed = {key: failure for key, failure in self.failed.items() if key in keys}

    async def remove(self, thing: Thing, found: Inventory) -> bool:
        """Ask the cloud to remove it, if it is still certain that nobody needs it. True: the cloud was asked."""
        if self.rests(thing.key) or not self._why(thing, found):
            return False
        try:
            await look_again(found, self._context.account, thing.key, *self._beside(thing))
        except CloudError as error:
            await self._fail(thing, clause(error.message), refused(error).remedy)
            return False
        why = self._why(thing, found)
        if not why:
            return False
        text = f"removes {_words(thing)} from the cloud: {why}"
        await self._context.ledger.commit(self.event("leak.removing", text, thing, why))
        if not self._why(thing, found):  # as it is after the commit: nothing may have been begun meanwhile
            return False
        await self._ask(thing, why)
        if await self._is_gone(thing.key):
            found.drop(thing.key)
        return True

    async def go_on(self) -> None:
        """Look whether what was asked for is gone."""
        now = self._context.clock.monotonic()
        for key in [key for key, asked in self.asked.items() if asked.look_at <= now]:
            await self._is_gone(key)

    def event(self, kind: str, text: str, thing: Thing, why: str, level: Level = Level.INFO, result: str = "") -> Event:
        """A line for Events about a thing."""
        said = self._context.ledger.event(kind, text, level=level, reason=why, result=result)
        return changed(said, server_id=thing.server_id, pool=thing.pool)

    def _why(self, thing: Thing, found: Inventory) -> str:
        """Why it may be removed at this instant; nothing when it may not, or not yet."""
        if self._context.frozen or not self._context.policy.leaks.remove:
            return ""
        now = found.things.get(thing.key)
        if now is None or (now.server_id, now.created, now.name) != (thing.server_id, thing.created, thing.name):
            return ""
        judgement = judge(now, found, self._known)
        return "" if judgement.after or judgement.verdict is not Verdict.LEFT_OVER else judgement.why

    def _beside(self, thing: Thing) -> tuple[Key, ...]:
        """The server in use, where a thing is the second one of its id."""
        server = self._known.server(thing.server_id)
        return ((Kind.SERVER, server.cloud_id),) if server and server.cloud_id not in {"", thing.id} else ()

    async def _ask(self, thing: Thing, why: str) -> None:
        clock = self._context.clock
        begun = clock.monotonic()
        try:
            if not await self._act(thing):
                return
        except NotFound:
            log.info("%s is gone already", _words(thing))
        except CloudError as error:
            await self._fail(thing, clause(error.message), refused(error).remedy)
            return
        self.asked[thing.key] = Asked(thing=thing, why=why, at=clock.now(), begun=begun, look_at=begun)

    async def _act(self, thing: Thing) -> bool:
        """The one place that deletes. False: there is more to do, after the next look."""
        cloud = self._context.account.project(thing.project)
        if thing.kind is Kind.FLOATING_IP:
            await cloud.delete_floating_ip(thing.id)
        elif thing.kind is Kind.SERVER:
            await cloud.delete_server(thing.id)
        elif thing.kind is Kind.PORT:
            await cloud.delete_port(thing.id)
        elif thing.holders:
            for attachment in (await cloud.get_volume(thing.id)).attachments:
                if attachment.server_id in thing.holders:
                    await cloud.remove_attachment(thing.id, attachment.id)
            return False
        else:
            await cloud.delete_volume(thing.id)
        return True

    async def _is_gone(self, key: Key) -> bool:
        """Look at what the cloud was asked to remove. Only a 404 is the end."""
        asked = self.asked.get(key)
        if asked is None:
            return False
        clock = self._context.clock
        try:
            await read_one(self._context.account.project(asked.thing.project), key)
        except NotFound:
            text = f"{_words(asked.thing)} is gone from the cloud: {asked.why}"
            await self._context.ledger.commit(self.event("leak.removed", text, asked.thing, asked.why, result="ok"))
            self.asked.pop(key, None)
            self.failed.pop(key, None)
            return True
        except CloudError as error:
            log.info("%s: %s", _words(asked.thing), error.message)
        if clock.monotonic() - asked.begun < TRY_AGAIN.total_seconds():
            later = clock.monotonic() + LOOK_AGAIN.total_seconds()
            self.asked[key] = changed(asked, look_at=later)
            return False
        self.asked.pop(key, None)
        await self._fail(asked.thing, f"the cloud has not removed it within {span(TRY_AGAIN)}")
        return False

    async def _fail(self, thing: Thing, why: str, remedy: str = "") -> None:
        """Told once for the same words; tried again later."""
        why = f"{why}. {remedy}" if remedy else why
        before, _ = self.failed.get(thing.key, ("", 0.0))
        self.failed[thing.key] = (why, self._context.clock.monotonic() + TRY_AGAIN.total_seconds())
        if why != before:
            text = f"{_words(thing)} could not be removed: {why}{'' if remedy else f'. {BY_ITSELF}'}"
            await self._context.ledger.commit(
                self.event("leak.failed", text, thing, why, Level.WARNING, result="failed")
            )


def _words(thing: Thing) -> str:
    return f"{thing.kind} {thing.name} ({thing.id})"
