"""Any order of requests, faults, kills, hours and jumps: the invariants hold, and in the end all is in order again.

docs/architecture.md lists the invariants. `make test` plays the same games each time, `make soak` new ones for long.
"""

import asyncio
import contextlib
import itertools
import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from tests.engine.drains import DrainsHosts
from tests.engine.faults import CALLS, ERRORS
from tests.engine.hosts_fail import RULES
from tests.engine.left_behind import LeftBehind
from tests.engine.same_games import the_same_games as the_same_games
from tests.engine.small_disk import full_disk
from tests.engine.standstill import quotas
from tests.engine.strangers import Strangers
from tests.engine.world import World, pool
from vmms_tui.engine.cloud.errors import AccessDenied, CloudFault, QuotaExceeded
from vmms_tui.engine.guests.password import password_hash
from vmms_tui.engine.operations import first_boot
from vmms_tui.engine.policy.telling import ABOUT_THE_END
from vmms_tui.engine.store import exported
from vmms_tui.model.commands import (
    AnyCommand,
    RebootServer,
    RebuildServer,
    Release,
    Renew,
    StartServer,
    StopServer,
)
from vmms_tui.model.errors import VmmsError
from vmms_tui.model.leaks import Kind
from vmms_tui.model.records import (
    Lease,
    LeaseState,
    Operation,
    OperationState,
    Pool,
    Request,
    RequestState,
    Server,
    ServerState,
)
from vmms_tui.model.spec import GuardRules, Policy
from vmms_tui.model.witness import HostRules

BATCHES, EACH, THREADED = 16, 125, 15
"""Games of `make test`: 2,000, in parts that run beside each other; in the last one engines have threads."""
HASH = password_hash("of everybody")
OWNERS = st.sampled_from(["alice", "bob", "[red]名前\x1b[31m"])


class Engines(DrainsHosts):
    """One world; engines come and go."""

    strangers: Strangers
    left: LeftBehind
    beside = False
    """Whether engines write in threads of their own, as for users. Without, a game goes the same way each time."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self.chance = 0
        self.acknowledged: dict[str, str] = {}
        self.addresses = {}
        self.totals: dict[str, int] = {}

    @initialize(
        chance=st.integers(1, 50),
        least=st.sampled_from([3, 10]),
        jumps=st.sampled_from([True, False, False]),
        hosts=RULES,
        closed=st.integers(0, 3),
    )
    def begin(self, chance: int, least: int, jumps: bool, hosts: HostRules, closed: int) -> None:
        self.chance, self.jumps = chance, jumps
        policy = Policy(guard=GuardRules(least=least), quota=quotas(4), hosts=hosts)
        folder, size = Path(self.folder.name), pool(available=2, limit=5)
        self.stand_in(World(folder, size, seed=chance, policy=policy, beside=self.beside))
        self.close_some(closed)
        self.world.largest_audit = 200_000
        self.runner.run(self._begin())

    async def _begin(self) -> None:
        self.world.after_tick = self.pools_do_not_grow_above_their_limit
        await self.world.start()
        self.left = LeftBehind(self.world)
        self.strangers = await Strangers.settle(self.world.cloud)
        await self.world.pass_time(20, step=2)

    # What happens

    @rule(seconds=st.integers(1, 30))
    def time_passes(self, seconds: int) -> None:
        self.runner.run(self.world.pass_time(seconds))

    @rule(minutes=st.integers(1, 4), look=st.booleans())
    def minutes_pass(self, minutes: int, look: bool) -> None:
        async def pass_minutes() -> None:
            for _ in range(minutes):
                if look:
                    await self.world.engine.leaks.report(fresh=True)
                self.world.clock.advance(50)
                await self.world.pass_time(10, step=5)

        self.runner.run(pass_minutes())

    @rule(hours=st.integers(1, 12))
    def hours_pass(self, hours: int) -> None:
        async def pass_hours() -> None:
            for _ in range(hours):
                self.world.clock.advance(2 * 3600)
                await self.world.pass_time(2)

        self.runner.run(pass_hours())

    @rule(
        owner=OWNERS,
        hours=st.integers(1, 100),
        importance=st.integers(0, 10),
        many=st.integers(1, 3),
        project=st.sampled_from(["", "web"]),
    )
    def request(self, owner: str, hours: int, importance: int, many: int, project: str) -> None:
        async def ask() -> None:
            term = timedelta(hours=hours)
            asked = (self.world.ask(owner, term=term, importance=importance, project=project) for _ in range(many))
            for reply in await asyncio.gather(*asked):
                if reply.code == "ok":
                    self.acknowledged[reply.lease_id] = owner

        self.runner.run(ask())

    @rule(
        number=st.integers(0, 9),
        what=st.sampled_from(["renew", "release", "stop", "start", "reboot", "rebuild"]),
        who=st.sampled_from(["owner", "operator", "mallory"]),
    )
    def act(self, number: int, what: str, who: str) -> None:
        live = [lease for lease in self.world.state.all(Lease) if lease.state == LeaseState.ACTIVE]
        if not live:
            return
        lease = live[number % len(live)]
        commands: dict[str, AnyCommand] = {
            "renew": Renew(lease_id=lease.id, term=timedelta(hours=5)),
            "release": Release(lease_id=lease.id),
            "stop": StopServer(lease_id=lease.id),
            "start": StartServer(lease_id=lease.id),
            "reboot": RebootServer(lease_id=lease.id),
            "rebuild": RebuildServer(lease_id=lease.id),
        }
        reply = self.runner.run(self.world.send(commands[what], lease.owner if who == "owner" else who))
        if who == "mallory":
            assert reply.rule == "not_owner"
            refusals = self.world.events("command.refused")
            assert refusals[-1].actor == "mallory"
        elif what == "renew" and reply.ok and reply.end:
            self.ends[lease.id] = reply.end

    @rule(call=CALLS, error=st.sampled_from(ERRORS), times=st.integers(1, 4), done=st.booleans())
    def the_cloud_fails(self, call: str, error: CloudFault, times: int, done: bool) -> None:
        refusal = isinstance(error, QuotaExceeded | AccessDenied)
        self.world.account.world.faults.fail(call, error, times=times, done=done and not refusal)

    @rule(call=CALLS, done=st.booleans())
    def an_answer_is_lost(self, call: str, done: bool) -> None:
        self.world.account.world.faults.lose_answer(call, done=done)

    @precondition(lambda self: not self.jumps)
    @rule(kind=st.sampled_from([*Kind, None]), number=st.integers(0, 9))
    def something_is_left_behind(self, kind: Kind | None, number: int) -> None:
        self.runner.run(self.left.leave(kind, number))

    @precondition(lambda self: not self.jumps)
    @rule(number=st.integers(0, 9), what=st.sampled_from(["double", "lent"]))
    def somebody_meddles(self, number: int, what: str) -> None:
        self.runner.run(self.left.double(number) if what == "double" else self.left.lend_to_a_stranger(number))

    @rule(touches=st.integers(0, 25), seconds=st.integers(1, 15), torn=st.booleans())
    def kill(self, touches: int, seconds: int, torn: bool) -> None:
        async def killed() -> None:
            self.world.death.after(touches)
            with contextlib.suppress(VmmsError):
                await self.world.pass_time(seconds)
            await self.world.kill()
            if torn:
                self.world.tear()
            await self.world.start()
            self.pools_do_not_grow_above_their_limit()  # the turn that was cut off may have built some
            await self.world.engine.archive.write(self.world.policy.audit.keep)
            self.world.check_archive()

        self.runner.run(killed())

    @rule(lines=st.integers(0, 6), seconds=st.integers(1, 10))
    def the_disk_is_full(self, lines: int, seconds: int) -> None:
        """After some more lines, for some seconds: what is not done is refused with a sentence, and it heals."""

        async def full() -> None:
            world = self.world
            with full_disk(lines):
                await world.pass_time(seconds)
                reply = await world.ask("alice", term=timedelta(hours=5))
                stuck = world.engine.status().problem
            if reply.code == "ok":
                self.acknowledged[reply.lease_id] = "alice"
            assert reply.code in {"ok", "queued", "refused"} or "is full" in reply.text
            assert not stuck or "is full" in stuck
            await world.pass_time(2)
            assert not world.engine.status().problem

        self.runner.run(full())

    # What must be so, after each step

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def no_lease_is_lost_and_none_ends_early(self) -> None:
        for lease_id, owner in self.acknowledged.items():
            lease = self.world.state.get(Lease, lease_id)
            assert lease is None or lease.owner == owner
            if lease is not None:
                self._check_end(lease)

    def _check_end(self, lease: Lease) -> None:
        renewed = self.ends.get(lease.id)
        assert renewed is None or lease.end == renewed, "an acknowledged renewal is lost"
        if lease.state != LeaseState.ENDED or lease.end_reason.startswith("released"):
            return
        assert lease.ended_at is not None
        ended_at = lease.ended_at + self.set_back
        assert ended_at >= lease.end
        if lease.importance >= 7:
            assert lease.stopped_at is not None
            assert lease.told_at is not None
            assert ended_at >= max(lease.stopped_at, lease.told_at) + timedelta(days=3)

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def nobody_loses_a_server_without_a_delivered_notice(self) -> None:
        """Unless they gave it back. The proof is the notice's own record, not only what the lease says of it."""
        state = self.world.state
        for lease in state.all(Lease):
            over = lease.state in {LeaseState.ENDING, LeaseState.ENDED}
            if not over or lease.end_reason.startswith("released"):
                continue
            told = [
                notice.delivered_at
                for notice in state.notices_of(lease.id)
                if notice.about_end == lease.end and notice.kind in ABOUT_THE_END and notice.delivered_at
            ]
            assert told, f"{lease.id} was taken back without a word"
            since = (lease.ended_at or self.world.clock.now()) + self.set_back
            assert min(told) + timedelta(minutes=10) <= since

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def a_server_has_one_lease(self) -> None:
        holders: dict[str, str] = {}
        for lease in self.world.state.all(Lease):
            if lease.state != LeaseState.ENDED:
                assert holders.setdefault(lease.server_id, lease.id) == lease.id

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def a_lent_server_keeps_its_floating_ip(self) -> None:
        for lease in self.world.state.live_leases():
            server = self.world.state.need(Server, lease.server_id)
            known = self.addresses.setdefault(lease.id, (server.floating_ip, server.floating_ip_id))
            if lease.state == LeaseState.ACTIVE and not server.missing_since:
                assert (server.floating_ip, server.floating_ip_id) == known

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def only_what_is_left_over_is_removed(self) -> None:
        if not self.jumps:  # times are compared
            self.left.check()

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def whoever_waits_or_has_ended_is_told_why(self) -> None:
        for operation in self.world.state.all(Operation):
            if operation.state == OperationState.WAITING:
                assert operation.waiting_for
            if operation.state in {OperationState.DONE, OperationState.FAILED}:
                assert operation.outcome
        for request in self.world.state.all(Request):
            if request.state == RequestState.REFUSED:
                assert request.reason

    def pools_do_not_grow_above_their_limit(self) -> None:
        """After each turn: limits rise and fall within one step of this machine."""
        state = self.world.state
        for one in state.all(Pool):
            total = len(state.servers_of(one.id))
            assert total <= max(one.limit_now, self.totals.get(one.id, 0))
            self.totals[one.id] = total

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                self.runner.run(self._end())
        finally:
            if hasattr(self, "world") and hasattr(self.world, "engine"):
                self.runner.run(self.world.let_go())
            self.runner.close()
            self.folder.cleanup()

    async def _end(self) -> None:
        """With the cloud well again and some days, nothing is stuck, doubled or left behind."""
        world = self.world
        world.account.world.faults.clear()
        await self.all_hosts_are_back()
        self.tasks_come_to_their_end()
        world.post.problem, world.post.unreachable = "", set()
        await self.let_all_go_on()
        await world.pass_time_at_rest(60, step=2)
        await self.everything_comes_to_rest()
        await self.queues_come_to_their_end()
        await self.hosts_are_opened()
        world.clock.advance(self.too_far_ahead().total_seconds())
        for _ in range(10):
            world.clock.advance(86400)
            await world.pass_time_at_rest(60)
            if world.engine.context.frozen:
                await self.thaw()
                await world.pass_time(30, step=5)  # who has got time back is warned
        await world.pass_time_at_rest(400)
        await self.left.wait_for_the_end()
        await self.queues_come_to_their_end()
        await self._all_is_in_order()
        await world.stop()
        world.check_archive()

    async def _all_is_in_order(self) -> None:
        world = self.world
        assert not world.state.live_operations()
        self.nothing_is_left_ill()
        self.evacuated.check()
        assert not [notice for notice in world.state.open_notices() if notice.owner]
        there = await world.in_cloud()
        assert all(len(seen) == 1 for seen in there.values())
        alive = {server.id for server in world.state.all(Server) if server.state != ServerState.GONE}
        assert set(there) == alive
        await self.left.check_the_end()
        assert not await world.leftovers(), (await world.engine.leaks.report(fresh=True)).lines
        await self.ask_the_doctor()
        (one,) = world.state.all(Pool)
        ready = [server for server in world.state.servers_of(one.id) if server.state == ServerState.READY]
        assert len(ready) >= min(one.available, one.limit - (len(alive) - len(ready)))
        await self.strangers.check()
        if self.chance % 8 == 0:
            text = exported.encode(world.state.kept(), installation="test", version="0", at=world.clock.now())
            assert exported.decode(text.encode(), "text")[1] == world.state.kept()


GAME = settings(
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture(autouse=True)
def one_password_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all first passwords: in games nobody logs in with one, and each hash costs as much as some turns."""
    monkeypatch.setattr(first_boot, "password_hash", lambda _password: HASH)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_engines(batch: int) -> None:
    games = seed(batch)(type(f"Engines{batch}", (Engines,), {"beside": batch == THREADED}))
    run_state_machine_as_test(games, settings=settings(GAME, max_examples=EACH, database=None))


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_engines_for_long() -> None:
    """New games until the minutes of VMMS_SOAK_MINUTES are over; a game that fails is told with all its steps."""
    end = time.monotonic() + 60 * float(os.environ.get("VMMS_SOAK_MINUTES", "10"))
    games = itertools.cycle([Engines, type("Threaded", (Engines,), {"beside": True})])
    while time.monotonic() < end:
        run_state_machine_as_test(next(games), settings=settings(GAME, max_examples=200, stateful_step_count=60))
