"""Hosts of a real OpenStack that die are witnessed, fenced and evacuated by the engine; what may live is not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from lab.openstack.control import compute, kill_compute, power, start_compute
from tests.lab.conftest import until
from tests.lab.rescuing import (
    Rescuers,
    ended_badly,
    guests_on,
    hosts_that_hold,
    killed_and_rescued,
    rescuers,
)
from vmms_tui.engine.cloud.moves import EVACUATION
from vmms_tui.model.needs import NeedKind
from vmms_tui.model.records import Event, Server, ServerState
from vmms_tui.model.suspects import Phase, Verdict
from vmms_tui.model.witness import Says

DEAD = "cmp2"
MANY = 10
STEPS = ("host.suspected", "host.dead", "host.fencing", "host.fenced", "host.forced_down", "host.evacuated")

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[Rescuers]:
    async with rescuers(tmp_path) as made:
        yield made


async def test_a_dead_host_is_fenced_and_its_ten_servers_live_on_elsewhere(land: Rescuers) -> None:
    await land.lend_on(DEAD, MANY)
    before = land.servers()
    times = await killed_and_rescued(land, DEAD)
    assert ended_badly(land.evacuations()) == []
    assert {one.server_id for one in land.evacuations()} == set(land.names)
    steps = [one.kind for one in sorted(land.state.all(Event), key=lambda one: one.id) if one.kind in STEPS]
    assert steps == list(STEPS)
    assert 0 < times.nova <= times.verified - times.asked + 1, "Nova's own times are to the second"
    (judged,) = land.events("host.dead")
    assert "ssh: port" in judged.text
    assert "power: the power command ended with 0" in judged.text
    (fenced,) = land.events("host.fenced")
    assert f"the power of {DEAD} is off" in fenced.text
    assert (land.host(DEAD).forced_down, land.host(DEAD).status) == (True, "disabled")
    for one in before:
        await _lives(land, one)
    ids = {one.cloud_id for one in before}
    assert ids <= guests_on(DEAD), "its disk still has them"

    start_compute(DEAD)
    await until(lambda: _all_completed(land, before), "the host that is back to remove what it had")
    assert not ids & guests_on(DEAD)
    assert set(hosts_that_hold(ids).values()) == {1}
    assert land.host(DEAD).status == "disabled", "nobody opened it yet"
    await land.reopen(DEAD)
    assert all(one.host != DEAD for one in land.servers())
    assert len(land.evacuations()) == MANY, "nothing was evacuated twice"


async def _lives(land: Rescuers, before: Server) -> None:
    after = land.state.need(Server, before.id)
    assert after.host != DEAD
    assert (after.state, after.floating_ip, after.lease_id) == (
        ServerState.LEASED, before.floating_ip, before.lease_id
    )  # fmt: skip
    seen = await land.cloud.get_server(before.cloud_id)
    assert (seen.status, seen.task_state, seen.host) == ("ACTIVE", "", after.host)
    assert before.cloud_id in guests_on(after.host)
    assert (await land.cloud.get_port(before.port_ids[0])).host == after.host
    address = await land.cloud.get_floating_ip(before.floating_ip_id)
    assert (address.port_id, address.address) == (before.port_ids[0], before.floating_ip)
    assert (await land.cloud.move_records(before.cloud_id))[0].kind == EVACUATION


async def _all_completed(land: Rescuers, lost: list[Server]) -> bool:
    records = [(await land.cloud.move_records(one.cloud_id))[0] for one in lost]
    return all(record.status == "completed" for record in records)


async def test_a_host_that_hangs_loses_its_power_before_anything_is_evacuated(land: Rescuers) -> None:
    """Its kernel takes connections, and nobody there greets. Nothing but the fence ends what may run there still."""
    await land.lend_on(DEAD, 1)
    power("hang", DEAD)
    assert power("status", DEAD) == "on"
    await land.sees_down(DEAD)
    await until(lambda: land.phase(DEAD) is Phase.EVACUATED, "the end of its rescue")
    assert power("status", DEAD) == "off"
    assert ended_badly(land.evacuations()) == []
    (evacuated,), (fenced,) = land.events("host.evacuated"), land.events("host.fenced")
    assert fenced.at < evacuated.at
    assert "the host hangs" in land.events("host.dead")[0].text
    assert [one.host for one in land.servers()] != [DEAD]


async def test_a_host_of_which_only_the_compute_service_died_is_let_be(land: Rescuers) -> None:
    await land.lend_on(DEAD, 1)
    compute("kill", DEAD)
    await land.sees_down(DEAD)
    await until(lambda: (one := land.suspect(DEAD)) and one.verdict is Verdict.ALIVE, "its SSH to be heard")
    await land.looks_again(3)
    suspect = land.suspect(DEAD)
    assert suspect
    assert {one.witness: one.says for one in suspect.signs} == {
        "cloud": Says.SILENT, "ssh": Says.ALIVE, "power": Says.UNKNOWN
    }  # fmt: skip
    assert (land.evacuations(), land.events("host.fencing"), power("status", DEAD)) == ([], [], "on")
    start_compute(DEAD)
    await until(lambda: land.suspect(DEAD) is None, "the engine to see that it is back")
    assert [one.host for one in land.servers()] == [DEAD]


async def test_two_of_four_hosts_that_go_at_once_are_left_to_a_person(land: Rescuers) -> None:
    await land.lend_on(DEAD, 2)
    gone = (DEAD, "cmp3")
    for host in gone:
        kill_compute(host)
    await land.sees_down(*gone)
    await until(lambda: {land.phase(host) for host in gone} == {Phase.OURS}, "the engine to stop")
    await land.looks_again(2 * land.engine.context.policy.hosts.samples)
    assert {land.phase(host) for host in gone} == {Phase.OURS}
    assert (land.evacuations(), land.events("host.fencing")) == ([], [])
    assert "2 of 4 hosts are down at once" in land.events("host.ours")[-1].text
    needs = [one for one in land.engine.needs.found().values() if one.kind is NeedKind.HOST]
    assert DEAD in {one.subject for one in needs}, "a person is asked"
    for host in gone:
        start_compute(host)
    await until(lambda: all(land.suspect(host) is None for host in gone), "the engine to see that they are back")
    assert [one.host for one in land.servers()] == [DEAD, DEAD]
    assert land.evacuations() == []
