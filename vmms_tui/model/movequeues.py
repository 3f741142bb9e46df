"""In which order a queue of moves goes, and how long it probably still takes. Pure; the screens ask it, too."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from heapq import heapify, heapreplace
from statistics import median

from vmms_tui.model.draining import Leg, LegState, MoveQueue, Phase
from vmms_tui.model.migration import endless, patience
from vmms_tui.model.operations import Operation, OperationState
from vmms_tui.model.progress import eta, is_live, took

Turn = tuple[int, int, int, str]
"""What the order goes by."""


def turn(leg: Leg, importance: int, ram_mib: int) -> Turn:
    """New ones before those that failed once; the least important first, of these the smallest."""
    return leg.tries, importance, ram_mib, leg.server_id


def taken_back_at(move: Operation, ram_mib: int, disk_gib: int) -> datetime | None:
    """When the engine takes a move back by itself; None: it is not on its way, or is taken back already."""
    if not is_live(move) or move.step != "follow" or move.moving is None or move.moving.ending:
        return None
    return move.updated + patience(ram_mib, disk_gib)


def never_ends(move: Operation) -> bool:
    """Whether it does not come to an end by itself: its server writes as fast as it is copied."""
    copying = move.moving.copying if move.moving is not None else None
    return copying is not None and endless(copying)


def still(
    queue: MoveQueue, moves: Mapping[str, Operation], sizes: Mapping[str, tuple[int, int]], now: datetime
) -> timedelta | None:
    """How long until nothing of it moves or waits any more; None: nobody knows, or it stands still.

    `moves` are operations by id; `sizes` the MiB of RAM and GiB of disk of servers by id. A move that does not come
    nearer to its end lasts until it is taken back. Each that waits takes as long as those that are done took.
    """
    if queue.phase is not Phase.RUNNING:
        return None
    usual = _usual(queue.legs, moves, now)
    under_way = [one for one in queue.legs if one.state is LegState.MOVING]
    left = [_rest(moves.get(one.operation_id), sizes.get(one.server_id), usual, now) for one in under_way]
    waiting = sum(1 for one in queue.legs if one.state is LegState.WAITING)
    if any(one is None for one in left) or (waiting and usual is None):
        return None
    # only so many have a place that one who waits can take: of those that are more than may be, the last to end
    places = sorted(one for one in left if one is not None)[-max(1, queue.limit) :]
    places += [timedelta(0)] * min(max(1, queue.limit) - len(places), waiting)
    heapify(places)
    for _ in range(waiting):
        heapreplace(places, places[0] + (usual or timedelta(0)))
    return max(places, default=timedelta(0))


def _usual(legs: Iterable[Leg], moves: Mapping[str, Operation], now: datetime) -> timedelta | None:
    """How long a move of this queue takes: as those that are done, else as was expected of those under way."""
    known = [move for one in legs if (move := moves.get(one.operation_id)) is not None]
    lengths = [took(one, now) for one in known if one.state is OperationState.DONE]
    lengths = lengths or [one.expected for one in known if one.expected is not None]
    return timedelta(seconds=median(one.total_seconds() for one in lengths)) if lengths else None


def _rest(
    move: Operation | None, size: tuple[int, int] | None, usual: timedelta | None, now: datetime
) -> timedelta | None:
    """How long one that is under way still takes."""
    if move is None or not is_live(move):
        return timedelta(0)  # it has ended; the queue sees that at its next look
    if move.paused_by:
        return None
    end = taken_back_at(move, *size) if size is not None else None
    if end is not None and never_ends(move):
        return max(timedelta(0), end - now)
    if left := eta(move, now):
        return left
    return max(timedelta(0), usual - took(move, now)) if usual is not None else None
