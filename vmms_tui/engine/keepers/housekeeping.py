"""Removes what has served: failed servers after their time, records that nobody needs."""

from datetime import datetime, timedelta

from vmms_tui.engine.context import Context
from vmms_tui.engine.keepers.leases import TRY_AGAIN
from vmms_tui.engine.operations.provision import QUOTA
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.state import LIVE_LEASE, LIVE_OPERATION
from vmms_tui.engine.turns import in_turns, sweep
from vmms_tui.model.records import (
    UNFINISHED,
    Event,
    Lease,
    Level,
    Notice,
    Operation,
    OperationKind,
    Pool,
    Request,
    RequestState,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.tables import Drop

KEEP_RECORDS = timedelta(days=2)
"""How long servers that are gone, requests that were decided and operations that ended are remembered."""
KEEP_LEASES = timedelta(days=30)
KEEP_EVENTS = 10_000
MOST_AT_ONCE = 500
"""Records forgotten in one commit."""
LOOKED_AT_TOGETHER = 500
"""Servers that are looked at before others have their turn."""


class Housekeeper:
    """Slow work, once a minute."""

    def __init__(self, context: Context, runner: Runner) -> None:
        self._context = context
        self._runner = runner
        self._by_age = (
            self._old_servers,
            self._old_operations,
            self._old_requests,
            self._old_leases,
            self._old_notices,
        )

    async def tick(self) -> None:
        """One round."""
        sweep()
        now = self._context.clock.now()
        async for some in in_turns([server.id for server in self._context.state.all(Server)], LOOKED_AT_TOGETHER):
            for server_id in some:
                await self._look_at(server_id, now)
        kinds = (*(() if self._context.frozen else self._by_age), self._old_events)
        drops = [drop async for some in in_turns(kinds, 1) for drop in some[0](now)]
        await self._context.ledger.commit(*drops[:MOST_AT_ONCE])

    async def _look_at(self, server_id: str, now: datetime) -> None:
        """Begin the end of what failed long enough ago, and go on with what nobody works on."""
        state = self._context.state
        server = state.need(Server, server_id)
        if state.operation_on(server.id) or state.live_lease_of(server.id):
            return
        if server.state in UNFINISHED:
            orphan = changed(server, state=ServerState.FAILED, since=now, failure="nobody worked on it any more")
            said = self._context.ledger.event(
                "server.failed", f"{server.id} failed: {orphan.failure}", about=orphan, level=Level.WARNING
            )
            await self._context.ledger.commit(orphan, said)
        elif self._context.frozen:
            return
        elif server.state == ServerState.FAILED and self._kept_long_enough(server, now):
            await self._reclaim(server, f"it failed: {server.failure}")
        elif server.state == ServerState.RECLAIMING and now - self._last_try(server) >= TRY_AGAIN:
            await self._reclaim(server, "its removal did not end")

    def _kept_long_enough(self, server: Server, now: datetime) -> bool:
        """There is nothing to inspect where no server is, or where only a quota refused."""
        if not server.cloud_id or server.missing_since or server.failure.startswith(QUOTA):
            return True
        if now - self._last_try(server) < TRY_AGAIN:
            return False
        return now - server.since >= self._context.policy.keep_failed or self._in_the_way(server)

    def _in_the_way(self, server: Server) -> bool:
        """Whether its pool lacks servers and has no room for them: who waits comes before who inspects."""
        pool = self._context.state.get(Pool, server.pool)
        if pool is None:
            return False
        counts = self._context.state.counts_of(pool.id)
        lacks = counts.ready + counts.unfinished < pool.available_now
        return lacks and (counts.total >= pool.limit_now or pool.paused.startswith(QUOTA))

    def _last_try(self, server: Server) -> datetime:
        return max(
            (
                operation.updated
                for operation in self._context.state.operations_of(server.id)
                if operation.kind == OperationKind.RECLAIM
            ),
            default=server.created - TRY_AGAIN,
        )

    async def _reclaim(self, server: Server, reason: str) -> None:
        begun = self._runner.begin_and_say(OperationKind.RECLAIM, server, actor="engine", reason=reason)
        await self._context.ledger.commit(*begun)
        self._context.wake()

    def _old_servers(self, now: datetime) -> list[Drop]:
        return [
            drop
            for server in self._context.state.all(Server)
            if server.state == ServerState.GONE and server.since < now - KEEP_RECORDS
            for drop in (Drop("server", server.id), Drop("secret", server.id))
        ]

    def _old_operations(self, now: datetime) -> list[Drop]:
        return [
            Drop("operation", operation.id)
            for operation in self._context.state.all(Operation)
            if operation.state not in LIVE_OPERATION and operation.updated < now - KEEP_RECORDS
        ]

    def _old_requests(self, now: datetime) -> list[Drop]:
        return [
            Drop("request", request.id)
            for request in self._context.state.all(Request)
            if request.state != RequestState.QUEUED and request.asked < now - KEEP_RECORDS
        ]

    def _old_leases(self, now: datetime) -> list[Drop]:
        return [
            Drop("lease", lease.id)
            for lease in self._context.state.all(Lease)
            if lease.state not in LIVE_LEASE and lease.ended_at and lease.ended_at < now - KEEP_LEASES
        ]

    def _old_notices(self, now: datetime) -> list[Drop]:
        return [
            Drop("notice", notice.id)
            for notice in self._context.state.all(Notice)
            if notice.at < now - KEEP_LEASES and not self._still_needed(notice)
        ]

    def _still_needed(self, notice: Notice) -> bool:
        """Whether a lease that lives hangs on it: there the proof counts, however old."""
        lease = self._context.state.get(Lease, notice.lease_id)
        return lease is not None and lease.state in LIVE_LEASE

    def _old_events(self, _now: datetime) -> list[Drop]:
        too_many = self._context.state.count(Event) - KEEP_EVENTS
        old = self._context.state.all(Event)[: max(0, too_many)]
        return [Drop("event", event.id) for event in old if not self._context.archive_lacks(event.id)]
