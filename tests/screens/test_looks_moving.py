"""How a move looks before it begins, one that can and one that cannot, and while it goes on."""

from collections.abc import Sequence

import pytest

from vmms_tui.keys import Place

from .looks import SIZES, Compare, app_on, play
from .test_moving import MOVE, client

ON_IT = ("/", "v", "m", "-", "0", "0", "0", "1", "2", "enter")
LOOKS: dict[str, tuple[dict[str, object], Place, Sequence[str]]] = {
    "move_menu": ({}, Place.LEASES, (*ON_IT, "M")),
    "move_ok": ({}, Place.LEASES, (*ON_IT, "M", "enter")),
    "move_blocked": ({"task_state": "powering-off"}, Place.LEASES, (*ON_IT, "M", "enter")),
    "move_ops": ({"state": "moving"}, Place.OPS, ("j", "j")),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("look", LOOKS)
def test_looks(snap_compare: Compare, look: str, size: tuple[int, int]) -> None:
    server, start, keys = LOOKS[look]
    scripted = client(*([MOVE] if look == "move_ops" else []), **server)
    app = app_on(scripted, start)
    assert snap_compare(app, terminal_size=size, run_before=play(app, scripted, keys))
