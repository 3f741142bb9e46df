"""How it looks when a move is over and not all is well, what was done about an address, and what a rehearsal shows."""

from collections.abc import Sequence

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.commands import AnyCommand, RehearseHostDown, Reply
from vmms_tui.model.draining import Leg, LegState, Phase
from vmms_tui.model.readdress import Readdress, what_was_done
from vmms_tui.model.records import AnyRecord, OperationState, changed

from .cloudland import NOW, STATUS, minutes
from .drainland import DONE, WAITS, queue
from .drainland import world as drained
from .looks import SIZES, Compare, app_on, play
from .scripted import ScriptedClient
from .test_looks_phases import MOVES, ODD, land
from .test_moving import SERVER
from .test_rehearsal_page import TOLD

ARRIVED = Leg(
    server_id="vm-00210",
    source="h02",
    to="h05",
    state=LegState.FAILED,
    arrived=True,
    tries=1,
    why=f"it moved, and is not as it should be: no answer from it yet: port 22 does not answer: {ODD}",
    remedy="Look at its console (`vmms log vm-00210`); `vmms migrate vm-00210 --to h02` brings it back.",
)
LEFT_ILL = changed(DONE, legs=(*DONE.legs[:8], ARRIVED))
WAITS_ILL = queue(Phase.WAITING, (*WAITS.legs, ARRIVED), waits_since=NOW - minutes(4))
ON_HOST = ("/", *"h02", "enter")
ON_SERVER = ("/", *SERVER.id, "enter")
ANEW = Readdress(again=True)
_FAILED, _DONE = OperationState.FAILED, OperationState.DONE
_THEIRS = changed(
    MOVES["failed"],
    step="verify",
    outcome="it moved, and is not as it should be: the floating IP 203.0.113.7 is on port web-1 of server shop "
    f"{ODD}, and not on that of {SERVER.id}",
    remedy="VMMS takes it from nobody. Ask who put it there, then put it back: `openstack floating ip set --port p-1 "
    "203.0.113.7`.",
)
_OFF = changed(
    MOVES["verifying"],
    readdress=Readdress(due=True, silent=True, tries=2),
    waiting_for="the cloud does not put the floating IP 203.0.113.7 on its port p-1: the port is busy",
)
_ANEW = changed(
    MOVES["done"], readdress=ANEW, outcome=f"on h07 after 104 s, its address answers; {what_was_done(ANEW)}"
)
_NOT_ASKED = changed(MOVES["done"], outcome="on h07 after 9 s, not asked: the pool has no proof")
_NO_HOST = changed(
    MOVES["failed"],
    outcome=f"the scheduler found no host for it: {SERVER.id} is on h01 as before",
    remedy="Free room or open a host; the log of nova-conductor says which filter refused.",
)
LOOKS: dict[str, tuple[tuple[AnyRecord, ...], Place, Sequence[str]]] = {
    "drain_done_ill": (drained(LEFT_ILL), Place.HOSTS, ON_HOST),
    "drain_done_ill_why": (drained(LEFT_ILL), Place.HOSTS, (*ON_HOST, "x")),
    "drain_done_ill_page": (drained(LEFT_ILL), Place.HOSTS, (*ON_HOST, "v")),
    "drain_waits_ill_page": (drained(WAITS_ILL), Place.HOSTS, (*ON_HOST, "v")),
    "drain_done_ill_return": (drained(LEFT_ILL), Place.HOSTS, (*ON_HOST, "O")),
    "address_anew": (land(_ANEW), Place.OPS, ON_SERVER),
    "address_off": (land(_OFF), Place.OPS, ON_SERVER),
    "address_theirs": (land(_THEIRS), Place.OPS, ON_SERVER),
    "address_theirs_why": (land(_THEIRS), Place.OPS, (*ON_SERVER, "x")),
    "not_asked": (land(_NOT_ASKED), Place.OPS, ON_SERVER),
    "no_host": (land(_NO_HOST), Place.OPS, ON_SERVER),
    "no_host_why": (land(_NO_HOST), Place.OPS, (*ON_SERVER, "x")),
    "rehearsal": (land(), Place.HOSTS, (":", *"rehearse h03", "enter")),
    "rehearsal_end": (land(), Place.HOSTS, (":", *"rehearse h03", "enter", "G")),
}
sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


def answer(command: AnyCommand) -> Reply:
    """What a rehearsal finds."""
    return Reply(rehearsal=TOLD) if isinstance(command, RehearseHostDown) else Reply(text="Done.")


@sizes
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.usefixtures("blocks")
def test_looks(snap_compare: Compare, look: str, size: tuple[int, int]) -> None:
    records, start, keys = LOOKS[look]
    client = ScriptedClient(records, STATUS)
    client.answer = answer
    app = app_on(client, start)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, keys))
