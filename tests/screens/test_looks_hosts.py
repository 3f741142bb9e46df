"""How closing, opening and evacuating a host look before they are done."""

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.records import changed

from .cloudland import STATUS
from .cloudscape import CLOUDY, HOSTS
from .looks import SIZES, Compare, app_on, play
from .scripted import ScriptedClient

CLOSED = changed(HOSTS[1], disabled_reason="[bold]a fan\x1b[2J 修理中 (ann, VMMS)", forced_down=True)
SCENES = {
    "close": ("/", *"h01", "enter", "L", *"a new fan"),
    "closing": ("/", *"h01", "enter", "L", *"a new fan", "enter"),
    "open": ("/", *"h02", "enter", "L"),
    "evacuate": ("/", *"h03", "enter", "E"),
    "evacuating": ("/", *"h03", "enter", "E", *"its power is pulled", "enter", *"despite share", "enter"),
}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("scene", SCENES)
def test_a_host_in_hand(snap_compare: Compare, scene: str, size: tuple[int, int]) -> None:
    records = tuple(CLOSED if one is HOSTS[1] else one for one in CLOUDY)
    client = ScriptedClient(records, STATUS)
    app = app_on(client, Place.HOSTS)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, SCENES[scene]))
