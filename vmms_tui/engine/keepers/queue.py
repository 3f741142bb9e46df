"""Gives ready servers to those who wait, and tells them how long it takes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

import msgspec

from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.lease_terms import first_end
from vmms_tui.engine.policy.matching import Answers, Match, alike, answers, give, match
from vmms_tui.engine.policy.queueing import estimate, order
from vmms_tui.engine.policy.quotas import OverQuota, Usage
from vmms_tui.engine.policy.words import instant
from vmms_tui.engine.quotas import Quotas
from vmms_tui.engine.reserve import Reserves
from vmms_tui.model.errors import Refused, TryAgain
from vmms_tui.model.people import Caller
from vmms_tui.model.records import (
    UNFINISHED,
    Lease,
    LeaseState,
    OperationKind,
    Pool,
    Request,
    RequestState,
    Server,
    ServerState,
    changed,
)

CLOUD_SILENT = timedelta(minutes=1)
"""When the cloud was not heard of for so long, nobody can tell how long anything takes."""
MOST_ANSWERS = 1000
"""Kinds of requests of which it is remembered which pools can answer them."""
KEPT = "nothing is built for it, as that would take the room that is kept for dead hosts"
USUAL_BUILD = timedelta(seconds=60)
"""What a build takes as long as none was seen here."""


class _Prospect(msgspec.Struct, frozen=True):
    """What those that wait for one pool can hope for."""

    under_way: Sequence[timedelta]
    """Ages of the servers that are being built."""
    usual_build: timedelta
    allowed: int
    """How many more may be built."""
    next_end: timedelta | None
    """Until the next lease of the pool ends."""
    kept: str = ""
    """Why nothing is built for them although the limit allows it."""


class QueueKeeper:
    """One pass over all waiting requests at each tick."""

    def __init__(self, context: Context, runner: Runner, quotas: Quotas, reserves: Reserves) -> None:
        self._context = context
        self._runner = runner
        self._quotas = quotas
        self._reserves = reserves
        self._answers: dict[tuple[str, str, int, int], Answers] = {}
        self._answers_of: tuple[object, object] = ((), {})
        """The pools and flavors of which the answers were found."""

    async def tick(self) -> None:
        """Grant what can be granted, in fair order; tell the others their place."""
        state = self._context.state
        queued = state.queued()
        if not queued:
            return
        waiting = order(queued, state.live_leases())
        places: dict[str, int] = defaultdict(int)
        prospects: dict[str, _Prospect] = {}
        for request_id in [request.id for request in waiting]:
            request = state.get(Request, request_id)
            if request is None or request.state != RequestState.QUEUED:
                continue  # answered or taken back while others were dealt with, or never durable
            try:
                found = self.match(request)
                if found.server_id:
                    await self.grant(request, found)
            except OverQuota as over:
                await self._hold(request, over)
                continue
            except Refused as refused:
                await self._refuse(request, refused)
                continue
            except TryAgain:
                continue
            if not found.server_id:
                places[found.pool] += 1
                if found.pool not in prospects:
                    prospects[found.pool] = self._prospect(found.pool, self._context.clock.now())
                await self._place(request, found, places[found.pool], prospects[found.pool])

    def match(self, request: Request, *, new: bool = False) -> Match:
        """The answer for a request as things are, within the quotas of its owner and its project.

        `new`: it is asked for just now, so what they wait for already goes before it.

        Raises OverQuota, Refused, TryAgain.
        """
        state, quotas = self._context.state, self._quotas
        found = give(self._known_answers(request), state.shelves())
        if quotas.boundless:
            return found
        try:
            quotas.check(request, self._size(found), new=new)
        except OverQuota as over:
            smaller = [pool for pool in state.pools() if quotas.fits(request, quotas.size_of(pool), new=new)]
            return self._match_smaller(request, smaller, over, new=new)
        return found

    def _known_answers(self, request: Request) -> Answers:
        """Found once for all requests alike, as long as pools and flavors stay what they are."""
        pools, flavors = self._context.state.pools(), self._context.catalog.sizes
        known_pools, known_flavors = self._answers_of
        if pools is not known_pools or flavors is not known_flavors or len(self._answers) >= MOST_ANSWERS:
            self._answers.clear()
            self._answers_of = (pools, flavors)
        found = self._answers.get(alike(request))
        if found is None:
            found = self._answers[alike(request)] = answers(request, pools, flavors)
        return found

    def _match_smaller(self, request: Request, pools: Sequence[Pool], over: OverQuota, *, new: bool) -> Match:
        """A larger server was next, and does not fit the quota: one of these pools may have, or get, one that does."""
        try:
            found = match(request, pools, self._context.state.shelves(), self._context.catalog.sizes)
            self._quotas.check(request, self._size(found), new=new)
        except Refused:
            raise over from None
        return found

    def _size(self, found: Match) -> Usage:
        state = self._context.state
        server = state.need(Server, found.server_id) if found.server_id else None
        return self._quotas.size_of(state.need(Pool, found.pool), server)

    async def grant(
        self, request: Request, found: Match, caller: Caller | None = None, *, end: datetime | None = None
    ) -> Lease:
        """Lend the server, and begin the hand-over. `caller`: who asked just now; None: the queue's turn has come.

        `end`: as it was just found to be right; None: as the request's term and the rules have it now.

        Raises Refused when the term is too long, or the quota used up.
        """
        context, now = self._context, self._context.clock.now()
        pool, server = context.state.need(Pool, found.pool), context.state.need(Server, found.server_id)
        end = end or first_end(request.term, pool, now, self._quotas.laws(request.owner, request.project))
        size = self._quotas.size_of(pool, server)
        self._quotas.check(request, size, new=False)  # nothing waits from here to the commit: nobody gets in between
        lease = self._lease(request, found, end)
        took = {"vcpus": size.vcpus, "ram_mib": size.ram_mib}
        lent = changed(server, state=ServerState.LEASED, since=now, lease_id=lease.id, **took)
        text = f"{server.id} is lent to {lease.owner} until {instant(end)}: {found.why}"
        reason = f"lent to {lease.owner}"
        begun = self._runner.begin(OperationKind.HAND_OVER, lent, actor=lease.owner, reason=reason, lease_id=lease.id)
        who, origin = (caller.name, caller.origin) if caller else ("engine", "")
        said = context.ledger.event(
            "lease.granted",
            text,
            about=lease,
            actor=who,
            origin=origin,
            reason=request.note or found.why,
            result="ok",
            request_id=request.id,
            operation_id=begun[-1].id,
        )
        await context.ledger.commit(self._granted(request, lease), lease, lent, *begun, said)
        context.wake()
        return lease

    def _lease(self, request: Request, found: Match, end: datetime) -> Lease:
        """From now on, as it was asked for."""
        return Lease(
            id=self._context.ledger.number("lease"),
            server_id=found.server_id,
            pool=found.pool,
            owner=request.owner,
            project=request.project,
            purpose=request.purpose,
            start=self._context.clock.now(),
            end=end,
            importance=request.importance,
            note=request.note,
            ssh_key=request.ssh_key,
            matched=found.why,
        )

    def _granted(self, request: Request, lease: Lease) -> Request:
        return changed(
            request,
            state=RequestState.GRANTED,
            term=lease.end - lease.start,
            lease_id=lease.id,
            pool=lease.pool,
            decided=lease.start,
            position=0,
            estimate=None,
            reason=lease.matched,
        )

    async def _hold(self, request: Request, over: OverQuota) -> None:
        """It waits for no pool, so that nothing is built for it, until there is room in the quota again."""
        reason = f"{over.message.rstrip('.')}; it waits until there is room in the quota"
        held = changed(request, pool="", position=0, reason=reason, estimate=None)
        if held != request:
            await self._context.ledger.commit(held)

    async def _refuse(self, request: Request, refused: Refused) -> None:
        now, ledger = self._context.clock.now(), self._context.ledger
        no = changed(request, state=RequestState.REFUSED, reason=str(refused), decided=now, position=0, estimate=None)
        said = ledger.event(
            "request.refused",
            f"{request.id}: {refused}",
            about=request,
            reason=refused.message,
            result=f"refused: {refused.rule}",
        )
        await ledger.commit(no, said)

    async def _place(self, request: Request, found: Match, position: int, hope: _Prospect) -> None:
        wait = estimate(position, hope.under_way, hope.usual_build, hope.allowed, hope.next_end)
        listed_at = self._context.sightings.listed_at
        if listed_at is None or self._context.clock.now() - listed_at > CLOUD_SILENT:
            wait = None
        why = f"{found.why}; {hope.kept}" if hope.kept else found.why
        placed = changed(request, pool=found.pool, position=position, reason=why, estimate=_rounded(wait))
        if placed != request:
            await self._context.ledger.commit(placed)

    def _prospect(self, pool_id: str, now: datetime) -> _Prospect:
        state = self._context.state
        pool, servers = state.need(Pool, pool_id), state.servers_of(pool_id)
        ages = [now - server.created for server in servers if server.state in UNFINISHED and not server.lease_id]
        allowed = 0 if pool.paused or pool.broken else max(0, pool.limit_now - state.counts_of(pool_id).total)
        ends = (
            lease.end - now
            for server in servers
            if (lease := state.live_lease_of(server.id)) and lease.state == LeaseState.ACTIVE
        )
        kept = KEPT if allowed and not ages and self._reserves.room(pool, 1) == 0 else ""
        allowed = 0 if kept else allowed
        return _Prospect(ages, self._usual_build(pool_id), allowed, min(ends, default=None), kept)

    def _usual_build(self, pool_id: str) -> timedelta:
        """The median of the last builds of this pool."""
        times = [time.total_seconds() for time in self._context.state.past.builds(pool_id)]
        return timedelta(seconds=median(times)) if times else USUAL_BUILD


def _rounded(wait: timedelta | None) -> timedelta | None:
    """In steps of five seconds: nobody can tell more exactly, and every change costs a line in the journal."""
    return None if wait is None else timedelta(seconds=-(-wait.total_seconds() // 5) * 5)
