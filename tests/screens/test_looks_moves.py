"""How a queue of moves looks: in full swing, on the move that does not end, paused, ended, and without any."""

from collections.abc import Sequence

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.draining import MoveQueue, Phase
from vmms_tui.model.records import changed

from .cloudland import STATUS
from .drainland import REBALANCE_WAITS
from .looks import SIZES, Compare, app_on, play
from .moveland import ENDED, SWING, world
from .scripted import ScriptedClient

OPEN = ("/", *"h02", "enter", "v")
LOOKS: dict[str, tuple[tuple[MoveQueue, ...], Sequence[str]]] = {
    "swing": ((SWING, REBALANCE_WAITS), OPEN),
    "endless": ((SWING,), (*OPEN, "j")),
    "next": ((SWING, REBALANCE_WAITS), (*OPEN, "tab")),
    "paused": ((changed(SWING, phase=Phase.PAUSED),), OPEN),
    "ended": ((ENDED,), OPEN),
    "none": ((), OPEN),
    "why": ((SWING,), (*OPEN, "j", "x")),
    "details": ((SWING,), (*OPEN, "j", "d")),
    "fewer": ((SWING,), (*OPEN, "-")),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("look", LOOKS)
def test_moves(snap_compare: Compare, look: str, size: tuple[int, int]) -> None:
    queues, keys = LOOKS[look]
    client = ScriptedClient(world(*queues), STATUS)
    app = app_on(client, Place.HOSTS)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, keys))
