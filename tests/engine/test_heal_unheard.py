"""Servers that are not heard: where nobody like them is heard either, it is perhaps we who are cut off."""

from datetime import timedelta
from pathlib import Path

from tests.engine.test_heal_proofs import HEALTH
from tests.engine.test_healing import lent, now, pass_minutes, rungs
from tests.engine.world import World, pool
from vmms_tui.engine import controls
from vmms_tui.engine.guests.port import Finding, Guest
from vmms_tui.model.commands import HealAll, HealServer, StartServer, StopServer
from vmms_tui.model.healing import HealingRules, HealthProof, Illness, Incident, Many, Sickness
from vmms_tui.model.needs import NeedKind
from vmms_tui.model.records import OperationState, Server, ServerState, changed
from vmms_tui.model.spec import Policy

DEFAULTS = HealingRules()


async def proving(
    folder: Path, available: int = 4, limit: int = 8, lend: int = 0, healing: HealingRules = DEFAULTS
) -> World:
    """A world whose pool has its servers asked, some of which are lent."""
    made = pool(health=HEALTH, available=available, limit=limit)
    world = await World(folder, made, policy=Policy(burst_least=1_000, healing=healing)).start()
    await world.pass_time(40)
    for _ in range(lend):
        await lent(world)
    await world.pass_time(60)
    return world


def of_state(world: World, *states: ServerState) -> list[Server]:
    return [one for one in world.state.all(Server) if one.state in states]


def silence(world: World, servers: list[Server]) -> None:
    world.guests.silent |= {one.id for one in servers}


def needs(world: World) -> set[NeedKind]:
    return {one.kind for one in world.engine.needs.found().values()}


async def test_the_only_one_of_its_pool_is_a_persons(tmp_path: Path) -> None:
    world = await proving(tmp_path, 1, 1)
    server = await lent(world)
    await world.pass_time(30)
    silence(world, [server])
    await pass_minutes(world, 30)
    assert not rungs(world, server)
    assert world.state.need(Illness, server.id).asks == controls.ALONE
    assert needs(world) >= {NeedKind.ILL}
    assert len(world.events("server.asks")) == 1
    reply = await world.send(HealServer(lease_id=server.id), "operator")
    assert reply.text.startswith(f"{server.id} gets a reboot now")
    await pass_minutes(world, 3)
    assert rungs(world, server) == ["reboot"], "an operator may let it be done, and no more than that"
    (done,) = [one for one in world.state.operations_of(server.id) if "rung" in one.args]
    assert not done.outcome.startswith("nothing was done")
    await world.stop()


async def test_one_of_another_pool_in_its_network_may_be_heard_in_its_place(tmp_path: Path) -> None:
    pools = [pool(health=HEALTH, available=1, limit=1), pool(name="ci", purposes=("ci",), health=HEALTH)]
    world = await World(tmp_path, *pools).start()
    await world.pass_time(40)
    server = await lent(world)
    silence(world, [server])
    await pass_minutes(world, 4)
    assert rungs(world, server)[:1] == ["reboot"]
    await world.stop()


async def test_one_in_another_network_proves_nothing(tmp_path: Path) -> None:
    other = pool(name="ci", purposes=("ci",), health=HEALTH, floating_network="")
    world = await World(tmp_path, pool(health=HEALTH, available=1, limit=1), other).start()
    await world.pass_time(40)
    server = await lent(world)
    silence(world, [server])
    await pass_minutes(world, 20)
    assert not rungs(world, server)
    assert world.state.need(Illness, server.id).asks == controls.ALONE
    await world.stop()


async def test_two_of_whom_none_is_heard_are_a_persons(tmp_path: Path) -> None:
    world = await proving(tmp_path, 2, 2, lend=2)
    servers = of_state(world, ServerState.LEASED)
    assert len(servers) == 2
    silence(world, servers)
    await pass_minutes(world, 30)
    for server in servers:
        assert not rungs(world, server)
        asks = world.state.need(Illness, server.id).asks
        assert asks == "no other server of its pool answers either, of 1: perhaps only the way there is cut"
    world.guests.silent.clear()
    await pass_minutes(world, 3)
    assert not any(rungs(world, server) for server in servers)
    assert NeedKind.ILL not in needs(world)
    await world.stop()


async def test_when_our_own_eyes_are_cut_nothing_is_done_to_anybody(tmp_path: Path) -> None:
    world = await proving(tmp_path, lend=4)
    every = of_state(world, ServerState.LEASED, ServerState.READY)
    assert len(every) == 8
    silence(world, every)
    await pass_minutes(world, 40)
    assert not [rung for server in every for rung in rungs(world, server)]
    assert [now(world, one).state for one in every] == [one.state for one in every], "none that is ready was given up"
    (incident,) = world.state.all(Incident)
    assert (incident.ill, incident.of, incident.groups) == (8, 8, (Many("dev", Sickness.MUTE),))
    assert len(world.events("incident.begun")) == 1
    assert needs(world) & {NeedKind.ILL, NeedKind.INCIDENT} == {NeedKind.INCIDENT}
    await world.restart()
    await pass_minutes(world, 5)
    assert len(world.events("incident.begun")) == 1
    assert not world.events("server.recovered"), "a new engine has heard nobody, and says of nobody that it works"
    world.guests.silent.clear()
    await pass_minutes(world, 3)
    assert len(world.events("incident.over")) == 1
    assert not [rung for server in every for rung in rungs(world, server)]
    await world.stop()


async def test_who_falls_silent_one_by_one_is_one_incident_in_the_end(tmp_path: Path) -> None:
    """The first ask a person each; once it is an incident they ask nothing of their own any more."""
    world = await proving(tmp_path, 3, 3, lend=3)
    *first, last = of_state(world, ServerState.LEASED)
    assert (await world.send(StopServer(lease_id=last.lease_id))).ok
    await world.pass_time(20)
    silence(world, [*first, last])
    await pass_minutes(world, 5)
    assert all(world.state.need(Illness, one.id).asks for one in first)
    assert needs(world) & {NeedKind.ILL, NeedKind.INCIDENT} == {NeedKind.ILL}
    assert (await world.send(StartServer(lease_id=last.lease_id))).ok
    await pass_minutes(world, 5)
    assert needs(world) & {NeedKind.ILL, NeedKind.INCIDENT} == {NeedKind.INCIDENT}
    assert not [rung for server in (*first, last) for rung in rungs(world, server)]
    await world.stop()


async def test_a_share_of_a_pool_that_is_not_heard_is_an_incident(tmp_path: Path) -> None:
    """A firewall drops the proofs of nine of twenty."""
    world = await proving(tmp_path, 20, 20, lend=9)
    servers = of_state(world, ServerState.LEASED)
    silence(world, servers)
    await pass_minutes(world, 30)
    assert not [rung for server in servers for rung in rungs(world, server)]
    (incident,) = world.state.all(Incident)
    assert (incident.ill, incident.of) == (9, 20)
    assert (await world.send(HealAll(), "operator")).ok
    await pass_minutes(world, 3)
    assert [rung for server in servers for rung in rungs(world, server)]
    await world.stop()


async def test_an_incident_of_one_pool_lets_others_be_mended(tmp_path: Path) -> None:
    pools = [pool(health=HEALTH, available=4, limit=4), pool(name="ci", purposes=("ci",), health=HEALTH)]
    world = await World(tmp_path, *pools).start()
    await world.pass_time(40)
    silence(world, [one for one in world.state.all(Server) if one.pool == "dev"])
    reply = await world.ask("alice", purpose="ci", term=timedelta(days=1))
    await world.pass_time(30)
    server = world.state.need(Server, reply.server_id)
    silence(world, [server])
    await pass_minutes(world, 4)
    assert [one.groups for one in world.state.all(Incident)] == [(Many("dev", Sickness.MUTE),)]
    assert rungs(world, server)[:1] == ["reboot"]
    await world.stop()


async def test_the_last_look_before_a_reboot_asks_others_too(tmp_path: Path) -> None:
    """The cut comes between the decision and the act."""
    world = await proving(tmp_path)
    server = await lent(world)
    silence(world, [server])
    answers = world.guests.answers

    async def cut_after_the_decision(proof: HealthProof, guest: Guest) -> Finding:
        if world.state.operation_on(server.id) is not None:
            return Finding(ready=False, words="port 22 does not answer")
        return await answers(proof, guest)

    world.guests.answers = cut_after_the_decision  # type: ignore[method-assign]
    await pass_minutes(world, 3)
    first = next(one for one in world.state.operations_of(server.id) if "rung" in one.args)
    assert first.state is OperationState.DONE
    assert first.outcome.startswith("nothing was done: no other server of its pool answers either, of 4: perhaps")
    assert not world.events("server.healed")
    ill = world.state.need(Illness, server.id)
    assert (ill.tries, ill.well_since) == (0, None), "that try does not count"
    await world.stop()


async def test_silence_before_others_were_heard_again_does_not_count(tmp_path: Path) -> None:
    world = await proving(tmp_path, 2, 2, lend=2)
    one, other = of_state(world, ServerState.LEASED)
    silence(world, [one, other])
    await pass_minutes(world, 10)
    world.guests.silent.discard(other.id)
    world.engine.context.answers.mute.pop(other.id)
    await world.pass_time(6)
    assert world.state.need(Illness, one.id).waits == "more proofs that fail while others answer"
    await pass_minutes(world, 2)
    assert rungs(world, one)[:1] == ["reboot"]
    await world.stop()


async def test_ready_ones_are_given_up_a_few_in_a_minute(tmp_path: Path) -> None:
    rules = HealingRules(at_once=2, share=1.0, many=1000)
    world = await proving(tmp_path, 12, 12, healing=rules)
    ready = of_state(world, ServerState.READY)
    silence(world, ready[:8])
    gone: list[int] = []
    for _ in range(6):
        await world.pass_time(60)
        gone.append(len(world.events("server.lost")))
    steps = [later - before for before, later in zip([0, *gone], gone, strict=False)]
    assert max(steps) <= 2
    assert gone[-1] == 8, gone
    await world.stop()


async def test_a_ready_one_that_answers_at_the_last_look_stays(tmp_path: Path) -> None:
    world = await proving(tmp_path)
    server = of_state(world, ServerState.READY)[0]
    silence(world, [server])
    await world.pass_time(40)
    ill = world.state.need(Illness, server.id)
    at = world.clock.now()
    await world.let_be(changed(ill, since=at - timedelta(minutes=5)))
    world.guests.silent.clear()
    await world.engine.health.mender.see_to_the_ill()
    assert now(world, server).state is ServerState.READY
    silence(world, [server])
    await world.engine.health.mender.see_to_the_ill()
    assert now(world, server).state is ServerState.FAILED
    await world.stop()


async def test_a_ready_one_that_was_silent_in_a_cut_stays_until_it_is_silent_alone(tmp_path: Path) -> None:
    world = await proving(tmp_path, 2, 2)
    one, other = of_state(world, ServerState.READY)
    silence(world, [one, other])
    await pass_minutes(world, 5)
    world.guests.silent.discard(other.id)
    answers = world.engine.context.answers
    answers.heard(other.id, other.floating_ip, 22, world.clock.now())
    for _ in range(2 * HEALTH.failures):
        await world.pass_time(1)
        if answers.mute[one.id].held:
            break
    assert 0 < answers.mute[one.id].held < HEALTH.failures
    await world.engine.health.mender.see_to_the_ill()
    assert now(world, one).state is ServerState.READY
    await pass_minutes(world, 1)
    assert now(world, one).failure.endswith("port 22 does not answer")
    assert now(world, other).state is ServerState.READY
    await world.stop()
