"""Writes the archive, and a line about those who were turned away at the door."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from vmms_tui.engine.audit.archive import Archive
from vmms_tui.engine.context import Context
from vmms_tui.model.errors import Failed, TryAgain
from vmms_tui.model.people import Peer
from vmms_tui.model.records import AnyRecord, Event, Level

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=1)
"""Between two lines about one person who is turned away: nobody can fill the archive with their knocking."""
MOST_NAMES = 100
"""People that a line is kept for at a time."""


class _Knock(msgspec.Struct):
    """Somebody without a role, since the last line about them."""

    peer: Peer
    why: str
    told_at: datetime | None = None
    times: int = 0


class AuditKeeper:
    """Once a second."""

    def __init__(self, context: Context, archive: Archive) -> None:
        self._context = context
        self._archive = archive
        self._problem = ""
        self._knocks: dict[str, _Knock] = {}

    async def begin(self) -> None:
        """Numbers of events go on after the archive's last one, also when the store was lost or is an old copy."""
        state = self._context.state
        self._archive.begin(state.all(Event))
        try:
            last = await self._archive.last_number()
        except OSError as error:  # the loop that writes it tells, again and again
            log.warning("the audit archive cannot be read: %s", error)
            return
        if last > state.counters().event:
            self._context.ledger.skip_numbers(event=last)

    def turned_away(self, peer: Peer, why: str) -> None:
        """Somebody was told that they have no role here."""
        knock = self._knocks.get(peer.name)
        if knock is None and len(self._knocks) >= MOST_NAMES:
            return
        knock = self._knocks.setdefault(peer.name, _Knock(peer, why))
        knock.peer, knock.why, knock.times = peer, why, knock.times + 1

    async def tick(self) -> None:
        """One turn. Raises Failed while the archive cannot be written."""
        await self._tell_knocks()
        try:
            await self._archive.write(self._context.policy.audit.keep)
        except OSError as error:
            words = f"The audit archive cannot be written: {error.filename or 'its file'}: {error.strerror}."
            if not self._problem:
                self._problem = words
                await self._say("audit.stuck", words, Level.ERROR)
            raise Failed(words, "Mend that: nothing is lost, and it goes on by itself.") from error
        if self._problem:
            self._problem = ""
            await self._say("audit.healed", "the audit archive is written again, and whole", Level.WARNING)

    async def _say(self, kind: str, text: str, level: Level) -> None:
        with suppress(TryAgain):  # a full disk is full for both
            await self._context.ledger.commit(self._context.ledger.event(kind, text, level=level))

    async def _tell_knocks(self) -> None:
        now, ledger = self._context.clock.now(), self._context.ledger
        said: list[AnyRecord] = []
        for name, knock in list(self._knocks.items()):
            if knock.told_at is not None and now - knock.told_at < PAUSE:
                continue
            if not knock.times:
                del self._knocks[name]
                continue
            often = "" if knock.times == 1 else f" {knock.times} times"
            said.append(
                ledger.event(
                    "access.refused",
                    f"{name} was turned away{often}: {knock.why}",
                    level=Level.WARNING,
                    actor=name,
                    origin=knock.peer.origin,
                    reason=knock.why,
                    owner=name,
                    result="refused: no_role",
                )
            )
            knock.told_at, knock.times = now, 0
        with suppress(TryAgain):
            await ledger.commit(*said)
