"""A host that is emptied, in every phase; what comes back to one; and the load that is evened."""

from datetime import timedelta
from typing import Any

from vmms_tui.model.draining import Errand, Leg, LegState, MoveQueue, Phase, queue_id
from vmms_tui.model.records import AnyRecord, changed

from .cloudland import NOW, minutes
from .cloudscape import CLOUDY, HOSTS
from .test_moving import MOVE as _MOVE

HOST = changed(HOSTS[1], disabled_reason="a new fan [red] (olga, VMMS)")
"""`h02`, which is closed."""
OPENED = changed(HOST, status="enabled", disabled_reason="")
REASON = "a new fan [red]"
_DONE = tuple(
    Leg(server_id=f"vm-0020{number}", source="h02", to=f"h0{4 + number % 2}", state=LegState.DONE)
    for number in range(4)
)
MOVING = Leg(server_id="vm-00031", source="h02", state=LegState.MOVING, operation_id="op-000081")
_MOVING_TOO = Leg(server_id="vm-00206", source="h02", to="h04", state=LegState.MOVING, operation_id="op-gone")
_AGAIN = Leg(
    server_id="vm-00207",
    source="h02",
    tries=1,
    why="it did not converge within 15 min.",
    after=NOW + timedelta(seconds=40),
)
_WAITING = Leg(server_id="vm-00208", source="h02")
OFF = Leg(
    server_id="vm-00052",
    source="h02",
    state=LegState.BLOCKED,
    why="vm-00052 is off, and only what runs moves live.",
    remedy="Agree to a cold move: vmms drain h02 --cold",
)
FAILED = Leg(
    server_id="vm-00209",
    source="h02",
    state=LegState.FAILED,
    tries=2,
    why="the cloud refused: 409 \x1b[31mIt is pinned.",
    remedy="See its move on Ops; once that is mended, resume the queue, and it is tried anew.",
)
_LEFT = Leg(server_id="vm-00018", source="h02", state=LegState.LEFT, why="it is not there any more")
_GOING = (*_DONE, MOVING, _MOVING_TOO, _AGAIN, _WAITING, OFF, FAILED, _LEFT)
_OVER = tuple(
    Leg(server_id=one.server_id, source="h02", to="h05", state=LegState.DONE)
    for one in _GOING
    if one.state is not LegState.LEFT
)


def queue(phase: Phase = Phase.RUNNING, legs: tuple[Leg, ...] = _GOING, **fields: Any) -> MoveQueue:
    """The drain of `h02`: ten servers, and one that is left alone."""
    known: dict[str, Any] = {
        "id": queue_id(Errand.DRAIN, "h02"),
        "errand": Errand.DRAIN,
        "host": "h02",
        "by": "olga",
        "reason": REASON,
        "since": NOW - minutes(12),
        "phase": phase,
        "legs": legs,
        "others": 3,
    }
    return MoveQueue(**{**known, **fields})


GOING = queue()
PAUSED = queue(Phase.PAUSED)
WAITS = queue(Phase.WAITING, (*_OVER[:8], OFF, FAILED, _LEFT), waits_since=NOW - minutes(4))
DONE = queue(Phase.DONE, _OVER, ended=NOW - minutes(1), others=0)
STOPPED = queue(Phase.STOPPED, ended=NOW - minutes(1))
RETURN = queue(
    legs=tuple(
        Leg(server_id=one.server_id, source="h05", to="h02", state=LegState.DONE if number < 3 else LegState.WAITING)
        for number, one in enumerate(_OVER)
    ),
    id=queue_id(Errand.RETURN, "h02"),
    errand=Errand.RETURN,
    reason="h02 is back",
    others=None,
)
RETURN_WAITS = changed(RETURN, phase=Phase.WAITING, legs=(*RETURN.legs[:3], FAILED), waits_since=NOW - minutes(1))
REBALANCE_WAITS = changed(
    WAITS, id=queue_id(Errand.REBALANCE), errand=Errand.REBALANCE, host="", reason="the load is uneven", others=None
)
PHASES = {"going": GOING, "paused": PAUSED, "waits": WAITS, "done": DONE, "stopped": STOPPED, "return": RETURN}
MOVE = changed(_MOVE, id="op-000081", server_id="vm-00031", reason=f"drain of h02: {REASON}")


def world(*queues: MoveQueue) -> tuple[AnyRecord, ...]:
    """The cloud with these in it; what is ours on `h02` has left where the drain is done."""
    opened = any(one.errand is Errand.RETURN for one in queues)
    done = any(one.phase is Phase.DONE for one in queues)
    host = OPENED if opened else HOST
    records = [host if record is HOSTS[1] else record for record in CLOUDY]
    if done:
        records = [changed(one, host="h05") if getattr(one, "host", "") == "h02" else one for one in records]
    return (*records, MOVE, *queues)
