"""When a lease ends, and how long it may be renewed.

No lease ends later than `longest` from now, when asked for or renewed, nor later than `total` from its start. The pool
has such a law, and its owner and their project may have their own: the narrowest counts.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from vmms_tui.engine.policy.words import instant, span
from vmms_tui.model.errors import Refused
from vmms_tui.model.records import Lease, LeaseState, Pool

SHORTEST_TERM = timedelta(minutes=1)
LEAST_LEFT = timedelta(minutes=5)
"""What a lease keeps whose end is set back."""
_SECOND = timedelta(seconds=1)
_OVER = frozenset({LeaseState.ENDING, LeaseState.ENDED})


class TermLaw(msgspec.Struct, frozen=True):
    """How long leases of somebody may be; None: as long as they like."""

    of: str
    """Whose leases, as sentences name it: `pool el9`, `ada`, `project web`."""
    longest: timedelta | None = None
    """From now, when asked for or renewed."""
    total: timedelta | None = None
    """From the start."""


class _Room(msgspec.Struct, frozen=True, gc=False):
    """How much one rule lets be added."""

    rule: str
    of: str
    most: timedelta
    left: timedelta
    """May be negative."""

    @property
    def law(self) -> str:
        """The rule, in a sentence without its end."""
        if self.rule == "longest_term":
            return f"no lease of {self.of} may end later than {span(self.most)} from now (longest term)"
        return f"no lease of {self.of} may be longer than {span(self.most)} from its start (total term)"


def first_end(term: timedelta | None, pool: Pool, now: datetime, laws: Sequence[TermLaw] = ()) -> datetime:
    """When a lease that starts now ends. `term` None: what the pool gives, as far as all rules let it.

    Raises Refused by `no_term`, `bad_term`, `longest_term` or `total_term`.
    """
    rooms = _rooms(pool, laws, timedelta(0), timedelta(0))
    if term is None:
        if pool.default_term < SHORTEST_TERM:
            raise Refused("no_term", f"Pool {pool.id} gives no term by default.", "Say for how long, 8h for example.")
        term = min(pool.default_term, *(room.left for room in rooms))
    return now + _accepted(term, rooms, "")


def renewed_end(lease: Lease, term: timedelta, pool: Pool, now: datetime, laws: Sequence[TermLaw] = ()) -> datetime:
    """When the lease ends after `term` is added to its end (to now, when it is past its end).

    Raises Refused by `lease_over`, `bad_term`, `longest_term` or `total_term`.
    """
    if lease.state in _OVER:
        raise Refused("lease_over", f"Lease {lease.id} is over; it cannot be renewed.", "Ask for a new server.")
    base = max(lease.end, now)
    longest = f" Lease {lease.id} now ends at {instant(lease.end)}."
    return base + _accepted(term, _renewal_rooms(lease, pool, now, laws), longest)


def shortened_end(lease: Lease, term: timedelta, now: datetime) -> datetime:
    """When the lease ends after `term` is taken off its end.

    Raises Refused by `lease_over`, `bad_term` or `too_soon`.
    """
    if lease.state is not LeaseState.ACTIVE:
        raise Refused("lease_over", f"Lease {lease.id} is over; nothing can be taken off.", "Release it.")
    if term < SHORTEST_TERM:
        raise Refused("bad_term", f"A term of {span(term)} is too short.", f"Say {span(SHORTEST_TERM)} or more.")
    end = lease.end - term
    if end < now + LEAST_LEFT:
        said = f"Lease {lease.id} would end at {instant(end)}, less than {span(LEAST_LEFT)} from now."
        raise Refused("too_soon", said, "Take less off, or release it.")
    return end


def longest_renewal(lease: Lease, pool: Pool, now: datetime, laws: Sequence[TermLaw] = ()) -> timedelta:
    """The longest term that `renewed_end` accepts now; zero when it accepts none."""
    longest = min(room.left for room in _renewal_rooms(lease, pool, now, laws))
    return timedelta(0) if lease.state in _OVER or longest < SHORTEST_TERM else longest


def _renewal_rooms(lease: Lease, pool: Pool, now: datetime, laws: Sequence[TermLaw]) -> list[_Room]:
    """How much may be added to the end (to now, when that is later)."""
    base = max(lease.end, now)
    return _rooms(pool, laws, base - now, base - lease.start)


def _rooms(pool: Pool, laws: Sequence[TermLaw], from_now: timedelta, from_start: timedelta) -> list[_Room]:
    rooms = []
    for one in (TermLaw(f"pool {pool.id}", pool.longest_term, pool.total_term), *laws):
        if one.longest is not None:
            rooms.append(_Room("longest_term", one.of, one.longest, one.longest - from_now))
        if one.total is not None:
            rooms.append(_Room("total_term", one.of, one.total, one.total - from_start))
    return rooms


def _accepted(term: timedelta, rooms: Sequence[_Room], context: str) -> timedelta:
    """The term in whole seconds, rounded up; refuses one that is too short, or too long for the narrowest rule."""
    if term < SHORTEST_TERM:
        raise Refused("bad_term", f"A term of {span(term)} is too short.", f"Ask for {span(SHORTEST_TERM)} or more.")
    whole = term if not term.microseconds else term - timedelta(microseconds=term.microseconds) + _SECOND
    narrowest = min(rooms, key=lambda room: room.left)
    if whole > narrowest.left:
        raise _too_long(span(term), narrowest, context)
    return whole


def _too_long(asked: str, room: _Room, context: str) -> Refused:
    if room.left < SHORTEST_TERM:
        later = "Try again later." if room.rule == "longest_term" else "Save your work and ask for a new server."
        return Refused(room.rule, f"{asked} is too long: {room.law}.{context} Nothing can be added now.", later)
    remedy = f"The longest accepted now is {span(room.left)}."
    return Refused(room.rule, f"{asked} is too long: {room.law}.{context}", remedy)
