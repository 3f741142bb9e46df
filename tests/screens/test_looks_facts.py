"""How Hosts, Store, Nets and Repos look, at the three sizes that count."""

from datetime import timedelta

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.surroundings import Kind

from .cloudland import STATUS, WORLD
from .cloudscape import CLOUDY, survey
from .looks import SIZES, Compare, app_on, play
from .scripted import ScriptedClient

LOOKS = {
    "hosts": (Place.HOSTS, []),
    "hosts_why": (Place.HOSTS, ["x"]),
    "host_servers": (Place.HOSTS, ["enter"]),
    "store": (Place.STORE, ["j"]),
    "nets": (Place.NETS, []),
    "nets_address": (Place.NETS, ["slash", *"10.20.4.12", "enter"]),
    "repos": (Place.REPOS, ["G"]),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("look", LOOKS)
def test_looks(snap_compare: Compare, look: str, size: tuple[int, int]) -> None:
    start, keys = LOOKS[look]
    client = ScriptedClient(CLOUDY, STATUS)
    app = app_on(client, start)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, keys))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_list_that_grew_old(snap_compare: Compare, size: tuple[int, int]) -> None:
    old = survey(Kind.HOSTS, timedelta(minutes=9), "Could not list compute hosts: no answer within 30 seconds.")
    client = ScriptedClient((*CLOUDY, old), STATUS)
    app = app_on(client, Place.HOSTS)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, []))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_administrator(snap_compare: Compare, size: tuple[int, int]) -> None:
    words = "The list of compute hosts takes an administrator's credentials, and those in use are a member's."
    client = ScriptedClient((*WORLD, survey(Kind.HOSTS, None, words)), STATUS)
    app = app_on(client, Place.HOSTS)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, []))
