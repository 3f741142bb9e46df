"""Hosts that are down, in every phase: what their witnesses say, and how far their rescue has come."""

from typing import Any

from vmms_tui.model.records import AnyRecord, changed
from vmms_tui.model.suspects import Heard, Phase, Suspect, Verdict
from vmms_tui.model.witness import Says

from .cloudland import NOW, minutes
from .cloudscape import CLOUDY, HOSTS

DOWN = HOSTS[2]
"""`h03`, which the cloud calls down."""
SIGNS = (
    Heard(witness="cloud", says=Says.SILENT, why="its service is down", since=NOW - minutes(3)),
    Heard(witness="ssh", says=Says.SILENT, why="10.0.0.3:22 gives no answer [red]", since=NOW - minutes(3)),
    Heard(witness="power", says=Says.DEAD, why="the power command ended with 0: off", since=NOW - minutes(2)),
)
ALIVE = (*SIGNS[:1], Heard(witness="ssh", says=Says.ALIVE, why="SSH answers on 10.0.0.3:22", since=NOW - minutes(1)))
_FENCED = "the fence command ended with 0: off"


def suspect(phase: Phase, **fields: Any) -> Suspect:
    """`h03` in this phase."""
    known: dict[str, Any] = {
        "id": "h03",
        "since": NOW - minutes(3),
        "phase": phase,
        "phase_since": NOW - minutes(2),
        "verdict": Verdict.DEAD,
        "signs": SIGNS,
        "looks": 3,
        "samples": 3,
        "down": 1,
        "of": 6,
        "why": "the cloud and ssh and power call it dead, 3 looks of 3 in a row",
    }
    return Suspect(**{**known, **fields})


ASKS = suspect(Phase.ASKS, asks="the settings leave that to a person")
LIVES = suspect(Phase.SUSPECTED, verdict=Verdict.ALIVE, signs=ALIVE, looks=0, why="it gave a sign of life to ssh")
OURS = suspect(
    Phase.OURS,
    verdict=Verdict.OURS,
    looks=0,
    down=3,
    why="3 of 6 hosts are down at once, more than 30 %: likelier the network or this engine is at fault",
)
PHASES = {
    "suspected": suspect(Phase.SUSPECTED, verdict=Verdict.SUSPECTED, looks=1, phase_since=NOW - minutes(3)),
    "alive": LIVES,
    "ours": OURS,
    "dead": suspect(Phase.DEAD, waits="the rescue of h07"),
    "fencing": suspect(Phase.FENCING),
    "fenced": suspect(Phase.FENCED, fenced=_FENCED),
    "evacuating": suspect(Phase.EVACUATING, fenced=_FENCED, by="engine", servers=10),
    "evacuated": suspect(Phase.EVACUATED, fenced=_FENCED, by="engine", servers=10),
    "asks": ASKS,
    "unfenced": suspect(
        Phase.ASKS,
        failed="it could not be fenced: the fence command ended with 1",
        asks="it could not be fenced: the fence command ended with 1",
    ),
}
GIVEN_UP = changed(
    DOWN, status="disabled", forced_down=True, disabled_reason="dead: fenced, the command ended with 0 (engine, VMMS)"
)


def world(one: Suspect) -> tuple[AnyRecord, ...]:
    """The cloud with this one in it."""
    given_up = one.phase in {Phase.EVACUATING, Phase.EVACUATED}
    return (*(GIVEN_UP if given_up and record is DOWN else record for record in CLOUDY), one)
