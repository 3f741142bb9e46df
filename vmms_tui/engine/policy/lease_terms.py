"""When a lease ends, and how long it may be renewed.

No lease ends later than `longest_term` from now, when asked for or renewed, nor later than `total_term` from its start.
"""

from datetime import datetime, timedelta

from vmms_tui.engine.policy.words import instant, span
from vmms_tui.model.errors import Refused
from vmms_tui.model.records import Lease, LeaseState, Pool

SHORTEST_TERM = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_OVER = frozenset({LeaseState.ENDING, LeaseState.ENDED})


def first_end(term: timedelta | None, pool: Pool, now: datetime) -> datetime:
    """When a lease that starts now ends. `term` None: what the pool gives, as far as its other rules let it.

    Raises Refused by `no_term`, `bad_term`, `longest_term` or `total_term`.
    """
    room = {"longest_term": pool.longest_term, "total_term": pool.total_term}
    if term is None:
        if pool.default_term < SHORTEST_TERM:
            raise Refused("no_term", f"Pool {pool.id} gives no term by default.", "Say for how long, 8h for example.")
        term = min(pool.default_term, *room.values())
    return now + _accepted(term, room, pool, "")


def renewed_end(lease: Lease, term: timedelta, pool: Pool, now: datetime) -> datetime:
    """When the lease ends after `term` is added to its end (to now, when it is past its end).

    Raises Refused by `lease_over`, `bad_term`, `longest_term` or `total_term`.
    """
    if lease.state in _OVER:
        raise Refused("lease_over", f"Lease {lease.id} is over; it cannot be renewed.", "Ask for a new server.")
    base = max(lease.end, now)
    longest = f" Lease {lease.id} now ends at {instant(lease.end)}."
    return base + _accepted(term, _renewal_room(lease, pool, now), pool, longest)


def longest_renewal(lease: Lease, pool: Pool, now: datetime) -> timedelta:
    """The longest term that `renewed_end` accepts now; zero when it accepts none."""
    longest = min(_renewal_room(lease, pool, now).values())
    return timedelta(0) if lease.state in _OVER or longest < SHORTEST_TERM else longest


def _renewal_room(lease: Lease, pool: Pool, now: datetime) -> dict[str, timedelta]:
    """How much each rule lets be added to the end (to now, when that is later); may be negative."""
    base = max(lease.end, now)
    return {"longest_term": pool.longest_term - (base - now), "total_term": pool.total_term - (base - lease.start)}


def _accepted(term: timedelta, room: dict[str, timedelta], pool: Pool, context: str) -> timedelta:
    """The term in whole seconds, rounded up; refuses one that is too short, or too long for the narrowest rule."""
    if term < SHORTEST_TERM:
        raise Refused("bad_term", f"A term of {span(term)} is too short.", f"Ask for {span(SHORTEST_TERM)} or more.")
    whole = term if not term.microseconds else term - timedelta(microseconds=term.microseconds) + _SECOND
    if whole > min(room.values()):
        rule, longest = min(room.items(), key=lambda item: item[1])
        raise _too_long(span(term), rule, longest, pool, context)
    return whole


def _too_long(asked: str, rule: str, longest: timedelta, pool: Pool, context: str) -> Refused:
    if rule == "longest_term":
        law = f"no lease of pool {pool.id} may end later than {span(pool.longest_term)} from now (longest term)"
    else:
        law = f"no lease of pool {pool.id} may be longer than {span(pool.total_term)} from its start (total term)"
    if longest < SHORTEST_TERM:
        later = "Try again later." if rule == "longest_term" else "Save your work and ask for a new server."
        return Refused(rule, f"{asked} is too long: {law}.{context} Nothing can be added now.", later)
    return Refused(rule, f"{asked} is too long: {law}.{context}", f"The longest accepted now is {span(longest)}.")
