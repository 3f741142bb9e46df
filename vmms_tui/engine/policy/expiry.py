"""What happens to a lease as its end comes and goes.

An owner is warned before the end, at least once. An ordinary lease past its end is reclaimed. One at or above the
importance threshold is stopped first and its owner told; it is reclaimed when the whole grace has passed since both
were done. None is reclaimed whose owner is not proved to have been told of this end, early enough to answer: then it
is postponed. What would fall on a free day waits for the next working day; warnings do not.
"""

from datetime import datetime, timedelta

import msgspec

from vmms_tui.engine.policy.calendar import local_and_utc, next_working, still_to_come
from vmms_tui.engine.policy.telling import (
    due_at,
    grace_end,
    important,
    least_notice,
    reclaim_at,
    stop_at,
    told_at,
    warned,
    warning_times,
)
from vmms_tui.engine.policy.words import instant, span
from vmms_tui.model.records import Lease, LeaseState, Server, ServerState
from vmms_tui.model.spec import Policy

RELEASED = "released"
"""How `end_reason` begins when the owner gave the server back: then it may go at once, however important."""

NOT_TOLD = "its owner could not be told of its end"
NOT_TOLD_OF_THE_STOP = "its owner could not be told that its server is stopped"


class Warn(msgspec.Struct, frozen=True):
    """Tell the owner that the lease ends soon; `before` is which of the warnings this is."""

    before: timedelta


class StopFirst(msgspec.Struct, frozen=True):
    """Stop the server of an important lease, tell its owner, and keep it until `grace_until` at least."""

    grace_until: datetime


class Reclaim(msgspec.Struct, frozen=True):
    """End the lease and remove its server."""

    reason: str


class Postpone(msgspec.Struct, frozen=True):
    """It should be taken back, and must not: its owner does not know. See that they are told, and say that it waits."""

    why: str


def expiry(lease: Lease, policy: Policy, now: datetime) -> Warn | StopFirst | Reclaim | Postpone | None:
    """What is to be done about this lease now.

    Of several warnings whose instant has passed only the latest is given; one as long as the whole lease, or longer,
    never is. Warnings are counted from the end: whoever renews a lease empties its `warned`.
    """
    if lease.state is LeaseState.OVERDUE:
        return _overdue(lease, policy, now)
    if lease.state is not LeaseState.ACTIVE:
        return None
    if now < lease.end:
        return _warning(lease, policy, now)
    if not (warned(lease) or told_at(lease)):
        return Warn(timedelta(0))
    if important(lease, policy):
        return _stop(lease, policy, now)
    if told_at(lease) is None:
        return _postpone(NOT_TOLD, max(due_at(lease, policy), _late(lease.warned_at, lease, policy)), now)
    return None if _kept_ordinary(lease, policy, now) else Reclaim(f"the lease ended at {instant(lease.end)}")


def _stop(lease: Lease, policy: Policy, now: datetime) -> StopFirst | None:
    at = stop_at(lease, policy)
    if at is None or still_to_come(at, now, policy.calendar):
        return None
    return StopFirst(next_working(now + policy.grace, policy.calendar))


def _overdue(lease: Lease, policy: Policy, now: datetime) -> Reclaim | Postpone | None:
    if now >= lease.end and lease.stopped_at is not None and lease.told_at is None:
        return _postpone(NOT_TOLD_OF_THE_STOP, _late(lease.stopped_at, lease, policy), now)
    return None if _kept_back(lease, policy, now) else Reclaim(_grace_passed(lease, policy))


def _late(written: datetime | None, lease: Lease, policy: Policy) -> datetime:
    """From when it is late that a notice which was written then has not reached anybody."""
    return (written or lease.end) + least_notice(lease, policy)


def _postpone(why: str, since: datetime, now: datetime) -> Postpone | None:
    return Postpone(why) if now >= since else None


def _warning(lease: Lease, policy: Policy, now: datetime) -> Warn | None:
    left = lease.end - now
    due = min((before for before in warning_times(lease, policy) if left <= before), default=None)
    if due is None or any(before <= due for before in warned(lease)):
        return None
    return Warn(due)


def quiet_until(lease: Lease, policy: Policy, now: datetime) -> datetime | None:
    """Until when `expiry` says nothing of this lease, as it says nothing now; None: it has to be asked each time."""
    if lease.state is not LeaseState.ACTIVE or now >= lease.end:
        return None
    left = lease.end - now
    return lease.end - max((before for before in warning_times(lease, policy) if before < left), default=timedelta(0))


def may_reclaim(lease: Lease, server: Server, now: datetime, policy: Policy) -> str:
    """Why this server must not be deleted for the end of this lease, in a sentence; empty: it may be deleted.

    Ask with both records as they are, just before the server is deleted: the lease may have been renewed, or the
    server moved, since the decision. A lease that is ending or ended is not asked again whether its end has come, for
    it cannot be renewed; but an important one goes without its grace only if its owner released it.
    """
    return _not_its_server(lease, server) or _not_yet(lease, policy, now)


def _not_its_server(lease: Lease, server: Server) -> str:
    if lease.server_id != server.id:
        return f"Lease {lease.id} is on server {lease.server_id or 'none'}, not on {server.id}."
    unlinked = server.state is ServerState.RECLAIMING and not server.lease_id
    if server.lease_id != lease.id and not unlinked:
        return f"Server {server.id} is on lease {server.lease_id or 'none'}, not on {lease.id}."
    if server.state in {ServerState.HEALING, ServerState.MOVING}:
        return f"Server {server.id} is {server.state} just now."
    return ""


def _not_yet(lease: Lease, policy: Policy, now: datetime) -> str:
    over = lease.state in {LeaseState.ENDING, LeaseState.ENDED}
    if over and lease.end_reason.startswith(RELEASED):
        return ""
    if lease.state is LeaseState.OVERDUE or (over and important(lease, policy)):
        return _kept_back(lease, policy, now)
    if over:
        return ""
    if now < lease.end:
        return f"Lease {lease.id} runs until {instant(lease.end)}."
    if important(lease, policy):
        return f"Lease {lease.id} is important and was not stopped first."
    return _kept_ordinary(lease, policy, now)


def _kept_ordinary(lease: Lease, policy: Policy, now: datetime) -> str:
    """Why an ordinary lease past its end is not reclaimed yet, in a sentence; empty: it may be."""
    at = reclaim_at(lease, policy, told_at(lease))
    if at is None:
        return f"Lease {lease.id} ended, but {NOT_TOLD}."
    until = still_to_come(at, now, policy.calendar)
    return f"Lease {lease.id} ended and is kept until {local_and_utc(until, policy.calendar)}." if until else ""


def _kept_back(lease: Lease, policy: Policy, now: datetime) -> str:
    """Why a lease with a grace is not reclaimed yet, in a sentence; empty: its grace has passed."""
    if now < lease.end:
        return f"Lease {lease.id} runs until {instant(lease.end)}."
    if lease.stopped_at is None:
        return f"Lease {lease.id} is important and its server was not seen stopped."
    at = grace_end(lease, policy, lease.told_at)
    if at is None:
        return f"Lease {lease.id} is important and its owner was not told that the server is stopped."
    until = still_to_come(at, now, policy.calendar)
    return f"Lease {lease.id} is important and kept until {instant(until)}." if until else ""


def _grace_passed(lease: Lease, policy: Policy) -> str:
    return (
        f"the lease ended at {instant(lease.end)}, its server was stopped and its owner told, "
        f"and {span(policy.grace)} passed without a renewal"
    )
