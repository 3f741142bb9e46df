"""Looks after the store: finds out when a full disk has room again, and lets checkpoints be written."""

import contextlib
import logging

from vmms_tui.engine.context import Context
from vmms_tui.engine.store.port import Store, StoreProblem
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import Level

log = logging.getLogger(__name__)

TRY_AGAIN = 60.0
"""Seconds after which a checkpoint that could not be written is tried again: changes are durable without it."""


class StoreKeeper:
    """One look at each tick."""

    def __init__(self, context: Context, store: Store) -> None:
        self._context = context
        self._store = store
        self._problem = ""
        """Why the last checkpoint could not be written, if so."""
        self._not_before = 0.0

    async def tick(self) -> None:
        """Heal what can be healed; write a checkpoint when one is due. Raises TryAgain, with what is not well."""
        ledger = self._context.ledger
        if ledger.problem:
            await ledger.heal()
        if not self._store.due():
            return
        if self._context.clock.monotonic() < self._not_before:
            raise TryAgain(self._problem)
        try:
            await ledger.checkpoint()
        except StoreProblem as problem:
            await self._tell(str(problem))
        self._problem = ""

    async def last_checkpoint(self) -> None:
        """At the end, so that the next start reads less. Without it nothing is lost."""
        with contextlib.suppress(TryAgain):  # said already: the engine takes no changes
            try:
                await self._context.ledger.checkpoint()
            except StoreProblem as problem:
                log.warning("no checkpoint at the end: %s", problem)

    async def _tell(self, problem: str) -> None:
        """Once in Events for as long as it lasts; in the loop's heartbeat all the time."""
        before, self._problem = self._problem, problem
        self._not_before = self._context.clock.monotonic() + TRY_AGAIN
        if not before:
            ledger = self._context.ledger
            text = f"no checkpoint could be written: {problem}"
            await ledger.commit(ledger.event("store.checkpoint_failed", text, level=Level.WARNING))
        raise TryAgain(problem)
