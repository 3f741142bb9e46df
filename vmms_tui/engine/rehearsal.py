"""The death of a compute host, rehearsed: in a simulated cloud that is made from what the engine knows now.

The desk and the operations are those of a real evacuation; cloud, clock, store and guests are simulated and in memory.
Only hosts, and what an evacuation looks at, are taken: everything else that is on a host is one block of what is used.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, TAG_POOL, TAG_SERVER
from vmms_tui.engine.cloud.simulated.account import DEFAULTS, SimulatedAccount
from vmms_tui.engine.cloud.simulated.addresses import Addresses
from vmms_tui.engine.cloud.simulated.hosts import Hosts as Rooms
from vmms_tui.engine.cloud.simulated.records import Contents, SimFloatingIP, SimHost, SimImage, SimNetwork, SimPort
from vmms_tui.engine.cloud.simulated.records import SimServer as Guest
from vmms_tui.engine.context import Context, Ledger
from vmms_tui.engine.desk.hosts import Hosts
from vmms_tui.engine.guests.simulated import SimulatedGuests
from vmms_tui.engine.keepers.rescue import Rescue
from vmms_tui.engine.keepers.surroundings import Surroundings
from vmms_tui.engine.notices.simulated import SimulatedPost
from vmms_tui.engine.operations.plans import all_plans
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.secrets import ForgetfulVault
from vmms_tui.engine.state import LIVE_OPERATION, State
from vmms_tui.engine.store.memory import MemoryStore
from vmms_tui.model.commands import EvacuateHost
from vmms_tui.model.evacuation import LIFE, outlook
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import (
    AnyRecord,
    Lease,
    Operation,
    OperationKind,
    OperationState,
    Pool,
    Server,
    ServerState,
)
from vmms_tui.model.rehearsal import Rehearsal, Rehearsed
from vmms_tui.model.reserve import Reserve
from vmms_tui.model.spec import Policy, PoolSpec
from vmms_tui.model.surroundings import Host, Kind
from vmms_tui.model.witness import HostRules

LONGEST = timedelta(hours=6)
"""Of the simulated clock; what has not ended by then is told as such."""
STEP = 1.0
"""Simulated seconds between two turns."""
MANY_VCPUS = 1_000_000
"""Of vCPUs a host gives out more than it has, and how many more nobody tells: they are no limit here."""
SEED = 1
_OPERATOR = Caller(name="rehearsal", roles=(Role.OPERATOR,))
_NETWORK, _IMAGE = "network", "image"
_KNOWN = frozenset({"ACTIVE", "SHUTOFF", "ERROR"})


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """What is taken of an engine."""

    host: Host
    hosts: tuple[Host, ...]
    servers: tuple[Server, ...]
    """Ours on the host that dies."""
    leases: tuple[Lease, ...]
    pools: tuple[Pool, ...]
    specs: tuple[PoolSpec, ...]
    policy: Policy
    installation: str
    clock: SimulatedClock
    measured: tuple[float, ...] = ()
    """Seconds that evacuations of the past took."""
    reserve: Reserve | None = None


def inventory(context: Context, host: Host, reserve: Reserve | None) -> Inventory:
    """What matters for the death of this host, as it is known now."""
    state = context.state
    here = tuple(one for one in state.all(Server) if one.host == host.name and one.state is not ServerState.GONE)
    leases = (state.live_lease_of(one.id) for one in here)
    pools = {one.pool for one in here}
    return Inventory(
        host=host,
        hosts=tuple(state.all(Host)),
        servers=here,
        leases=tuple(one for one in leases if one is not None),
        pools=tuple(one for one in state.pools() if one.id in pools),
        specs=tuple(spec for spec in context.specs.values() if spec.name in pools),
        policy=context.policy,
        installation=context.installation,
        clock=SimulatedClock(context.clock.now()),
        measured=tuple(measured(state.all(Operation), context.policy.hosts)),
        reserve=reserve,
    )


def measured(operations: Sequence[Operation], rules: HostRules) -> list[float]:
    """Seconds of the evacuations that went well and waited for no other but for the moments between them."""
    ranks = {one.id: int(one.args.get("rank", "0")) for one in operations if one.kind is OperationKind.EVACUATE}
    return [
        max(0.0, (one.updated - one.started - ranks[one.id] * rules.stagger).total_seconds())
        for one in operations
        if one.state is OperationState.DONE and ranks.get(one.id, rules.servers_at_once) < rules.servers_at_once
    ]


def rehearse(taken: Inventory) -> Rehearsal:
    """To the end, in an event loop of its own: for a thread beside the engine's. Raises Refused."""
    return asyncio.run(_Stage(taken).play())


class _Stage:
    """One rehearsal."""

    def __init__(self, taken: Inventory) -> None:
        self._taken = taken
        self._clock = taken.clock
        self._began = taken.clock.now()
        times = taken.measured
        self._pace = (min(times), max(times)) if times else DEFAULTS.evacuating
        settings = msgspec.structs.replace(
            DEFAULTS, admin=True, hosts=0, flavors=(), images=(), networks=(), others_volumes=(), evacuating=self._pace
        )
        self._account = SimulatedAccount(self._clock, seed=SEED, settings=settings)
        self._fill(self._account.world.contents)
        self._guests = SimulatedGuests(self._account.up_for, disk_at=self._account.disk_at)
        self._guests.host_keys.update({one.id: one.host_key for one in taken.servers if one.host_key})
        self._context = self._make_context()
        self._runner = Runner(self._context, all_plans())
        self._asked: dict[str, timedelta] = {}

    def _make_context(self) -> Context:
        taken = self._taken
        records: tuple[AnyRecord, ...] = (*taken.pools, *taken.servers, *taken.leases)
        context = Context(
            clock=self._clock,
            ledger=Ledger(State(records, 0), MemoryStore(), self._clock),
            account=self._account,
            guests=self._guests,
            vault=ForgetfulVault(),
            post=SimulatedPost(),
            installation=taken.installation,
        )
        context.specs = {spec.name: spec for spec in taken.specs}
        context.policy = taken.policy
        return context

    # The simulated cloud

    def _fill(self, contents: Contents) -> None:
        contents.networks[_NETWORK] = SimNetwork(_NETWORK, _NETWORK, "10.0.0.2", "10.0.0.254")
        contents.images[_IMAGE] = SimImage(_IMAGE, _IMAGE)
        born = self._account.world.now() - timedelta(hours=3).total_seconds()
        for host in self._taken.hosts:
            contents.hosts[host.name] = SimHost(
                host.name, MANY_VCPUS, host.ram_mib or 0, host.disk_gib or 0, host.state.lower(), host.status.lower()
            )
            if host.name != self._taken.host.name:
                rest = _rest(host, born)
                contents.servers[rest.id] = rest
        for server in self._taken.servers:
            contents.servers[server.cloud_id] = _guest(server, self._taken.installation, born)
            _wire(contents, server)
        self._account.world.hosts = Rooms(contents)
        self._account.world.addresses = Addresses(contents)

    # The play

    async def play(self) -> Rehearsal:
        """Let the host die, evacuate it, and see how it goes."""
        taken, context = self._taken, self._context
        name = taken.host.name
        self._account.world.host_down(name)
        self._clock.advance(2 * LIFE.total_seconds())
        context.ledger.begin()
        surroundings = Surroundings(context, lambda: "")
        await surroundings.refresh(Kind.HOSTS)
        seen = outlook(taken.host, taken.hosts, taken.servers, taken.leases)
        began = self._clock.now()
        evacuate = Hosts(context, self._runner, Rescue(context, self._runner, surroundings)).handlers()[EvacuateHost]
        await evacuate(EvacuateHost(host=name, sworn="a rehearsal", despite_share=True, despite_others=True), _OPERATOR)
        while self._under_way() and self._clock.now() - began < LONGEST:
            await self._runner.tick()
            await self._runner.settle()
            self._look(self._clock.now() - began)
            self._clock.advance(STEP)
        servers = tuple(sorted((self._told(one) for one in self._evacuations()), key=_order))
        whole = not self._under_way()
        await self._runner.stop(0)
        return Rehearsal(
            host=name,
            at=self._began,
            took=max((one.ended for one in servers if one.ended is not None), default=timedelta(0)),
            servers=servers,
            busy=tuple(one.id for one in seen.busy),
            ready=tuple(one.id for one in seen.ready),
            others=seen.others,
            unsure=seen.unsure,
            pace=self._pace,
            measured=len(taken.measured),
            reserve=taken.reserve,
            whole=whole,
        )

    def _evacuations(self) -> list[Operation]:
        return [one for one in self._context.state.all(Operation) if one.kind is OperationKind.EVACUATE]

    def _under_way(self) -> bool:
        return any(one.state in LIVE_OPERATION for one in self._evacuations())

    def _look(self, after: timedelta) -> None:
        for one in self._evacuations():
            if one.moving is not None:
                self._asked.setdefault(one.id, after)

    def _told(self, operation: Operation) -> Rehearsed:
        state = self._context.state
        server = state.need(Server, operation.server_id)
        lease = state.get(Lease, operation.lease_id) if operation.lease_id else None
        over = operation.state not in LIVE_OPERATION
        done = operation.state is OperationState.DONE
        return Rehearsed(
            server_id=server.id,
            lease_id=operation.lease_id,
            owner=lease.owner if lease else "",
            importance=lease.importance if lease else 0,
            ram_mib=server.ram_mib,
            disk_gib=server.disk_gib,
            to=server.host if server.host != self._taken.host.name else "",
            asked=self._asked.get(operation.id),
            ended=operation.updated - operation.started if over else None,
            problem="" if done else operation.outcome or operation.waiting_for or "it had not ended",
        )


def _order(one: Rehearsed) -> tuple[bool, timedelta, int, int, str]:
    return one.asked is None, one.asked or timedelta(0), -one.importance, -one.ram_mib, one.server_id


def _rest(host: Host, born: float) -> Guest:
    """All that is on a host that does not die; one that tells no numbers is full."""
    return Guest(
        id=f"rest of {host.name}",
        name=host.name,
        project="others",
        status="ACTIVE",
        created=born,
        updated=born,
        flavor="",
        vcpus=0,
        ram_mib=_used(host.ram_used_mib, host.ram_mib),
        disk_gib=_used(host.disk_used_gib, host.disk_gib),
        image_id=_IMAGE,
        port_ids=(),
        host=host.name,
    )


def _used(used: int | None, of: int | None) -> int:
    return used if used is not None and of is not None else of or 0


def _guest(server: Server, installation: str, born: float) -> Guest:
    status = server.cloud_status if server.cloud_status in _KNOWN else "ACTIVE"
    status = "SHUTOFF" if server.state is ServerState.STOPPED else status
    tags = {TAG_INSTALLATION: installation, TAG_POOL: server.pool, TAG_SERVER: server.id}
    return Guest(
        id=server.cloud_id,
        name=server.id,
        project=server.project or DEFAULTS.project,
        status=status,
        created=born,
        updated=born,
        flavor=server.flavor,
        vcpus=server.vcpus,
        ram_mib=server.ram_mib,
        disk_gib=server.disk_gib,
        image_id=_IMAGE,
        port_ids=server.port_ids,
        metadata=tags,
        host=server.host,
        plugged=True,
        booted=born if status == "ACTIVE" else None,
    )


def _wire(contents: Contents, server: Server) -> None:
    """Its ports and its floating IP; the first port has both addresses."""
    project = server.project or DEFAULTS.project
    for number, port_id in enumerate(server.port_ids):
        first = number == 0
        contents.ports[port_id] = SimPort(
            id=port_id,
            name=server.id,
            project=project,
            network_id=_NETWORK,
            address=server.address if first else f"{server.address} {number}",
            device_id=server.cloud_id,
            floating_ip_id=server.floating_ip_id if first else "",
        )
    if server.floating_ip_id and server.port_ids:
        contents.floating_ips[server.floating_ip_id] = SimFloatingIP(
            id=server.floating_ip_id,
            project=project,
            address=server.floating_ip,
            network_id=_NETWORK,
            port_id=server.port_ids[0],
        )
