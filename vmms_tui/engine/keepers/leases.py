"""Warns before leases end, stops the important ones that are over, and takes the rest back when their owners know."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from vmms_tui.engine import telling
from vmms_tui.engine.context import Context
from vmms_tui.engine.keepers.guard import GuardKeeper
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.expiry import RELEASED, Postpone, Reclaim, StopFirst, Warn, expiry, quiet_until
from vmms_tui.engine.policy.words import instant, span
from vmms_tui.engine.turns import in_turns
from vmms_tui.model.records import (
    AnyRecord,
    Lease,
    LeaseState,
    Level,
    NoticeKind,
    OperationKind,
    OperationState,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.spec import Policy

TRY_AGAIN = timedelta(minutes=5)
"""After a stop or a reclaim that failed."""
LOOKED_AT_TOGETHER = 500
"""Leases that are looked at before others have their turn."""


class _Quiet(msgspec.Struct, frozen=True, gc=False):
    """A lease of which nothing is to be done, and for how long, as long as it is this very record."""

    lease: Lease
    since: datetime
    until: datetime


class LeaseKeeper:
    """One pass over all live leases at each tick."""

    def __init__(self, context: Context, runner: Runner, guard: GuardKeeper) -> None:
        self._context = context
        self._runner = runner
        self._guard = guard
        self._quiet: dict[str, _Quiet] = {}
        self._quiet_by: Policy | None = None
        """The rules by which they are quiet."""

    async def tick(self) -> None:
        """Ask the policy about every live lease, and begin what it says; while frozen, only warn."""
        await self._guard.look_at_leases()
        state = self._context.state
        now = self._context.clock.now()
        leases = state.live_leases()
        self._forget_others(leases)
        async for some in in_turns(leases, LOOKED_AT_TOGETHER):
            for lease_id in [lease.id for lease in some if not self._is_quiet(lease, now)]:
                # as it is now: it may have been renewed meanwhile
                await self._look_at(state.need(Lease, lease_id), now)

    def _forget_others(self, leases: Sequence[Lease]) -> None:
        policy = self._context.policy
        if policy is not self._quiet_by:
            self._quiet, self._quiet_by = {}, policy
        elif len(self._quiet) > len(leases):
            there = {lease.id for lease in leases}
            self._quiet = {lease_id: known for lease_id, known in self._quiet.items() if lease_id in there}

    def _is_quiet(self, lease: Lease, now: datetime) -> bool:
        known = self._quiet.get(lease.id)
        return known is not None and known.lease is lease and known.since <= now < known.until

    def _note_quiet(self, lease: Lease, now: datetime) -> None:
        until = quiet_until(lease, self._context.policy, now)
        if until is not None:
            self._quiet[lease.id] = _Quiet(lease, now, until)

    async def _look_at(self, lease: Lease, now: datetime) -> None:
        if lease.state == LeaseState.ENDING:
            await self._reclaim(lease, lease.end_reason or "the lease is over", now)
            return
        match expiry(lease, self._context.policy, now):
            case Warn(before) if before or not self._context.frozen:  # one past its end may get time back first
                await self._warn(lease, before, now)
            case StopFirst(grace_until):
                await self._stop(changed(lease, state=LeaseState.OVERDUE, grace_until=grace_until), now)
            case Reclaim(reason):
                await self._reclaim(lease, reason, now)
            case Postpone(why):
                await self._postpone(lease, why)
            case None:
                self._note_quiet(lease, now)
                if lease.state == LeaseState.OVERDUE and lease.stopped_at is None:
                    await self._stop(lease, now)

    async def _warn(self, lease: Lease, before: timedelta, now: datetime) -> None:
        notices = telling.about_end(self._context, NoticeKind.WARNING, lease)
        words = f"{lease.owner} is warned: {lease.id} of {lease.server_id} "
        words += f"ends in {span(lease.end - now)}" if before else "has ended"
        reason = f"less than {span(before)} to its end at {instant(lease.end)}"
        late = f"it ended at {instant(lease.end)}, before anybody could warn of it"
        said = self._context.ledger.event("lease.warned", words, about=lease, reason=reason if before else late)
        warned = changed(lease, warned=(*lease.warned, before), warned_at=now)
        await self._context.ledger.commit(warned, *notices, said)

    async def _postpone(self, lease: Lease, why: str) -> None:
        """See that the owner is being told, and say once that the lease waits for it."""
        context = self._context
        kind = NoticeKind.STOPPED if lease.state == LeaseState.OVERDUE else NoticeKind.WARNING
        changes: list[AnyRecord] = []
        if telling.being_told(context, lease, kind) is None:
            changes += telling.about_end(context, kind, lease)
        if lease.postponed != why:
            text = f"{lease.id} of {lease.owner} is not taken back: {why}"
            reason = f"it ended at {instant(lease.end)}, and no notice of that is proved to be delivered"
            said = context.ledger.event("lease.postponed", text, about=lease, level=Level.WARNING, reason=reason)
            changes += [changed(lease, postponed=why), said]
        await context.ledger.commit(*changes)

    async def _stop(self, lease: Lease, now: datetime) -> None:
        server = self._context.state.need(Server, lease.server_id)
        if server.missing_since is not None:  # nothing is left to stop
            kept, *notices = telling.stopped(self._context, lease)
            said = self._context.ledger.event(
                "lease.overdue",
                f"{lease.id} of {lease.owner} is over and kept for a while",
                about=lease,
                reason=f"it ended at {instant(lease.end)}; nothing is left to stop: the cloud has {server.id} no more",
            )
            await self._context.ledger.commit(kept, *notices, said)
            return
        if self._context.frozen or not self._free(server, OperationKind.STOP, now):
            return
        reason = f"the lease ended at {instant(lease.end)}; its importance {lease.importance} keeps it for a while"
        begun = self._runner.begin(OperationKind.STOP, server, actor="engine", reason=reason, lease_id=lease.id)
        said = self._context.ledger.event(
            "lease.overdue",
            f"{lease.id} of {lease.owner} is over: stop first",
            about=lease,
            reason=reason,
            operation_id=begun[-1].id,
        )
        await self._context.ledger.commit(lease, *begun, said)
        self._context.wake()

    async def _reclaim(self, lease: Lease, reason: str, now: datetime) -> None:
        server = self._context.state.need(Server, lease.server_id)
        if server.state == ServerState.GONE:
            return
        if self._context.frozen and not lease.end_reason.startswith(RELEASED):
            return
        if not self._free(server, OperationKind.RECLAIM, now):
            return
        begun = self._runner.begin(OperationKind.RECLAIM, server, actor="engine", reason=reason, lease_id=lease.id)
        said = self._context.ledger.event(
            "lease.over",
            f"{lease.id} of {lease.owner}: {reason}",
            about=lease,
            reason=reason,
            operation_id=begun[-1].id,
        )
        await self._context.ledger.commit(*begun, said)
        self._context.wake()

    def _free(self, server: Server, kind: OperationKind, now: datetime) -> bool:
        """Whether such an operation may begin: none is at work, and none of its kind failed a moment ago."""
        at_work = self._context.state.operation_on(server.id)
        if at_work is not None:
            return at_work.kind in {OperationKind.HAND_OVER, OperationKind.RESET_PASSWORD}
        return not any(
            operation.kind == kind and operation.state == OperationState.FAILED and now - operation.updated < TRY_AGAIN
            for operation in self._context.state.operations_of(server.id)
        )
