"""Games in which compute hosts die, are cut off, flap and return, and operators close, empty and evacuate them.

Operators of a game swear only what is true: that nothing runs on the host any more.
"""

from collections.abc import Callable

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.engine.evacuated import Evacuated
from tests.engine.falls_ill import FallsIll
from tests.engine.world import World
from vmms_tui.engine.cloud.simulated.records import SimHost
from vmms_tui.engine.witnesses.simulated import Fencing
from vmms_tui.model.commands import (
    AnyCommand,
    DisableHost,
    EnableHost,
    EvacuateHost,
    MigrateServer,
    Refresh,
    Reply,
    UndrainHost,
)
from vmms_tui.model.records import (
    LeaseState,
    Operation,
    OperationKind,
    OperationState,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.surroundings import Host, Kind
from vmms_tui.model.witness import HostRules

RULES = st.builds(
    HostRules,
    samples=st.sampled_from([2, 3]),
    ssh=st.sampled_from(["{address}:22", "{address}:22", ""]),
    power=st.sampled_from([("power",), ()]),
    peers=st.sampled_from([(), ("peers",)]),
    servers=st.booleans(),
    fence=st.just(("fence",)),
    fence_proof=st.sampled_from([("proof",), ()]),
    automatic=st.sampled_from([True, True, True, False]),
    share=st.sampled_from([0.3, 0.3, 0.6]),
    at_once=st.sampled_from([1, 2]),
    servers_at_once=st.sampled_from([1, 4]),
)
"""The rules of hosts of a game."""
changed_rules = msgspec.structs.replace
NUMBERS = st.integers(0, 9)
MOVES = frozenset({OperationKind.MOVE, OperationKind.EVACUATE})
NOTICED = 61.0
"""Seconds without a sign of life after which Nova calls a host down."""
LONGEST = 6 * 3600.0
"""Seconds after which nothing is under way any more that was when all was well again."""
A_WHILE, A_STEP = 180.0, 20.0
"""Seconds between two looks whether that is so already, and between two turns: each tells of a move that sticks."""
IN_RESERVE = "kept for bad days"
"""Why some hosts take no servers from the beginning."""


class HostsFail(FallsIll):
    """The rules and invariants of hosts."""

    evacuated: Evacuated
    addresses: dict[str, tuple[str, str]]
    """Floating IP and its id, by lease."""
    shut: set[str]
    """Hosts that were emptied, and that nobody has opened since."""
    request: Callable[..., None]
    """Somebody asks for servers."""

    def stand_in(self, world: World) -> None:
        """See Jumps. Most games have the credentials of an administrator, without which there are no hosts."""
        super().stand_in(world)
        world.account.world.set_admin()
        self.evacuated, self.shut = Evacuated(world), set()

    def close_some(self, number: int) -> None:
        """So many hosts take no servers from the beginning: the others have more of them."""
        for host in self._hosts[:number]:
            host.status, host.disabled_reason = "disabled", IN_RESERVE

    @property
    def _hosts(self) -> list[SimHost]:
        return list(self.world.account.world.contents.hosts.values())

    # What happens

    @rule(
        number=NUMBERS,
        many=st.sampled_from([1, 1, 1, 2]),
        how=st.sampled_from(["dies", "dies", "cut", "hangs"]),
        looks=st.sampled_from([0, 3, 6, 6]),
    )
    def hosts_go(self, number: int, many: int, how: str, looks: int) -> None:
        """With all that runs there, or only from the cloud's sight; then the engine looks at them so many times."""
        if looks and many == 1:
            self._let_all_else_be_well()
        if looks:
            self._let_somebody_work(number)
            self._let_those_in_reserve_take_servers()
        up = [one for one in self._hosts if one.state == "up"]
        if busy := {one.host for one in self._lent()}:
            up.sort(key=lambda one: one.name not in busy)
        first = number % (len(up) if not looks else max(1, len(busy))) if up else 0
        for host in up[first : first + many]:
            self.world.account.world.host_down(host.name, alive=how == "cut", hung=how == "hangs")
        if looks:
            self.world.clock.advance(NOTICED)
            self.runner.run(self.world.pass_time(looks * 10, step=10))

    @rule(
        cut=st.sampled_from([False, False, True]),
        hidden=st.sampled_from(["none", "one", "all"]),
        number=NUMBERS,
        fencing=st.sampled_from([Fencing.WORKS, *Fencing]),
        automatic=st.sampled_from([True, True, True, False]),
    )
    def witnesses_change(self, cut: bool, hidden: str, number: int, fencing: Fencing, automatic: bool) -> None:
        """The engine is cut off from all of them, or from the addresses of one host or all; its fence fails, or lies.

        One that lies where nobody asks for a proof is as a false oath.
        """
        world, rules = self.world, self.world.policy.hosts
        world.witnesses.cut = cut
        names = [one.name for one in self._hosts]
        world.witnesses.unreachable = {"none": set(), "one": {names[number % len(names)]}, "all": set(names)}[hidden]
        believed = fencing is Fencing.LIES and not rules.fence_proof
        world.witnesses.fencing = Fencing.FAILS if believed else fencing
        world.policy = changed(world.policy, hosts=changed_rules(rules, automatic=automatic))
        self.runner.run(world.engine.take_settings(world.pools, world.policy))

    @rule(number=NUMBERS, seconds=st.integers(1, 40), cut=st.booleans(), times=st.integers(1, 3))
    def a_host_flaps(self, number: int, seconds: int, cut: bool, times: int) -> None:
        host = self._hosts[number % len(self._hosts)]
        for _ in range(times if host.state == "up" else 0):
            self.world.account.world.host_down(host.name, alive=cut)
            self.runner.run(self.world.pass_time(seconds, step=8))
            self.world.account.world.host_up(host.name)
            self.runner.run(self.world.pass_time(4, step=2))

    @rule(number=NUMBERS)
    def a_host_returns(self, number: int) -> None:
        down = [one for one in self._hosts if one.state != "up"]
        if down:
            self.world.account.world.host_up(down[number % len(down)].name)

    @rule(number=NUMBERS, what=st.sampled_from(["close", "open", "open"]))
    def an_operator_closes_or_opens_a_host(self, number: int, what: str) -> None:
        shut = [one for one in self._hosts if one.status == "disabled" or one.forced_down]
        among = shut if what == "open" and shut else self._hosts
        name = among[number % len(among)].name
        self._say(DisableHost(host=name, reason="new RAM") if what == "close" else EnableHost(host=name))

    @rule(
        number=NUMBERS,
        dies=st.booleans(),
        back=st.sampled_from(["", "", "before", "after"]),
        seconds=st.sampled_from([0, 0, 1, 4, 12]),
    )
    def an_operator_swears(self, number: int, dies: bool, back: str, seconds: int) -> None:
        """Only of a host on which nothing runs. `dies`: one where somebody works dies before.

        `back`: it comes back just before the engine hears the oath, or so many seconds after.
        """
        if dies or not self._off():
            self._let_a_host_die_where_somebody_works(number)
        if off := self._off():
            host = off[number % len(off)]
            self.world.clock.advance(NOTICED)
            self._know_hosts()
            if back == "before" and not host.forced_down:
                self.world.account.world.host_up(host.name)
            sure = number % 2 == 0
            oath = EvacuateHost(host=host.name, sworn="I pulled its power", despite_share=sure, despite_others=sure)
            self._say(oath)
            self.runner.run(self.world.pass_time(seconds))
            if back == "after":
                self.world.account.world.host_up(host.name)

    def _let_a_host_die_where_somebody_works(self, number: int) -> None:
        self._let_somebody_work(number)
        lent = self._lent()
        hosts = self.world.account.world.contents.hosts
        if lent and hosts[(name := lent[number % len(lent)].host)].state == "up":
            self.world.account.world.host_down(name)

    def _let_all_else_be_well(self) -> None:
        """Hosts that are away come back, and an operator opens those that were given up."""
        for host in self._hosts:
            if host.state != "up":
                self.world.account.world.host_up(host.name)
        if given_up := [one.name for one in self._hosts if one.forced_down]:
            self._know_hosts()
            for name in given_up:
                if self._say(EnableHost(host=name)).rule == "draining":
                    self._say(UndrainHost(host=name))

    def _let_those_in_reserve_take_servers(self) -> None:
        """Somebody opens them without VMMS: those that were there alone until then hold all servers."""
        for host in self._hosts:
            if host.disabled_reason == IN_RESERVE and host.name not in self.shut:
                host.status, host.disabled_reason = "enabled", ""

    def _let_somebody_work(self, number: int) -> None:
        if len(self._lent()) < 2:
            self.request(owner="alice", hours=50, importance=number, many=2, project="")
            self.runner.run(self.world.pass_time(3))

    def _lent(self) -> list[Server]:
        """Servers of owners, with a host."""
        return [one for one in self.world.state.all(Server) if one.lease_id and one.host]

    def _off(self) -> list[SimHost]:
        cloud = self.world.account.world
        return [one for one in self._hosts if not cloud.hosts.guests_may_run(one.name)]

    @rule(number=NUMBERS, to=st.integers(0, 12), cold=st.booleans(), seconds=st.integers(0, 8))
    def an_operator_moves_a_server(self, number: int, to: int, cold: bool, seconds: int) -> None:
        there = [one for one in self.world.state.servers_of("dev") if one.cloud_id]
        if there:
            host = self._hosts[to].name if to < len(self._hosts) else ""
            self._say(MigrateServer(server_id=there[number % len(there)].id, host=host, cold=cold))
            self.runner.run(self.world.pass_time(seconds))

    @rule(number=NUMBERS, times=st.integers(1, 3))
    def moves_fail(self, number: int, times: int) -> None:
        faults = self.world.account.world.faults
        kinds: list[Callable[..., object]] = [
            faults.move_fails,
            faults.move_sticks,
            faults.move_check_fails,
            faults.cold_move_fails,
            faults.no_host,
            faults.evacuation_fails,
            faults.address_lost,
        ]
        kinds[number % len(kinds)](times=times)

    def _know_hosts(self) -> None:
        """Let the engine read them: a person looks at Hosts before an oath."""
        self.runner.run(self.world.send(Refresh(kind=Kind.HOSTS), "operator"))

    def _say(self, command: AnyCommand) -> Reply:
        reply = self.runner.run(self.world.send(command, "operator"))
        assert reply.rule != "mistake", reply
        assert reply.code in {"ok", "refused", "try_again", "failed"}, reply
        assert reply.text.endswith("."), reply
        assert reply.rule or reply.code != "refused", reply
        return reply

    # What must be so, after each step

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def only_what_is_dead_is_evacuated(self) -> None:
        self.evacuated.check()

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def whatever_moves_is_being_moved_and_no_operation_meets_a_mistake(self) -> None:
        state = self.world.state
        for server in state.all(Server):
            if server.state is ServerState.MOVING:
                work = state.operation_on(server.id)
                assert work is not None, f"{server.id} moves, and nobody moves it"
                assert work.kind in {*MOVES, OperationKind.RECLAIM}, work
        for operation in state.all(Operation):
            assert "a mistake in VMMS" not in operation.outcome + operation.waiting_for, operation
            if operation.kind in MOVES and operation.state is OperationState.DONE:
                assert operation.moving is not None, "it moved without a look at it"

    # In the end

    async def all_hosts_are_back(self) -> None:
        """Those that are down come back, the moves that copy for ever end, and operators open what was closed."""
        cloud = self.world.account.world
        cloud.set_admin()
        for host in self._hosts:
            if host.state != "up":
                cloud.host_up(host.name)
        witnesses = self.world.witnesses
        witnesses.cut, witnesses.unreachable, witnesses.fencing = False, set(), Fencing.WORKS

    async def everything_comes_to_rest(self) -> None:
        """All that is under way ends within hours, with the cloud well; then each lease has its own address again."""
        world = self.world
        if world.engine.context.frozen:
            await self.thaw()
        await self.let_all_go_on()
        waited = {one.id for one in world.state.live_operations()}
        waited |= {one.id for one in world.state.all(Server) if one.state in {ServerState.MOVING, ServerState.HEALING}}
        end = world.clock.monotonic() + LONGEST
        while waited and world.clock.monotonic() < end:
            await world.pass_time(A_WHILE, step=A_STEP)
            waited &= {one.id for one in world.state.live_operations()} | {
                one.id for one in world.state.all(Server) if one.state in {ServerState.MOVING, ServerState.HEALING}
            }
        assert not waited, [one for one in world.state.live_operations() if one.id in waited] or waited
        self.each_lease_has_its_address()

    def each_lease_has_its_address(self) -> None:
        """Where nothing is under way: the same one as ever, on the port of the server that the lease has."""
        state, contents = self.world.state, self.world.account.world.contents
        for lease in state.live_leases():
            server = state.need(Server, lease.server_id)
            if lease.state is not LeaseState.ACTIVE or server.missing_since or state.operation_on(server.id):
                continue
            if server.cloud_id not in contents.servers or contents.servers[server.cloud_id].deleted is not None:
                continue  # somebody deleted it, and no list has told of that yet
            address, floating_ip_id = self.addresses.get(lease.id, ("", ""))
            if floating_ip_id:
                held = contents.floating_ips[floating_ip_id]
                assert held.address == address
                assert held.port_id == server.port_ids[0], f"{address} of {lease.id} is not on {server.id}"
                assert contents.ports[held.port_id].device_id == server.cloud_id
                assert not held.dead or self._said_so(server), f"{address} of {lease.id} leads nowhere"

    def _said_so(self, server: Server) -> bool:
        """Whether an evacuation of it ended with the word that it does not answer."""
        ended = self.world.state.operations_of(server.id)
        return any(one.kind is OperationKind.EVACUATE and one.state is OperationState.FAILED for one in ended)

    async def hosts_are_opened(self) -> None:
        """By an operator, who is heard."""
        await self.world.send(Refresh(kind=Kind.HOSTS), "operator")
        for host in self.world.state.all(Host):
            if host.forced_down or host.status != "enabled":
                command = self.opening(host.name)
                reply = await self.world.send(command, "operator")
                if reply.rule == "left_behind":  # it came back before the last evacuation had ended
                    self.world.account.world.host_up(host.name)  # its nova-compute starts anew, as the remedy says
                    reply = await self.world.send(command, "operator")
                assert reply.ok, reply

    def opening(self, name: str) -> AnyCommand:
        """How a host is opened in the end."""
        return EnableHost(host=name)
