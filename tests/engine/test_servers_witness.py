"""The servers of a host as its witness: silence counts only of those that showed that they answer here."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from tests.engine.hosts_known import SEEN_DEAD
from tests.engine.test_dead_hosts import DEAD, JUDGED, RULES, evacuations, lend_all_on, suspect, until
from tests.engine.world import World, pool
from vmms_tui.engine.keepers.looks import LATELY, MOST_ADDRESSES, Looker
from vmms_tui.engine.witnesses.port import Place
from vmms_tui.model.healing import HealthKind, HealthProof
from vmms_tui.model.records import Server
from vmms_tui.model.spec import Policy
from vmms_tui.model.suspects import Phase, Suspect, Verdict
from vmms_tui.model.witness import HostRules, Says, Sign

PROOF = HealthProof(kind=HealthKind.PORT, port=3389, every=timedelta(seconds=20))


async def land_of(folder: Path, health: HealthProof, rules: HostRules = RULES) -> World:
    """A pool on four hosts, whose own addresses the engine does not reach: their servers alone can tell of them."""
    made = World(folder, pool(available=20, limit=20, health=health), policy=Policy(hosts=rules))
    made.account.world.set_admin()
    made.witnesses.unreachable |= {f"cmp{number}" for number in range(1, 5)}
    await made.start()
    await made.pass_time(SEEN_DEAD + 60)
    return made


@pytest_asyncio.fixture
async def proved(tmp_path: Path) -> AsyncIterator[World]:
    made = await land_of(tmp_path, PROOF)
    yield made
    await made.stop()
    assert not made.account.world.contents.twice


def said(world: World) -> Sign:
    return next(
        Sign(witness=one.witness, says=one.says, why=one.why)
        for one in suspect(world).signs
        if one.witness == "servers"
    )


def looked_at(world: World, name: str = DEAD) -> tuple[Place, ...]:
    places = Looker(world.engine.context)._places({name})
    return tuple(places.get(name, [])[:MOST_ADDRESSES])


async def test_silence_of_servers_that_never_answered_fences_no_living_host(tmp_path: Path) -> None:
    """A pool behind a firewall: nova-compute has died, and the host and its servers live."""
    world = await land_of(tmp_path, HealthProof())
    await lend_all_on(world)
    world.witnesses.deaf |= {one.floating_ip for one in world.state.all(Server) if one.host == DEAD}
    world.account.world.host_down(DEAD, alive=True)
    await world.pass_time(JUDGED + 100)
    assert not world.witnesses.fenced
    assert not evacuations(world)
    assert said(world).says is Says.UNKNOWN
    assert "none answered a proof of health before" in said(world).why
    assert suspect(world).verdict is not Verdict.DEAD
    await world.stop()


async def test_an_answer_counts_of_every_server(tmp_path: Path) -> None:
    world = await land_of(tmp_path, HealthProof())
    await lend_all_on(world)
    world.account.world.host_down(DEAD, alive=True)
    await world.pass_time(JUDGED)
    assert said(world).says is Says.ALIVE
    assert suspect(world).why == "it gave a sign of life to servers"
    await world.stop()


async def test_silence_of_servers_that_answered_before_counts(proved: World) -> None:
    await lend_all_on(proved)
    asked = looked_at(proved)
    assert asked
    assert all(one.proved and one.port == 3389 for one in asked), "on the port of their proof"
    proved.account.world.host_down(DEAD)
    await until(proved, Phase.EVACUATED)
    assert proved.witnesses.fenced == [DEAD]


async def test_servers_that_answered_and_live_are_a_sign_of_life(proved: World) -> None:
    await lend_all_on(proved)
    proved.account.world.host_down(DEAD, alive=True)
    await proved.pass_time(JUDGED + 60)
    assert said(proved).says is Says.ALIVE
    assert not proved.witnesses.fenced


async def test_where_no_server_elsewhere_answers_a_proof_silence_does_not_count(proved: World) -> None:
    await lend_all_on(proved)
    proved.account.world.host_down(DEAD, alive=True)
    proved.witnesses.deaf |= {one.floating_ip for one in proved.state.all(Server)}
    await proved.pass_time(JUDGED + 60)
    assert said(proved).says is Says.UNKNOWN
    assert not proved.witnesses.fenced


async def test_an_open_port_elsewhere_is_no_answer_to_a_proof(proved: World) -> None:
    """Servers on the other hosts answer on port 22; whether the way of the proofs is cut nobody can tell by that."""
    await lend_all_on(proved)
    elsewhere = {one.id for one in proved.state.all(Server) if one.host != DEAD}
    proved.guests.silent |= elsewhere
    for server_id in elsewhere:
        proved.engine.context.answers.last.pop(server_id, None)
    proved.witnesses.deaf |= {one.floating_ip for one in proved.state.all(Server) if one.host == DEAD}
    proved.account.world.host_down(DEAD, alive=True)
    await proved.pass_time(JUDGED + 60)
    assert said(proved).says is Says.UNKNOWN
    assert not proved.witnesses.fenced


async def test_a_new_engine_has_heard_no_server(proved: World) -> None:
    await lend_all_on(proved)
    proved.account.world.host_down(DEAD)
    await until(proved, Phase.SUSPECTED)
    await proved.restart()
    await proved.pass_time(JUDGED + 60)
    assert said(proved).says is Says.UNKNOWN
    assert not proved.witnesses.fenced


def proven(world: World, server: Server) -> bool:
    return Place(server.floating_ip, 3389, proved=True) in looked_at(world)


async def test_silence_from_long_before_does_not_count(proved: World) -> None:
    """Its owner closed the port; much later its host is called down."""
    server = next(one for one in proved.state.all(Server) if one.host == DEAD)
    answers, longest = proved.engine.context.answers, LATELY + PROOF.every
    proved.clock.advance(2 * longest.total_seconds())
    now = proved.clock.now()
    answers.heard(server.id, server.floating_ip, 3389, now - longest + timedelta(seconds=1))
    assert proven(proved, server)
    answers.heard(server.id, server.floating_ip, 3389, now - longest - timedelta(seconds=1))
    assert not proven(proved, server)
    called = Suspect(id=DEAD, since=now - timedelta(hours=1), phase_since=now)
    await proved.let_be(called)
    answers.heard(server.id, server.floating_ip, 3389, called.since - timedelta(minutes=1))
    assert proven(proved, server), "what counts is when its host was called down, however long ago"


async def test_an_address_that_moved_to_another_server_has_not_answered_there(proved: World) -> None:
    server = next(one for one in proved.state.all(Server) if one.host == DEAD)
    assert proven(proved, server)
    proved.engine.context.answers.heard(server.id, "203.0.113.99", 3389, proved.clock.now())
    assert not proven(proved, server)
    assert "203.0.113.99" not in {one.address for one in looked_at(proved)}
