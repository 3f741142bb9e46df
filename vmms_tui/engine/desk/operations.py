"""Operations that people pause, let go on, abort and try again."""

from collections.abc import Sequence

from msgspec import structs

from vmms_tui.engine import telling
from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.part import Handler, Part
from vmms_tui.engine.operations.moved import moving_of
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.rights import check_owner
from vmms_tui.engine.quotas import Quotas
from vmms_tui.model.commands import (
    AbortOperation,
    Command,
    ForceOperation,
    PauseOperation,
    Reply,
    ResumeOperation,
    RetryOperation,
)
from vmms_tui.model.errors import Refused, TryAgain
from vmms_tui.model.migration import Moving
from vmms_tui.model.people import Caller
from vmms_tui.model.records import (
    AnyRecord,
    Lease,
    LeaseState,
    NoticeKind,
    Operation,
    OperationKind,
    OperationState,
    Pool,
    Server,
    changed,
)
from vmms_tui.model.steering import (
    ABORTED,
    hinders,
    no_abort,
    no_force,
    no_pause,
    no_resume,
    no_retry,
    standing,
    taken_over,
    words,
)


class Operations(Part):
    """One method for each command about an operation. `model.steering` has the rules."""

    def __init__(self, context: Context, runner: Runner, quotas: Quotas) -> None:
        super().__init__(context, runner)
        self._quotas = quotas

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {
            PauseOperation: self._pause,
            ResumeOperation: self._resume,
            AbortOperation: self._abort,
            ForceOperation: self._force,
            RetryOperation: self._retry,
        }

    def _operation(self, name: str, caller: Caller) -> Operation:
        """An operation by its id. Raises Refused when it is unknown, or another's."""
        operation = self._context.state.get(Operation, name)
        if operation is None:
            raise Refused("unknown", f"There is no operation {name}.", "`vmms operations` shows those that there are.")
        if not caller.operator:
            lease = self._lease_of(operation)
            check_owner(caller, lease.owner if lease else "", f"operation {name}")
        return operation

    def _lease_of(self, operation: Operation) -> Lease | None:
        return self._context.state.get(Lease, operation.lease_id) if operation.lease_id else None

    async def _pause(self, command: PauseOperation, caller: Caller) -> Reply:
        operation = self._operation(command.operation_id, caller)
        _allowed(no_pause(operation))
        text = f"{_what(operation)} stands still before its next step"
        return await self._steered(standing(operation, caller.name), "operation.paused", text, caller)

    async def _resume(self, command: ResumeOperation, caller: Caller) -> Reply:
        operation = self._operation(command.operation_id, caller)
        _allowed(no_resume(operation))
        text = f"{_what(operation)} goes on"
        return await self._steered(self._runner.resumed(operation), "operation.resumed", text, caller)

    async def _steered(self, operation: Operation, kind: str, text: str, caller: Caller) -> Reply:
        context = self._context
        about = self._lease_of(operation) or context.state.need(Server, operation.server_id)
        said = changed(self.say(caller, kind, text, about=about), operation_id=operation.id)
        await context.ledger.commit(operation, said)
        context.wake()
        return _told(f"{text}.", operation)

    async def _abort(self, command: AbortOperation, caller: Caller) -> Reply:
        operation = self._operation(command.operation_id, caller)
        lease = self._lease_of(operation)
        _allowed(no_abort(operation, lease, self._context.clock.now()))
        if operation.kind is OperationKind.PROVISION:
            reason = f"{caller.name} aborted {operation.id}"
            return await self._take_back(operation, reason, "operation.aborted", caller)
        if operation.kind is OperationKind.MOVE and operation.moving is not None:
            return await self._break_off(operation, operation.moving, caller)
        if self._runner.under_way(operation.id):  # what was asked in it cannot be taken back
            said = f"Step {operation.step} of {operation.id} is being done just now."
            raise TryAgain(said, "Try again, or pause it first.")
        return await self._end(operation, lease, caller)

    async def _end(self, operation: Operation, lease: Lease | None, caller: Caller) -> Reply:
        """End it as it is: nothing has been asked in its step."""
        context, by = self._context, f"{ABORTED} {caller.name}"
        server = context.state.need(Server, operation.server_id)
        ended = changed(
            operation,
            state=OperationState.FAILED,
            outcome=by,
            updated=context.clock.now(),
            paused_by="",
            waiting_for="",
        )
        changes: list[AnyRecord] = [ended]
        text = f"{_what(operation)} was {by}"
        if lease is not None and operation.kind is OperationKind.RECLAIM:
            size = self._quotas.size_of(context.state.need(Pool, server.pool), server)
            self._quotas.check_return(lease, size)
            text = f"{text}: {lease.id} goes on, and {server.id} stays"
            changes.append(_going_on(lease))
        if lease is not None and lease.owner != caller.name:
            changes.append(telling.word(context, NoticeKind.FAILED, lease, f"{text}."))
        said = self.say(caller, "operation.aborted", text, about=lease or server)
        said = changed(said, operation_id=operation.id)
        await context.ledger.commit(*changes, said, *self._runner.handed_over(ended))
        context.wake()
        return _told(f"{text}.", ended)

    async def _break_off(self, operation: Operation, moving: Moving, caller: Caller) -> Reply:
        """Let a move take itself back: what was asked of the cloud ends there first."""
        context, by = self._context, f"{ABORTED} {caller.name}"
        text = f"{_what(operation)} is {by}: it is taken back"
        free = self._runner.resumed(operation) if operation.paused_by else operation
        ending = changed(free, moving=structs.replace(moving, ending=by))
        server = context.state.need(Server, operation.server_id)
        said = self.say(caller, "operation.aborted", text, about=self._lease_of(operation) or server)
        await context.ledger.commit(ending, changed(said, operation_id=operation.id))
        context.wake()
        return _told(f"{text}.", ending)

    async def _force(self, command: ForceOperation, caller: Caller) -> Reply:
        """Let the step that follows a live move ask the cloud for its end: also after a crash."""
        operation = self._operation(command.operation_id, caller)
        _allowed(no_force(operation))
        text = f"{_what(operation)} is completed by force: it stands still until the rest is copied"
        free = self._runner.resumed(operation) if operation.paused_by else operation
        forced = changed(free, moving=structs.replace(moving_of(operation), forced_by=caller.name))
        return await self._steered(forced, "operation.forced", text, caller)

    async def _take_back(self, operation: Operation, reason: str, kind: str, caller: Caller, *more: AnyRecord) -> Reply:
        """Let the server of a build go, whatever there is of it: its pool builds another one."""
        context = self._context
        server = context.state.need(Server, operation.server_id)
        begun = self._runner.begin(OperationKind.RECLAIM, server, actor=caller.name, reason=reason)
        text = f"{reason}: {server.id} is taken back, and its pool builds another if it needs one"
        said = self.say(caller, kind, text, about=server, begun=begun)
        await context.ledger.commit(*more, *begun, said)
        context.wake()
        return _told(f"{text}.", operation, begun)

    async def _retry(self, command: RetryOperation, caller: Caller) -> Reply:
        context, state = self._context, self._context.state
        operation = self._operation(command.operation_id, caller)
        server, at_work = state.get(Server, operation.server_id), state.operation_on(operation.server_id)
        busy = f"{at_work.id} ({words(at_work.kind)})" if at_work and hinders(operation, at_work) else ""
        _allowed(no_retry(operation, server, self._lease_of(operation), busy))
        reason = f"{caller.name} tried {operation.id} again"
        server = state.need(Server, operation.server_id)
        if operation.kind is OperationKind.PROVISION:
            pool = state.get(Pool, server.pool)
            awake = [changed(pool, paused="", paused_until=None)] if pool and pool.paused else []
            tried = changed(operation, retried_as="another server")
            return await self._take_back(operation, reason, "operation.retried", caller, *awake, tried)
        begun = self._runner.begin(
            operation.kind,
            server,
            actor=caller.name,
            reason=reason,
            lease_id=operation.lease_id,
            **operation.args | taken_over(at_work),
        )
        text = f"{_what(operation)} is tried again"
        said = self.say(caller, "operation.retried", text, about=self._lease_of(operation) or server, begun=begun)
        await context.ledger.commit(changed(operation, retried_as=begun[-1].id), *begun, said)
        context.wake()
        return _told(f"{text}, as {begun[-1].id}.", operation, begun)


def _allowed(objection: Refused | None) -> None:
    if objection is not None:
        raise objection


def _what(operation: Operation) -> str:
    return f"{operation.id} ({words(operation.kind)} of {operation.server_id})"


def _going_on(lease: Lease) -> Lease:
    """The lease as it was before it was to end; of its end its owner is warned anew."""
    return changed(lease, state=LeaseState.ACTIVE, end_reason="", warned=(), warned_at=None)


def _told(text: str, operation: Operation, begun: Sequence[AnyRecord] = ()) -> Reply:
    return Reply(
        text=text,
        server_id=operation.server_id,
        lease_id=operation.lease_id,
        operation_id=begun[-1].id if begun else operation.id,
    )
