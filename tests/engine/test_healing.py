"""Servers that fall ill are mended: in turn, bounded, told of, and never against anybody's wish."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.engine.world import World, pool
from vmms_tui.engine.cloud.errors import CloudFault, Conflict
from vmms_tui.engine.cloud.facts import TAG_LEASE
from vmms_tui.engine.cloud.simulated.mending import Illness as Falls
from vmms_tui.engine.cloud.simulated.mending import fall_ill
from vmms_tui.model.commands import Freeze, Release, StopServer, Thaw
from vmms_tui.model.healing import HealingRules, Illness, Incident, Sickness
from vmms_tui.model.records import (
    Lease,
    LeaseState,
    Notice,
    NoticeKind,
    Operation,
    OperationKind,
    Server,
    ServerState,
)
from vmms_tui.model.spec import Policy

DAYS = timedelta(days=3)
SOON = Policy(keep_failed=timedelta(minutes=4))
"""What was replaced goes soon."""


async def lent(world: World, **wish: Any) -> Server:
    """A server that is lent and handed over."""
    reply = await world.ask("alice", term=DAYS, **wish)
    await world.pass_time(5)
    return world.state.need(Server, reply.server_id)


def falls(world: World, server: Server, how: Falls) -> None:
    assert fall_ill(world.account.world, server.cloud_id, how)


def now(world: World, server: Server) -> Server:
    return world.state.need(Server, server.id)


def rungs(world: World, server: Server) -> list[str]:
    kinds = {OperationKind.HEAL, OperationKind.REPLACE}
    return [one.args["rung"] for one in world.state.operations_of(server.id) if one.kind in kinds]


def said_to(world: World, owner: str) -> list[str]:
    return [one.text for one in world.state.all(Notice) if one.owner == owner and one.kind is NoticeKind.WORD]


async def pass_minutes(world: World, minutes: float) -> None:
    await world.pass_time(minutes * 60, step=5)


# Ill, and mended


async def test_one_that_shut_itself_off_is_started_again_and_its_owner_told(filled: World) -> None:
    server = await lent(filled)
    falls(filled, server, Falls.OFF)
    await filled.pass_time(30)
    assert now(filled, server).state is ServerState.STOPPED
    assert filled.state.need(Illness, server.id).kind is Sickness.OFF
    assert not rungs(filled, server), "it waits a minute first"
    await pass_minutes(filled, 2)
    healed = now(filled, server)
    assert (healed.state, healed.floating_ip) == (ServerState.LEASED, server.floating_ip)
    assert rungs(filled, server) == ["start"]
    assert [text for text in said_to(filled, "alice") if "works again after a start" in text]
    assert filled.state.need(Illness, server.id).well_since
    assert filled.events("server.healing")[0].text.endswith("gets a start (1 of 2, act 1 in all): " + OFF)
    await pass_minutes(filled, 31)
    assert filled.state.get(Illness, server.id) is None
    assert filled.events("server.well")


OFF = "the cloud says SHUTOFF, and nobody asked for that"


@pytest.mark.parametrize("how", ["another tool", "its owner", "its owner, before a crash"])
async def test_a_stop_that_was_asked_for_is_no_illness(filled: World, how: str) -> None:
    server = await lent(filled)
    if how == "another tool":
        await filled.cloud.stop_server(server.cloud_id)
    else:
        assert (await filled.send(StopServer(lease_id=server.lease_id))).ok
        await filled.pass_time(20)
    if how.endswith("crash"):
        await filled.restart()
    await pass_minutes(filled, 10)
    assert now(filled, server).state is ServerState.STOPPED
    assert filled.state.get(Illness, server.id) is None
    assert not rungs(filled, server)


async def test_who_stopped_it_is_asked_once(filled: World) -> None:
    server = await lent(filled)
    await filled.cloud.stop_server(server.cloud_id)
    await pass_minutes(filled, 10)
    assert filled.account.calls_made()["compute", "server_actions"] == 1


async def test_a_cloud_that_does_not_tell_who_stopped_it_has_the_benefit_of_the_doubt(filled: World) -> None:
    server = await lent(filled)
    filled.account.world.faults.fail("server_actions", CloudFault("No."), times=3)
    falls(filled, server, Falls.OFF)
    await filled.pass_time(2)
    assert filled.state.get(Illness, server.id) is None
    await pass_minutes(filled, 3)
    assert rungs(filled, server) == ["start"]


@pytest.mark.parametrize(
    ("how", "kind", "rung"),
    [
        (Falls.ERROR, Sickness.ERROR, "hard_reboot"),
        (Falls.PAUSED, Sickness.PAUSED, "hard_reboot"),
        (Falls.STUCK, Sickness.STUCK, "reset_state"),
    ],
)
async def test_the_first_rung_for_each(filled: World, how: Falls, kind: Sickness, rung: str) -> None:
    filled.account.world.set_admin()
    server = await lent(filled)
    falls(filled, server, how)
    await filled.pass_time(15)
    if how is not Falls.STUCK:
        assert filled.state.need(Illness, server.id).kind is kind
    await pass_minutes(filled, 20)
    assert rungs(filled, server) == [rung]
    seen = await filled.cloud.get_server(server.cloud_id)
    assert (seen.status, seen.task_state, seen.power) == ("ACTIVE", "", "running")
    assert now(filled, server).state is ServerState.LEASED


async def test_an_ill_server_whose_address_was_taken_off_gets_the_same_one(filled: World) -> None:
    server = await lent(filled)
    falls(filled, server, Falls.ERROR)
    await filled.cloud.associate_floating_ip(server.floating_ip_id, "")
    await pass_minutes(filled, 3)
    assert (await filled.cloud.get_floating_ip(server.floating_ip_id)).port_id == server.port_ids[0]
    assert now(filled, server).state is ServerState.LEASED


async def test_the_whole_ladder_up_to_another_server_with_the_same_address(filled: World) -> None:
    filled.account.world.set_admin()
    server = await lent(filled)
    lease_id = server.lease_id
    filled.account.world.faults.mend_fails(about=server.id, times=None)
    falls(filled, server, Falls.ERROR)
    await pass_minutes(filled, 40)
    assert rungs(filled, server) == [
        *("hard_reboot", "hard_reboot", "reset_state", "reset_state"),
        *("rebuild", "replace"),
    ]
    lease = filled.state.need(Lease, lease_id)
    other = filled.state.need(Server, lease.server_id)
    assert other.id != server.id
    assert (other.state, other.lease_id) == (ServerState.LEASED, lease_id)
    assert (other.floating_ip, other.floating_ip_id) == (server.floating_ip, server.floating_ip_id)
    assert (await filled.cloud.get_floating_ip(server.floating_ip_id)).port_id == other.port_ids[0]
    assert (await filled.cloud.get_server(other.cloud_id)).metadata[TAG_LEASE] == lease_id
    assert any(
        f"has {other.id} now, with the same address {server.floating_ip}" in one for one in said_to(filled, "alice")
    )
    assert filled.state.get(Illness, server.id) is None
    filled.clock.advance(3600)
    await pass_minutes(filled, 4)
    assert now(filled, server).state is ServerState.GONE
    assert (await filled.cloud.get_floating_ip(server.floating_ip_id)).port_id == other.port_ids[0]
    assert not await filled.leftovers()
    assert filled.counts()[ServerState.READY] == 4


async def test_a_rebuild_keeps_address_and_volume(filled: World) -> None:
    server = await lent(filled)
    volume = await filled.cloud.create_volume("data", 1)
    await filled.pass_time(10)
    await filled.cloud.attach_volume(server.cloud_id, volume.id)
    filled.account.world.faults.fail("reboot_server", CloudFault("No."), times=None)
    filled.account.world.faults.fail("reset_state", CloudFault("No."), times=None)
    falls(filled, server, Falls.ERROR)
    await pass_minutes(filled, 60)
    rebuilt = now(filled, server)
    assert rungs(filled, server)[-1] == "rebuild"
    assert (rebuilt.state, rebuilt.floating_ip_id) == (ServerState.LEASED, server.floating_ip_id)
    assert (await filled.cloud.get_server(server.cloud_id)).volume_ids == (volume.id,)
    assert any("What was on its disk is lost" in one for one in said_to(filled, "alice"))


async def test_with_a_volume_it_is_not_replaced(filled: World) -> None:
    server = await lent(filled)
    volume = await filled.cloud.create_volume("data", 1)
    await filled.pass_time(10)
    await filled.cloud.attach_volume(server.cloud_id, volume.id)
    filled.account.world.faults.mend_fails(about=server.id, times=None)
    falls(filled, server, Falls.ERROR)
    await pass_minutes(filled, 60)
    assert rungs(filled, server)[-1] == "rebuild"
    assert "volumes" in filled.state.need(Illness, server.id).asks


async def test_an_important_server_loses_no_disk_without_a_person(filled: World) -> None:
    server = await lent(filled, importance=8)
    filled.account.world.faults.mend_fails(about=server.id, times=None)
    falls(filled, server, Falls.ERROR)
    await pass_minutes(filled, 60)
    ill = filled.state.need(Illness, server.id)
    no_move = f"it cannot be moved: The cloud says ERROR of {server.id}"
    assert ill.asks == f"{no_move}; a rebuild would lose its disk, and it is important"
    assert not {"rebuild", "replace"} & set(rungs(filled, server))
    assert len(filled.events("server.asks")) == 1


async def test_moving_comes_before_rebuilding_for_an_important_one(filled: World) -> None:
    """One that its hypervisor holds paused: Nova calls it ACTIVE, and moves it live."""
    filled.account.world.set_admin()
    await filled.pass_time(90)
    server = await lent(filled, importance=8)
    filled.account.world.faults.fail("reboot_server", Conflict("Not now."), times=None, about=server.cloud_id)
    falls(filled, server, Falls.PAUSED)
    await pass_minutes(filled, 30)
    assert set(rungs(filled, server)) == {"hard_reboot"}
    moves = [one for one in filled.state.operations_of(server.id) if one.kind is OperationKind.MOVE]
    assert [(one.actor, one.args["cold"]) for one in moves] == [("engine", "no")]
    assert any("gets a move (1 of 1, act 3 in all)" in event.text for event in filled.events("server.healing"))
    assert now(filled, server).floating_ip_id == server.floating_ip_id


# Not to be touched


async def test_nothing_is_done_in_an_incident_and_it_is_told_once(tmp_path: Path) -> None:
    policy = Policy(healing=HealingRules(least=3))
    world = await World(tmp_path, pool(), policy=policy).start()
    await world.pass_time(30)
    servers = [await lent(world) for _ in range(3)]
    await world.pass_time(60)
    for server in servers:
        falls(world, server, Falls.ERROR)
    await pass_minutes(world, 10)
    assert not [rung for server in servers for rung in rungs(world, server)]
    (begun,) = world.events("incident.begun")
    assert not world.events("server.ill"), "one line tells of all"
    assert begun.text.startswith("3 of 9 servers in use are ill at once")
    await world.restart()
    await pass_minutes(world, 5)
    assert len(world.events("incident.begun")) == 1, "a crash does not tell it again"
    await world.cloud.reboot_server(servers[0].cloud_id, hard=True)
    await pass_minutes(world, 10)
    assert world.state.all(Incident) == []
    assert len(world.events("incident.over")) == 1
    assert all(now(world, server).cloud_status == "ACTIVE" for server in servers)
    await world.stop()


async def test_nothing_is_done_while_frozen(filled: World) -> None:
    server = await lent(filled)
    await filled.send(Freeze(reason="a new switch"), "operator")
    falls(filled, server, Falls.ERROR)
    await pass_minutes(filled, 10)
    assert not rungs(filled, server)
    await filled.send(Thaw(), "operator")
    await pass_minutes(filled, 2)
    assert rungs(filled, server) == ["hard_reboot"]


async def test_nothing_is_done_when_it_is_switched_off(tmp_path: Path) -> None:
    world = await World(tmp_path, pool(), policy=Policy(healing=HealingRules(on=False))).start()
    await world.pass_time(30)
    server = await lent(world)
    falls(world, server, Falls.ERROR)
    await pass_minutes(world, 10)
    assert world.state.get(Illness, server.id) is None
    assert not rungs(world, server)
    await world.stop()


async def test_one_that_is_given_back_is_no_longer_mended(filled: World) -> None:
    server = await lent(filled)
    falls(filled, server, Falls.ERROR)
    await filled.pass_time(30)
    assert (await filled.send(Release(lease_id=server.lease_id))).ok
    await pass_minutes(filled, 5)
    assert filled.state.get(Illness, server.id) is None
    assert not rungs(filled, server)
    assert filled.state.need(Lease, server.lease_id).state is LeaseState.ENDED


async def test_at_most_so_many_at_the_same_time(tmp_path: Path) -> None:
    policy = Policy(healing=HealingRules(at_once=2, share=1.0))
    world = await World(tmp_path, pool(), policy=policy).start()
    await world.pass_time(30)
    servers = [await lent(world, importance=number) for number in range(4)]
    for server in servers:
        falls(world, server, Falls.ERROR)
    most: list[int] = []
    world.after_tick = lambda: most.append(sum(one.kind is OperationKind.HEAL for one in world.state.live_operations()))
    await pass_minutes(world, 5)
    assert max(most) == 2
    begun = [one.server_id for one in world.state.all(Operation) if one.kind is OperationKind.HEAL]
    assert begun == [server.id for server in reversed(servers)], "the important ones come first"
    await world.stop()
