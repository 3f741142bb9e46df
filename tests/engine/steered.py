"""Games in which people steer operations: pause, resume, abort, retry; set ends back, read notices."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.engine.standstill import Jumps
from vmms_tui.model.commands import (
    AbortOperation,
    AnyCommand,
    CancelRequest,
    PauseOperation,
    ReadServers,
    ResumeOperation,
    RetryOperation,
    Seen,
    Shorten,
)
from vmms_tui.model.records import Event, Lease, LeaseState, Operation, Server

STEERED: dict[str, Any] = {
    "pause": PauseOperation,
    "resume": ResumeOperation,
    "abort": AbortOperation,
    "retry": RetryOperation,
}


class Steered(Jumps):
    """The rules of what people do to operations."""

    @rule(number=st.integers(0, 20), what=st.sampled_from(sorted(STEERED)), who=st.sampled_from(["operator", "alice"]))
    def somebody_steers(self, number: int, what: str, who: str) -> None:
        live, every = self.world.state.live_operations(), self.world.state.all(Operation)
        among = every[-20:] if what == "retry" else live
        if not among:
            return
        command: AnyCommand = STEERED[what](operation_id=among[number % len(among)].id)
        reply = self.runner.run(self.world.send(command, who))
        assert reply.code in {"ok", "refused", "try_again"}, reply
        if reply.code == "refused":
            assert reply.rule
            assert reply.text.endswith(".")

    @rule(number=st.integers(0, 9), hours=st.integers(1, 30))
    def somebody_sets_an_end_back(self, number: int, hours: int) -> None:
        live = [lease for lease in self.world.state.all(Lease) if lease.state == LeaseState.ACTIVE]
        if live:
            lease = live[number % len(live)]
            reply = self.runner.run(
                self.world.send(Shorten(lease_id=lease.id, term=timedelta(hours=hours)), lease.owner)
            )
            if reply.ok and reply.end:
                assert reply.end >= self.world.clock.now() + timedelta(minutes=5)
                self.ends[lease.id] = reply.end

    @rule(number=st.integers(0, 9))
    def somebody_reads_a_server_live(self, number: int) -> None:
        there = self.world.state.all(Server)
        if there:
            command = ReadServers(server_ids=(there[number % len(there)].id,))
            assert self.runner.run(self.world.send(command, "operator")).code in {"ok", "try_again"}

    @rule(number=st.integers(0, 9))
    def an_owner_looks(self, number: int) -> None:
        waiting = [notice for notice in self.world.state.open_notices() if notice.owner]
        if waiting:
            notice = waiting[number % len(waiting)]
            self.runner.run(self.world.send(Seen(notice_ids=(notice.id,)), notice.owner))

    @rule(number=st.integers(0, 9))
    def take_a_request_back(self, number: int) -> None:
        waiting = self.world.state.queued()
        if waiting:
            request = waiting[number % len(waiting)]
            reply = self.runner.run(self.world.send(CancelRequest(request_id=request.id), request.owner))
            assert reply.ok or reply.code in {"try_again", "refused"}

    @rule(problem=st.sampled_from(["", "smtp: no connection"]), nobody=st.booleans())
    def the_post_fails_or_recovers(self, problem: str, nobody: bool) -> None:
        self.world.post.problem = problem
        self.world.post.unreachable = {"*"} if nobody else set()

    @invariant()
    @precondition(lambda self: hasattr(self, "world"))
    def every_lease_has_the_line_of_its_grant(self) -> None:
        told = {event.lease_id for event in self.world.state.all(Event) if event.kind == "lease.granted"}
        assert {lease.id for lease in self.world.state.all(Lease) if not lease.matched.startswith("adopted")} <= told

    async def let_all_go_on(self) -> None:
        """Nothing is held any more."""
        for operation in self.world.state.live_operations():
            if operation.paused_by:
                reply = await self.world.send(ResumeOperation(operation_id=operation.id), "operator")
                assert reply.ok, reply
