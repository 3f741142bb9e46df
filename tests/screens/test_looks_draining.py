"""How hosts that are emptied look, phase by phase: on Hosts, on the page of their moves, on Dash, and in Preflight."""

from collections.abc import Sequence

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.draining import MoveQueue

from .cloudland import STATUS
from .drainland import DONE, GOING, PHASES, REBALANCE_WAITS, WAITS, world
from .looks import SIZES, Compare, app_on, play
from .scripted import ScriptedClient

ON_IT = ("/", *"h02", "enter")
PAGES = {
    "going": (GOING, (*ON_IT, "v")),
    "waits": (WAITS, (*ON_IT, "v")),
    "rebalance": (REBALANCE_WAITS, (*ON_IT, "v")),
    "limit": (GOING, (*ON_IT, "+")),
    "drain_again": (WAITS, (*ON_IT, "D")),
    "undrain": (DONE, (*ON_IT, "O")),
}
PLAN = ("B",)
sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@sizes
@pytest.mark.parametrize("phase", PHASES)
def test_hosts(snap_compare: Compare, phase: str, size: tuple[int, int]) -> None:
    client = ScriptedClient(world(PHASES[phase]), STATUS)
    app = app_on(client, Place.HOSTS)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, ON_IT))


@sizes
@pytest.mark.parametrize("page", PAGES)
def test_pages(snap_compare: Compare, page: str, size: tuple[int, int]) -> None:
    queue, keys = PAGES[page]
    _look(snap_compare, (queue,), Place.HOSTS, keys, size)


@sizes
def test_the_plan_of_a_rebalance(snap_compare: Compare, size: tuple[int, int]) -> None:
    _look(snap_compare, (), Place.HOSTS, PLAN, size)


@sizes
def test_what_waits_on_dash(snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = ("/", *"subject:h02", "enter")
    _look(snap_compare, (WAITS,), Place.DASH, keys, size)


def _look(
    snap_compare: Compare, queues: Sequence[MoveQueue], start: Place, keys: Sequence[str], size: tuple[int, int]
) -> None:
    client = ScriptedClient(world(*queues), STATUS)
    app = app_on(client, start)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, keys))
