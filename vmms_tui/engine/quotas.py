"""Holds people and projects to their quotas: at a request, when its turn comes, and at a renewal."""

from collections import deque
from collections.abc import Iterable
from math import ceil

from vmms_tui.engine.context import Context
from vmms_tui.engine.policy import pace
from vmms_tui.engine.policy.lease_terms import TermLaw
from vmms_tui.engine.policy.quotas import NOTHING, Holder, Key, OverQuota, Usage, check_kept, check_more, holders, told
from vmms_tui.engine.policy.words import counted
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Lease, LeaseState, Pool, Request, Server
from vmms_tui.model.spec import QuotaRules

MANY = 1000
"""People and projects of whom is known when they asked, before those who have not for a minute are forgotten."""


class Quotas:
    """The quotas in force, asked with the state as it is."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._asked: dict[Key, deque[float]] = {}
        self._told: set[Key] = set()
        self._rules = QuotaRules()
        self._boundless = True

    @property
    def boundless(self) -> bool:
        """Whether nobody has any quota."""
        rules = self._context.policy.quota
        if rules is not self._rules:
            self._rules, self._boundless = rules, rules == QuotaRules()
        return self._boundless

    def check(self, request: Request, size: Usage, *, new: bool) -> None:
        """Whether its owner and its project have room for a server of this size. Nothing may wait before the commit.

        `new`: it is asked for just now, so all that they wait for already goes before it. Raises OverQuota.
        """
        for holder in self._holders(request.owner, request.project):
            waiting = self._waiting(holder) if new else NOTHING
            check_more(holder, self._context.state.holdings.held(holder.key), waiting, size)

    def fits(self, request: Request, size: Usage, *, new: bool) -> bool:
        """See `check`."""
        try:
            self.check(request, size, new=new)
        except OverQuota:
            return False
        return True

    def check_renewal(self, lease: Lease) -> None:
        """Whether they may keep what they hold for longer. Raises OverQuota."""
        for holder in self._holders(lease.owner, lease.project):
            check_kept(holder, self._context.state.holdings.held(holder.key))

    def check_return(self, lease: Lease, size: Usage) -> None:
        """Whether its owner has room for a lease that was to end and is to go on. Raises OverQuota."""
        if lease.state is LeaseState.ENDING:
            for holder in self._holders(lease.owner, lease.project):
                check_more(holder, self._context.state.holdings.held(holder.key), NOTHING, size)

    def laws(self, owner: str, project: str) -> tuple[TermLaw, ...]:
        """How long leases of theirs may be."""
        theirs = self._holders(owner, project)
        return tuple(TermLaw(one.words, one.allowance.longest, one.allowance.total) for one in theirs)

    def told(self, owner: str, projects: Iterable[str]) -> str:
        """How much somebody has of how much, and so these projects and those of what they hold; a line for each."""
        state, rules = self._context.state, self._context.policy.quota
        theirs = {lease.project for lease in state.live_leases() if lease.owner == owner}
        known = {one.key: one for project in sorted({"", *projects, *theirs}) for one in holders(owner, project, rules)}
        lines = [told(one, state.holdings.held(key), self._waiting(one)) for key, one in known.items()]
        held = state.holdings.held(("person", owner)).servers
        return "\n".join(lines) or f"{owner} has no quota, and {counted(held, 'server')}."

    def size_of(self, pool: Pool, server: Server | None = None) -> Usage:
        """What a server of a pool counts; `server`: this one."""
        vcpus, ram_mib = (pool.vcpus, pool.ram_mib) if pool.vcpus else self._flavor(pool)
        return Usage(1, (server and server.vcpus) or vcpus, (server and server.ram_mib) or ram_mib)

    async def take_turn(self, caller: Caller, project: str) -> None:
        """Let one more request of a caller, for a project, pass now. Raises TryAgain when they were too many.

        The first that is stopped has its line in Events, those that follow at once do not: a loop that asks all the
        time must not fill the store.
        """
        now = self._context.clock.monotonic()
        limited = [one for one in self._holders(caller.name, project) if one.allowance.requests_per_minute]
        for holder in limited:
            most = holder.allowance.requests_per_minute or 0
            left = pace.wait(self._asked.get(holder.key, ()), now, most)
            if left:
                await self._stop(holder, most, left, caller)
        self._forget_the_calm(now)
        for holder in limited:
            most = holder.allowance.requests_per_minute or 0
            self._asked[holder.key] = deque((*self._asked.get(holder.key, ()), now), maxlen=most)
            self._told.discard(holder.key)

    async def _stop(self, holder: Holder, most: int, left: float, caller: Caller) -> None:
        message = f"{holder.words} has asked for {most} servers within a minute, which is the quota."
        if holder.key not in self._told:
            self._told.add(holder.key)
            told = self._context.ledger.event(
                "request.too_fast",
                f"{message[:-1]}; what follows at once is refused without a line",
                actor=caller.name,
                origin=caller.origin,
                owner=caller.name,
                reason="requests a minute",
                result="try_again: requests_per_minute",
            )
            await self._context.ledger.commit(told)
        raise TryAgain(message, f"Try again in {ceil(left)} s.")

    def _forget_the_calm(self, now: float) -> None:
        if len(self._asked) >= MANY:
            self._asked = {key: times for key, times in self._asked.items() if times[-1] > now - pace.WINDOW}
            self._told &= self._asked.keys()

    def _holders(self, owner: str, project: str) -> tuple[Holder, ...]:
        return () if self.boundless else holders(owner, project, self._rules)

    def _waiting(self, holder: Holder) -> Usage:
        sizes = (self._wanted(request) for request in self._context.state.holdings.waiting(holder.key))
        return sum(sizes, NOTHING)

    def _wanted(self, request: Request) -> Usage:
        pool = self._context.state.get(Pool, request.pool)
        return self.size_of(pool) if pool else Usage(1, request.vcpus, request.ram_mib)

    def _flavor(self, pool: Pool) -> tuple[int, int]:
        return self._context.catalog.sizes.get(pool.flavor, (0, 0))
