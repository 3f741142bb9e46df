"""What owners do with their leases: renew, release, stop, start, reboot, rebuild."""

from datetime import datetime

from vmms_tui.engine import telling
from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.part import Handler, Part, asked
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.expiry import RELEASED
from vmms_tui.engine.policy.lease_terms import renewed_end, shortened_end
from vmms_tui.engine.policy.words import instant
from vmms_tui.engine.quotas import Quotas
from vmms_tui.model.commands import (
    Command,
    RebootServer,
    RebuildServer,
    Release,
    Renew,
    Reply,
    Shorten,
    StartServer,
    StopServer,
)
from vmms_tui.model.errors import Refused, TryAgain
from vmms_tui.model.people import Caller
from vmms_tui.model.records import (
    AnyRecord,
    Lease,
    LeaseState,
    OperationKind,
    Pool,
    ServerState,
    changed,
)
from vmms_tui.model.steering import RENEWED, SHORTENED


class Leases(Part):
    """One method for each command about a lease."""

    def __init__(self, context: Context, runner: Runner, quotas: Quotas) -> None:
        super().__init__(context, runner)
        self._quotas = quotas

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {
            Renew: self._renew,
            Shorten: self._shorten,
            Release: self._release,
            StopServer: self._stop,
            StartServer: self._start,
            RebootServer: self._reboot,
            RebuildServer: self._rebuild,
        }

    async def _stop(self, command: StopServer, caller: Caller) -> Reply:
        return await self._power(OperationKind.STOP, ServerState.LEASED, command.lease_id, caller)

    async def _start(self, command: StartServer, caller: Caller) -> Reply:
        return await self._power(OperationKind.START, ServerState.STOPPED, command.lease_id, caller)

    async def _reboot(self, command: RebootServer, caller: Caller) -> Reply:
        how = "yes" if command.hard else "no"
        return await self._power(OperationKind.REBOOT, ServerState.LEASED, command.lease_id, caller, hard=how)

    async def _rebuild(self, command: RebuildServer, caller: Caller) -> Reply:
        return await self._power(OperationKind.REBUILD, ServerState.LEASED, command.lease_id, caller)

    async def _renew(self, command: Renew, caller: Caller) -> Reply:
        lease, term = self.lease(command.lease_id, caller), command.term
        context, now = self._context, self._context.clock.now()
        self._quotas.check_renewal(lease)
        laws = self._quotas.laws(lease.owner, lease.project)
        end = renewed_end(lease, term, context.state.need(Pool, lease.pool), now, laws)
        server = self.server(lease)
        renewed = changed(_with_end(lease, end), renewals=lease.renewals + 1)
        text = f"{lease.id} of {server.id} now ends at {instant(end)}, not at {instant(lease.end)}"
        kind = OperationKind.HAND_OVER
        if lease.state == LeaseState.OVERDUE:
            kind, text = OperationKind.START, f"{text}; {server.id} is started again"
        busy = context.state.operation_on(server.id)
        if kind == OperationKind.START and busy is not None and busy.kind == OperationKind.MOVE:
            raise TryAgain(f"{server.id} moves to another host just now.", "Try again when it is there.")
        begun: tuple[AnyRecord, ...] = ()
        if kind == OperationKind.START or busy is None:
            begun = self._runner.begin(kind, server, actor=caller.name, reason=RENEWED, lease_id=lease.id)
        said = self.say(caller, "lease.renewed", text, about=renewed, begun=begun)
        voided = telling.voided(context, lease, RENEWED)
        await context.ledger.commit(renewed, *voided, *begun, said)
        context.wake()
        return Reply(text=f"{text}.", lease_id=lease.id, server_id=server.id, end=end)

    async def _shorten(self, command: Shorten, caller: Caller) -> Reply:
        lease, context = self.lease(command.lease_id, caller), self._context
        end = shortened_end(lease, command.term, context.clock.now())
        server, shorter = self.server(lease), _with_end(lease, end)
        begun: tuple[AnyRecord, ...] = ()
        if context.state.operation_on(server.id) is None:
            begun = self._runner.begin(
                OperationKind.HAND_OVER,
                server,
                actor=caller.name,
                reason=SHORTENED,
                lease_id=lease.id,
            )
        text = f"{lease.id} of {server.id} now ends at {instant(end)}, not at {instant(lease.end)}"
        said = self.say(caller, "lease.shortened", text, about=shorter, begun=begun)
        voided = telling.voided(context, lease, SHORTENED)
        await context.ledger.commit(shorter, *voided, *begun, said)
        context.wake()
        return Reply(text=f"{text}.", lease_id=lease.id, server_id=server.id, end=end)

    async def _release(self, command: Release, caller: Caller) -> Reply:
        lease = self.lease(command.lease_id, caller)
        context, server = self._context, self.server(lease)
        reason = f"{RELEASED} by {caller.name}"
        ending = changed(lease, state=LeaseState.ENDING, end_reason=reason)
        begun = self._runner.begin(OperationKind.RECLAIM, server, actor=caller.name, reason=reason, lease_id=lease.id)
        said = self.say(caller, "lease.released", f"{lease.id} of {server.id} was {reason}", about=lease, begun=begun)
        voided = telling.voided(context, lease, "the lease was released")
        await context.ledger.commit(ending, *voided, *begun, said)
        context.wake()
        text = f"{lease.id} is released; {server.id} is taken back."
        return Reply(text=text, lease_id=lease.id, server_id=server.id, operation_id=begun[-1].id)

    async def _power(
        self, kind: OperationKind, needed: ServerState, lease_id: str, caller: Caller, **args: str
    ) -> Reply:
        lease = self.lease(lease_id, caller)
        server = self.free_server(lease)
        allowed = {ServerState.LEASED, ServerState.STOPPED} if kind == OperationKind.REBUILD else {needed}
        if server.state not in allowed:
            raise Refused("state", f"{server.id} is {server.state}; {kind} needs it {needed}.", "")
        if lease.state == LeaseState.OVERDUE:
            raise Refused(
                "overdue", f"Lease {lease.id} is over and its server is kept stopped.", "Renew the lease first."
            )
        reason = asked(caller)
        begun = self._runner.begin(kind, server, actor=caller.name, reason=reason, lease_id=lease.id, **args)
        said = self.say(caller, f"server.{kind}", f"{kind} of {server.id} begun", about=lease, begun=begun)
        await self._context.ledger.commit(*begun, said)
        self._context.wake()
        return Reply(
            text=f"{kind} of {server.id} has begun.",
            lease_id=lease.id,
            server_id=server.id,
            operation_id=begun[-1].id,
        )


def _with_end(lease: Lease, end: datetime) -> Lease:
    """The lease with another end, of which nobody has been told yet."""
    return changed(
        lease,
        end=end,
        warned=(),
        warned_at=None,
        notified_of=None,
        notified_at=None,
        postponed="",
        state=LeaseState.ACTIVE,
        stopped_at=None,
        told_at=None,
        grace_until=None,
    )
