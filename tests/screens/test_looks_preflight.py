"""How Preflight, Ops, production and the lock look."""

from collections.abc import Sequence

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.records import OperationState, changed
from vmms_tui.model.spec import ContextRules
from vmms_tui.model.status import EngineStatus

from .cloudland import STATUS
from .looks import SIZES, Compare, app_on, play
from .scripted import ScriptedClient
from .test_ops_screen import ALL, FAILED, REBUILD

PROD = changed(STATUS, context=ContextRules(name="eu-west", production=True))
HELD = changed(REBUILD, paused_by="grace", waiting_for="paused by grace", state=OperationState.WAITING)
NASTY = "\x1b[31mno[/] 漢字 " * 12
ODD = changed(FAILED, id="op-000062", actor="[bold]山田\u202e", outcome=NASTY, server_id="vm-00044")
LOOKS: dict[str, tuple[EngineStatus, Place, Sequence[str]]] = {
    "ops": (STATUS, Place.OPS, ()),
    "ops_why": (STATUS, Place.OPS, ("j", "enter")),
    "release": (STATUS, Place.LEASES, ("j", "D")),
    "release_some": (STATUS, Place.LEASES, ("j", "space", "space", "space", "D")),
    "blocked": (STATUS, Place.LEASES, ("j", "j", "S", "r")),
    "production": (PROD, Place.LEASES, ("j", "space", "space", "D")),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("look", LOOKS)
def test_looks(snap_compare: Compare, look: str, size: tuple[int, int]) -> None:
    status, start, keys = LOOKS[look]
    client = ScriptedClient((*ALL, HELD if look == "ops_why" else REBUILD, ODD), status)
    app = app_on(client, start)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, keys))
