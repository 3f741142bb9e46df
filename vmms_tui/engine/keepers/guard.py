"""Lets destructive work stand still when the clock cannot be trusted or too many leases end at once, and go on."""

from collections.abc import Callable
from datetime import datetime, timedelta

from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.operations.steps import FROZEN
from vmms_tui.engine.policy.guard import due, jump_words, live, regained, set_back, too_many
from vmms_tui.engine.policy.words import instant
from vmms_tui.engine.watch import Jump
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import (
    AnyRecord,
    Event,
    Guard,
    Lease,
    LeaseState,
    Level,
    OperationKind,
    Pool,
    Server,
    changed,
)


class GuardKeeper:
    """Looks at the clock in each tick, and at the leases whenever somebody is about to end some."""

    def __init__(self, context: Context, runner: Runner) -> None:
        self._context = context
        self._runner = runner
        self._known: frozenset[str] = frozenset()
        """The leases that were past their end at the last look."""
        self.after_jump: Callable[[], None] = lambda: None
        """Called when the wall clock has jumped: whoever goes by it begins anew."""

    async def begin(self) -> None:
        """The first look, before anything is written: the last line of Events tells when the store was last at work."""
        events = self._context.state.all(Event)
        newest = events[-1].at if events else None
        self._known = due(self._context.state.live_leases(), newest) if newest else frozenset()
        why = set_back(newest, self._context.clock.now(), self._context.policy.guard)
        if why and self._context.guard.since is None:
            await self._freeze(Guard(id="guard", reason=why))

    async def tick(self) -> None:
        """Look whether the clock has jumped."""
        jump = self._context.watch.look(self._context.policy.guard)
        if jump is None:
            return
        self._context.watch.noted()
        self.after_jump()
        try:
            await self._note(jump)
        except TryAgain:
            self._context.watch.not_noted(jump)
            raise

    async def _note(self, jump: Jump) -> None:
        guard = self._context.guard
        if guard.since is None:
            guard = Guard(id="guard")
        jumped, before = guard.jumped + jump.far, guard.before or jump.before
        words = jump_words(jumped, before)
        asked = guard.reason if guard.by != "engine" else ""
        reason = f"{asked}; {words}" if asked else words
        await self._freeze(changed(guard, jumped=jumped, before=before, reason=reason), *self._moved(jump))

    async def look_at_leases(self) -> None:
        """Look at the clock, and whether far more leases than usual have fallen due since the last look."""
        await self.tick()
        leases, rules = self._context.state.live_leases(), self._context.policy.guard
        now_due = due(leases, self._context.clock.now())
        fell, of = len(now_due - self._known), live(leases)
        why = too_many(fell, of, rules)
        if why and self._context.guard.since is None:
            await self._freeze(Guard(id="guard", reason=why, due=fell, live=of))
        self._known = now_due

    async def freeze(self, reason: str, caller: str, said: Event) -> None:
        """An operator wants it. What the clock did since an earlier freeze stays known."""
        await self._commit(
            changed(self._context.guard, since=self._context.clock.now(), by=caller, reason=reason), said
        )

    async def _freeze(self, guard: Guard, *more: AnyRecord) -> None:
        since = guard.since or self._context.clock.now()
        text = f"nothing is stopped, deleted or taken back any more: {guard.reason}"
        said = self._context.ledger.event(
            "guard.frozen", text, level=Level.ERROR, detail="`vmms thaw` ends it.", reason=guard.reason
        )
        await self._commit(changed(guard, since=since), *more, said)

    async def _commit(self, *records: AnyRecord) -> None:
        await self._context.ledger.commit(*records)
        self._context.wake()

    def _moved(self, jump: Jump) -> list[AnyRecord]:
        """What goes by the wall clock, as the clock now is: pauses, surges, tries, and the time that steps have."""
        state, far = self._context.state, jump.far
        pools: list[AnyRecord] = [moved for pool in state.pools() if (moved := _moved_pool(pool, far)) != pool]
        letters: list[AnyRecord] = [
            changed(one, next_try=one.next_try + far) for one in state.open_notices() if one.next_try is not None
        ]
        return (
            pools
            + letters
            + [
                changed(one, started=one.started + far, updated=one.updated + far, deadline=_later(one.deadline, far))
                for one in state.live_operations()
            ]
        )

    def thawed(self) -> tuple[list[AnyRecord], int, int]:
        """What changes when destructive work goes on, how many leases get time back, and how many end now."""
        context, now = self._context, self._context.clock.now()
        guard = context.guard
        changes: list[AnyRecord] = [Guard(id="guard"), *self._held(now)]
        back = 0
        for lease in context.state.live_leases():
            more = regained(lease, guard, context.policy, now)
            if more is not None:
                back += 1
                changes += self._give_back(lease, more)
        ended = {one.id for one in changes if isinstance(one, Lease)}
        left = due(context.state.live_leases(), now) - ended
        self._known = left
        return changes, back, len(left)

    def _held(self, now: datetime) -> list[AnyRecord]:
        """Operations that stood still have their step's whole time again."""
        return [
            changed(one, updated=now, deadline=_later(one.deadline, now - one.updated))
            for one in self._context.state.live_operations()
            if one.waiting_for.startswith(FROZEN)
        ]

    def _give_back(self, lease: Lease, more: Lease) -> list[AnyRecord]:
        context = self._context
        why = f"it was frozen: {context.guard.reason}"
        if more.state is LeaseState.OVERDUE:
            text = f"{lease.id} is kept until {instant(more.grace_until) if more.grace_until else ''}"
            return [more, context.ledger.event("lease.regained", text, about=more, reason=why)]
        text = f"{lease.id} now ends at {instant(more.end)}, not at {instant(lease.end)}: its owner is warned first"
        begun: tuple[AnyRecord, ...] = ()
        server = context.state.need(Server, lease.server_id)
        if context.state.operation_on(server.id) is None and server.missing_since is None:
            begun = self._runner.begin(
                OperationKind.HAND_OVER, server, actor="engine", reason="its lease ends later", lease_id=lease.id
            )
        operation_id = begun[-1].id if begun else ""
        said = context.ledger.event("lease.regained", text, about=more, reason=why, operation_id=operation_id)
        return [more, *begun, said]


def _later(at: datetime | None, by: timedelta) -> datetime | None:
    return at + by if at is not None else None


def _moved_pool(pool: Pool, far: timedelta) -> Pool:
    return changed(pool, paused_until=_later(pool.paused_until, far), surge_since=_later(pool.surge_since, far))
