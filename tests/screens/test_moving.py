"""M: where to, what speaks against it, and how it goes."""

from datetime import timedelta
from typing import Any

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.commands import AbortOperation, MigrateServer, Reply
from vmms_tui.model.migration import Moving, read
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.progress import BYTES, counted
from vmms_tui.model.records import AnyRecord, Operation, OperationKind, OperationState, Server, ServerState, changed
from vmms_tui.model.tables import Tables
from vmms_tui.screens.menu import Menu
from vmms_tui.screens.moveplans import command_for, copied, effects, facts, forecast, looked_at, places, way_of
from vmms_tui.screens.operation_rows import explain_operation, operation_facts
from vmms_tui.screens.preflight import Preflight
from vmms_tui.screens.undo import Done, inverse

from .cloudland import NOW, STATUS, WORLD
from .cloudscape import HOSTS, host
from .driver import Driver, running
from .scripted import ScriptedClient, mirror_of

MOVED = "vm-00012"
GIB = 2**30


def _server() -> Server:
    found = Tables(WORLD).get(Server, MOVED)
    assert found is not None
    return changed(found, cloud_id="c-12", cloud_status="ACTIVE", task_state="", host="h01")


SERVER = _server()
LAND: tuple[AnyRecord, ...] = (
    *(one for one in WORLD if one.id != MOVED),
    SERVER,
    *HOSTS,
    host(7, vcpus_used=12, ram_used_mib=20_480),
)


def copying() -> Moving:
    first = read(None, NOW - timedelta(seconds=8), memory_total=2 * GIB, memory_left=2 * GIB, memory_sent=0)
    second = read(first, NOW, memory_total=2 * GIB, memory_left=GIB // 2, memory_sent=2 * GIB)
    return Moving(source="h01", was="leased", power="ACTIVE", destination="h07", copying=second)


_BARE = Operation(
    id="op-000091",
    kind=OperationKind.MOVE,
    server_id=MOVED,
    lease_id=SERVER.lease_id,
    started=NOW - timedelta(seconds=12),
    updated=NOW - timedelta(seconds=10),
    step="follow",
    actor="grace",
    reason="grace asked for it",
    state=OperationState.WAITING,
    waiting_for="on its way from h01 to h07",
    args={"host": "h07", "cold": "no"},
    moving=copying(),
)
_BEGUN = counted(_BARE, 0, 2 * GIB, BYTES, NOW - timedelta(seconds=8))
MOVE = counted(_BEGUN, 2 * GIB, 2 * GIB + GIB // 2, BYTES, NOW)


def client(*more: AnyRecord, **server: Any) -> ScriptedClient:
    land = [one for one in LAND if one.id != MOVED]
    return ScriptedClient((*land, changed(SERVER, **server), *more), STATUS)


async def on_the_lease(driver: Driver) -> None:
    driver.list.table.go_to(SERVER.lease_id)
    await driver.pilot.pause()


def top(driver: Driver) -> type[object]:
    return type(driver.app.screen)


def has(driver: Driver, *words: str) -> bool:
    text = driver.screen_text()
    return all(word in text for word in words)


async def test_a_host_is_chosen_and_preflight_comes_before_anything_is_asked() -> None:
    async with running(client(), size=(120, 40), start=Place.LEASES) as driver:
        await on_the_lease(driver)
        await driver.press("M")
        assert top(driver) is Menu
        assert has(driver, f"Move {MOVED}", "live, to the host that the scheduler chooses", "live, to h07")
        for _ in range(8):
            if "> " in next((line for line in driver.screen_text().splitlines() if "h07" in line), ""):
                break
            await driver.press("down")
        await driver.press("enter")
        assert top(driver) is Preflight
        assert driver.client.sent == []
        assert has(driver, f"move {MOVED}", "it runs on", "move it back to h01", "h07 is up and takes servers")
        assert has(driver, f"vmms migrate {MOVED} --to h07")
        await driver.go_on()
        (sent,) = driver.client.sent
        assert isinstance(sent, MigrateServer)
        assert (sent.server_id, sent.host, sent.cold) == (MOVED, "h07", False)
        assert driver.client.plans[-1].startswith("p-")


async def test_a_host_that_cannot_take_it_says_why_in_the_menu() -> None:
    async with running(client(), size=(120, 40), start=Place.LEASES) as driver:
        await on_the_lease(driver)
        await driver.press("M", "down", "down", "down", "down", "enter")
        assert top(driver) is Menu
        assert has(driver, "live, to h02  no: closed or down", "live, to h01  no: it is there")
        assert has(driver, "live, to h07  free: 52 vCPU, 108G RAM")
        assert has(driver, "h02 takes no new servers: its disk is being replaced")


async def test_what_blocks_it_stands_first_and_the_button_is_dead() -> None:
    async with running(client(task_state="powering-off"), size=(120, 40), start=Place.LEASES) as driver:
        await on_the_lease(driver)
        await driver.press("M", "enter")
        assert top(driver) is Preflight
        assert has(driver, "1 BLOCK", f"The cloud is at work on {MOVED} (powering-off).", "Wait until that is over")
        await driver.press("right", "enter")
        assert driver.client.sent == []


async def test_who_is_no_operator_has_no_such_key() -> None:
    scripted = client()
    scripted.you = Caller(name="ada", roles=(Role.DEVELOPER,))
    async with running(scripted, size=(120, 40), start=Place.LEASES) as driver:
        await driver.press("j", "M")
        assert top(driver) not in {Menu, Preflight}


async def test_ops_and_the_server_say_how_it_goes() -> None:
    async with running(client(MOVE, state=ServerState.MOVING), size=(120, 40), start=Place.OPS) as driver:
        driver.list.table.go_to(MOVE.id)
        await driver.pilot.pause()
        assert has(driver, "3/5 follow", "h01 > h07", "memory 512M of 2G left", "256M/s", "written anew 64M/s")
        assert has(driver, "256 MiB/s", "[###...]  56%")
        assert has(driver, "2.0 s if the rest were sent now")
        await driver.press("3")
        await on_the_lease(driver)
        assert has(driver, "MOVE", "from h01 to h07, 75 % copied")


def test_words_of_a_move() -> None:
    assert copied(copying()) == "75 %: memory 512M of 2G left, 256M/s, written anew 64M/s, 2s to go"
    assert forecast(copying()) == "2.0 s if the rest were sent now"
    assert way_of(None) == ""
    bare = changed(MOVE, moving=Moving(source="h01", was="leased", ending="aborted by grace"))
    assert way_of(bare) == "from h01 to h07, being taken back"
    assert dict(facts(bare))["ending"] == "aborted by grace: it is being taken back"
    assert facts(changed(MOVE, moving=None)) == ()
    mirror = mirror_of((*LAND, MOVE), STATUS)
    assert "It would stand still for 2.0 s if the rest were sent now." in explain_operation(MOVE, mirror)
    assert ("way", "h01 > h07") in operation_facts(MOVE, mirror).facts


@pytest.mark.parametrize(("status", "cold"), [("ACTIVE", False), ("SHUTOFF", True)])
def test_what_is_off_moves_cold_whatever_is_chosen(status: str, *, cold: bool) -> None:
    server = changed(SERVER, cloud_status=status)
    assert command_for(server, "host h07") == MigrateServer(server_id=MOVED, host="h07", cold=cold)
    assert command_for(server, "live") == MigrateServer(server_id=MOVED, cold=cold)
    assert command_for(server, "cold") == MigrateServer(server_id=MOVED, cold=True)
    offered = places(server, Tables(LAND))
    assert bool(offered[0][2]) == cold, "live is not for what is off"


def test_a_cold_move_says_that_it_is_off_meanwhile() -> None:
    said = [what for what, _, _ in effects(MigrateServer(server_id=MOVED, cold=True), Tables(LAND))]
    assert said[0].startswith(f"shut {MOVED} down and move it from h01")
    assert any("cut off for the way" in what for what in said)
    marks = {mark for mark, _, _ in looked_at(MigrateServer(server_id=MOVED, cold=True), Tables(LAND), ADA)}
    assert marks == {"ok", "WARN", "BLOCK"}


ADA = Caller(name="ada", roles=(Role.DEVELOPER,))


def test_of_what_is_not_there_nothing_is_said() -> None:
    assert effects(MigrateServer(server_id="nobody"), Tables(LAND)) == ()


def test_what_is_over_is_undone_by_the_way_back() -> None:
    asked = (MigrateServer(server_id=MOVED, host="h07"), Reply(operation_id=MOVE.id))
    on_its_way = Tables((*LAND, MOVE))
    assert inverse(Done((asked,)), on_its_way, NOW) == (AbortOperation(operation_id=MOVE.id),)
    over = Tables((*LAND, changed(MOVE, state=OperationState.DONE)))
    assert inverse(Done((asked,)), over, NOW) == (MigrateServer(server_id=MOVED, host="h01"),)
    failed = Tables((*LAND, changed(MOVE, state=OperationState.FAILED, outcome="no")))
    assert inverse(Done((asked,)), failed, NOW) == "op-000091 has ended: no."
