"""Which servers of a queue of moves go next, and how the queue then is. Pure.

The least important go first: a host that is drained lives, so nothing is in a hurry, and a way that does not work is
found out by those that matter least. One that cannot go never stands in the way of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from vmms_tui.engine.policy.slots import Slots
from vmms_tui.model.draining import MOST_AT_ONCE, PAUSE, Leg, LegState, MoveQueue, MoveRules, Phase, stuck
from vmms_tui.model.movequeues import Turn, turn
from vmms_tui.model.moving import MoveCheck
from vmms_tui.model.operations import Operation, OperationState
from vmms_tui.model.steering import OVERTAKEN

TRIES = 2
"""A move that failed is tried once more."""


@dataclass(frozen=True)
class Candidate:
    """What is known of a server whose turn may come."""

    here: bool
    """Whether it still is where it is to leave."""
    blocker: MoveCheck | None = None
    importance: int = 0
    ram_mib: int = 0
    hosts: tuple[str, ...] = ()
    """Where it could go, the best first."""


@dataclass(frozen=True)
class Decision:
    """The legs as they are now, which of them go, and how the queue is."""

    legs: tuple[Leg, ...]
    go: tuple[Leg, ...]
    """Each with the host that it goes to; without one the scheduler chooses."""
    phase: Phase


def heard(leg: Leg, operation: Operation | None, host: str, now: datetime) -> Leg:
    """The leg with what became of its move. `host` is where its server is now."""
    if leg.state is not LegState.MOVING:
        return leg
    if operation is not None and operation.state in {OperationState.RUNNING, OperationState.WAITING}:
        return leg
    why = operation.outcome if operation is not None else "nothing is known of its move any more"
    tries = leg.tries + 1
    if host != leg.source:
        # whatever overtook its proof looks after it
        well = operation is None or operation.state is OperationState.DONE or why.startswith(OVERTAKEN)
        if operation is None or well:
            return structs.replace(leg, state=LegState.DONE, to=host, why="", remedy="")
        said, remedy = structs.replace(leg, state=LegState.FAILED, tries=tries, why=why), operation.remedy
        return structs.replace(said, to=host, arrived=True, remedy=remedy)
    if tries >= TRIES:
        remedy = "See its move on Ops; once that is mended, resume the queue, and it is tried anew."
        return structs.replace(leg, state=LegState.FAILED, tries=tries, why=why, remedy=remedy)
    return structs.replace(leg, state=LegState.WAITING, tries=tries, why=why, after=now + PAUSE)


def decide(queue: MoveQueue, known: Mapping[str, Candidate], now: datetime, slots: Slots | None = None) -> Decision:
    """What goes now. `known` tells of the servers; of one that it does not name nothing is there any more.

    `slots` are those that all queues share; what goes takes its own.
    """
    shared = slots or Slots(MoveRules(per_host=MOST_AT_ONCE, at_once=MOST_AT_ONCE))
    legs = [_looked_at(one, known.get(one.server_id)) for one in queue.legs]
    under_way = sum(1 for one in legs if one.state is LegState.MOVING)
    ripe = [one for one in legs if one.state is LegState.WAITING and not one.waits(now)]
    free = max(0, queue.limit - under_way) if queue.phase in {Phase.RUNNING, Phase.WAITING} else 0
    go, waits = list[Leg](), dict[str, str]()
    for leg in sorted(ripe, key=lambda one: _rank(one, known)):
        if len(go) >= free:
            break
        to = shared.take(leg.to, known[leg.server_id].hosts, leg.tries)
        if to is None:
            waits[leg.server_id] = shared.why_not(leg.to)
        else:
            go.append(structs.replace(leg, to=to))
    legs = [_waits(one, waits.get(one.server_id, "")) for one in legs]
    return Decision(legs=tuple(legs), go=tuple(go), phase=_phase(queue, legs))


def _waits(leg: Leg, why: str) -> Leg:
    """Why one whose turn it is does not go yet; of one that failed it is said why it did."""
    if leg.state is not LegState.WAITING or leg.after is not None or leg.why == why:
        return leg
    return structs.replace(leg, why=why)


def _rank(leg: Leg, known: Mapping[str, Candidate]) -> Turn:
    one = known[leg.server_id]
    return turn(leg, one.importance, one.ram_mib)


def _looked_at(leg: Leg, seen: Candidate | None) -> Leg:
    if leg.state not in {LegState.WAITING, LegState.BLOCKED}:
        return leg
    if seen is None or not seen.here:
        return structs.replace(leg, state=LegState.LEFT, why="it is not there any more", remedy="")
    if seen.blocker is not None:
        return structs.replace(leg, state=LegState.BLOCKED, why=seen.blocker.text, remedy=seen.blocker.remedy)
    if leg.state is LegState.BLOCKED:
        return structs.replace(leg, state=LegState.WAITING, why="", remedy="")
    return leg


def _phase(queue: MoveQueue, legs: Sequence[Leg]) -> Phase:
    if queue.phase not in {Phase.RUNNING, Phase.WAITING}:
        return queue.phase
    if any(one.state in {LegState.MOVING, LegState.WAITING} for one in legs):
        return Phase.RUNNING
    return Phase.WAITING if stuck(structs.replace(queue, legs=tuple(legs))) else Phase.DONE
