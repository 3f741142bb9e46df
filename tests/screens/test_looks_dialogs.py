"""How the smaller dialogs look, and Preflight for what is steered, taken back, tried again, or done to many."""

from collections.abc import Sequence
from typing import Any

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.commands import AnyCommand, HealAll, Reply, RetryOperation, SteerMoves, Thaw, UndrainHost
from vmms_tui.model.draining import MoveQueue
from vmms_tui.model.healing import INCIDENT, Illness, Incident, Sickness
from vmms_tui.model.records import AnyRecord, Guard, changed
from vmms_tui.model.status import EngineStatus

from .cloudland import NOW, STATUS, minutes
from .drainland import DONE, GOING, PAUSED, world
from .driver import Driver
from .looks import SIZES, Compare, app_on, drawn, play
from .scripted import ScriptedClient
from .test_ops_screen import FAILED
from .test_preflight import PROD

PASSWORD = "correct-horse-\x1b[31m電池-staple"
KEYS: dict[str, tuple[Place, Sequence[str]]] = {
    "password": (Place.LEASES, ("j", "P", "right", "enter")),
    "renew": (Place.LEASES, ("g", "+")),
    "copy": (Place.LEASES, ("g", "c")),
    "order": (Place.LEASES, ("o",)),
    "purpose": (Place.LEASES, ("n", "enter")),
    "events_of_plan": (Place.LEASES, ("g", "D", "e")),
    "servers_of_network": (Place.NETS, ("enter",)),
    "drain_prompt": (Place.HOSTS, ("/", *"h01", "enter", "D", *"a new fan")),
    "quit": (Place.LEASES, ("q",)),
}
FROZEN = changed(STATUS, frozen=Guard(id="guard", by="olga", reason="the clock is [red]wrong", since=NOW - minutes(9)))
STORM = Incident(id=INCIDENT, since=NOW - minutes(3), ill=20, of=38)
ILL = tuple(Illness(id=f"vm-000{number}", kind=Sickness.ERROR, why="x", since=NOW) for number in range(12, 32))
PLANS: dict[str, tuple[AnyCommand, tuple[AnyRecord, ...], EngineStatus]] = {
    "pause": (SteerMoves(queue=GOING.id, act="pause"), (GOING,), STATUS),
    "resume": (SteerMoves(queue=GOING.id, act="resume"), (PAUSED,), STATUS),
    "limit": (SteerMoves(queue=GOING.id, act="limit", limit=4), (GOING,), STATUS),
    "stop": (SteerMoves(queue=GOING.id, act="stop"), (GOING,), STATUS),
    "undrain": (UndrainHost(host="h02", bring_back=True), (DONE,), STATUS),
    "thaw": (Thaw(), (), FROZEN),
    "heal_all": (HealAll(), (STORM, *ILL), PROD),
    "retry": (RetryOperation(operation_id=FAILED.id), (FAILED,), STATUS),
}


def answers(client: ScriptedClient) -> ScriptedClient:
    client.answer = lambda _command: Reply(text="done", password=PASSWORD, read_at=NOW)
    return client


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("look", KEYS)
def test_dialogs(snap_compare: Compare, look: str, size: tuple[int, int]) -> None:
    start, keys = KEYS[look]
    client = answers(ScriptedClient(world(), STATUS))
    app = app_on(client, start)
    assert snap_compare(app, terminal_size=size, run_before=play(app, client, keys))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("look", PLANS)
def test_plans(snap_compare: Compare, look: str, size: tuple[int, int]) -> None:
    command, more, status = PLANS[look]
    queues = [one for one in more if isinstance(one, MoveQueue)]
    client = answers(ScriptedClient((*world(*queues), *(one for one in more if one not in queues)), status))
    app = app_on(client, Place.HOSTS)

    async def propose(pilot: Any) -> None:
        driver = Driver(app, client, pilot)
        await driver.until(lambda: app.mirror.number > 0)
        await drawn(driver)
        app.propose([command])
        await driver.still()

    assert snap_compare(app, terminal_size=size, run_before=propose)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_lock(snap_compare: Compare, size: tuple[int, int]) -> None:
    client = answers(ScriptedClient(world(), PROD))
    app = app_on(client, Place.LEASES)

    async def left_alone(pilot: Any) -> None:
        driver = Driver(app, client, pilot)
        await driver.until(lambda: app.mirror.number > 0)
        await driver.settled()
        app.lock.last_key, app.lock.monotonic = 0.0, lambda: 1e6
        app.pass_time()
        await driver.press("g", "D")
        await driver.still()

    assert snap_compare(app, terminal_size=size, run_before=left_alone)
