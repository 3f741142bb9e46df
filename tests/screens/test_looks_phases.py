"""How a move, an evacuation, healing, and the judging of a host look in each of their phases, with odd names."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from vmms_tui.keys import Place
from vmms_tui.model.healing import Illness, Incident, Rung, Sickness
from vmms_tui.model.migration import Copying, Moving, Point
from vmms_tui.model.records import AnyRecord, Operation, OperationKind, OperationState, changed
from vmms_tui.model.suspects import Heard, Phase, Suspect, Verdict
from vmms_tui.model.witness import Says

from .cloudland import NOW, STATUS, minutes
from .cloudscape import CLOUDY, HOSTS
from .looks import SIZES, Compare, app_on, play
from .scripted import ScriptedClient
from .test_moving import LAND, MOVE, SERVER

GIB = 2**30
ODD = "Klempner-修理 [b]\x1b[2J"
FAILED, DONE, RUNNING, WAITING = (
    OperationState.FAILED,
    OperationState.DONE,
    OperationState.RUNNING,
    OperationState.WAITING,
)


def _ago(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _endless() -> Moving:
    points = tuple(Point(NOW - _ago(10 - n), 4 * GIB + n * GIB // 2, GIB) for n in (0, 5, 10))
    copying = Copying(at=NOW, memory_total=2 * GIB, memory_left=GIB, sent=points[-1].sent, points=points)
    return Moving(source="h01", was="leased", power="ACTIVE", destination="h07", move_id=7, copying=copying)


def _move(state: OperationState, step: str, **more: object) -> Operation:
    return changed(MOVE, **{"state": state, "step": step, "waiting_for": "", "reason": ODD, **more})


_COPIES = MOVE.moving or _endless()
_STAYS = f"the migration to h07 failed: {SERVER.id} is on h01 as before"
_LOGS = f"The logs of nova-compute on h01 and h07 say why. `vmms migrate {SERVER.id} --to HOST` tries another host."
MOVES: dict[str, Operation] = {
    "checking": _move(RUNNING, "check", moving=None, amount=None),
    "blocked": _move(
        FAILED, "check", moving=None, amount=None, outcome="h07 takes no new servers: " + ODD,
        remedy="Open it first, or name another host.",
    ),
    "under_way": _move(WAITING, "follow", waiting_for="on its way from h01 to h07"),
    "endless": _move(
        WAITING, "follow", moving=_endless(), amount=None, waiting_for="h01 to h07: written anew as it is copied"
    ),
    "forced": _move(
        WAITING, "follow", moving=replace(_endless(), forced_by="max", forced=True), amount=None,
        waiting_for="it stands still until the rest is copied (forced by max)",
    ),
    "aborting": _move(
        WAITING, "follow", moving=replace(_COPIES, ending="aborted by max"),
        waiting_for="being taken back (aborted by max)",
    ),
    "verifying": _move(
        WAITING, "verify", waiting_for="no answer from it yet: No answer; the floating IP was put on anew"
    ),
    "done": _move(DONE, "verify", outcome="on h07 after 41 s, its address answers"),
    "failed": _move(FAILED, "follow", outcome=_STAYS, remedy=_LOGS),
}  # fmt: skip


def _evacuation(state: OperationState, step: str, waiting: str = "", **more: object) -> Operation:
    made = changed(MOVE, kind=OperationKind.EVACUATE, state=state, step=step, waiting_for=waiting, amount=None)
    args = {"dead": "h03", "seen": "", "rank": "0"}
    moving = Moving(source="h03", was="leased", power="ACTIVE", destination="h07")
    return changed(made, args=args, **{"moving": moving, "reason": f"h03 is dead: {ODD}", **more})


EVACUATIONS: dict[str, Operation] = {
    "turn": _evacuation(WAITING, "turn", "6 others go first, 4 at a time", moving=None),
    "rebuilt": _evacuation(WAITING, "follow", "built anew elsewhere (rebuild_spawning)"),
    "starting": _evacuation(WAITING, "start", "SHUTOFF powering-on"),
    "verifying": _evacuation(WAITING, "verify", "port p-1 is still bound to h03, not to h07"),
    "done": _evacuation(DONE, "verify", outcome="on h07 after 12 s, its address answers"),
    "failed": _evacuation(
        FAILED, "follow",
        outcome="the cloud could not build it anew: No valid host was found; there are not enough hosts available",
        remedy="Make room on another host or open one, then try it again on Ops.",
    ),
}  # fmt: skip

_ILL = Illness(
    id=SERVER.id, kind=Sickness.ERROR, why=f"the cloud says ERROR: {ODD}", since=NOW - minutes(4),
    lease_id=SERVER.lease_id, then=Rung.HARD_REBOOT, next_at=NOW + _ago(40),
)  # fmt: skip
_CLIMBED = changed(_ILL, rung=Rung.HARD_REBOOT, tries=2, acts=2)
_HEAL = changed(
    MOVE, kind=OperationKind.HEAL, state=WAITING, step="wait", waiting_for="HARD_REBOOT rebooting_hard", moving=None,
    amount=None, args={"rung": "hard_reboot", "sickness": "error"}, reason=_ILL.why,
)  # fmt: skip
HEALINGS: dict[str, tuple[AnyRecord, ...]] = {
    "ill": (_ILL,),
    "climbing": (_CLIMBED, _HEAL),
    "waits": (changed(_CLIMBED, then=Rung.REPLACE, waits="a ready server of its pool"),),
    "asks": (
        changed(_CLIMBED, then=Rung.REBUILD, next_at=None, asks="a rebuild would lose its disk, and it is important"),
    ),
    "incident": (_ILL, Incident(id="incident", since=NOW - minutes(3), ill=40, of=90)),
    "well": (changed(_CLIMBED, well_since=NOW - minutes(2)),),
}


def _suspect(phase: Phase, verdict: Verdict, says: Says, **more: object) -> Suspect:
    signs = (
        Heard(witness="cloud", says=Says.DEAD, why="its service is down, last heard of 2 min ago", since=NOW),
        Heard(witness="ssh", says=says, why=f"its SSH does not answer {ODD}", since=NOW - minutes(1)),
    )
    made = Suspect(id=HOSTS[2].name, since=NOW - minutes(2), phase=phase, phase_since=NOW - _ago(20))
    made = changed(made, verdict=verdict, signs=signs, looks=2, samples=3, down=1, of=7, looked_at=NOW - _ago(5))
    return changed(made, **{"why": "two witnesses say that it is dead", **more})


JUDGED: dict[str, Suspect] = {
    "suspected": _suspect(Phase.SUSPECTED, Verdict.SUSPECTED, Says.DEAD),
    "dead": _suspect(Phase.DEAD, Verdict.DEAD, Says.DEAD, looks=3, waits="h02, which is evacuated first"),
    "fencing": _suspect(Phase.FENCING, Verdict.DEAD, Says.DEAD, looks=3),
    "fenced": _suspect(Phase.FENCED, Verdict.DEAD, Says.DEAD, looks=3, fenced="the fence command ended with 0"),
    "asks": _suspect(Phase.ASKS, Verdict.DEAD, Says.DEAD, looks=3, asks="no fence command is set"),
    "ours": _suspect(Phase.OURS, Verdict.OURS, Says.DEAD, down=4, why="4 of 7 hosts are down at once"),
}

ON_IT = ("/", *SERVER.id, "enter")
PHASES: dict[str, tuple[tuple[AnyRecord, ...], Place, tuple[str, ...]]] = {
    **{f"move_{name}": ((one,), Place.OPS, ON_IT) for name, one in MOVES.items()},
    **{f"evacuation_{name}": ((one,), Place.OPS, ON_IT) for name, one in EVACUATIONS.items()},
    "evacuation_failed_why": ((EVACUATIONS["failed"],), Place.OPS, (*ON_IT, "x")),
    "move_endless_force": ((MOVES["endless"],), Place.OPS, (*ON_IT, "F")),
    **{f"healing_{name}": (some, Place.LEASES, (*ON_IT, "x")) for name, some in HEALINGS.items()},
    "healing_incident_dash": (HEALINGS["incident"], Place.DASH, ()),
    "healing_asks_dash": (HEALINGS["asks"], Place.DASH, ()),
    "evacuation_plan": (
        tuple(changed(one, ram_used_mib=one.ram_mib) for one in HOSTS if one.name != HOSTS[2].name),
        Place.HOSTS,
        ("/", *HOSTS[2].name, "enter", "E", *"its power is pulled", "enter"),
    ),
    **{f"host_{name}": ((one,), Place.HOSTS, ("/", *HOSTS[2].name, "enter")) for name, one in JUDGED.items()},
}


pytestmark = pytest.mark.usefixtures("blocks")


def land(*more: AnyRecord) -> tuple[AnyRecord, ...]:
    """Servers and hosts, with these in place of what has their ids."""
    there = {(type(one), one.id): one for one in (*CLOUDY, *LAND, *more)}
    return tuple(there.values())


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("phase", PHASES)
def test_looks(snap_compare: Compare, phase: str, size: tuple[int, int]) -> None:
    more, start, keys = PHASES[phase]
    client = ScriptedClient(land(*more), STATUS)
    app = app_on(client, start)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, keys))
