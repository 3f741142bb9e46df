"""Samples pools once a minute, so that screens can show how they did."""

from datetime import datetime, timedelta

from vmms_tui.engine.context import Context
from vmms_tui.engine.policy.rates import requests_in
from vmms_tui.engine.policy.trends import last_sampled, minute, sample, since_last, taken_in
from vmms_tui.model.records import Pool
from vmms_tui.model.trends import Sample, Trend


class TrendKeeper:
    """One look at each tick; at most one commit a minute, of a few hundred bytes a pool."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._counted: datetime | None = None
        """Up to when requests have been counted."""

    async def tick(self) -> None:
        """Take a sample of each pool, if this minute has none yet."""
        context = self._context
        now = context.clock.now()
        trends = context.state.all(Trend)
        last = last_sampled(trends, now)
        if last is not None and minute(now) <= last:
            return
        back = since_last(self._counted, now)
        fresh = {pool.id: self._sample(pool, back, now) for pool in context.state.pools()}
        self._counted = now
        await context.ledger.commit(*taken_in(trends, fresh, now))

    def _sample(self, pool: Pool, back: timedelta, now: datetime) -> Sample:
        state = self._context.state
        return sample(
            pool,
            ready=len(state.ready_of(pool.id)),
            used=len(state.servers_of(pool.id)),
            asked=requests_in(state.past.asked(pool.id), back, now),
            waiting=state.waits_for(pool.id),
            now=now,
        )
