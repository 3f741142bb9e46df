"""Keeps pools at their size: surge, refill, surplus, refresh."""

from collections.abc import Sequence

from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.provision import QUOTA
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.backoff import QUOTA_PAUSE
from vmms_tui.engine.policy.rates import per_minute, requests_in, usual_per_minute
from vmms_tui.engine.policy.refresh import refresh, stable_age, surplus
from vmms_tui.engine.policy.sizing import size, surge
from vmms_tui.engine.reserve import Reserves
from vmms_tui.engine.turns import in_turns
from vmms_tui.model.records import (
    AnyRecord,
    Level,
    OperationKind,
    Pool,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.spec import PoolSpec
from vmms_tui.model.tables import Drop

SETTINGS = "the settings say so"
"""Why a pool is as it is."""


class PoolKeeper:
    """One pass over all pools at each tick."""

    def __init__(self, context: Context, runner: Runner, reserves: Reserves) -> None:
        self._context = context
        self._runner = runner
        self._reserves = reserves

    async def adopt_settings(self) -> None:
        """Bring the pools' records in line with the settings now in force."""
        state, specs, ledger = self._context.state, self._context.specs, self._context.ledger
        changes: list[AnyRecord] = []
        for name, spec in specs.items():
            old = state.get(Pool, name)
            new = _offered(old or Pool(id=name, purposes=(), flavor="", image=""), spec)
            if old is None:
                text = f"pool {name}: keeps {spec.available} ready, at most {spec.limit}"
                changes.append(ledger.event("pool.new", text, about=new, reason=SETTINGS))
            elif new != old:
                text = f"pool {name}: settings taken on: keeps {new.available} ready, at most {new.limit}"
                changes.append(ledger.event("pool.settings", text, about=new, reason=SETTINGS))
            if new != old:
                changes.append(new)
        for pool in state.pools():
            if pool.id not in specs and not pool.retired:
                text = f"pool {pool.id} is no longer in the settings: it goes when its last server has gone"
                changes += [
                    changed(pool, retired=True),
                    ledger.event("pool.retired", text, about=pool, reason=SETTINGS),
                ]
        await ledger.commit(*changes)

    async def tick(self) -> None:
        """Decide for each pool, the ones with waiting requests first, and begin what was decided."""
        state = self._context.state
        pools = sorted(state.pools(), key=lambda pool: (-state.waits_for(pool.id), pool.id))
        async for some in in_turns(pools, 1):
            await self._keep(some[0].id)
        self._reserves.tick()

    async def _keep(self, pool_id: str) -> None:
        state = self._context.state
        await self._unpause(state.need(Pool, pool_id))
        await self._surge(state.need(Pool, pool_id))
        await self._size(state.need(Pool, pool_id), state.waits_for(pool_id))
        await self._refresh(state.need(Pool, pool_id))
        await self._forget(state.need(Pool, pool_id))

    async def _unpause(self, pool: Pool) -> None:
        """End a pause whose time is over; one for quota only when there is room again.

        Where the quota that the cloud lists was the reason, room in it ends the pause at once. Where the cloud refused
        a build, its list is only a guess: the pause takes its time.
        """
        now = self._context.clock.now()
        if not pool.paused:
            return
        room, _ = self.quota_room(pool)
        for_quota = pool.paused.startswith(QUOTA)
        over = pool.paused_until is None or now >= pool.paused_until
        if for_quota and room == 0:
            return
        if over or (for_quota and room and not pool.refusals):
            said = self._context.ledger.event(
                "pool.resumed", f"pool {pool.id} builds again", about=pool, reason=f"the pause is over: {pool.paused}"
            )
            since = pool.held_since if pool.refusals or pool.failures else None
            await self._context.ledger.commit(changed(pool, paused="", paused_until=None, held_since=since), said)

    async def _surge(self, pool: Pool) -> None:
        policy, now = self._context.policy, self._context.clock.now()
        asked = self._context.state.past.asked(pool.id)
        decision = surge(pool, requests_in(asked, policy.burst_window, now), policy, now)
        if decision:
            raised = changed(pool, surge=decision.factor, surge_since=now)
            said = self._context.ledger.event(
                "pool.surge", f"pool {pool.id}: {decision.why}", about=pool, reason=decision.why
            )
            await self._context.ledger.commit(raised, said)

    async def _size(self, pool: Pool, queued: int) -> None:
        context, now = self._context, self._context.clock.now()
        counts = context.state.counts_of(pool.id)
        asked = context.state.past.asked(pool.id)
        room, words = self.quota_room(pool)
        build_room = self._build_room(pool)
        lacks = pool.available_now + queued - counts.ready - counts.unfinished
        decision = size(
            pool,
            counts,
            recent_per_minute=per_minute(asked, context.policy.burst_window, now),
            usual_per_minute=usual_per_minute(asked, now),
            queued=queued,
            quota_room=room,
            build_room=build_room,
            now=now,
            reserve_room=self._reserves.room(pool, min(build_room, lacks)),
        )
        if decision.build:
            await self._build(pool, decision.build, decision.why)
        elif decision.retire:
            ready = context.state.ready_of(pool.id)
            await self._retire(pool, ready, surplus(ready, decision.retire, now), decision.why)
        elif room == 0 and counts.ready + counts.unfinished < pool.available_now + queued and not pool.paused:
            if pool.broken or pool.retired or counts.total >= pool.limit_now:
                return
            why = QUOTA + words
            said = context.ledger.event(
                "pool.paused", f"pool {pool.id} builds nothing: {why}", about=pool, level=Level.WARNING, reason=why
            )
            paused = changed(pool, paused=why, paused_until=now + QUOTA_PAUSE, held_since=pool.held_since or now)
            await context.ledger.commit(paused, said)

    def _build_room(self, pool: Pool) -> int:
        """How many builds more may run beside each other; after a refusal over a quota one goes ahead of the others."""
        under_way = [server.pool for server in self._context.state.unfinished() if not server.lease_id]
        room = max(0, self._context.policy.parallel_builds - len(under_way))
        return min(room, max(0, 1 - under_way.count(pool.id))) if pool.refusals else room

    def quota_room(self, pool: Pool) -> tuple[int | None, str]:
        """How many servers more of this pool the quota allows (None: any number), and what it says."""
        spec = self._context.specs.get(pool.id)
        quota = self._context.catalog.quotas.get(spec.project) if spec else None
        if spec is None or quota is None:
            return None, ""
        intents = sum(
            server.state == ServerState.REQUESTED and server.project == spec.project
            for server in self._context.state.unfinished()
        )
        rooms = [
            (limit, used, need, words)
            for limit, used, need, words in (
                (quota.servers, quota.servers_used, 1, "servers"),
                (quota.vcpus, quota.vcpus_used, pool.vcpus or 1, "vCPUs"),
                (quota.ram_mib, quota.ram_mib_used, pool.ram_mib or 1, "MiB of RAM"),
            )
            if limit >= 0
        ]
        if not rooms:
            return None, ""
        least = min(rooms, key=lambda row: (row[0] - row[1]) // row[2])
        limit, used, need, words = least
        return max(0, (limit - used) // need - intents), f"{used} of {limit} {words} of the project are in use"

    async def _refresh(self, pool: Pool) -> None:
        state, now = self._context.state, self._context.clock.now()
        servers = state.ready_of(pool.id)
        decision = refresh(pool, servers, now, state.counts_of(pool.id))
        room, _ = self.quota_room(pool)
        build = min(decision.build, self._build_room(pool), decision.build if room is None else room)
        kept = self._reserves.room(pool, build)
        build = build if kept is None else kept
        if build:
            await self._build(pool, build, decision.why)
        if decision.retire:
            await self._retire(pool, servers, decision.retire, decision.why)

    async def _build(self, pool: Pool, number: int, why: str) -> None:
        context, now = self._context, self._context.clock.now()
        spec = context.specs[pool.id]
        changes: list[AnyRecord] = [context.ledger.event("pool.build", f"pool {pool.id} {why}", about=pool, reason=why)]
        for _ in range(number):
            server_id = context.ledger.number("server")
            server = Server(
                id=server_id,
                pool=pool.id,
                state=ServerState.REQUESTED,
                since=now,
                created=now,
                project=spec.project,
                flavor=spec.flavor,
                image=spec.image,
                vcpus=pool.vcpus,
                ram_mib=pool.ram_mib,
                disk_gib=pool.disk_gib,
                refresh_age=stable_age(server_id, spec.refresh),
            )
            reason = f"pool {pool.id} {why}"
            changes += [
                server,
                *self._runner.begin_and_say(OperationKind.PROVISION, server, actor="engine", reason=reason),
            ]
        await context.ledger.commit(*changes)
        context.wake()

    async def _retire(self, pool: Pool, servers: Sequence[Server], chosen: Sequence[str], why: str) -> None:
        context, now = self._context, self._context.clock.now()
        if context.frozen:
            return
        changes: list[AnyRecord] = [
            context.ledger.event("pool.retire", f"pool {pool.id} {why}", about=pool, reason=why)
        ]
        for server in servers:
            if server.id in chosen:
                going = changed(server, state=ServerState.RECLAIMING, since=now)
                reason = f"pool {pool.id} {why}"
                changes += [
                    going,
                    *self._runner.begin_and_say(OperationKind.RECLAIM, going, actor="engine", reason=reason),
                ]
        await context.ledger.commit(*changes)
        context.wake()

    async def _forget(self, pool: Pool) -> None:
        if pool.retired and not self._context.state.counts_of(pool.id).total:
            text = f"pool {pool.id} is gone"
            await self._context.ledger.commit(
                Drop("pool", pool.id),
                self._context.ledger.event("pool.gone", text, about=pool, reason="its last server has gone"),
            )


def _offered(pool: Pool, spec: PoolSpec) -> Pool:
    return changed(
        pool,
        purposes=spec.purposes,
        flavor=spec.flavor,
        image=spec.image,
        available=spec.available,
        limit=spec.limit,
        default_term=spec.terms.default,
        longest_term=spec.terms.longest,
        total_term=spec.terms.total,
        login=spec.login,
        retired=False,
    )
