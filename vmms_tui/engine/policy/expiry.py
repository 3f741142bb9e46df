"""What happens to a lease as its end comes and goes.

An owner is warned before the end. An ordinary lease past its end is reclaimed. One at or above the importance
threshold is stopped first and its owner told; it is reclaimed when the whole grace has passed since both were done.
"""

from datetime import datetime, timedelta

import msgspec

from vmms_tui.engine.policy.words import instant, span
from vmms_tui.model.records import Lease, LeaseState, Server, ServerState
from vmms_tui.model.spec import Policy

RELEASED = "released"
"""How `end_reason` begins when the owner gave the server back: then it may go at once, however important."""

_SECOND = timedelta(seconds=1)


class Warn(msgspec.Struct, frozen=True):
    """Tell the owner that the lease ends soon; `before` is which of the warnings this is."""

    before: timedelta


class StopFirst(msgspec.Struct, frozen=True):
    """Stop the server of an important lease, tell its owner, and keep it until `grace_until` at least."""

    grace_until: datetime


class Reclaim(msgspec.Struct, frozen=True):
    """End the lease and remove its server."""

    reason: str


def expiry(lease: Lease, policy: Policy, now: datetime) -> Warn | StopFirst | Reclaim | None:
    """What is to be done about this lease now.

    Of several warnings whose instant has passed only the latest is given; one as long as the whole lease, or longer,
    never is. Warnings are counted from the end: whoever renews a lease empties its `warned`.
    """
    if lease.state is LeaseState.OVERDUE:
        return None if _kept_back(lease, policy, now) else Reclaim(_grace_passed(lease, policy))
    if lease.state is not LeaseState.ACTIVE:
        return None
    if now < lease.end:
        return _warning(lease, policy, now)
    if lease.importance >= policy.importance_threshold:
        return StopFirst(_whole(now + policy.grace))
    return Reclaim(f"the lease ended at {instant(lease.end)}")


def _warning(lease: Lease, policy: Policy, now: datetime) -> Warn | None:
    left = lease.end - now
    term = lease.end - lease.start
    due = min((before for before in policy.warnings if left <= before < term), default=None)
    if due is None or any(before <= due for before in lease.warned):
        return None
    return Warn(due)


def grace_end(lease: Lease, policy: Policy) -> datetime | None:
    """When an overdue lease is reclaimed; None as long as its server is not stopped or its owner not told."""
    if lease.stopped_at is None or lease.told_at is None:
        return None
    counted = max(lease.stopped_at, lease.told_at) + policy.grace
    return _whole(max(counted, lease.grace_until or counted))


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
    important = lease.importance >= policy.importance_threshold
    if lease.state is LeaseState.OVERDUE or (over and important):
        return _kept_back(lease, policy, now)
    if not over and now < lease.end:
        return f"Lease {lease.id} runs until {instant(lease.end)}."
    return f"Lease {lease.id} is important and was not stopped first." if important and not over else ""


def _kept_back(lease: Lease, policy: Policy, now: datetime) -> str:
    """Why a lease with a grace is not reclaimed yet, in a sentence; empty: its grace has passed."""
    if now < lease.end:
        return f"Lease {lease.id} runs until {instant(lease.end)}."
    if lease.stopped_at is None:
        return f"Lease {lease.id} is important and its server was not seen stopped."
    if lease.told_at is None:
        return f"Lease {lease.id} is important and its owner was not told that the server is stopped."
    until = grace_end(lease, policy)
    if until is not None and now < until:
        return f"Lease {lease.id} is important and kept until {instant(until)}."
    return ""


def _grace_passed(lease: Lease, policy: Policy) -> str:
    return (
        f"the lease ended at {instant(lease.end)}, its server was stopped and its owner told, "
        f"and {span(policy.grace)} passed without a renewal"
    )


def _whole(at: datetime) -> datetime:
    """In whole seconds, rounded up: a grace is never cut."""
    return at if at.microsecond == 0 else at.replace(microsecond=0) + _SECOND
