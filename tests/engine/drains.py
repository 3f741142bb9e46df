"""Games in which operators empty hosts, let servers come back, and even the load, whatever else goes on."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.engine.drained import Drained
from tests.engine.hosts_fail import A_STEP, A_WHILE, LONGEST, NUMBERS, HostsFail
from tests.engine.world import World
from vmms_tui.model.commands import (
    AnyCommand,
    DrainHost,
    EnableHost,
    Rebalance,
    Reply,
    SteerMoves,
    UndrainHost,
)
from vmms_tui.model.draining import Errand, MoveQueue, Phase, queue_id, stuck
from vmms_tui.model.plans import balance_of
from vmms_tui.model.records import Server, ServerState

SECONDS = st.sampled_from([0, 2, 6, 12])
LIMITS = st.sampled_from([1, 1, 2, 3])


class DrainsHosts(HostsFail):
    """The rules and invariants of queues of moves."""

    drained: Drained
    limits: dict[str, int]
    """What an operator was told about how many move at a time, by queue."""

    def stand_in(self, world: World) -> None:
        """See Jumps."""
        super().stand_in(world)
        self.drained, self.limits = Drained(world), {}

    # What happens

    @rule(number=NUMBERS, limit=LIMITS, cold=st.booleans(), busy=st.booleans(), seconds=SECONDS)
    def an_operator_drains_a_host(self, number: int, limit: int, cold: bool, busy: bool, seconds: int) -> None:
        """Or, where it is drained already, says how many may go at a time from now on."""
        if busy:
            self._let_somebody_work(number)
        there = [one.host for one in self._lent()] or [one.name for one in self._hosts]
        name = there[number % len(there)]
        if self._say(DrainHost(host=name, reason="a new fan", limit=limit, cold=cold)).ok:
            self.shut.add(name)
            self._promised(queue_id(Errand.DRAIN, name), limit)
        self.runner.run(self.world.pass_time(seconds))

    @precondition(lambda self: hasattr(self, "world") and self._queues())
    @rule(
        number=NUMBERS,
        act=st.sampled_from(["limit", "limit", "pause", "resume", "resume", "stop"]),
        limit=LIMITS,
        seconds=SECONDS,
    )
    def an_operator_steers_moves(self, number: int, act: str, limit: int, seconds: int) -> None:
        queues = self._queues()
        name = queues[number % len(queues)].id
        if self._say(SteerMoves(queue=name, act=act, limit=limit)).ok and act == "limit":  # type: ignore[arg-type]
            self._promised(name, limit)
        self.runner.run(self.world.pass_time(seconds))

    @precondition(lambda self: hasattr(self, "world") and self._shut())
    @rule(number=NUMBERS, back=st.booleans(), limit=LIMITS, seconds=SECONDS)
    def an_operator_undrains_a_host(self, number: int, back: bool, limit: int, seconds: int) -> None:
        shut = self._shut()
        name = shut[number % len(shut)]
        if self._say(UndrainHost(host=name, bring_back=back, limit=limit)).ok:
            drain = self.world.state.get(MoveQueue, queue_id(Errand.DRAIN, name))
            assert drain is None or not drain.open, drain
            if back and self.world.state.get(MoveQueue, queue_id(Errand.RETURN, name)):
                self._promised(queue_id(Errand.RETURN, name), limit)
        self.runner.run(self.world.pass_time(seconds))

    @rule(threshold=st.sampled_from([0, 1, 5]), lately=st.booleans(), limit=LIMITS, seconds=SECONDS)
    def an_operator_evens_the_load(self, threshold: int, lately: bool, limit: int, seconds: int) -> None:
        """What is done is what the plan said."""
        command = Rebalance(threshold=threshold, margin=0, hold=timedelta(hours=0 if lately else 6), limit=limit)
        self._let_somebody_work(limit)
        self._let_those_in_reserve_take_servers()
        self._know_hosts()
        plan = balance_of(command, self.world.state)
        reply = self._say(command)
        if reply.ok:
            assert plan.shifts
            assert plan.spread[1] <= plan.spread[0]
            legs = self.world.state.need(MoveQueue, Errand.REBALANCE.value).legs
            assert [(one.server_id, one.source, one.to) for one in legs] == [
                (one.server_id, one.source, one.to) for one in plan.shifts
            ]
            self._promised(Errand.REBALANCE.value, limit)
        self.runner.run(self.world.pass_time(seconds))

    def _say(self, command: AnyCommand) -> Reply:
        reply = super()._say(command)
        if isinstance(command, EnableHost | UndrainHost) and reply.code != "refused":
            self.shut.discard(command.host)  # an answer that was lost may have opened it
        return reply

    def _promised(self, queue: str, limit: int) -> None:
        assert self.world.state.need(MoveQueue, queue).limit == limit
        self.limits[queue] = limit

    def _queues(self) -> list[MoveQueue]:
        """Those that have not ended."""
        return [one for one in self.world.state.all(MoveQueue) if one.open]

    def _shut(self) -> list[str]:
        """Hosts that were drained, or closed; those first that were drained."""
        drained = [one.host for one in self.world.state.all(MoveQueue) if one.errand is Errand.DRAIN and one.legs]
        return drained or [one.name for one in self._hosts if one.status != "enabled"]

    # What must be so, after each step

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def hosts_are_emptied_in_order_and_stay_closed(self) -> None:
        self.drained.check()
        for name in self.shut:
            assert self.world.account.world.contents.hosts[name].status == "disabled", f"{name} takes servers again"
        for queue in self.world.state.all(MoveQueue):
            assert self.limits.get(queue.id, queue.limit) == queue.limit, f"{self.limits}, and {queue}"
            if queue.phase is Phase.WAITING:
                assert stuck(queue), queue
            if queue.errand is Errand.DRAIN:
                assert not [one for one in queue.legs if one.to == queue.host], queue
            assert all(one.why for one in stuck(queue)), queue

    # In the end

    async def queues_come_to_their_end(self) -> None:
        """With all well again, each ends, or waits for somebody and says what could not go."""
        world = self.world
        for queue in self._queues():
            if queue.phase is not Phase.RUNNING:
                reply = await world.send(SteerMoves(queue=queue.id, act="resume"), "operator")
                assert reply.ok, reply
        end = world.clock.monotonic() + LONGEST
        while (going := [one for one in self._queues() if one.phase is Phase.RUNNING]) and (
            world.clock.monotonic() < end
        ):
            await world.pass_time(A_WHILE, step=A_STEP)
        assert not going, [(one, self._on(one.host)) for one in going]
        self.hosts_are_emptied_in_order_and_stay_closed()

    def _on(self, host: str) -> list[Server]:
        return [one for one in self.world.state.all(Server) if one.host == host and one.state is not ServerState.GONE]

    def opening(self, name: str) -> AnyCommand:
        """See HostsFail. What left it comes back."""
        drain = self.world.state.get(MoveQueue, queue_id(Errand.DRAIN, name))
        self.shut.discard(name)
        self.limits.pop(queue_id(Errand.RETURN, name), None)
        return EnableHost(host=name) if drain is None or not drain.legs else UndrainHost(host=name, bring_back=True)
