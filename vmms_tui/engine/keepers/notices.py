"""Delivers what was written, until it has reached its people; tells the operators where it does not."""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

from vmms_tui.engine import telling
from vmms_tui.engine.context import Context
from vmms_tui.engine.notices.port import OPERATORS, NotDelivered
from vmms_tui.engine.policy.letters import letter, operators_letter
from vmms_tui.engine.policy.telling import for_operators_too, next_try_after, outdated
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import AnyRecord, Lease, Notice, changed

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Letters under way."""
OPERATORS_EVERY = timedelta(days=1)
"""The operators get one letter in this time, with all that came together."""
NO_CHANNEL = "there is no channel to them"


class NoticeKeeper:
    """Looks at every open notice at each tick. Letters go out beside it: a slow channel keeps nobody waiting."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: set[str] = set()

    async def tick(self) -> None:
        """Let go of what is not so any more, tell the operators, and send what is due."""
        await self._let_go()
        await self._tell_operators()
        now, post = self._context.clock.now(), self._context.post
        waiting = [one for one in self._context.state.open_notices() if one.id not in self._under_way]
        await self._note_unreachable([one for one in waiting if not post.reaches(one.owner)])
        due = [one for one in waiting if (one.next_try is None or one.next_try <= now) and post.reaches(one.owner)]
        if any(one.owner == OPERATORS for one in due):
            await self._send([one.id for one in waiting if one.owner == OPERATORS], now)
        for notice in [one for one in due if one.owner != OPERATORS][: AT_ONCE - len(self._tasks)]:
            await self._send([notice.id], now)

    async def _let_go(self) -> None:
        state = self._context.state
        voids = [
            changed(notice, void=why)
            for notice in state.open_notices()
            if (why := outdated(notice, state.get(Lease, notice.lease_id)))
        ]
        await self._context.ledger.commit(*voids)

    async def _tell_operators(self) -> None:
        """Write to them of every owner who could not be told."""
        state = self._context.state
        for notice_id in [notice.id for notice in state.open_notices()]:
            notice = state.need(Notice, notice_id)
            lease = state.get(Lease, notice.lease_id)
            if lease is not None and for_operators_too(notice, lease):
                changes = telling.to_operators(self._context, lease, notice.problem, self._next_letter_to_operators())
                await self._context.ledger.commit(*changes)

    def _next_letter_to_operators(self) -> datetime | None:
        """When they may be told the next time."""
        told = self._context.state.operators_told_at
        return told + OPERATORS_EVERY if told else None

    async def _note_unreachable(self, notices: list[Notice]) -> None:
        said = [changed(one, problem=NO_CHANNEL, next_try=None) for one in notices if one.problem != NO_CHANNEL]
        await self._context.ledger.commit(*said)

    async def _send(self, ids: list[str], now: datetime) -> None:
        """Write down that it is tried, then try: a crash in between must not make a flood of letters."""
        as_they_are = [self._context.state.need(Notice, notice_id) for notice_id in ids]
        tried = [self._tried(notice, now) for notice in as_they_are if notice.open]
        if not tried:
            return
        await self._context.ledger.commit(*tried)
        self._begin(self._deliver(tried), [notice.id for notice in tried])

    def _tried(self, notice: Notice, now: datetime) -> Notice:
        attempts = notice.attempts + 1
        return changed(
            telling.refreshed(self._context, notice),
            attempts=attempts,
            next_try=now + next_try_after(attempts, notice.id),
        )

    def _begin(self, work: Coroutine[Any, Any, None], ids: list[str]) -> None:
        self._under_way.update(ids)
        task = asyncio.create_task(work, name=f"notice {ids[0]}")
        self._tasks.add(task)

        def ended(done: asyncio.Task[None]) -> None:
            self._tasks.discard(done)
            self._under_way.difference_update(ids)

        task.add_done_callback(ended)

    async def _deliver(self, notices: list[Notice]) -> None:
        """One letter: one notice to its owner, or all of these to the operators."""
        now, installation = self._context.clock.now(), self._context.installation
        recipient = notices[0].owner
        if recipient == OPERATORS:
            subject, text = operators_letter(notices, installation)
        else:
            subject, text = letter(notices[0], now, installation)
        try:
            how = await self._context.post.deliver(recipient, subject, text)
        except NotDelivered as failed:
            await self._commit(self._failed(notices, failed.message))
        except Exception:  # a mistake of ours in one letter must not stop the others
            log.exception("%s could not be sent", notices[0].id)
            await self._commit(self._failed(notices, "a mistake in VMMS; its log has the details"))
        else:
            await self._commit(self._delivered(notices, how))

    def _failed(self, notices: list[Notice], problem: str) -> list[AnyRecord]:
        there = (self._context.state.get(Notice, notice.id) for notice in notices)
        return [changed(notice, problem=problem) for notice in there if notice is not None and notice.open]

    def _delivered(self, notices: list[Notice], how: str) -> list[AnyRecord]:
        changes: list[AnyRecord] = []
        for sent in notices:
            notice = self._context.state.get(Notice, sent.id)
            if notice is not None and notice.delivered_at is None:
                changes += telling.proof(self._context, notice, self._context.post.name, how=how)
        return changes

    async def _commit(self, changes: list[AnyRecord]) -> None:
        """The letter is out, whatever happens to its proof: without one it goes out again."""
        try:
            await self._context.ledger.commit(*changes)
        except TryAgain as halted:
            log.warning("what came of a letter was not written down: %s", halted)

    async def settle(self) -> None:
        """Wait until no letter is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self, seconds: float) -> None:
        """Let letters end that are under way, for so many seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        self.abandon()

    def abandon(self) -> None:
        """Wait for no letter any more: another engine sends it again."""
        for task in self._tasks:
            task.cancel()
