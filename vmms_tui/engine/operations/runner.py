"""Runs operations: one at a time on a server, each step recorded before the next begins."""

import asyncio
import contextlib
import logging
import traceback
from functools import partial
from typing import Any

import msgspec

from vmms_tui.engine.cloud.errors import PASSING, CloudError
from vmms_tui.engine.context import Context
from vmms_tui.engine.guests.port import GuestError
from vmms_tui.engine.operations.remedies import MISTAKE, clause, refused, whole
from vmms_tui.engine.operations.steps import Done, Fail, Next, Outcome, Plan, Wait
from vmms_tui.engine.policy.backoff import operation_backoff
from vmms_tui.engine.state import LIVE_OPERATION, BrokenRule
from vmms_tui.engine.turns import in_turns
from vmms_tui.model.errors import TryAgain, VmmsError
from vmms_tui.model.records import (
    AnyRecord,
    Event,
    Lease,
    Level,
    Operation,
    OperationKind,
    OperationState,
    Server,
    changed,
)
from vmms_tui.model.steering import CUT_SHORT, OVERTAKEN, standing

BEGIN_TOGETHER = 20
"""Operations whose first steps are begun before others have their turn."""

log = logging.getLogger(__name__)


class Runner:
    """Takes every live operation forward until it waits or ends."""

    def __init__(self, context: Context, plans: tuple[Plan, ...]) -> None:
        self._context = context
        self._plans = {plan.kind: plan for plan in plans}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wake_at: dict[str, float] = {}
        self._busy: set[str] = set()
        self._stopping = False

    def begin(
        self, kind: OperationKind, server: Server, *, actor: str, reason: str, lease_id: str = "", **args: str
    ) -> tuple[AnyRecord, ...]:
        """The records that begin an operation, itself the last, to be committed with the change that it belongs to.

        They want a line for the audit with the operation's id; see `begin_and_say`. An operation that is still at work
        on the server is overtaken: it ends, its present step's answer is ignored.
        """
        operation = self._new(kind, server, actor, reason, lease_id, args)
        old, now = self._context.state.operation_on(server.id), operation.started
        if old is None:
            return (operation,)
        over = changed(old, state=OperationState.FAILED, updated=now, outcome=f"{OVERTAKEN} {kind}: {reason}")
        return (over, self._line(over, server, f"{old.kind}.overtaken", result="overtaken"), operation)

    def _new(
        self, kind: OperationKind, server: Server, actor: str, reason: str, lease_id: str, args: dict[str, str]
    ) -> Operation:
        plan, now = self._plans[kind], self._context.clock.now()
        return Operation(
            id=self._context.ledger.number("operation"),
            kind=kind,
            server_id=server.id,
            lease_id=lease_id,
            started=now,
            updated=now,
            step=plan.first,
            deadline=now + plan.time_limit(self._context, server, plan.first),
            expected=self._context.state.past.usual(kind, server.pool),
            actor=actor,
            reason=reason,
            args=args,
        )

    def handed_over(self, ended: Operation) -> tuple[AnyRecord, ...]:
        """The hand-over whose place an operation took, begun anew with its line, for the commit that ends it.

        Nothing where it took the place of none, or the lease does not run any more.
        """
        lease, reason = self._context.state.live_lease_of(ended.server_id), ended.args.get(CUT_SHORT, "")
        if not reason or lease is None or lease.id != ended.lease_id:
            return ()
        server = self._context.state.need(Server, ended.server_id)
        operation = self._new(OperationKind.HAND_OVER, server, "engine", reason, lease.id, {})
        text = f"hand over of {server.id} begins anew after {ended.id}: {reason}"
        return (self._line(operation, server, "hand_over.begun", text=text), operation)

    def begin_and_say(self, kind: OperationKind, server: Server, *, actor: str, reason: str) -> tuple[AnyRecord, ...]:
        """The same with its line, where nothing else is said about it."""
        *before, operation = self.begin(kind, server, actor=actor, reason=reason)
        said = self._context.ledger.event(
            f"{kind}.begun",
            f"{kind} of {server.id} begins: {reason}",
            about=server,
            actor=actor,
            reason=reason,
            operation_id=operation.id,
        )
        return (*before, said, operation)

    def _line(self, operation: Operation, server: Server, kind: str, *, text: str = "", **more: Any) -> Event:
        """The line of its end, where the plan has none of its own."""
        words = operation.kind.replace("_", " ")
        lease = self._context.state.get(Lease, operation.lease_id) if operation.lease_id else None
        return self._context.ledger.event(
            kind,
            text or f"{words} of {server.id}: {operation.outcome}",
            about=lease or server,
            actor=operation.actor,
            reason=operation.reason,
            operation_id=operation.id,
            **more,
        )

    def _with_line(self, changes: tuple[AnyRecord, ...], operation: Operation, server: Server) -> tuple[AnyRecord, ...]:
        """What a plan's last step changes, with the line of its end: the plan's own, or one that says the outcome."""
        own = [record for record in changes if isinstance(record, Event)]
        if not own:
            return (*changes, self._line(operation, server, f"{operation.kind}.done", result="ok"))
        told = changed(own[-1], actor=operation.actor, reason=operation.reason, result="ok", operation_id=operation.id)
        return tuple(told if record is own[-1] else record for record in changes)

    async def tick(self) -> None:
        """Start every operation that is due and not running already, some at a time.

        None while its result could not be kept.
        """
        if self._context.ledger.problem:
            return
        due = [operation for operation in self._context.state.live_operations() if self._is_due(operation)]
        async for some in in_turns(due, BEGIN_TOGETHER):
            for operation in some:
                self._start(operation)

    def _is_due(self, operation: Operation) -> bool:
        if operation.id in self._tasks or operation.server_id in self._busy:
            return False
        if operation.paused_by:
            return False
        return self._context.clock.monotonic() >= self._wake_at.get(operation.id, 0.0)

    def _start(self, operation: Operation) -> None:
        if self._stopping or not self._is_due(operation):  # another tick began it, or another one of its server
            return
        self._busy.add(operation.server_id)
        task = asyncio.create_task(self._run(operation.id), name=f"{operation.kind} {operation.server_id}")
        self._tasks[operation.id] = task
        task.add_done_callback(partial(self._finished, operation))

    def _finished(self, operation: Operation, _task: asyncio.Task[None]) -> None:
        self._tasks.pop(operation.id, None)
        self._busy.discard(operation.server_id)
        current = self._context.state.get(Operation, operation.id)
        if current is None or current.state not in LIVE_OPERATION:
            self._wake_at.pop(operation.id, None)
            self._context.wake()

    def under_way(self, operation_id: str) -> bool:
        """Whether a step of it is being done just now: what comes of it is not known."""
        return operation_id in self._tasks

    async def step_ended(self, operation_id: str, seconds: float) -> None:
        """Wait until the step of it that is being done just now has ended, for so many seconds at most."""
        if (task := self._tasks.get(operation_id)) is not None:
            await asyncio.wait({task}, timeout=seconds)

    def resumed(self, operation: Operation) -> Operation:
        """The operation, held by nobody any more; its step gets its whole time again."""
        server = self._context.state.need(Server, operation.server_id)
        limit = self._plans[operation.kind].time_limit(self._context, server, operation.step)
        self._wake_at.pop(operation.id, None)
        deadline = self._context.clock.now() + limit
        return changed(operation, paused_by="", state=OperationState.RUNNING, waiting_for="", deadline=deadline)

    def busy(self) -> tuple[str, ...]:
        """Names of the operations whose step is under way."""
        return tuple(task.get_name() for task in self._tasks.values())

    async def settle(self) -> None:
        """Wait until no step is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    async def stop(self, seconds: float) -> None:
        """Let steps end that are under way, for so many seconds; then cancel them: the next start goes on with them."""
        self._stopping = True
        tasks = list(self._tasks.values())
        if tasks:
            _, pending = await asyncio.wait(tasks, timeout=seconds)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    def abandon(self) -> None:
        """End all steps that are under way, at once: another engine goes on with them."""
        for task in self._tasks.values():
            task.cancel()

    async def _run(self, operation_id: str) -> None:
        try:
            while await self._one_step(operation_id):
                pass
        except TryAgain as halted:
            log.warning("%s stands still: %s", operation_id, halted)
        except BrokenRule as broken:
            log.exception("%s would break a rule", operation_id)
            with contextlib.suppress(TryAgain):  # tried again when changes are taken again
                await self._give_up(operation_id, broken)

    async def _give_up(self, operation_id: str, broken: BrokenRule) -> None:
        operation = self._context.state.need(Operation, operation_id)
        ended = changed(operation, state=OperationState.FAILED, outcome=f"a mistake in VMMS: {broken}", remedy=MISTAKE)
        server = self._context.state.need(Server, operation.server_id)
        said = self._line(ended, server, f"{operation.kind}.failed", result="failed", level=Level.ERROR)
        await self._context.ledger.commit(ended, said)

    async def _one_step(self, operation_id: str) -> bool:
        """Do the present step. True: the next one can follow at once."""
        state = self._context.state
        operation = state.get(Operation, operation_id)
        if operation is None or operation.state not in LIVE_OPERATION or operation.paused_by:
            return False
        server = state.need(Server, operation.server_id)
        plan = self._plans[operation.kind]
        await self._context.ledger.settle()  # the intent is on the disk before anything is done about it
        outcome = await self._attempt(plan, operation, server)
        current = state.get(Operation, operation_id)
        if current is None or current.state not in LIVE_OPERATION:
            return False  # overtaken meanwhile
        server = state.need(Server, operation.server_id)
        return await self._take(plan, current, server, outcome)

    async def _attempt(self, plan: Plan, operation: Operation, server: Server) -> Outcome:
        """What comes of the present step, in words without the password: the cloud or the server may quote it."""
        outcome, hide = await self._try(plan, operation, server), self._context.without_secrets
        if isinstance(outcome, Wait):
            return msgspec.structs.replace(outcome, why=clause(hide(server.id, outcome.why)))
        if isinstance(outcome, Fail):
            reason, detail = hide(server.id, outcome.reason), hide(server.id, outcome.detail)
            return whole(msgspec.structs.replace(outcome, reason=reason, detail=detail), operation)
        return outcome

    async def _try(self, plan: Plan, operation: Operation, server: Server) -> Outcome:
        try:
            outcome = await plan.steps[operation.step](self._context, operation, server)
        except (*PASSING, GuestError) as error:
            return await self._later(operation, error)
        except CloudError as error:
            return refused(error)
        except TryAgain:
            raise
        except VmmsError as error:
            return Fail(error.message, remedy=error.remedy)
        except Exception:  # noqa: BLE001 a mistake of ours must end this operation with a word, and no other
            trace = self._context.without_secrets(server.id, traceback.format_exc())
            log.error("%s %s failed in step %s\n%s", operation.kind, operation.id, operation.step, trace)
            return Fail(f"a mistake in VMMS in step {operation.step}; its log has the details", remedy=MISTAKE)
        if isinstance(outcome, Wait) and not outcome.held and await self._too_late(operation):
            limit = plan.time_limit(self._context, server, operation.step)
            return Fail(f"{clause(outcome.why)}: not done within {int(limit.total_seconds())} s")
        return outcome

    async def _too_late(self, operation: Operation) -> bool:
        """Whether the present step has had its time. A jump of the clock is no time that went by."""
        clock = self._context.clock
        if operation.deadline is None or clock.now() < operation.deadline:
            return False
        await self._context.look_at_the_clock()
        current = self._context.state.need(Operation, operation.id)
        return current.deadline is not None and clock.now() >= current.deadline

    async def _later(self, operation: Operation, error: Exception) -> Outcome:
        """Wait longer each time. Time that the cloud was away does not count against the step."""
        late = await self._too_late(operation)
        operation = self._context.state.need(Operation, operation.id)
        attempts = operation.attempts + 1
        delay = operation_backoff(attempts, operation.id).total_seconds()
        delay = max(delay, getattr(error, "retry_after", None) or 0.0)
        deadline = operation.deadline
        if isinstance(error, GuestError):
            if late:
                return Fail(str(error))
        elif deadline:
            deadline = max(deadline, self._context.clock.now() + (deadline - operation.updated))
        await self._context.ledger.commit(changed(operation, attempts=attempts, deadline=deadline))
        return Wait(delay, str(error))

    async def _take(self, plan: Plan, operation: Operation, server: Server, outcome: Outcome) -> bool:
        now, ledger = self._context.clock.now(), self._context.ledger
        if isinstance(outcome, Wait):
            self._wake_at[operation.id] = self._context.clock.monotonic() + outcome.seconds
            if operation.waiting_for != outcome.why and not operation.paused_by:
                waiting = changed(operation, state=OperationState.WAITING, waiting_for=outcome.why)
                await ledger.commit(waiting)
            return False
        self._wake_at.pop(operation.id, None)
        ahead = changed(operation, updated=now, attempts=0, waiting_for="")
        if isinstance(outcome, Next):
            limit = plan.time_limit(self._context, server, outcome.step)
            ahead = changed(ahead, state=OperationState.RUNNING, step=outcome.step, deadline=now + limit)
            ahead = standing(ahead, operation.paused_by) if operation.paused_by else ahead
            await ledger.commit(*outcome.changes, ahead)
            return True
        if isinstance(outcome, Done):
            done = changed(ahead, state=OperationState.DONE, outcome=outcome.outcome)
            await ledger.commit(*self._with_line(outcome.changes, done, server), done, *self.handed_over(done))
            return False
        await self._fail(plan, ahead, server, outcome)
        return False

    async def _fail(self, plan: Plan, operation: Operation, server: Server, failure: Fail) -> None:
        consequences = await plan.failed(self._context, operation, server, failure)
        current = self._context.state.get(Operation, operation.id)
        if current is None or current.state not in LIVE_OPERATION:
            return
        ended = changed(operation, state=OperationState.FAILED, outcome=failure.reason, remedy=failure.remedy)
        said = self._line(
            ended,
            server,
            f"{operation.kind}.failed",
            text=f"{operation.kind} of {server.id} failed at {operation.step}: {failure.reason}. {failure.remedy}",
            result="failed",
            level=Level.WARNING if failure.quota else Level.ERROR,
            detail=failure.detail,
        )
        await self._context.ledger.commit(*consequences, ended, said, *self.handed_over(ended))
