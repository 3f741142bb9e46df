"""What the cloud tells of hosts, networks, volumes and images: read, aged, shown, and on no disk."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.world import POOL, World
from tests.people import peer
from vmms_tui.engine.cloud.errors import AccessDenied, CloudError, CloudFault, NotFound
from vmms_tui.engine.cloud.simulated.project import SimulatedProject
from vmms_tui.engine.keepers.surroundings import ADMINISTRATORS_ONLY, NO_VOLUMES
from vmms_tui.engine.policy.rights import shown
from vmms_tui.engine.state import BrokenRule
from vmms_tui.engine.store import exported
from vmms_tui.engine.viewers import visible
from vmms_tui.model.commands import Refresh
from vmms_tui.model.healing import HealingRules
from vmms_tui.model.people import AccessRules, Caller, Role
from vmms_tui.model.records import Record, Server, ServerState, changed
from vmms_tui.model.spec import Policy
from vmms_tui.model.surroundings import Host, Image, Kind, Network, Survey, Volume
from vmms_tui.model.tables import STORED, TRANSIENT, Drop, Put

VIEWER = Caller(name="vera", roles=(Role.VIEWER,))
DEVELOPER = Caller(name="dora", roles=(Role.DEVELOPER,))


@pytest.fixture
async def world(tmp_path: Path) -> World:
    """With an administrator's credentials, full and at rest."""
    made = World(
        tmp_path, POOL, policy=Policy(access=AccessRules(everyone=Role.VIEWER), healing=HealingRules(on=False))
    )
    made.account.world.set_admin()
    await made.start()
    await made.pass_time(120)
    return made


def only(world: World, kind: Kind) -> Survey:
    """How a list stands."""
    return world.state.need(Survey, kind)


async def test_hosts_tell_what_their_servers_use(world: World) -> None:
    hosts = {host.name: host for host in world.state.all(Host)}
    assert set(hosts) == {"cmp1", "cmp2", "cmp3", "cmp4"}
    ours = [server for server in world.state.all(Server) if server.state == ServerState.READY]
    assert sum(host.servers or 0 for host in hosts.values()) == len(ours) == 4
    for name, host in hosts.items():
        here = [server for server in ours if server.host == name]
        assert (host.servers, host.vcpus_used, host.ram_used_mib) == (
            len(here), len(here), 2048 * len(here)
        )  # fmt: skip
        assert (host.vcpus, host.ram_mib, host.disk_gib) == (64, 131_072, 2_000)
        assert (host.state, host.status, host.zone) == ("up", "enabled", "nova")


async def test_a_dead_host_is_seen_within_a_minute_with_its_last_sign_of_life(world: World) -> None:
    world.account.world.host_down("cmp2")
    died = world.clock.now()
    await world.pass_time(65, step=5)
    hosts = {host.name: host for host in world.state.all(Host)}
    assert {name: host.state for name, host in hosts.items()} == {
        "cmp1": "up", "cmp2": "down", "cmp3": "up", "cmp4": "up"
    }  # fmt: skip
    seen = hosts["cmp2"].seen
    assert seen
    assert died - timedelta(seconds=1) <= seen <= died


BESIDE = ("Open vSwitch agent", "cinder-volume lvm")


def agents(world: World, name: str) -> dict[str, bool]:
    host = next(one for one in world.state.all(Host) if one.name == name)
    return {one.name: one.alive for one in host.agents or ()}


async def test_what_runs_on_hosts_beside_nova_is_known(world: World) -> None:
    for host in world.state.all(Host):
        assert agents(world, host.name) == dict.fromkeys(BESIDE, True)
    at = only(world, Kind.HOSTS).agents_at
    assert at
    world.account.world.contents.hosts["cmp2"].dead_agents.append(BESIDE[0])
    await world.pass_time(910, step=5)
    assert agents(world, "cmp2") == {BESIDE[0]: False, BESIDE[1]: True}
    assert agents(world, "cmp1") == dict.fromkeys(BESIDE, True)
    later = only(world, Kind.HOSTS).agents_at
    assert later
    assert timedelta(minutes=14) <= later - at <= timedelta(minutes=16)


async def test_who_has_the_hosts_read_again_gets_their_agents_too(world: World) -> None:
    await world.pass_time(70, step=5)
    world.account.world.contents.hosts["cmp2"].dead_agents.append(BESIDE[1])
    await world.send(Refresh(kind=Kind.HOSTS), "operator")
    await world.pass_time(5, step=1)
    assert agents(world, "cmp2") == {BESIDE[0]: True, BESIDE[1]: False}


@pytest.mark.parametrize("error", [AccessDenied("Not for you."), NotFound("There is none.")])
async def test_a_cloud_that_tells_of_some_agents_alone(tmp_path: Path, error: CloudError) -> None:
    world = World(tmp_path, POOL)
    world.account.world.set_admin()
    world.account.world.faults.fail("network_agents", error, times=None)
    await world.start()
    await world.pass_time(120)
    assert agents(world, "cmp1") == {BESIDE[1]: True}
    assert not only(world, Kind.HOSTS).problem


async def test_agents_that_cannot_be_read_hide_no_host_and_what_was_known_stays(world: World) -> None:
    at = only(world, Kind.HOSTS).agents_at
    world.account.world.faults.fail("volume_services", CloudFault("Cinder is ill."), times=None)
    await world.pass_time(700, step=5)
    assert len(world.state.all(Host)) == 4
    assert not only(world, Kind.HOSTS).problem
    assert agents(world, "cmp1") == dict.fromkeys(BESIDE, True)
    assert only(world, Kind.HOSTS).agents_at == at, "and its age says so"


async def test_while_a_host_is_down_nobody_is_kept_busy_with_agents(world: World) -> None:
    world.account.world.host_down("cmp2")
    await world.pass_time(70, step=5)
    before = world.account.calls_made()
    for _ in range(6):
        await world.send(Refresh(kind=Kind.HOSTS), "operator")
        await world.pass_time(10, step=1)
    made = world.account.calls_made()
    more = {key: number - before.get(key, 0) for key, number in made.items()}
    assert sum(number for (_, name), number in more.items() if name == "hypervisors") >= 6, more
    assert sum(number for (_, name), number in more.items() if name == "network_agents") <= 1, more


async def test_networks_count_their_addresses(world: World) -> None:
    networks = {network.name: network for network in world.state.all(Network)}
    private = networks["private"]
    assert [subnet.cidr for subnet in private.subnets] == ["10.20.0.0/16"]
    assert (private.kind, private.segment, private.counted) == ("vlan", 100, False)
    await world.send(Refresh(kind=Kind.NETWORKS), "operator")
    private = world.state.need(Network, private.id)
    assert (private.used, private.total) == (4, 65_533)
    assert world.state.need(Network, networks["public"].id).used == 4


async def test_volumes_name_their_servers(world: World) -> None:
    volume = await world.cloud.create_volume("data", 7)
    server = next(one for one in world.state.all(Server) if one.state == ServerState.READY)
    await world.pass_time(3)
    await world.cloud.attach_volume(server.cloud_id, volume.id)
    await world.pass_time(360, step=5)
    (seen,) = [one for one in world.state.all(Volume) if one.id == volume.id]
    assert (seen.name, seen.size_gib, seen.status, seen.attached_to) == ("data", 7, "in-use", (server.id,))
    await world.cloud.detach_volume(server.cloud_id, volume.id)
    await world.pass_time(3)
    await world.cloud.delete_volume(volume.id)
    await world.pass_time(360, step=5)
    assert not world.state.get(Volume, volume.id)


async def test_at_rest_lists_are_shared_and_calls_stay_few(world: World) -> None:
    await world.pass_time(300, step=1)
    counts = []
    for _ in range(10):
        await world.pass_time(60)
        counts.append(world.account.calls_last_minute())
    assert sum(counts) / len(counts) <= 10, counts


async def test_each_list_has_its_own_age(world: World) -> None:
    await world.pass_time(600)
    now = world.clock.now()
    ages = {kind: now - (only(world, kind).read_at or now - timedelta(days=1)) for kind in Kind}
    assert ages[Kind.HOSTS] <= timedelta(seconds=66)
    for kind in (Kind.NETWORKS, Kind.VOLUMES, Kind.IMAGES):
        assert ages[kind] <= timedelta(minutes=6), kind


async def test_a_member_is_told_that_hosts_take_an_administrator(tmp_path: Path) -> None:
    world = await World(tmp_path, POOL).start()
    await world.pass_time(120)
    assert only(world, Kind.HOSTS).problem == ADMINISTRATORS_ONLY
    assert not world.state.all(Host)
    private = next(one for one in world.state.all(Network) if one.name == "private")
    await world.send(Refresh(kind=Kind.NETWORKS), "operator")
    private = world.state.need(Network, private.id)
    assert (private.used, private.counted, private.kind) == (4, True, "")
    assert private.total == 65_533
    public = next(one for one in world.state.all(Network) if one.name == "public")
    assert (public.used, public.counted) == (4, True), "floating IPs are addresses, too"
    calls = world.account.calls_last_minute()
    await world.pass_time(60)
    assert world.account.calls_last_minute() <= 10, calls
    world.account.world.set_admin()
    await world.pass_time(301, step=5)
    assert len(world.state.all(Host)) == 4
    assert not only(world, Kind.HOSTS).problem


async def test_a_cloud_that_counts_nothing_for_us_has_our_own_addresses_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_project: object) -> tuple[()]:
        return ()

    monkeypatch.setattr(SimulatedProject, "address_use", nothing)
    await world.send(Refresh(kind=Kind.NETWORKS), "operator")
    networks = {one.name: (one.used, one.counted) for one in world.state.all(Network)}
    assert networks == {"private": (4, True), "ci-vlan": (0, True), "public": (4, True)}


async def test_services_that_are_not_for_us_hide_no_hosts(tmp_path: Path) -> None:
    world = World(tmp_path, POOL)
    world.account.world.set_admin()
    world.account.world.faults.fail("compute_services", AccessDenied("Not for you."), times=None)
    await world.start()
    await world.pass_time(30)
    assert {host.state for host in world.state.all(Host)} == {"up"}
    assert not only(world, Kind.HOSTS).problem


async def test_a_failed_reading_leaves_what_is_known_with_its_age(world: World) -> None:
    before = only(world, Kind.HOSTS)
    world.account.world.faults.fail("hypervisors", CloudFault("Could not list compute hosts: 500."), times=None)
    await world.pass_time(240, step=5)
    survey = only(world, Kind.HOSTS)
    assert len(world.state.all(Host)) == 4
    assert survey.problem == "Could not list compute hosts: 500."
    assert survey.read_at
    assert before.read_at
    assert survey.read_at < before.read_at + timedelta(seconds=66)
    assert survey.stale(world.clock.now())
    assert not only(world, Kind.IMAGES).stale(world.clock.now())


async def test_a_cloud_without_volumes_says_so(world: World) -> None:
    world.account.world.faults.fail("list_volumes", NotFound("No Cinder."), times=None)
    await world.pass_time(700, step=5)
    assert only(world, Kind.VOLUMES).problem == NO_VOLUMES


async def test_people_have_a_list_read_again_but_not_without_end(world: World) -> None:
    first = await world.send(Refresh(kind=Kind.HOSTS), "operator")
    assert first.text == "Read now: 4 hosts."
    before = world.account.calls_last_minute()
    world.clock.advance(2)
    again = await world.send(Refresh(kind=Kind.HOSTS), "operator")
    assert again.text == "Read 2 s ago: 4 hosts; it is read every 5 seconds at most."
    assert world.account.calls_last_minute() <= before
    world.clock.advance(4)
    world.account.world.faults.fail("hypervisors", CloudFault("Could not do it."))
    failed = await world.send(Refresh(kind=Kind.HOSTS), "operator")
    assert (failed.code, failed.text) == ("try_again", "Could not do it.")
    world.clock.advance(6)
    assert (await world.send(Refresh(kind=Kind.HOSTS), "operator")).text == "Read now: 4 hosts."


async def test_nothing_is_read_while_the_cloud_is_away_and_nobody_is_called_a_member_for_it(world: World) -> None:
    denied = world.account.world.faults.deny()
    await world.pass_time(30)
    reply = await world.send(Refresh(kind=Kind.HOSTS), "operator")
    assert (reply.code, reply.text.partition(":")[0]) == ("try_again", "The cloud does not answer")
    await world.pass_time(300, step=5)
    assert only(world, Kind.HOSTS).stale(world.clock.now())
    assert only(world, Kind.HOSTS).problem != ADMINISTRATORS_ONLY
    assert len(world.state.all(Host)) == 4
    world.account.world.faults.remove(denied)
    await world.pass_time(90)
    assert not only(world, Kind.HOSTS).problem
    assert not only(world, Kind.HOSTS).stale(world.clock.now())


async def test_who_may_not_see_hosts_does_not_hear_of_their_ends(world: World) -> None:
    host, network = world.state.all(Host)[0], world.state.all(Network)[0]
    drops = [Drop("host", host.id), Drop("volume", "v"), Drop("network", network.id), Drop("lease", "lease-1")]
    assert visible(drops, VIEWER, lambda _: None) == drops
    assert visible(drops, DEVELOPER, lambda _: None) == drops[2:]


async def test_viewers_may_ask_developers_only_for_what_they_see(world: World) -> None:
    assert (await world.engine.submit(Refresh(kind=Kind.HOSTS), peer("vera", read_only=True))).ok
    world.engine._access.take(AccessRules(everyone=Role.DEVELOPER))
    world.clock.advance(6)
    refused = await world.send(Refresh(kind=Kind.HOSTS), "dora")
    assert (refused.rule, refused.text) == ("role", "The list of hosts is shown to operators and viewers only.")
    assert (await world.send(Refresh(kind=Kind.VOLUMES), "dora")).rule == "role"
    assert (await world.send(Refresh(kind=Kind.NETWORKS), "dora")).ok
    assert (await world.send(Refresh(kind=Kind.IMAGES), "dora")).ok


async def test_who_sees_what(world: World) -> None:
    await world.cloud.create_volume("of-somebody", 1)
    world.clock.advance(6)
    await world.send(Refresh(kind=Kind.VOLUMES), "operator")

    def sees(caller: Caller) -> set[type[Record]]:
        records = world.state.records(TRANSIENT)
        return {type(one) for record in records if (one := shown(record, caller, lambda _: None))}

    assert sees(VIEWER) == {Survey, Host, Network, Volume, Image}
    assert sees(DEVELOPER) == {Survey, Network, Image}
    told = [one for one in world.state.all(Survey) if shown(one, DEVELOPER, lambda _: None)]
    assert {one.id for one in told} == {Kind.NETWORKS, Kind.IMAGES}


async def test_nothing_of_it_is_on_the_disk_or_in_an_export(world: World) -> None:
    assert world.state.all(Host)
    await world.engine.context.ledger.checkpoint()
    await world.pass_time(130, step=5)
    kept = world.state.kept()
    text = exported.encode(kept, installation="test", version="0", at=world.clock.now())
    assert set(json.loads(text)) == {"about", *STORED}
    disk = b"".join(path.read_bytes() for path in sorted((world.folder / "store").iterdir()))
    assert b"cmp1" in disk, "a server tells of its host"
    for tag in TRANSIENT:
        assert f'"type":"{tag}"'.encode() not in disk
        assert f'"{tag}":{{'.encode() not in disk
    world.death.dead = True
    await world.start()
    assert not world.state.records(TRANSIENT)
    assert world.state.all(Server)
    await world.pass_time(60)
    assert len(world.state.all(Host)) == 4
    with pytest.raises(Exception, match="knows no records 'host'"):
        exported.decode(text.replace('"guard"', '"host"').encode(), "text")


async def test_facts_and_records_take_different_ways(world: World) -> None:
    ledger, host = world.engine.context.ledger, world.state.all(Host)[0]
    with pytest.raises(BrokenRule):
        await ledger.commit(changed(host, state="down"))
    with pytest.raises(BrokenRule):
        ledger.note(world.state.all(Server)[0])
    assert world.state.need(Host, host.id) == host


async def test_viewers_are_told_of_changes_alone(world: World) -> None:
    told: list[Record] = []
    hear = world.engine.context.ledger.on_durable

    def listen(sequence: int, changes: tuple[object, ...]) -> None:
        told.extend(change.record for change in changes if isinstance(change, Put))
        hear(sequence, changes)  # type: ignore[arg-type]

    world.engine.context.ledger.on_durable = listen
    await world.pass_time(600)
    assert not [record for record in told if isinstance(record, Host | Volume | Image)]
    assert len([record for record in told if isinstance(record, Survey) and record.id == Kind.HOSTS]) >= 9
    world.account.world.host_down("cmp3")
    await world.pass_time(65)
    told.clear()
    await world.pass_time(65)
    heard = {record.id for record in told if isinstance(record, Survey | Host | Network | Volume | Image)}
    assert heard == {"hosts"}, "while a host is down the list of hosts is read again and again; it changes nothing"


async def test_a_list_that_is_refused_for_other_reasons_says_them(world: World) -> None:
    world.account.world.faults.fail("images", AccessDenied("Could not list images: no."))
    await world.send(Refresh(kind=Kind.IMAGES), "operator")
    assert only(world, Kind.IMAGES).problem == "Could not list images: no."
    assert world.state.all(Image)
