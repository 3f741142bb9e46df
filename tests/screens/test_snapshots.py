"""How the screens look, at the three sizes that count. `make snapshots` accepts new looks: look at them first."""

import pytest

from vmms_tui.model.commands import Reply
from vmms_tui.model.records import Guard, changed
from vmms_tui.model.status import LoopStatus

from .cloudland import NOW, STATUS, WORLD, minutes, reminder
from .looks import SIZES, Compare, app_on, play
from .scripted import ScriptedClient, hours

LOOKS = {
    "pools": [],
    "servers": ["enter", "j"],
    "leases": ["3", "j", "j"],
    "leases_marked": ["3", "j", "space", "space"],
    "events": ["8", "j", "j", "j", "j", "j", "j"],
    "request": ["n"],
    "request_errors": ["n", "tab", "x", "tab", "end", "backspace", "backspace", "-", "3", "h"],
    "help": ["3", "?"],
    "preflight": ["3", "g", "D"],
    "server_menu": ["3", "j", "S", "down"],
    "explain": ["x"],
    "quit": ["q"],
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("look", LOOKS)
def test_looks(snap_compare: Compare, look: str, size: tuple[int, int]) -> None:
    client = ScriptedClient(WORLD, STATUS)
    client.answer = lambda _: Reply(text="Done.")
    app = app_on(client)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, LOOKS[look]))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_trouble(snap_compare: Compare, size: tuple[int, int]) -> None:
    cloud = changed(
        STATUS.cloud, ok=False, problem="no answer within 30 s", since=NOW - minutes(4), listed_at=NOW - minutes(4)
    )
    loops = (LoopStatus(name="pools", interval=5, late=True, last_start=NOW - minutes(3)),)
    client = ScriptedClient(WORLD, changed(STATUS, cloud=cloud, loops=loops, settings_problems=("limit 2 is below 4",)))
    app = app_on(client)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, ["3"]))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_frozen(snap_compare: Compare, size: tuple[int, int]) -> None:
    guard = Guard(
        id="guard", since=NOW - minutes(5), reason="the clock jumped 2 h forward (it said 10:02:07 UTC before)"
    )
    client = ScriptedClient(WORLD, changed(STATUS, frozen=guard))
    app = app_on(client)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, ["3"]))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_reminders(snap_compare: Compare, size: tuple[int, int]) -> None:
    stopped = changed(
        reminder(2),
        owner="ada",
        lease_id="lease-00018",
        about_end=NOW + minutes(72),
        happens_at=NOW + hours(40),
        command="",
    )
    client = ScriptedClient((*WORLD, reminder(1), stopped), STATUS)
    app = app_on(client)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, ["3"]))


def test_nothing_yet(snap_compare: Compare) -> None:
    client = ScriptedClient((), STATUS)
    app = app_on(client)
    assert snap_compare(app, terminal_size=(80, 24), run_before=play(app, client, []))


def test_too_small(snap_compare: Compare) -> None:
    client = ScriptedClient(WORLD, STATUS)
    app = app_on(client)
    assert snap_compare(app, terminal_size=(59, 15), run_before=play(app, client, []))
