"""The engine: puts state, ports, keepers and loops together, and is the door for commands and viewers."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence

import vmms_tui
from vmms_tui.engine.access import Access
from vmms_tui.engine.audit.archive import Archive
from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.port import CloudAccount
from vmms_tui.engine.context import Context, Ledger
from vmms_tui.engine.desk.desk import Desk
from vmms_tui.engine.desk.healing import Healing
from vmms_tui.engine.desk.looking import Looking
from vmms_tui.engine.desk.looks import Looks
from vmms_tui.engine.desk.of_hosts import PARTS as OF_HOSTS
from vmms_tui.engine.desk.rehearsing import Rehearsing
from vmms_tui.engine.guests.port import Guests
from vmms_tui.engine.inspecting import inspection
from vmms_tui.engine.keepers.adopt import adopt
from vmms_tui.engine.keepers.audit import AuditKeeper
from vmms_tui.engine.keepers.catalog import CatalogKeeper
from vmms_tui.engine.keepers.draining import MoveKeeper
from vmms_tui.engine.keepers.guard import GuardKeeper
from vmms_tui.engine.keepers.health import HealthKeeper
from vmms_tui.engine.keepers.hosts import HostKeeper
from vmms_tui.engine.keepers.housekeeping import Housekeeper
from vmms_tui.engine.keepers.leaks import LeakKeeper
from vmms_tui.engine.keepers.leases import LeaseKeeper
from vmms_tui.engine.keepers.needs import NeedKeeper
from vmms_tui.engine.keepers.notices import NoticeKeeper
from vmms_tui.engine.keepers.observe import Observer
from vmms_tui.engine.keepers.pools import PoolKeeper
from vmms_tui.engine.keepers.queue import QueueKeeper
from vmms_tui.engine.keepers.rescue import Rescue
from vmms_tui.engine.keepers.settings import SettingsKeeper
from vmms_tui.engine.keepers.store import StoreKeeper
from vmms_tui.engine.keepers.surroundings import Surroundings
from vmms_tui.engine.keepers.trends import TrendKeeper
from vmms_tui.engine.loops import Loops
from vmms_tui.engine.notices.port import OPERATORS, Post
from vmms_tui.engine.notices.real import ApprisePost
from vmms_tui.engine.operations.plans import all_plans
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.rights import check_sees_all, seen_event
from vmms_tui.engine.quotas import Quotas
from vmms_tui.engine.refresh import Refresher
from vmms_tui.engine.reserve import Reserves
from vmms_tui.engine.secrets import Vault
from vmms_tui.engine.state import State
from vmms_tui.engine.store.port import Store
from vmms_tui.engine.successor import Successor
from vmms_tui.engine.turns import share_the_interpreter
from vmms_tui.engine.viewers import Source, Viewers, snapshot
from vmms_tui.engine.witnesses.port import Witnesses
from vmms_tui.model.audit import EventPage, EventQuery
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.errors import Refused, TryAgain
from vmms_tui.model.inspection import Inspection
from vmms_tui.model.leaks import Leaks
from vmms_tui.model.people import Caller, Peer
from vmms_tui.model.records import Event, Lease, Level
from vmms_tui.model.spec import Policy, PoolSpec
from vmms_tui.model.status import EngineStatus, Snapshot, Update, Work
from vmms_tui.model.tables import Change

log = logging.getLogger(__name__)

DRAIN = 10.0
"""Seconds that steps under way get to end when the engine stops; what does not is taken up at the next start."""
HEAD_START = 0.3
"""Seconds from the start to the first look at anything: who waits for what the store holds is shown that first."""
NOBODY = "Nobody can be told of the ends of leases but on screens and in shells: [notices] names no channel."


class Engine:
    """One engine, in the thread and event loop that call `start`. It is the Door of `client.door`."""

    def __init__(
        self,
        *,
        clock: Clock,
        store: Store,
        account: CloudAccount,
        guests: Guests,
        vault: Vault,
        installation: str,
        pools: Sequence[PoolSpec],
        policy: Policy,
        archive: Archive,
        post: Post | None = None,
        witnesses: Witnesses | None = None,
        access: Access | None = None,
        paths: dict[str, str] | None = None,
        read_settings: Callable[[], Awaitable[Reply | None]] | None = None,
        heartbeat: float | None = None,
    ) -> None:
        """`heartbeat`: real seconds after which viewers hear of the engine although nothing changed."""
        self._store = store
        self.archive = archive
        loaded = store.load()
        ledger = Ledger(State(loaded.records, loaded.sequence), store, clock)
        self._remarks = loaded.remarks
        self._paths = paths or {}
        self.successor: Successor | None = None
        self.context = Context(
            clock=clock,
            ledger=ledger,
            account=account,
            guests=guests,
            vault=vault,
            post=post or ApprisePost(),
            installation=installation,
            witnesses=witnesses,
        )
        self.share: Callable[[bool], None] = lambda _shared: None
        """Opens the door's socket to every user, or closes it."""
        self._access = access or Access()
        self.settings = SettingsKeeper(self.context, read_settings)
        self._take(pools, policy)
        self._assemble()
        self._source = Source(self.context.state.records, self._sequence, self.status, self._lease)
        self._viewers = Viewers(self._source, heartbeat)
        ledger.on_durable = self._durable
        ledger.on_undone = self._viewers.begin_anew
        self.context.archive_lacks = archive.lacks
        self._started = clock.now()
        self._adopted = False

    def _assemble(self) -> None:
        context = self.context
        self.runner = Runner(context, all_plans())
        self.catalog = CatalogKeeper(context)
        self.observer = Observer(context, self.runner)
        self.reserves = Reserves(context)
        self.pools = PoolKeeper(context, self.runner, self.reserves)
        quotas = Quotas(context)
        self.queue = QueueKeeper(context, self.runner, quotas, self.reserves)
        self.guard = GuardKeeper(context, self.runner)
        self.guard.after_jump = self._look_anew
        context.look_at_the_clock = self.guard.tick
        self.leases = LeaseKeeper(context, self.runner, self.guard)
        self.notices = NoticeKeeper(context)
        self.health = HealthKeeper(context, self.runner, self.observer.away)
        self.moves = MoveKeeper(context, self.runner)
        self.housekeeper = Housekeeper(context, self.runner)
        self.storekeeper = StoreKeeper(context, self._store)
        self.leaks = LeakKeeper(context)
        self.surroundings = Surroundings(context, self.observer.away)
        self.rescue = Rescue(context, self.runner, self.surroundings)
        self.hosts = HostKeeper(context, self.surroundings, self.rescue, self.observer.away)
        self.audit = AuditKeeper(context, self.archive)
        self.trends = TrendKeeper(context)
        self.needs = NeedKeeper(context, self.status)
        self.desk = Desk(
            context,
            self.runner,
            self.queue,
            self.guard,
            quotas,
            self.observer,
            self.needs,
            self.settings.reload,
            lambda: self.successor,
        )
        self._add_loops()
        self._add_looks()

    def _add_loops(self) -> None:
        context = self.context
        loops = self.loops = Loops(context.clock)
        loops.add("guard", 1.0, self.guard.tick)
        loops.add("cloud", 1.0, self._look)
        loops.add("operations", 1.0, self.runner.tick)
        loops.add("moves", 2.0, self.moves.tick)
        loops.add("leases", 5.0, self.leases.tick)
        loops.add("notices", 2.0, self.notices.tick)
        loops.add("queue", 2.0, self.queue.tick)
        loops.add("pools", 2.0, self._keep_pools)
        loops.add("health", 10.0, self.health.tick)
        loops.add("housekeeping", 60.0, self.housekeeper.tick)
        loops.add("leaks", 5.0, self.leaks.tick)
        loops.add("surroundings", 2.0, self.surroundings.tick)
        loops.add("agents", 2.0, self.surroundings.tick_agents)
        loops.add("hosts", 2.0, self.hosts.tick)
        loops.add("store", 5.0, self.storekeeper.tick)
        loops.add("audit", 1.0, self.audit.tick)
        loops.add("settings", 5.0, self.settings.tick)
        loops.add("trends", 10.0, self.trends.tick)
        loops.add("needs", 30.0, self.needs.tick)
        context.wake = lambda: loops.kick("operations", "queue", "pools", "moves")

    def _add_looks(self) -> None:
        context, loops = self.context, self.loops
        refresher = Refresher(
            context.clock, context.account, self.observer, self.catalog, lambda: loops.run_now("cloud")
        )
        self.desk.add(Looks(context, self.runner, self.surroundings, refresher.refresh))
        for part in OF_HOSTS:
            self.desk.add(part(context, self.runner, self.rescue))
        self.desk.add(Healing(context, self.runner, self.health.mender))
        self.desk.add(Looking(context, self.runner, self._inspection))
        self.desk.add(Rehearsing(context, self.runner, self.reserves.stands))

    async def start(self) -> None:
        """Take up what was under way, and let the loops run. Raises TryAgain when the store cannot be written."""
        self.loop = asyncio.get_running_loop()
        await self.prepare()
        share_the_interpreter()
        self.loops.start(HEAD_START)

    async def prepare(self) -> None:
        """All of `start` but the loops: tests call `tick` instead."""
        ledger = self.context.ledger
        await self.audit.begin()
        await self.guard.begin()
        ledger.begin()
        await self.pools.adopt_settings()
        text = f"engine {vmms_tui.__version__} started with {len(self.context.state.kept())} records"
        said = [ledger.event("engine.started", text)]
        said += [ledger.event("store.mended", remark, level=Level.WARNING) for remark in self._remarks]
        await ledger.commit(*said)

    def _durable(self, sequence: int, changes: tuple[Change, ...]) -> None:
        self.archive.take(changes)
        self._viewers.tell(sequence, changes)

    async def tick(self) -> None:
        """One turn of every loop, and every step and letter that they began: for tests on simulated time."""
        await self.loops.tick_all()
        await self.hosts.fencer.settle()
        await self.runner.settle()
        await self.notices.settle()

    async def drain(self) -> None:
        """End the loops and let steps under way end; commands are still taken on. Twice is as once."""
        await self.loops.stop()
        await self.hosts.fencer.stop()
        await self.runner.stop(DRAIN)
        await self.notices.stop(DRAIN)

    def work(self) -> Work:
        """What there is to do."""
        state = self.context.state
        return Work(
            operations=len(state.live_operations()), requests=len(state.queued()), leases=len(state.live_leases())
        )

    def viewers(self) -> int:
        """How many follow what happens."""
        return self._viewers.count()

    async def stop(self) -> None:
        """Drain, write a checkpoint, and let go of everything."""
        await self.drain()
        await self._say_the_end()
        await self.storekeeper.last_checkpoint()
        await self._store.close()
        await self.archive.close()
        await self.context.post.close()
        await self.context.guests.close()
        await self.context.witnesses.close()
        await self.context.account.close()

    async def _say_the_end(self) -> None:
        ledger = self.context.ledger
        left = len(self.context.state.live_operations())
        text = f"engine {vmms_tui.__version__} stopped with {left} operations to do"
        with contextlib.suppress(TryAgain):
            await ledger.commit(ledger.event("engine.stopped", text))

    def give_up(self, why: str) -> None:
        """Change nothing more from now on, on disk or in the cloud: the installation is somebody else's."""
        self.context.ledger.give_up(why)
        self.runner.abandon()
        self.hosts.fencer.abandon()
        self.archive.give_up()
        self.notices.abandon()

    async def _look(self) -> None:
        """The catalog before the listing, the listing before what is decided on it."""
        await self.observer.tick()
        if not self.observer.status.ok:
            return
        await self.catalog.tick()
        if not self._adopted:
            number = await adopt(self.context, self.runner)
            self._adopted = True
            self.leaks.begin()
            if number:
                self.observer.again_completely()

    def _look_anew(self) -> None:
        """The wall clock has jumped: nobody knows any more when the cloud was last asked."""
        self.observer.again_completely()
        self.catalog.again()
        self.surroundings.again()

    async def _keep_pools(self) -> None:
        """Nothing is built before the cloud was seen once: what is there already must be known first."""
        if self._adopted:
            await self.pools.tick()

    def _take(self, pools: Sequence[PoolSpec], policy: Policy) -> None:
        self.context.specs = {spec.name: spec for spec in pools}
        self.settings.take(policy)
        self.context.post.take(policy.channels)
        self._access.take(policy.access)

    async def take_settings(self, pools: Sequence[PoolSpec], policy: Policy) -> None:
        """Let new settings be in force from now on."""
        old = self.context.policy
        self._take(pools, policy)
        self.settings.problems = ()
        if policy.access != old.access:
            self.share(policy.access.shared)
            self._viewers.send_away()
        await self.settings.say_what_changed(old, self.context.policy)
        await self.pools.adopt_settings()
        self.catalog.again()

    async def snapshot(self, peer: Peer, kinds: Collection[str] = (), *, mine: bool = False) -> Snapshot:
        """See Door."""
        return await snapshot(self._source, self._caller(peer), kinds, mine=mine)

    def _caller(self, peer: Peer) -> Caller:
        try:
            return self._access.caller(peer)
        except Refused as refused:
            self.audit.turned_away(peer, refused.message)
            raise

    def _sequence(self) -> int:
        return self.context.state.sequence

    def _lease(self, lease_id: str) -> Lease | None:
        return self.context.state.get(Lease, lease_id)

    async def submit(self, command: AnyCommand, peer: Peer) -> Reply:
        """See Door."""
        try:
            caller = self._caller(peer)
        except Refused as refused:
            return Reply(code="refused", rule=refused.rule, text=refused.message, remedy=refused.remedy)
        return await self.desk.submit(command, caller)

    async def look_for_leaks(self, peer: Peer, *, fresh: bool = False, everything: bool = False) -> Leaks:
        """See Door."""
        check_sees_all(self._caller(peer), "What is in the cloud")
        return await self.leaks.report(fresh=fresh, everything=everything)

    def subscribe(self, peer: Peer) -> AsyncIterator[Snapshot | Update]:
        """See Door."""
        return self._viewers.follow(self._caller(peer))

    def events(self, query: EventQuery, peer: Peer) -> AsyncIterator[EventPage]:
        """See Door."""
        caller, now = self._caller(peer), self.context.clock.now()
        recent = self.context.state.all(Event)
        return self.archive.read(query.at(now), recent, lambda event: seen_event(event, caller), now)

    def status(self) -> EngineStatus:
        """How the engine is now."""
        return EngineStatus(
            now=self.context.clock.now(),
            started=self._started,
            version=vmms_tui.__version__,
            installation=self.context.installation,
            cloud=self.observer.status,
            loops=self.loops.statuses(),
            problem=self.context.ledger.problem,
            frozen=self.context.guard if self.context.guard.since else None,
            settings_problems=self.settings.problems + self._access_problems() + self.context.policy.channels.remarks,
            context=self.context.policy.context,
            remarks=self._remarks_now(),
            paths=self._paths,
            importance_threshold=self.context.policy.importance_threshold,
            fences=bool(self.context.policy.hosts.fence),
            reserve=self.reserves.stands(),
            most_down=self.context.policy.hosts.share,
            most_rescued=self.context.policy.hosts.at_once,
        )

    def _inspection(self) -> Inspection:
        reads = self.observer.reads | self.catalog.reads | self.leaks.reads
        return inspection(
            self.context, started=self._started, viewers=self.viewers(), reads=reads, loops=self.loops.statuses()
        )

    def _remarks_now(self) -> tuple[str, ...]:
        reached = self.context.policy.channels.any or self.context.post.reaches(OPERATORS)
        return () if reached else (NOBODY,)

    def _access_problems(self) -> tuple[str, ...]:
        return tuple(
            f"access: there is no Unix group {group!r} on this machine; nobody gets a role by it."
            for group in self._access.unknown_groups
        )
