"""Any order of requests, faults, kills and hours: the invariants hold, and in the end everything is in order again."""

import asyncio
import contextlib
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.engine.world import World, pool
from vmms_tui.engine.cloud.errors import Busy, CloudFault, NotFound, QuotaExceeded
from vmms_tui.engine.cloud.facts import NewServer
from vmms_tui.model.commands import AnyCommand, RebuildServer, Release, Renew, StartServer, StopServer
from vmms_tui.model.errors import VmmsError
from vmms_tui.model.records import Lease, LeaseState, Pool, Server, ServerState

OWNERS = st.sampled_from(["alice", "bob", "[red]名前\x1b[31m"])
CALLS = st.sampled_from(["create_server", "create_port", "create_floating_ip", "delete_server", "list_servers", "*"])
ERRORS = [
    CloudFault("The cloud failed."),
    Busy("Too many requests.", retry_after=3.0),
    QuotaExceeded("Quota exceeded for instances."),
]


class Engines(RuleBasedStateMachine):
    """One world; engines come and go."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.acknowledged: dict[str, str] = {}
        self.foreign = ""
        self.totals: dict[str, int] = {}

    @initialize(seed=st.integers(1, 50))
    def begin(self, seed: int) -> None:
        self.world = World(Path(self.folder.name), pool(available=2, limit=5), seed=seed)
        self.runner.run(self._begin())

    async def _begin(self) -> None:
        self.world.after_tick = self.pools_do_not_grow_above_their_limit
        await self.world.start()
        other = await self.world.cloud.create_server(
            NewServer(name="vm-00001", flavor="m1.small", image="debian-13", port_ids=())
        )
        self.foreign = other.id
        await self.world.pass_time(20)

    @rule(seconds=st.integers(1, 30))
    def time_passes(self, seconds: int) -> None:
        self.runner.run(self.world.pass_time(seconds))

    @rule(hours=st.integers(1, 12))
    def hours_pass(self, hours: int) -> None:
        async def pass_hours() -> None:
            for _ in range(hours):
                self.world.clock.advance(2 * 3600)
                await self.world.pass_time(2)

        self.runner.run(pass_hours())

    @rule(owner=OWNERS, hours=st.integers(1, 100), importance=st.integers(0, 10))
    def request(self, owner: str, hours: int, importance: int) -> None:
        reply = self.runner.run(self.world.ask(owner, term=timedelta(hours=hours), importance=importance))
        if reply.code == "ok":
            self.acknowledged[reply.lease_id] = owner

    def _a_lease(self, number: int) -> Lease | None:
        live = [lease for lease in self.world.state.all(Lease) if lease.state == LeaseState.ACTIVE]
        return live[number % len(live)] if live else None

    @rule(number=st.integers(0, 9), what=st.sampled_from(["renew", "release", "stop", "start", "rebuild"]))
    def act(self, number: int, what: str) -> None:
        lease = self._a_lease(number)
        if lease is None:
            return
        command: AnyCommand = {
            "renew": Renew(lease_id=lease.id, term=timedelta(hours=5)),
            "release": Release(lease_id=lease.id),
            "stop": StopServer(lease_id=lease.id),
            "start": StartServer(lease_id=lease.id),
            "rebuild": RebuildServer(lease_id=lease.id),
        }[what]  # type: ignore[assignment]
        self.runner.run(self.world.send(command, lease.owner))

    @rule(call=CALLS, error=st.sampled_from(ERRORS), times=st.integers(1, 4), done=st.booleans())
    def the_cloud_fails(self, call: str, error: CloudFault, times: int, done: bool) -> None:
        self.world.account.world.faults.fail(
            call, error, times=times, done=done and not isinstance(error, QuotaExceeded)
        )

    @rule(call=CALLS, done=st.booleans())
    def an_answer_is_lost(self, call: str, done: bool) -> None:
        self.world.account.world.faults.lose_answer(call, done=done)

    @rule(number=st.integers(0, 9))
    def somebody_deletes_a_server(self, number: int) -> None:
        there = [server for server in self.world.state.servers_of("dev") if server.cloud_id]
        if there:
            self.runner.run(self._delete(there[number % len(there)].cloud_id))

    async def _delete(self, cloud_id: str) -> None:
        self.world.account.world.faults.clear()
        try:
            await self.world.cloud.delete_server(cloud_id)
        except NotFound:
            return

    @rule(available=st.integers(0, 3), limit=st.integers(3, 6))
    def settings_change(self, available: int, limit: int) -> None:
        self.world.pools = [pool(available=available, limit=limit)]
        self.runner.run(self.world.engine.take_settings(self.world.pools, self.world.policy))

    @rule(touches=st.integers(0, 25), seconds=st.integers(1, 15))
    def kill(self, touches: int, seconds: int) -> None:
        async def killed() -> None:
            self.world.death.after(touches)
            with contextlib.suppress(VmmsError):
                await self.world.pass_time(seconds)
            await self.world.restart()

        self.runner.run(killed())

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def no_lease_is_lost(self) -> None:
        for lease_id, owner in self.acknowledged.items():
            lease = self.world.state.get(Lease, lease_id)
            assert lease is None or lease.owner == owner
            if lease is None:
                continue
            if lease.state == LeaseState.ENDED and not lease.end_reason.startswith("released"):
                assert lease.ended_at is not None
                assert lease.ended_at >= lease.end
                if lease.importance >= 7:
                    assert lease.stopped_at is not None
                    assert lease.told_at is not None
                    assert lease.ended_at >= max(lease.stopped_at, lease.told_at) + timedelta(days=3)

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def a_server_has_one_lease(self) -> None:
        holders: dict[str, str] = {}
        for lease in self.world.state.all(Lease):
            if lease.state != LeaseState.ENDED:
                assert holders.setdefault(lease.server_id, lease.id) == lease.id

    def pools_do_not_grow_above_their_limit(self) -> None:
        """After each turn: limits rise and fall within one step of this machine."""
        state = self.world.state
        for one in state.all(Pool):
            total = len(state.servers_of(one.id))
            assert total <= max(one.limit_now, self.totals.get(one.id, 0))
            self.totals[one.id] = total

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.runner.run(self._end())
        self.runner.close()
        self.folder.cleanup()

    async def _end(self) -> None:
        """With the cloud well again and some hours, nothing is stuck, doubled or left behind."""
        world = self.world
        world.account.world.faults.clear()
        await world.pass_time(60, step=2)
        for _ in range(8):
            world.clock.advance(86400)
            await world.pass_time(90, step=5)
        await world.pass_time(400, step=5)
        assert not world.state.live_operations()
        there = await world.in_cloud()
        assert all(len(seen) == 1 for seen in there.values())
        alive = {server.id for server in world.state.all(Server) if server.state != ServerState.GONE}
        assert set(there) == alive
        assert not await world.leftovers()
        (one,) = world.state.all(Pool)
        ready = [server for server in world.state.servers_of(one.id) if server.state == ServerState.READY]
        assert len(ready) >= min(one.available, one.limit - (len(alive) - len(ready)))
        assert (await world.cloud.get_server(self.foreign)).status == "ACTIVE"
        await world.stop()


TestEngines = Engines.TestCase
TestEngines.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
