"""When destructive work stands still and asks an operator, and what leases get back when it goes on.

Two things make it stand still. The wall clock jumped: it moved against the time that went by (whoever set it may have
set it wrong, and every lease would end too early). Or far more leases than usual fell due in one look: after a long
time without an engine, or with a clock that was wrong from the start.

When it goes on, no lease ends that had no chance of a warning. One that a jump forward brought to its end, or close to
it, runs on for what the jump took from it, at most for the longest of its warnings; one that fell due and was not
warned before that, for the longest of its warnings. Both are then warned as ever. The grace of important leases is
whole again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from vmms_tui.engine.policy.words import instant, span
from vmms_tui.model.records import Guard, Lease, LeaseState, changed
from vmms_tui.model.spec import GuardRules, Policy

_LIVE = frozenset({LeaseState.ACTIVE, LeaseState.OVERDUE})
_NONE = timedelta(0)


class Look(msgspec.Struct, frozen=True):
    """What the clocks said at one moment: the wall clock, and seconds that nobody can set."""

    wall: datetime
    steady: float


def jump_between(before: Look, after: Look, rules: GuardRules) -> timedelta:
    """How far the wall clock jumped ahead between two looks (below zero: back); nothing as long as the rules allow it.

    In whole seconds, as the wall clock is read.
    """
    went_by = after.steady - before.steady
    moved = timedelta(seconds=round((after.wall - before.wall).total_seconds() - went_by))
    return moved if abs(moved) > rules.jump else _NONE


def jump_words(jumped: timedelta, before: datetime) -> str:
    """A jump as a sentence without its stop."""
    if not jumped:
        return f"the clock jumped and came back (it said {instant(before)} before)"
    where = "forward" if jumped > _NONE else "back"
    return f"the clock jumped {span(abs(jumped))} {where} (it said {instant(before)} before)"


def set_back(newest: datetime | None, now: datetime, rules: GuardRules) -> str:
    """Why the clock cannot be right at a start, if the store's newest instant lies ahead of it."""
    if newest is None or newest - now <= rules.jump:
        return ""
    return f"the clock says {instant(now)}, but this installation was at work at {instant(newest)} already"


def due(leases: Iterable[Lease], now: datetime) -> frozenset[str]:
    """Ids of the leases that have come to their end and were not dealt with yet."""
    return frozenset(lease.id for lease in leases if lease.state is LeaseState.ACTIVE and lease.end <= now)


def live(leases: Iterable[Lease]) -> int:
    """How many leases are of worth to somebody."""
    return sum(lease.state in _LIVE for lease in leases)


def too_many(fell_due: int, of: int, rules: GuardRules) -> str:
    """Why so many leases at once are no ordinary thing; empty when they are."""
    if fell_due < rules.least or fell_due <= rules.share * of:
        return ""
    return f"{fell_due} of {of} leases fell due at once"


def regained(lease: Lease, guard: Guard, policy: Policy, now: datetime) -> Lease | None:
    """The lease with the time that it gets back when destructive work goes on; None: it needs none."""
    if lease.state is LeaseState.OVERDUE:
        return _whole_grace(lease, guard, policy)
    if lease.state is not LeaseState.ACTIVE:
        return None
    more = _cut_by_the_jump(lease, guard, policy)
    if not more and lease.end <= now and not any(lease.warned):
        more = max(_notices(lease, policy), default=_NONE)
    if not more or now + more <= lease.end:
        return None
    return changed(lease, end=now + more, warned=(), warned_at=None, notified_of=None, notified_at=None, postponed="")


def _jump_ahead(guard: Guard, policy: Policy) -> timedelta:
    return guard.jumped if guard.jumped > policy.guard.jump else _NONE


def _whole_grace(lease: Lease, guard: Guard, policy: Policy) -> Lease | None:
    ahead = _jump_ahead(guard, policy)
    if not ahead or guard.before is None or lease.stopped_at is None or lease.stopped_at > guard.before:
        return None
    if lease.grace_until is None or lease.grace_until <= guard.before:
        return None
    return changed(lease, grace_until=lease.grace_until + ahead)


def _cut_by_the_jump(lease: Lease, guard: Guard, policy: Policy) -> timedelta:
    """How long this lease runs on for the jump's sake; nothing where the jump left it time enough to be warned."""
    ahead = _jump_ahead(guard, policy)
    if not ahead or guard.before is None or lease.start > guard.before or lease.end <= guard.before:
        return _NONE
    left = lease.end - guard.before
    notices = _notices(lease, policy)
    if left - ahead >= max(notices, default=_NONE):
        return _NONE
    return max(min(left, max(notices)), min(notices)) if notices else left


def _notices(lease: Lease, policy: Policy) -> list[timedelta]:
    """How long before its end this lease is warned."""
    return [before for before in policy.warnings if before < lease.end - lease.start]
