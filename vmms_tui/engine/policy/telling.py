"""Whether an owner has been told of the end of a lease, and what follows from it.

No delivered notice, no reclaim: what counts is the proof that a notice about *this* end reached its owner, and that it
did so early enough to answer.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from vmms_tui.engine.policy.calendar import next_working, rounded_up
from vmms_tui.model.records import Lease, LeaseState, Notice, NoticeKind, changed
from vmms_tui.model.spec import Policy

ABOUT_THE_END = frozenset({NoticeKind.WARNING, NoticeKind.STOPPED})
"""Notices that prove that an owner knows of an end."""
FALL_BACK_AFTER = 5
"""From this failed try on, the operators are told as well."""
FIRST_PAUSE = 15
"""Seconds between the first two tries."""
LONGEST_PAUSE = 30 * 60
"""Seconds between two tries, at most."""


def term_of(lease: Lease) -> timedelta:
    """How long the lease is, with all its renewals."""
    return lease.end - lease.start


def half_term(lease: Lease) -> timedelta:
    """Half of it, in whole seconds."""
    return timedelta(seconds=int(term_of(lease).total_seconds()) // 2)


def important(lease: Lease, policy: Policy) -> bool:
    """Whether it is stopped first, and kept for a while."""
    return lease.importance >= policy.importance_threshold


def least_notice(lease: Lease, policy: Policy) -> timedelta:
    """How long before a reclaim its owner has to have been told, at least: never more than half the term."""
    return min(policy.least_notice, half_term(lease))


def warning_times(lease: Lease, policy: Policy) -> list[timedelta]:
    """How long before the end this lease is warned of: at least once, and early enough to answer."""
    term = term_of(lease)
    fitting = [before for before in policy.warnings if before < term]
    if not fitting:
        return [half_term(lease)]
    least = least_notice(lease, policy)
    return fitting if max(fitting) > least else [*fitting, min(2 * least, half_term(lease))]


def told_at(lease: Lease) -> datetime | None:
    """Since when its owner knows of the end as it is now; None: there is no proof that they do."""
    return lease.notified_at if lease.notified_of == lease.end else None


def due_at(lease: Lease, policy: Policy) -> datetime:
    """When it is to be stopped or taken back, were its owner told in time: its end, or the next working day's hour."""
    return next_working(lease.end, policy.calendar)


def warned(lease: Lease) -> tuple[timedelta, ...]:
    """Which warnings were written. Those of a store that kept no proofs do not count: nobody knows who saw them."""
    return lease.warned if lease.warned_at is not None else ()


def stop_at(lease: Lease, policy: Policy) -> datetime | None:
    """When an important lease is stopped; None as long as its owner was not even written to.

    A stop waits for no proof, as nothing is lost by it. Where there is one, it leaves time to answer.
    """
    known = told_at(lease) or lease.warned_at
    if known is None:
        return None
    return next_working(max(lease.end, known + least_notice(lease, policy)), policy.calendar)


def reclaim_at(lease: Lease, policy: Policy, told: datetime | None) -> datetime | None:
    """When an ordinary lease is taken back whose owner was told then; None as long as they were not."""
    if told is None:
        return None
    return next_working(max(lease.end, told + least_notice(lease, policy)), policy.calendar)


def grace_end(lease: Lease, policy: Policy, told: datetime | None) -> datetime | None:
    """When an overdue lease is taken back whose owner was told then; None while it is not stopped or they were not."""
    if lease.stopped_at is None or told is None:
        return None
    counted = rounded_up(max(lease.stopped_at, told) + policy.grace)
    return next_working(max(counted, lease.grace_until or counted), policy.calendar)


def happens_at(notice: Notice, lease: Lease, policy: Policy, told: datetime) -> datetime | None:
    """When what a notice speaks of happens, if it reaches its owner at `told`."""
    if notice.kind is NoticeKind.STOPPED:
        return grace_end(lease, policy, told)
    if notice.kind is not NoticeKind.WARNING:
        return None
    return reclaim_at(lease, policy, told_at(lease) or told)


def outdated(notice: Notice, lease: Lease | None) -> str:
    """Why a notice need not be delivered any more, in a few words; empty: it still says what is so."""
    if notice.about_end is None:
        return ""
    if lease is None or lease.state is LeaseState.ENDED:
        return "the lease has ended"
    if lease.end != notice.about_end:
        return "the lease was renewed"
    if lease.state is LeaseState.ENDING:
        return "the lease is ending"
    if notice.kind is NoticeKind.OPERATOR and _told_of_what_is_next(lease) is not None:
        return "the owner was told"
    return ""


def _told_of_what_is_next(lease: Lease) -> datetime | None:
    return lease.told_at if lease.stopped_at is not None else told_at(lease)


def proven(notice: Notice, lease: Lease | None, by: str, now: datetime, policy: Policy) -> tuple[Notice, Lease | None]:
    """Both as they are once it is proved that the notice reached whom it is for; None: the lease is as it was."""
    delivered = changed(notice, delivered_at=now, delivered_by=by, next_try=None, problem="", void="")
    if lease is None or notice.kind not in ABOUT_THE_END or outdated(notice, lease):
        return delivered, None
    told = lease
    if told_at(lease) is None:
        told = changed(told, notified_of=lease.end, notified_at=now)
    if notice.kind is NoticeKind.STOPPED and lease.stopped_at is not None and lease.told_at is None:
        told = changed(told, told_at=now, grace_until=grace_end(lease, policy, now))
    if _told_of_what_is_next(told) is not None:
        told = changed(told, postponed="")
    return delivered, None if told == lease else told


def next_try_after(attempts: int, notice_id: str) -> timedelta:
    """How long to wait after so many tries, in whole seconds.

    15 seconds after the first, then twice as long each time, at most half an hour, less up to a quarter that hangs on
    the notice and the try: what failed together does not come back together.
    """
    if attempts < 1:
        return timedelta(0)
    seconds = min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)
    digest = sha256(f"{notice_id}/{attempts}".encode()).digest()
    return timedelta(seconds=seconds - int.from_bytes(digest[:8]) % (seconds // 4 + 1))


def for_operators_too(notice: Notice, lease: Lease) -> bool:
    """Whether the operators should hear that this owner could not be told of the end.

    An owner without a channel may still look at their screen: for them only when the lease had to be postponed.
    """
    return (
        notice.kind in ABOUT_THE_END and notice.open and (notice.attempts >= FALL_BACK_AFTER or bool(lease.postponed))
    )
