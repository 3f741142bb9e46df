"""A rehearsal says what a real evacuation then does, and touches nothing."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.engine.hosts_known import SEEN_DEAD
from tests.engine.test_evacuation import DEAD, die, evacuate, evacuations, lent_on
from tests.engine.world import World, pool
from vmms_tui.model.commands import RehearseHostDown
from vmms_tui.model.records import Notice, Operation, OperationState, Server
from vmms_tui.model.rehearsal import Rehearsal
from vmms_tui.model.spec import Policy
from vmms_tui.model.witness import HostRules
from vmms_tui.screens.paragraphs import text_of
from vmms_tui.screens.rehearsing import page

FACTOR = 2.0
"""The estimate may be this many times too long or too short: how often one looks makes the difference."""


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[World]:
    """A pool of sixteen on four hosts that are known."""
    made = World(tmp_path, pool(available=16, limit=16), policy=Policy(hosts=HostRules(reserve=1)))
    made.account.world.set_admin()
    await made.start()
    await made.pass_time(SEEN_DEAD)
    yield made
    await made.stop()


async def rehearse(world: World, host: str = DEAD, actor: str = "operator") -> Rehearsal:
    reply = await world.send(RehearseHostDown(host=host), actor)
    assert reply.ok, reply
    assert reply.rehearsal
    return reply.rehearsal


def disk(world: World) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(world.folder.rglob("*")) if path.is_file()
    }  # fmt: skip


async def test_what_was_rehearsed_is_what_happens(land: World) -> None:
    servers = await lent_on(land, DEAD, 2, 9, 5)
    told = await rehearse(land)
    assert {one.server_id for one in told.servers} >= {one.id for one in servers}
    assert not told.left_over
    assert told.whole
    assert told.reserve
    assert told.reserve.holds
    await die(land)
    assert (await evacuate(land)).ok
    await land.pass_time(120)
    done = evacuations(land)
    assert all(one.state is OperationState.DONE for one in done)
    assert {one.server_id for one in done} == {one.server_id for one in told.servers}
    assert {one.server_id: land.state.need(Server, one.server_id).host for one in told.servers} == {
        one.server_id: one.to for one in told.servers
    }
    took = max(one.updated - one.started for one in done)
    assert took / FACTOR <= told.took <= took * FACTOR, (told.took, took)
    ranks = sorted(done, key=lambda one: int(one.args["rank"]))
    assert [one.server_id for one in ranks] == [one.server_id for one in told.servers]


async def test_nothing_is_touched(land: World) -> None:
    await lent_on(land, DEAD, 0)
    calls, files, sequence = land.account.calls_made(), disk(land), land.state.sequence
    letters, notices, proofs = len(land.post.box), land.state.all(Notice), land.guests.proofs
    await rehearse(land)
    assert land.account.calls_made() == calls
    assert disk(land) == files
    assert land.state.sequence == sequence
    assert (len(land.post.box), land.state.all(Notice), land.guests.proofs) == (letters, notices, proofs)
    assert not evacuations(land)


async def test_who_finds_no_room_is_named(land: World) -> None:
    (server,) = await lent_on(land, DEAD, 0)
    for name, host in land.account.world.contents.hosts.items():
        if name != DEAD:
            host.status = "disabled"
    await land.pass_time(SEEN_DEAD)
    told = await rehearse(land)
    left = {one.server_id: one for one in told.left_over}
    assert server.id in left
    assert "No valid host" in left[server.id].problem
    assert left[server.id].owner == "alice"
    words = [text_of(one) for one in page(told)]
    assert any("NOWHERE!" in one and server.id in one for one in words)
    assert any("No valid host" in one for one in words)
    assert any("assumed" in one for one in words)


async def test_the_pace_is_measured_where_there_is_a_past(land: World) -> None:
    await lent_on(land, DEAD, 0)
    assert (await rehearse(land)).measured == 0
    await die(land)
    await evacuate(land)
    await land.pass_time(60)
    took = [
        (one.updated - one.started).total_seconds() for one in land.state.all(Operation) if one in evacuations(land)
    ]
    told = await rehearse(land, "cmp2")
    assert told.measured == len([one for one in evacuations(land) if int(one.args["rank"]) < 4])
    assert told.pace[0] >= min(took)


async def test_it_is_for_those_who_see_everything(land: World) -> None:
    reply = await land.send(RehearseHostDown(host=DEAD), "alice")
    assert reply.rule == "role"
    reply = await land.send(RehearseHostDown(host="nowhere"), "operator")
    assert reply.rule == "unknown"
