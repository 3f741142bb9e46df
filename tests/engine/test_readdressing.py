"""Floating IPs of servers that were moved or mended: put back, put on anew and told of, and taken from nobody."""

from pathlib import Path

import pytest

from tests.engine.test_evacuation import DEAD, die, evacuate, evacuations, land, lent_on
from tests.engine.test_heal_proofs import HEALTH
from tests.engine.test_healing import falls, pass_minutes, said_to
from tests.engine.test_healing import lent as leased
from tests.engine.test_moves import lent, move, operation, until
from tests.engine.world import World, pool
from vmms_tui.engine.cloud.errors import AccessDenied, CloudError, Conflict, NotFound, Unreachable
from vmms_tui.engine.cloud.simulated.mending import Illness as Falls
from vmms_tui.model.readdress import Readdress
from vmms_tui.model.records import Notice, OperationKind, OperationState, Server, ServerState, changed

__all__ = ["land"]

ANEW = "its floating IP did not answer and was taken off and put on again"
BACK = "its floating IP was not on its port and was put back"
SILENT = 70
"""Seconds of silence after which an address is put on anew, and some more."""


async def at(world: World, server: Server) -> str:
    """The port that has its floating IP."""
    return (await world.cloud.get_floating_ip(server.floating_ip_id)).port_id


async def give_away(world: World, server: Server) -> str:
    """Somebody puts its floating IP on another port; which."""
    port = await world.cloud.create_port("private", name="web-1", description="")
    await world.cloud.associate_floating_ip(server.floating_ip_id, port.id)
    return port.id


def readdressings(world: World, server: Server) -> list[str]:
    return [one.text for one in world.events("server.readdressed") if one.server_id == server.id]


# Taken from nobody


@pytest.mark.parametrize("cold", [False, True], ids=["live", "cold"])
async def test_an_address_that_somebody_else_has_is_left_there(land: World, *, cold: bool) -> None:
    _, before = await lent(land)
    reply = await move(land, before.id, cold=cold)
    await until(land, reply, "follow")
    theirs = await give_away(land, before)
    await land.pass_time(60)
    failed = operation(land, reply)
    assert failed.state is OperationState.FAILED
    taken = f"the floating IP {before.floating_ip} is on port web-1, which no server uses, and not on that of"
    assert taken in failed.outcome
    assert "VMMS takes it from nobody" in failed.remedy
    assert f"openstack floating ip set --port {before.port_ids[0]} {before.floating_ip}" in failed.remedy
    assert await at(land, before) == theirs
    status = (await land.cloud.move_records(before.cloud_id))[0].status
    assert status == ("reverted" if cold else "completed"), "nothing is left half done"


async def test_whose_server_has_it_is_said(land: World) -> None:
    (before,) = await lent_on(land, DEAD, 0)
    other = next(one for one in land.state.all(Server) if one.state is ServerState.READY and one.host != DEAD)
    await land.cloud.associate_floating_ip(other.floating_ip_id, "")
    await die(land)
    await land.cloud.associate_floating_ip(before.floating_ip_id, other.port_ids[0])
    assert (await evacuate(land)).ok
    await land.pass_time(60)
    (failed,) = evacuations(land)
    assert failed.state is OperationState.FAILED
    assert f" of {other.id}, and not on that of {before.id}" in failed.outcome
    assert await at(land, before) == other.port_ids[0]
    assert land.state.need(Server, before.id).host != DEAD
    assert any("it was built anew on another: it moved, and is not" in one.text for one in land.state.all(Notice))


async def test_one_that_is_mended_takes_it_from_nobody(filled: World) -> None:
    server = await leased(filled)
    theirs = await give_away(filled, server)
    falls(filled, server, Falls.ERROR)
    await pass_minutes(filled, 3)
    heals = [one for one in filled.state.operations_of(server.id) if one.kind is OperationKind.HEAL]
    assert "is on port web-1" in heals[0].outcome
    assert await at(filled, server) == theirs


async def test_an_address_that_a_failed_replacement_left_on_its_spare_comes_back(filled: World) -> None:
    server = await leased(filled)
    spare = next(one for one in filled.state.all(Server) if one.state is ServerState.READY)
    await filled.cloud.associate_floating_ip(spare.floating_ip_id, "")
    await filled.cloud.associate_floating_ip(server.floating_ip_id, spare.port_ids[0])
    spare = filled.state.need(Server, spare.id)
    await filled.let_be(changed(spare, state=ServerState.FAILED, since=filled.clock.now(), failure="given up"))
    falls(filled, server, Falls.ERROR)
    await pass_minutes(filled, 3)
    assert await at(filled, server) == server.port_ids[0]
    assert readdressings(filled, server) == [f"{server.id}, {server.floating_ip}: {BACK}"]


async def test_a_replacement_takes_an_address_from_nobody_and_gives_none_back_that_it_did_not_take(
    filled: World,
) -> None:
    filled.account.world.set_admin()
    server = await leased(filled)
    theirs = await give_away(filled, server)
    filled.account.world.faults.mend_fails(about=server.id, times=None)
    falls(filled, server, Falls.ERROR)
    for _ in range(80):
        await pass_minutes(filled, 0.5)
        done = [one for one in filled.state.operations_of(server.id) if one.kind is OperationKind.REPLACE]
        if done and done[-1].state is OperationState.FAILED:
            break
    assert "is on port web-1" in done[-1].outcome, done
    assert await at(filled, server) == theirs


async def test_an_address_that_is_deleted_ends_a_cold_move_where_it_began(land: World) -> None:
    _, before = await lent(land)
    reply = await move(land, before.id, cold=True)
    await until(land, reply, "follow")
    await land.cloud.delete_floating_ip(before.floating_ip_id)
    await land.pass_time(60)
    failed = operation(land, reply)
    assert f"the cloud has no floating IP {before.floating_ip} any more" in failed.outcome
    assert (await land.cloud.move_records(before.cloud_id))[0].status == "reverted"


# Off, and on again


@pytest.mark.parametrize(
    "refusal", [Conflict("The port is busy."), NotFound("No such port."), AccessDenied("Not by policy.")]
)
async def test_one_that_was_taken_off_is_put_on_although_the_cloud_refuses_at_first(
    land: World, refusal: CloudError
) -> None:
    _, before = await lent(land)
    land.guests.silent.add(before.id)
    reply = await move(land, before.id)
    await until(land, reply, "verify")
    land.account.world.faults.fail("associate_floating_ip", refusal, times=3, about=before.port_ids[0])
    await land.pass_time(SILENT)
    assert "does not put the floating IP" in operation(land, reply).waiting_for
    assert await at(land, before) == ""
    await land.restart()
    await land.pass_time(30)
    assert await at(land, before) == before.port_ids[0]
    land.guests.silent.clear()
    await land.pass_time(10)
    done = operation(land, reply)
    assert done.state is OperationState.DONE, done
    assert done.outcome.endswith(f"its address answers; {ANEW}")
    assert readdressings(land, before) == [f"{before.id}, {before.floating_ip}: {ANEW}"]
    assert land.events("server.moved")[-1].text.endswith(ANEW)
    assert [one for one in said_to(land, "alice") if ANEW in one]


async def test_tries_to_put_it_on_come_to_an_end_with_what_to_do(land: World) -> None:
    _, before = await lent(land)
    land.guests.silent.add(before.id)
    reply = await move(land, before.id)
    await until(land, reply, "verify")
    land.account.world.faults.fail("associate_floating_ip", Conflict("No."), times=None, about=before.port_ids[0])
    calls = land.account.calls_made().get(("network", "associate_floating_ip"), 0)
    await land.pass_time(300)
    failed = operation(land, reply)
    assert failed.state is OperationState.FAILED
    assert f"the cloud does not put the floating IP {before.floating_ip} on its port" in failed.outcome
    assert failed.remedy.startswith("It is on no port now. Put it there: `openstack floating ip set --port ")
    assert land.account.calls_made()[("network", "associate_floating_ip")] == calls + 1 + 8


@pytest.mark.parametrize("touches", range(12))
async def test_killed_anywhere_between_off_and_on_it_is_on(land: World, touches: int) -> None:
    _, before = await lent(land)
    land.guests.silent.add(before.id)
    reply = await move(land, before.id)
    await until(land, reply, "verify")
    await land.pass_time(58)
    land.death.after(touches)
    await land.pass_time(6)
    await land.restart()
    await land.pass_time(150)
    assert await at(land, before) == before.port_ids[0]
    land.guests.silent.clear()
    await land.pass_time(10)
    done = operation(land, reply)
    assert done.state is OperationState.DONE, done
    assert done.outcome.endswith(ANEW)
    assert done.readdress == Readdress(again=True)
    assert len(readdressings(land, before)) == 1


@pytest.mark.parametrize("touches", range(8))
async def test_one_that_fell_off_is_put_back_and_that_is_said_once(land: World, touches: int) -> None:
    _, before = await lent(land)
    reply = await move(land, before.id)
    await until(land, reply, "follow")
    await land.cloud.associate_floating_ip(before.floating_ip_id, "")
    await until(land, reply, "verify")
    land.death.after(touches)
    await land.pass_time(5)
    await land.restart()
    await land.pass_time(40)
    done = operation(land, reply)
    assert done.outcome.endswith(BACK)
    assert readdressings(land, before) == [f"{before.id}, {before.floating_ip}: {BACK}"]
    assert len([one for one in said_to(land, "alice") if BACK in one]) == 1
    assert await at(land, before) == before.port_ids[0]


async def test_a_server_whose_address_was_let_be_says_nothing_of_it(land: World) -> None:
    _, before = await lent(land)
    reply = await move(land, before.id)
    await land.pass_time(40)
    assert operation(land, reply).outcome.endswith("its address answers")
    assert not readdressings(land, before)
    assert not [one for one in said_to(land, "alice") if "moved to another host" in one]


async def test_a_cloud_that_is_away_meanwhile_costs_no_try(land: World) -> None:
    _, before = await lent(land)
    reply = await move(land, before.id)
    await until(land, reply, "follow")
    await land.cloud.associate_floating_ip(before.floating_ip_id, "")
    port = before.port_ids[0]
    land.account.world.faults.fail("associate_floating_ip", Unreachable("Away."), times=6, about=port)
    await land.pass_time(200)
    assert operation(land, reply).state is OperationState.DONE, operation(land, reply)
    assert await at(land, before) == port


async def test_after_an_evacuation_its_owner_is_told(land: World) -> None:
    (before,) = await lent_on(land, DEAD, 0)
    land.account.world.faults.address_lost(about=before.cloud_id)
    await die(land)
    assert (await evacuate(land)).ok
    await land.pass_time(100)
    (done,) = evacuations(land)
    assert done.outcome.endswith(f"its address answers; {ANEW}")
    (told,) = [one for one in said_to(land, "alice") if "built anew on another" in one]
    assert told.endswith(f" {ANEW[0].upper()}{ANEW[1:]}.")


async def test_after_a_mending_it_is_said_and_told(tmp_path: Path) -> None:
    world = await World(tmp_path, pool(health=HEALTH)).start()
    await world.pass_time(40)
    server = await leased(world)
    world.guests.silent.add(server.id)
    port = server.port_ids[0]
    for _ in range(300):
        await world.pass_time(1)
        heal = world.state.operation_on(server.id)
        if heal is not None and heal.step == "prove":
            break
    world.account.world.faults.fail("associate_floating_ip", Conflict("Busy."), times=2, about=port)
    await world.pass_time(90)
    world.guests.silent.clear()
    await world.pass_time(30)
    (heal,) = [one for one in world.state.operations_of(server.id) if one.kind is OperationKind.HEAL]
    assert heal.state is OperationState.DONE, heal
    assert heal.outcome == f"it works again after a reboot; {ANEW}"
    assert len(readdressings(world, server)) == 1
    assert any(one.endswith(f"{ANEW}.") for one in said_to(world, "alice"))
    assert await at(world, server) == port
    await world.stop()


async def test_what_could_not_be_taken_off_is_said_to_be_where_it_was(land: World) -> None:
    _, before = await lent(land)
    land.guests.silent.add(before.id)
    reply = await move(land, before.id)
    await until(land, reply, "verify")
    land.account.world.faults.fail("associate_floating_ip", Conflict("No."), times=None, about=before.floating_ip_id)
    await land.pass_time(400)
    failed = operation(land, reply)
    assert failed.state is OperationState.FAILED
    assert f"does not take the floating IP {before.floating_ip} off" in failed.outcome
    assert failed.remedy == "It was left where it is."
    assert await at(land, before) == before.port_ids[0]
