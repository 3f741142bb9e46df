"""Dead hosts: judged by their witnesses, fenced and evacuated by the engine itself, and never while they may live."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.hosts_known import SEEN_DEAD, nobody_twice, with_hosts
from tests.engine.world import World
from vmms_tui.engine.cloud.moves import EVACUATION
from vmms_tui.engine.witnesses.simulated import Fencing
from vmms_tui.model.commands import EnableHost, EvacuateHost, Freeze, Thaw
from vmms_tui.model.healing import Illness
from vmms_tui.model.needs import NeedKind
from vmms_tui.model.plans import host_named
from vmms_tui.model.records import Operation, OperationKind, OperationState, Server, ServerState, changed
from vmms_tui.model.spec import Policy
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import Phase, Suspect, Verdict
from vmms_tui.model.witness import HostRules, Says

DEAD = "cmp1"
RULES = HostRules(automatic=True, fence=("fence", "{host}"), fence_proof=("is-off", "{host}"))
JUDGED = SEEN_DEAD + 35
"""Seconds until the witnesses have been asked often enough."""


async def land_of(tmp_path: Path, rules: HostRules = RULES, many: int = 20) -> World:
    """A pool on four hosts that are known; nothing is built while a test looks."""
    return await with_hosts(tmp_path, many, policy=Policy(hosts=rules), seconds=SEEN_DEAD + 60)


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[World]:
    async with nobody_twice(await land_of(tmp_path)) as made:
        yield made


async def lend_all_on(world: World, name: str = DEAD) -> list[Server]:
    """Lease until nothing on this host is ready any more."""
    while any(one.host == name and one.state is ServerState.READY for one in world.state.all(Server)):
        assert (await world.ask("alice", importance=len(world.state.live_leases()) % 10)).server_id
        await world.pass_time(1)
    await world.pass_time(5)
    return [one for one in world.state.all(Server) if one.host == name and one.state is ServerState.LEASED]


def suspect(world: World, name: str = DEAD) -> Suspect:
    return world.state.need(Suspect, name)


def host(world: World, name: str = DEAD) -> Host:
    found = host_named(name, world.state)
    assert found
    return found


def evacuations(world: World) -> list[Operation]:
    return [one for one in world.state.all(Operation) if one.kind is OperationKind.EVACUATE]


async def until(world: World, phase: Phase, name: str = DEAD, seconds: int = 400) -> Suspect:
    for _ in range(seconds):
        one = world.state.get(Suspect, name)
        if one is not None and one.phase is phase:
            return one
        await world.pass_time(1)
    raise AssertionError(f"{name} is {world.state.get(Suspect, name)}, and never came to {phase}")


async def test_a_dead_host_is_witnessed_fenced_and_evacuated(tmp_path: Path) -> None:
    world = await land_of(tmp_path, many=40)
    before = await lend_all_on(world)
    assert len(before) >= 10
    world.account.world.host_down(DEAD)
    await until(world, Phase.SUSPECTED)
    over = await until(world, Phase.EVACUATED)
    assert world.witnesses.fenced == [DEAD]
    assert (over.by, over.servers, over.looks) == ("engine", len(before), RULES.samples)
    assert "the fence command ended with 0" in over.fenced
    assert {one.witness: one.says for one in over.signs} == {
        "cloud": Says.SILENT, "ssh": Says.SILENT, "servers": Says.UNKNOWN
    }  # fmt: skip
    for server in before:
        now = world.state.need(Server, server.id)
        assert now.host != DEAD
        assert (now.state, now.cloud_status) == (ServerState.LEASED, "ACTIVE")
        assert (now.floating_ip, now.floating_ip_id) == (server.floating_ip, server.floating_ip_id)
        assert world.account.up_for(now.floating_ip) is not None
        records = await world.cloud.move_records(now.cloud_id)
        assert [one.kind for one in records] == [EVACUATION]
    assert {one.actor for one in evacuations(world)} == {"engine"}
    assert host(world).forced_down
    assert host(world).disabled_reason.startswith("dead: fenced, the fence command ended with 0")
    kinds = ["suspected", "dead", "fencing", "fenced", "forced_down", "evacuated", "emptied"]
    lines = {kind: world.events(f"host.{kind}") for kind in kinds}
    assert {kind: len(some) for kind, some in lines.items()} == dict.fromkeys(kinds, 1)
    assert all(one.host == DEAD and one.reason for some in lines.values() for one in some)
    assert "3 looks in 20 s, 1 of 4 hosts are down: cloud: its service is down" in lines["dead"][0].text
    assert not world.account.world.contents.twice
    await world.stop()


async def test_at_rest_nobody_is_asked_anything(land: World) -> None:
    calls = land.account.calls_made()
    await land.pass_time(50)
    assert land.witnesses.asked == 0
    made = land.account.calls_made()
    more = {key: made[key] - calls.get(key, 0) for key in made if made[key] != calls.get(key, 0)}
    assert not [key for key in more if key[1] in {"compute_services", "hypervisors"} and more[key] > 1], more
    assert not land.state.all(Suspect)


async def test_a_cut_of_the_engine_alone_evacuates_nothing(land: World) -> None:
    """The cloud calls a host down which only lost its way to it, and the engine reaches no host at all."""
    await lend_all_on(land)
    land.account.world.host_down(DEAD, alive=True)
    land.witnesses.cut = True
    await land.pass_time(JUDGED + 100)
    assert not land.witnesses.fenced
    assert not evacuations(land)
    one = suspect(land)
    assert (one.phase, one.verdict, one.looks) == (Phase.OURS, Verdict.OURS, 0)
    assert "no host that is up answers the witnesses either" in one.why
    assert len(land.events("host.ours")) == 1
    assert host(land).status == "enabled"


async def test_a_cloud_that_is_away_evacuates_nothing(land: World) -> None:
    await lend_all_on(land)
    land.account.world.host_down(DEAD)
    await until(land, Phase.SUSPECTED)
    land.account.world.faults.unreachable()
    asked = land.witnesses.asked
    await land.pass_time(200)
    assert land.witnesses.asked == asked
    assert not land.witnesses.fenced
    assert not evacuations(land)
    land.account.world.faults.clear()
    await until(land, Phase.EVACUATED)


async def test_a_host_that_is_only_cut_off_from_the_cloud_is_let_be(land: World) -> None:
    await lend_all_on(land)
    land.account.world.host_down(DEAD, alive=True)
    await land.pass_time(JUDGED + 100)
    one = suspect(land)
    assert (one.phase, one.verdict) == (Phase.SUSPECTED, Verdict.ALIVE)
    assert one.why == "it gave a sign of life to ssh and servers"
    assert not land.witnesses.fenced
    assert not evacuations(land)
    need = land.engine.needs.found()[f"host:{DEAD}"]
    assert need.suspect == one
    reply = await land.send(EvacuateHost(host=DEAD, sworn="I think so"), "operator")
    assert reply.rule == "alive", "an operator cannot swear it dead"


async def test_a_host_that_only_its_servers_call_alive_is_let_be(land: World) -> None:
    """The way from the engine to the host is cut, and not that to its servers."""
    await lend_all_on(land)
    land.account.world.host_down(DEAD, alive=True)
    land.witnesses.unreachable.add(DEAD)
    await land.pass_time(JUDGED)
    assert suspect(land).why == "it gave a sign of life to servers"
    assert not land.witnesses.fenced
    assert not evacuations(land)


async def test_two_of_four_stop_and_ask(land: World) -> None:
    await lend_all_on(land)
    land.account.world.host_down(DEAD)
    land.account.world.host_down("cmp2")
    await land.pass_time(JUDGED + 100)
    assert {one.id: one.phase for one in land.state.all(Suspect)} == {DEAD: Phase.OURS, "cmp2": Phase.OURS}
    assert "2 of 4 hosts are down at once, more than 30 %" in suspect(land).why
    assert not land.witnesses.fenced
    assert not evacuations(land)
    assert len(land.events("host.ours")) == 1
    land.account.world.host_up("cmp2")
    await until(land, Phase.EVACUATED)
    assert land.witnesses.fenced == [DEAD]


@pytest.mark.parametrize("how", [Fencing.FAILS, Fencing.LIES])
async def test_a_fence_that_fails_evacuates_nothing(land: World, how: Fencing) -> None:
    await lend_all_on(land)
    land.account.world.host_down(DEAD, hung=True)
    land.witnesses.fencing = how
    one = await until(land, Phase.ASKS)
    assert one.asks.startswith("it could not be fenced: the fence command ended with")
    await land.pass_time(100)
    assert suspect(land).phase is Phase.ASKS
    assert len(land.events("host.fencing")) == 1, "it is not tried again"
    assert not evacuations(land)
    assert host(land).status == "enabled"
    need = land.engine.needs.found()[f"host:{DEAD}"]
    assert need.kind is NeedKind.HOST
    assert need.suspect == suspect(land)
    land.account.world.fence_host(DEAD)
    reply = await land.send(EvacuateHost(host=DEAD, sworn="I pulled its power"), "operator")
    assert reply.ok, reply
    over = await until(land, Phase.EVACUATED)
    assert (over.by, over.fenced, over.asks) == ("operator", "I pulled its power", "")


async def test_who_answers_after_the_fence_was_not_fenced(land: World) -> None:
    """The command lies, and there is no proof: the look after it is one."""
    await lend_all_on(land)
    land.engine.context.policy = changed(land.engine.context.policy, hosts=changed(RULES, fence_proof=()))
    land.account.world.host_down(DEAD, hung=True)
    land.witnesses.fencing = Fencing.LIES
    await until(land, Phase.SUSPECTED)
    fence = land.witnesses.fence

    async def wakes(rules: HostRules, asked: object) -> object:
        fenced = await fence(rules, asked)  # type: ignore[arg-type]
        land.account.world.host_down(DEAD, alive=True)
        return fenced

    land.witnesses.fence = wakes  # type: ignore[method-assign,assignment]
    one = await until(land, Phase.ASKS)
    assert "and yet ssh says that its SSH answers" in one.asks
    assert not evacuations(land)


async def test_a_host_that_hangs_is_fenced_first(land: World) -> None:
    await lend_all_on(land)
    land.account.world.host_down(DEAD, hung=True)
    await until(land, Phase.EVACUATED)
    assert land.witnesses.fenced == [DEAD]


async def test_a_host_that_comes_and_goes_is_never_dead(land: World) -> None:
    await lend_all_on(land)
    for _ in range(6):
        land.account.world.host_down(DEAD)
        await until(land, Phase.SUSPECTED)
        await land.pass_time(8)
        land.account.world.host_up(DEAD)
        await land.pass_time(SEEN_DEAD)
        assert land.state.get(Suspect, DEAD) is None
    assert not land.witnesses.fenced
    assert not evacuations(land)
    assert len(land.events("host.back")) == len(land.events("host.suspected")) == 6


async def test_what_is_left_to_a_person_waits_for_one(land: World) -> None:
    await lend_all_on(land)
    land.engine.context.policy = changed(land.engine.context.policy, hosts=changed(RULES, automatic=False))
    land.account.world.host_down(DEAD)
    one = await until(land, Phase.ASKS)
    assert one.asks == "the settings leave that to a person"
    assert not land.witnesses.fenced
    assert len(land.events("host.asks")) == 1
    land.engine.context.policy = changed(land.engine.context.policy, hosts=changed(RULES, automatic=False, fence=()))
    await land.pass_time(15)
    assert suspect(land).asks.startswith("the settings name no fence command")


async def test_a_host_that_somebody_closed_waits_for_a_person(land: World) -> None:
    await lend_all_on(land)
    await land.account.project().disable_host(DEAD, "a new fan")
    land.account.world.host_down(DEAD)
    one = await until(land, Phase.ASKS)
    assert one.asks == "somebody closed it before, and may be at work there: a new fan"
    assert not land.witnesses.fenced


async def test_a_host_that_others_forced_down_waits_for_a_person(land: World) -> None:
    await lend_all_on(land)
    land.account.world.host_down(DEAD)
    await until(land, Phase.SUSPECTED)
    await land.account.project().force_down(DEAD, down=True)
    one = await until(land, Phase.ASKS)
    assert one.asks.startswith("somebody made the cloud count it as down")
    await land.pass_time(60)
    assert not land.witnesses.fenced
    assert not evacuations(land)


async def test_while_all_stands_still_nothing_is_fenced(land: World) -> None:
    await lend_all_on(land)
    await land.send(Freeze(reason="a new switch"), "operator")
    land.account.world.host_down(DEAD)
    one = await until(land, Phase.DEAD)
    await land.pass_time(60)
    assert suspect(land).waits == "the end of the standstill: a new switch"
    assert not land.witnesses.fenced
    await land.send(Thaw(), "operator")
    await until(land, Phase.EVACUATED)
    assert one.id == DEAD


async def test_one_host_at_a_time_is_rescued(tmp_path: Path) -> None:
    world = await land_of(tmp_path, changed(RULES, share=0.6), many=20)
    await lend_all_on(world)
    await lend_all_on(world, "cmp2")
    world.account.world.host_down(DEAD)
    world.account.world.host_down("cmp2")
    most, waited = 0, set[str]()
    for _ in range(600):
        await world.pass_time(1)
        all_of_them = world.state.all(Suspect)
        under_way = {Phase.FENCING, Phase.FENCED, Phase.EVACUATING}
        most = max(most, sum(one.phase in under_way for one in all_of_them))
        waited |= {one.waits for one in all_of_them if one.waits}
        if all_of_them and all(one.phase is Phase.EVACUATED for one in all_of_them):
            break
    assert most == 1
    assert waited <= {"the rescue of cmp1", "the rescue of cmp2"}
    assert sorted(world.witnesses.fenced) == [DEAD, "cmp2"]
    assert not world.account.world.contents.twice
    await world.stop()


async def test_a_host_with_nothing_of_anybody_is_let_be(land: World) -> None:
    land.account.world.host_down("cmp3")
    one = await until(land, Phase.DEAD, "cmp3")
    assert one.waits == "nothing: nobody's servers are on it"
    await land.pass_time(60)
    assert not land.witnesses.fenced


async def test_what_something_is_at_work_on_follows(land: World) -> None:
    servers = await lend_all_on(land)
    land.account.world.host_down(DEAD)
    await until(land, Phase.SUSPECTED)
    busy = land.state.need(Server, servers[0].id)
    await land.let_be(changed(busy, state=ServerState.HEALING, since=land.clock.now()))
    await until(land, Phase.EVACUATED)
    assert land.state.need(Server, busy.id).host != DEAD
    assert {one.server_id for one in evacuations(land)} == {one.id for one in servers}


async def test_the_ladder_waits_for_what_becomes_of_the_host(land: World) -> None:
    servers = await lend_all_on(land)
    land.engine.context.policy = changed(land.engine.context.policy, hosts=changed(RULES, automatic=False))
    land.account.world.host_down(DEAD)
    await until(land, Phase.ASKS)
    await land.pass_time(600, step=5)
    for server in servers:
        ill = land.state.need(Illness, server.id)
        assert (ill.waits, ill.asks, ill.acts) == ("what becomes of its host cmp1, which is down", "", 0)
    kinds = {one.kind for one in land.state.all(Operation) if one.server_id in {server.id for server in servers}}
    assert not kinds & {OperationKind.MOVE, OperationKind.REPLACE, OperationKind.HEAL}


async def test_a_fenced_host_that_returns_stays_closed(land: World) -> None:
    await lend_all_on(land)
    land.account.world.host_down(DEAD)
    await until(land, Phase.EVACUATED)
    await land.pass_time(100)
    assert suspect(land).phase is Phase.EVACUATED
    land.account.world.host_up(DEAD)
    await land.pass_time(SEEN_DEAD + 15)
    assert land.state.get(Suspect, DEAD) is None
    (back,) = land.events("host.back")
    assert "stays closed" in back.text
    assert (host(land).state, host(land).status, host(land).forced_down) == ("down", "disabled", True)
    await land.pass_time(60)
    assert land.state.get(Suspect, DEAD) is None
    assert (await land.send(EnableHost(host=DEAD), "operator")).ok
    await land.pass_time(60)
    assert host(land).state == "up"


@pytest.mark.parametrize("at", range(84))
async def test_a_kill_at_any_point_fences_and_evacuates_once(tmp_path: Path, at: int) -> None:
    world = await land_of(tmp_path, many=8)
    before = await lend_all_on(world)
    assert before
    world.account.world.host_down(DEAD)
    await until(world, Phase.SUSPECTED)
    world.death.after(at)
    await world.pass_time(120)
    await world.restart()
    await until(world, Phase.EVACUATED)
    assert 1 <= len(world.witnesses.fenced) <= 2, "twice is as once"
    for server in before:
        now = world.state.need(Server, server.id)
        assert (now.state, now.floating_ip) == (ServerState.LEASED, server.floating_ip)
        assert now.host != DEAD
        records = await world.cloud.move_records(now.cloud_id)
        assert [one.kind for one in records] == [EVACUATION]
    done = [one for one in evacuations(world) if one.state is OperationState.DONE]
    assert sorted(one.server_id for one in done) == sorted(one.id for one in before)
    assert len(done) == len(evacuations(world))
    assert not world.account.world.contents.twice
    await world.stop()
