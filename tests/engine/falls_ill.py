"""Games in which servers fall ill, mending them fails, and operators let ladders go on."""

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.engine.steered import Steered
from vmms_tui.engine.cloud.simulated.mending import Illness as Falls
from vmms_tui.engine.cloud.simulated.mending import fall_ill
from vmms_tui.engine.policy.healing import most_tries
from vmms_tui.model.commands import HealAll, HealServer
from vmms_tui.model.healing import Illness, Incident
from vmms_tui.model.records import LeaseState, Operation, OperationKind, Server, ServerState

MENDS = {OperationKind.HEAL, OperationKind.REPLACE}


class FallsIll(Steered):
    """The rules and invariants of the ladder."""

    @rule(number=st.integers(0, 9), many=st.integers(1, 3), how=st.sampled_from(Falls))
    def servers_fall_ill(self, number: int, many: int, how: Falls) -> None:
        there = [server for server in self.world.state.servers_of("dev") if server.cloud_id]
        for server in (there[number % len(there) :] if there else [])[:many]:
            fall_ill(self.world.account.world, server.cloud_id, how)

    @rule(times=st.integers(1, 6), admin=st.booleans())
    def mending_fails(self, times: int, admin: bool) -> None:
        self.world.account.world.faults.mend_fails(times=times)
        self.world.account.world.set_admin(admin=admin)

    @rule(number=st.integers(0, 9), every=st.sampled_from([False, False, True]))
    def an_operator_heals(self, number: int, every: bool) -> None:
        ill = self.world.state.all(Illness)
        if every:
            reply = self.runner.run(self.world.send(HealAll(), "operator"))
            assert reply.code in {"ok", "refused", "try_again"}, reply
        elif ill:
            command = HealServer(lease_id=ill[number % len(ill)].id)
            reply = self.runner.run(self.world.send(command, "operator"))
            assert reply.code in {"ok", "refused", "try_again"}, reply
            assert reply.text.endswith(".")

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def each_ladder_is_bounded_and_each_server_has_one_act(self) -> None:
        state, rules = self.world.state, self.world.policy.healing
        at_work = [operation.server_id for operation in state.live_operations()]
        assert len(at_work) == len(set(at_work)), "two acts at once on a server"
        assert sum(one.kind in MENDS for one in state.live_operations()) <= rules.at_once + 1
        for ill in state.all(Illness):
            assert ill.rung is None or ill.tries <= most_tries(ill.rung, rules)
        assert len(state.all(Incident)) <= 1

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def whoever_takes_a_place_has_it_to_itself(self) -> None:
        """A server that is set aside is on no lease, and no lease is on a server that failed by being replaced."""
        state = self.world.state
        for operation in state.all(Operation):
            spare = state.get(Server, operation.args.get("to", ""))
            if spare is not None and spare.state is ServerState.HEALING and not spare.lease_id:
                assert state.live_lease_of(spare.id) is None
        for lease in state.live_leases():
            if lease.state is LeaseState.ACTIVE:
                assert state.need(Server, lease.server_id).lease_id == lease.id

    def tasks_come_to_their_end(self) -> None:
        """The cloud is well again: a server that hung in a task of Nova's can be stopped and deleted."""
        for server in self.world.account.world.contents.servers.values():
            if server.task_state == "powering-off" and not server.steps:
                server.task_state, server.updated = "", self.world.account.world.now()

    def nothing_is_left_ill(self) -> None:
        """In the end, when every lease is over."""
        state = self.world.state
        assert not [one for one in state.all(Server) if one.state is ServerState.HEALING]
        assert not [one for one in state.all(Illness) if state.need(Server, one.id).state is ServerState.GONE]
