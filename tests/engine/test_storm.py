"""What befalls many at once is told once: servers that fall ill, and hosts that the cloud calls down."""

from pathlib import Path

from tests.engine.endings import Fleet
from tests.engine.world import World, pool
from vmms_tui.demo import fleet as demo
from vmms_tui.engine.cloud.simulated.mending import Illness as Falls
from vmms_tui.engine.cloud.simulated.mending import fall_ill
from vmms_tui.engine.store.opened import fill_store
from vmms_tui.model.healing import HealingRules, Incident
from vmms_tui.model.needs import NeedKind, found
from vmms_tui.model.records import Operation, OperationKind, Pool, Server, ServerState, changed
from vmms_tui.model.spec import Policy
from vmms_tui.model.suspects import Phase, Suspect

ILL = 500
HOSTS = 30


async def test_a_storm_is_one_incident(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 2)
    fleet.pools = [changed(fleet.pools[0], available=ILL, limit=ILL, floating_network="")]
    fleet.policy = Policy(healing=HealingRules(), access=fleet.policy.access)
    await fleet.start()
    await fleet.pass_time(1_500, step=10)
    servers = [one for one in fleet.state.all(Server) if one.state is ServerState.READY]
    assert len(servers) == ILL, (fleet.counts(), [one.paused for one in fleet.state.all(Pool)])
    for one in servers:
        assert fall_ill(fleet.account.world, one.cloud_id, Falls.STUCK)
    await fleet.pass_time(2_400, step=20)
    assert len(fleet.events("incident.begun")) == 1
    assert len(fleet.state.all(Incident)) == 1
    needs = found(fleet.state, fleet.engine.status(), fleet.clock.now())
    assert [one.kind for one in needs if one.kind in {NeedKind.INCIDENT, NeedKind.ILL}] == [NeedKind.INCIDENT]
    acts = {OperationKind.HEAL, OperationKind.REPLACE, OperationKind.RECLAIM, OperationKind.MOVE}
    assert not [one for one in fleet.state.all(Operation) if one.kind in acts]
    for one in servers:
        sim = fleet.account.world.contents.servers[one.cloud_id]
        sim.task_state, sim.updated = "", fleet.account.world.now()
    await fleet.pass_time(60, step=10)
    assert len(fleet.events("incident.over")) == 1
    assert len(fleet.events("incident.begun")) == 1
    assert not fleet.state.all(Incident)
    await fleet.stop()


async def test_many_of_very_many_are_one_too_with_the_settings_as_they_come(tmp_path: Path) -> None:
    """Sixty of two thousand are a share of nothing, and yet one incident."""
    spec = pool(available=0, limit=2_000, floating_network="")
    made = demo.Fleet(
        installation="test", pools=[spec], layout=[spec], owners=["ada"], servers=2_000, ready=0, leases=2_000,
        sizes={spec.flavor: (1, 2048, 10)},
    )  # fmt: skip
    world = World(tmp_path, spec)
    (tmp_path / "store").mkdir()
    fill_store(tmp_path / "store", tuple(demo.records(made, world.clock.now())))
    demo.fill_cloud(world.account, made)
    await world.start()
    await world.pass_time(20, step=10)
    for number in range(60):
        assert fall_ill(world.account.world, demo.cloud_id(number), Falls.ERROR)
    await world.pass_time(600, step=20)
    (incident,) = world.state.all(Incident)
    assert (incident.ill, incident.of, incident.groups) == (60, 2_000, ())
    assert len(world.events("incident.begun")) == 1
    assert not world.events("server.ill"), "one line tells of all"
    assert not world.state.all(Operation)
    needs = found(world.state, world.engine.status(), world.clock.now())
    assert [one.kind for one in needs if one.kind in {NeedKind.INCIDENT, NeedKind.ILL}] == [NeedKind.INCIDENT]
    await world.stop()


async def test_hosts_that_go_down_together_have_one_line(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 2, hosts=HOSTS)
    await fleet.lent(2)
    for number in range(1, HOSTS + 1):
        fleet.account.world.host_down(f"cmp{number}")
    await fleet.pass_time(120, step=5)
    suspects = fleet.state.all(Suspect)
    assert len(suspects) == HOSTS
    assert {one.phase for one in suspects} == {Phase.OURS}
    (begun,) = fleet.events("host.suspected")
    assert f"and others are down, {HOSTS} of {HOSTS} hosts are, with 2 servers on leases" in begun.text
    assert len(fleet.events("host.ours")) == 1
    assert not [one for one in fleet.state.all(Operation) if one.kind is OperationKind.EVACUATE]
    await fleet.stop()
