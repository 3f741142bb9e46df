"""Games in which the clock jumps: watches the world from outside while destructive work stands still.

And who holds how much, however the quotas change.
"""

import asyncio
import contextlib
from collections import Counter
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.engine.world import World, pool
from vmms_tui.engine.cloud.errors import NotFound
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, TAG_SERVER
from vmms_tui.engine.policy.doctor import Facts, Outcome, diagnose
from vmms_tui.model.commands import Thaw
from vmms_tui.model.records import Lease, LeaseState, Operation, Pool, Server, changed
from vmms_tui.model.spec import Allowance, QuotaRules

JUMPS = [timedelta(seconds=90), timedelta(hours=2), timedelta(hours=26), timedelta(days=4)]
HELD = {LeaseState.ACTIVE, LeaseState.OVERDUE}


class Standstill:
    """From a jump of the clock, or a freeze, to the thaw only servers go whose owners gave them back."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._there: dict[str, str] | None = None
        self.taken_by_others: set[str] = set()
        """The cloud's ids of servers that somebody else deleted."""

    def begin(self) -> None:
        """From now on nothing may go."""
        if self._there is None:
            self._there = self._in_cloud()

    def end(self) -> None:
        """It goes on."""
        self._there = None

    def check(self) -> None:
        """Nothing went that was there at the last look, while it stands still."""
        if self._world.engine.context.guard.since is not None:
            self.begin()
        if self._there is None:
            return
        there = self._in_cloud()
        released = {
            lease.server_id for lease in self._world.state.all(Lease) if lease.end_reason.startswith("released")
        }
        for cloud_id in self._there.keys() - there.keys() - self.taken_by_others:
            assert self._there[cloud_id] in released, "a server went while everything stood still"
        self._there = there

    def _in_cloud(self) -> dict[str, str]:
        """Our servers that nobody asked the cloud to delete, by its id."""
        return {
            server.id: server.metadata[TAG_SERVER]
            for server in self._world.account.world.contents.servers.values()
            if server.metadata.get(TAG_INSTALLATION) == "test"
            and server.status != "DELETED"
            and server.task_state != "deleting"
        }


class Hoard:
    """Nobody holds more than their quota, or than what they held when it was lowered."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._before: Counter[str] = Counter()

    def check(self) -> None:
        """Counted from the leases, not from what the engine counts."""
        rules = self._world.policy.quota
        held: Counter[str] = Counter()
        for lease in self._world.state.all(Lease):
            if lease.state in HELD:
                held[lease.owner] += 1
                held[f"project {lease.project}"] += bool(lease.project)
        for who, number in held.items():
            most = (rules.project if who.startswith("project ") else rules.person).servers
            assert most is None or number <= max(most, self._before[who]), f"{who} holds {number} of {most}"
        self._before = held


def quotas(most: int) -> QuotaRules:
    """So many servers for each, and one more for each project."""
    return QuotaRules(person=Allowance(servers=most), project=Allowance(servers=most + 1))


class Jumps(RuleBasedStateMachine):
    """The rules and invariants of clocks, quotas and others who delete; `jumps`: the clock does, in this game."""

    world: World
    standstill: Standstill
    hoard: Hoard
    jumps: bool

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.ends: dict[str, datetime] = {}
        """The ends of leases that were acknowledged at a renewal."""
        self.set_back = timedelta(0)
        """How far the clock was set back, all jumps together."""

    def stand_in(self, world: World) -> None:
        """Let the game be played in this world."""
        self.world = world
        self.standstill, self.hoard = Standstill(world), Hoard(world)

    @precondition(lambda self: self.jumps)
    @rule(jump=st.sampled_from(JUMPS), back=st.booleans(), seconds=st.integers(1, 10), thaw=st.booleans())
    def the_clock_jumps(self, jump: timedelta, back: bool, seconds: int, thaw: bool) -> None:
        self.standstill.begin()
        self.world.clock.jump((-jump if back else jump).total_seconds())
        self.set_back += jump if back else timedelta(0)
        self.runner.run(self.world.pass_time(seconds))
        self.standstill.check()
        if thaw:
            self.runner.run(self.thaw())

    @precondition(lambda self: hasattr(self, "world") and self.world.engine.context.frozen)
    @rule()
    def somebody_thaws_it(self) -> None:
        self.runner.run(self.thaw())

    @rule(number=st.integers(0, 9))
    def somebody_deletes_a_server(self, number: int) -> None:
        there = [server for server in self.world.state.servers_of("dev") if server.cloud_id]
        if there:
            cloud_id = there[number % len(there)].cloud_id
            self.standstill.taken_by_others.add(cloud_id)
            self.runner.run(self._delete(cloud_id))

    async def _delete(self, cloud_id: str) -> None:
        self.world.account.world.faults.clear()
        with contextlib.suppress(NotFound):
            await self.world.cloud.delete_server(cloud_id)

    @rule(available=st.integers(0, 3), limit=st.integers(3, 6), most=st.integers(1, 4))
    def settings_change(self, available: int, limit: int, most: int) -> None:
        self.world.pools = [pool(available=available, limit=limit)]
        self.world.policy = changed(self.world.policy, quota=quotas(most))
        self.runner.run(self.world.engine.take_settings(self.world.pools, self.world.policy))

    async def thaw(self) -> None:
        """Let it go on."""
        self.standstill.end()
        reply = await self.world.send(Thaw(), "operator")
        assert reply.ok, reply.text
        for lease_id, end in self.ends.items():
            lease = self.world.state.get(Lease, lease_id)
            if lease is not None:
                assert lease.end >= end, "a thaw takes no time away"
                self.ends[lease_id] = lease.end

    async def ask_the_doctor(self) -> None:
        """`vmms doctor` finds nothing wrong either. What ended is not judged where the clock was set back since."""
        state, engine = self.world.state, self.world.engine
        facts = Facts(
            now=self.world.clock.now(),
            pools=state.all(Pool),
            servers={server.id: server for server in state.all(Server)},
            leases=[one for one in state.all(Lease) if not (self.set_back and one.ended_at)],
            operations=state.all(Operation),
            policy=self.world.policy,
            status=engine.status(),
            cloud=await engine.leaks.report(fresh=True, everything=True),
        )
        found = diagnose(facts)
        assert not [finding for finding in found if finding.outcome in {Outcome.WRONG, Outcome.UNKNOWN}]

    def too_far_ahead(self) -> timedelta:
        """How much later leases end than any could if the clock had never been set back."""
        ends = [lease.end - timedelta(days=5) for lease in self.world.state.live_leases()]
        now = self.world.clock.now()
        return max([now, *ends]) - now

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def nothing_goes_while_it_stands_still_and_nobody_holds_too_much(self) -> None:
        self.standstill.check()
        self.hoard.check()
