"""How Hosts and Dash look while a host is judged and rescued, phase by phase."""

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.suspects import Suspect

from .cloudland import STATUS
from .looks import SIZES, Compare, app_on, play
from .scripted import ScriptedClient
from .suspectland import ASKS, LIVES, PHASES, world

ON_IT = ("/", *"h03", "enter")


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("phase", PHASES)
def test_a_host_in_its_phase(snap_compare: Compare, phase: str, size: tuple[int, int]) -> None:
    client = ScriptedClient(world(PHASES[phase]), STATUS)
    app = app_on(client, Place.HOSTS)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, ON_IT))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_why_a_host_is_judged_so(snap_compare: Compare, size: tuple[int, int]) -> None:
    client = ScriptedClient(world(ASKS), STATUS)
    app = app_on(client, Place.HOSTS)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, (*ON_IT, "x")))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("one", [ASKS, LIVES], ids=["dead", "alive"])
def test_swearing_to_it(snap_compare: Compare, one: Suspect, size: tuple[int, int]) -> None:
    client = ScriptedClient(world(one), STATUS)
    app = app_on(client, Place.HOSTS)
    keys = (*ON_IT, "E", *"its power is off", "enter")
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, keys))
