"""Queues of moves: a host that is emptied, what comes back to it, and what evens the load. One kind for all three."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vmms_tui.model.record import Record

PAUSE = timedelta(minutes=1)
"""How long after a move that failed it is tried once more."""
LIMIT = 2
"""So many servers move at a time where nobody said otherwise."""
MOST_AT_ONCE = 20
NAMED = 3
"""So many that moved and are not as they should be are named in one sentence."""


class MoveRules(msgspec.Struct, frozen=True, kw_only=True):
    """How much moves at a time, whatever for."""

    per_host: int = 2
    """Moves to one host at a time, over all queues."""
    at_once: int = MOST_AT_ONCE
    """Moves at a time over all queues."""
    shared_storage: bool | None = None
    """Whether the disks of servers are on storage that all hosts share; None: nobody said."""


class Errand(StrEnum):
    """What a queue is for."""

    DRAIN = "drain"
    RETURN = "return"
    REBALANCE = "rebalance"


class Phase(StrEnum):
    """How a queue is. `waiting`: nothing more can go until somebody acts. `done` and `stopped` are its ends."""

    RUNNING = "running"
    PAUSED = "paused"
    WAITING = "waiting"
    DONE = "done"
    STOPPED = "stopped"


OPEN = frozenset({Phase.RUNNING, Phase.PAUSED, Phase.WAITING})
"""Phases of a queue that has not ended."""


class LegState(StrEnum):
    """How far one server is. `blocked` goes when what is in its way is gone; `failed` was tried twice."""

    WAITING = "waiting"
    MOVING = "moving"
    DONE = "done"
    BLOCKED = "blocked"
    FAILED = "failed"
    LEFT = "left"
    """It is not there any more, or not ours to move: nothing is done with it."""


class Leg(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The way of one server in a queue."""

    server_id: str
    source: str
    to: str = ""
    """Where to; empty: the scheduler chooses. Of one that is done: where it is."""
    lease_id: str = ""
    """The lease that it was on."""
    state: LegState = LegState.WAITING
    why: str = ""
    remedy: str = ""
    tries: int = 0
    operation_id: str = ""
    """Its last move."""
    after: datetime | None = None
    """It is not tried before."""
    said: str = ""
    """For what it is moved, with its numbers."""
    arrived: bool = False
    """Its move failed when all was over: it is on the host `to`, and is not as it should be. It goes nowhere else."""

    def waits(self, now: datetime) -> timedelta:
        """How long it is not tried yet; nothing after a clock that was set back."""
        left = self.after - now if self.after is not None else timedelta(0)
        return left if timedelta(0) < left <= PAUSE else timedelta(0)


class MoveQueue(Record, frozen=True, tag="move_queue"):
    """Servers that are moved some at a time. `id` is what it is for and its host; see `queue_id`."""

    errand: Errand
    by: str
    reason: str
    since: datetime
    host: str = ""
    """The host that is emptied, or to which they come back; empty: it is about many."""
    limit: int = LIMIT
    cold: bool = False
    """Whether what is off moves, too: somebody agreed to it."""
    phase: Phase = Phase.RUNNING
    legs: tuple[Leg, ...] = ()
    closed_before: bool = False
    """Whether the host took no new servers already when it was to be emptied: somebody else's reason holds, too."""
    others: int | None = None
    """Servers that are not ours, on the host that is emptied; None: nobody knows."""
    ended: datetime | None = None
    waits_since: datetime | None = None
    """Since when nothing more can go until somebody acts."""

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.phase in OPEN


def queue_id(errand: Errand, host: str = "") -> str:
    """The id of a queue: there is one of a kind for each host."""
    return f"{errand}:{host}" if host else errand.value


def tally(queue: MoveQueue) -> dict[LegState, int]:
    """How many of its servers are how far; those of which there are none are left out."""
    states = [one.state for one in queue.legs]
    return {state: states.count(state) for state in LegState if state in states}


def stuck(queue: MoveQueue) -> tuple[Leg, ...]:
    """Those that could not go, each with why."""
    return tuple(one for one in queue.legs if one.state in {LegState.BLOCKED, LegState.FAILED} and not one.arrived)


def unwell(queue: MoveQueue) -> tuple[Leg, ...]:
    """Those that went, and are not as they should be where they are."""
    return tuple(one for one in queue.legs if one.arrived)


def moved_away(drain: MoveQueue | None) -> tuple[Leg, ...]:
    """Those that a drain has moved, well or not, and that may come back."""
    return tuple(one for one in drain.legs if one.state is LegState.DONE or one.arrived) if drain is not None else ()


def title(queue: MoveQueue) -> str:
    """What it is for, in a word or three."""
    words = {
        Errand.DRAIN: f"drain of {queue.host}",
        Errand.RETURN: f"return to {queue.host}",
        Errand.REBALANCE: "rebalance",
    }
    return words[queue.errand]


def of_all(queue: MoveQueue) -> int:
    """How many servers it is about: those that it leaves alone are not counted."""
    return sum(1 for one in queue.legs if one.state is not LegState.LEFT)


def why_not(leg: Leg) -> str:
    """Why one did not go, and what to do about it."""
    why = f"{leg.why}." if leg.why and leg.remedy and not leg.why.endswith((".", "!", "?")) else leg.why
    return " ".join(part for part in (why, leg.remedy) if part)


def summary(queue: MoveQueue) -> str:
    """How it stands, in one sentence."""
    words = {LegState.DONE: "done", LegState.MOVING: "under way", LegState.WAITING: "waiting"}
    count = tally(queue)
    parts = [f"{count.get(state, 0)} {word}" for state, word in words.items()]
    if lost := len(stuck(queue)):
        parts.append(f"{lost} could not go")
    if ill := unwell(queue):
        names = ", ".join(f"{one.server_id} on {one.to}" for one in ill[:NAMED])
        more = f" and {len(ill) - NAMED} more" if len(ill) > NAMED else ""
        are = "is not as it should be" if len(ill) == 1 else "are not as they should be"
        parts.append(f"{len(ill)} moved and {are} ({names}{more})")
    said = ", ".join(parts)
    if queue.errand is Errand.DRAIN and queue.phase is Phase.DONE:
        return f"{queue.host} is empty of ours: power it off or hand it over{_others(queue)}; {said}"
    return f"{said}; {queue.limit} at a time{_others(queue)}"


def _others(queue: MoveQueue) -> str:
    if not queue.others or queue.errand is not Errand.DRAIN:
        return ""
    return f"; {queue.others} of others {'is' if queue.others == 1 else 'are'} left there"


def replaced(legs: Iterable[Leg], new: Leg) -> tuple[Leg, ...]:
    """The legs with one of them as it is now."""
    return tuple(new if one.server_id == new.server_id else one for one in legs)
