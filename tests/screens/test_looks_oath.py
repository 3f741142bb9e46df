"""How an operator who swears against a guard is asked whether they insist."""

import pytest

from vmms_tui.keys import Place

from .cloudland import STATUS
from .looks import SIZES, Compare, app_on, play
from .scripted import ScriptedClient
from .suspectland import ASKS, world

OATH = ("/", *"h03", "enter", "E", *"its power is off", "enter")
SCENES = {"asked": OATH, "half typed": (*OATH, *"despite"), "insists": (*OATH, *"despite share")}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("scene", SCENES)
def test_an_oath_against_a_guard(snap_compare: Compare, scene: str, size: tuple[int, int]) -> None:
    client = ScriptedClient(world(ASKS), STATUS)
    app = app_on(client, Place.HOSTS)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, SCENES[scene]))
