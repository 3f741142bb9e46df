"""An engine whose own network is cut evacuates nothing, on the real OpenStack, whatever it cannot see."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from lab.openstack.control import compute, start_compute
from lab.openstack.settings import Lab
from tests.lab.apart import Apart, apart
from tests.lab.conftest import until
from tests.lab.process import Process, installed
from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.model.records import Event, Operation, OperationKind, Server, ServerState
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import Phase, Suspect, Verdict
from vmms_tui.model.tables import Tables

ADMINISTRATOR = "lab-project-admin"
HOSTS = """
[hosts]
samples = 2
every = "2s"
limit = "2s"
ssh = "{{address}}:{port}"
servers = false
automatic = true
fence = ["touch", "{mark}"]
"""
"""No power command: that would need no network here, and this is about an engine that sees nothing."""
APIS = ("KEYSTONE", "PLACEMENT", "GLANCE", "NOVA", "NEUTRON", "CINDER")

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


class CutOff:
    """An engine in a network of its own, with lent servers."""

    def __init__(self, process: Process, network: Apart, cloud: Cloud, mark: Path) -> None:
        self.process = process
        self.network = network
        self.cloud = cloud
        self.mark = mark
        """The file that the fence command makes."""

    async def tables(self) -> Tables:
        return Tables((await self.process.client.snapshot()).records)

    async def cloud_is(self, *, ok: bool) -> bool:
        return (await self.process.client.snapshot()).status.cloud.ok is ok

    async def suspect(self, host: str) -> Suspect | None:
        return (await self.tables()).get(Suspect, host)

    async def servers(self) -> dict[str, str]:
        """Each server's host, as Nova has it."""
        listing = await self.cloud.list_servers()
        lent = {one.cloud_id for one in (await self.tables()).all(Server) if one.lease_id}
        return {one.id: one.host for one in listing.servers if one.id in lent}

    async def nothing_was_done(self) -> None:
        tables = await self.tables()
        assert [one for one in tables.all(Operation) if one.kind is OperationKind.EVACUATE] == []
        assert [one.text for one in tables.all(Event) if one.kind in {"host.fencing", "host.forced_down"}] == []
        assert not self.mark.exists(), "the fence command was run"
        assert not any(one.forced_down for one in await self.cloud.compute_services())


@pytest_asyncio.fixture
async def land(tmp_path: Path) -> AsyncIterator[CutOff]:
    lab, mark = Lab.of(), tmp_path / "fenced"
    hosts = [lab.address(host) for host in lab.computes]
    doors = [*(("127.0.0.1", lab.ports[api]) for api in APIS), *((host, lab.ports["SSH"]) for host in hosts)]
    account = OpenStackAccount(ADMINISTRATOR)
    more = HOSTS.format(port=lab.ports["SSH"], mark=mark)
    async with apart(doors) as network, installed(tmp_path, available=2, limit=2, more=more) as process:
        config = tmp_path / "vmms.toml"
        config.write_text(config.read_text().replace('cloud = "lab-user"', f'cloud = "{ADMINISTRATOR}"'))
        process.before = network.prefix
        await process.start()
        made = CutOff(process, network, account.project(), mark)
        await until(lambda: _ready(process, 2), "ready servers")
        for _ in range(2):
            code, said = await process.vmms("request", "--purpose", "ci")
            assert code == 0, said
        await until(lambda: _hosts_known(made), "the hosts")
        try:
            yield made
        finally:
            for host in lab.computes:
                start_compute(host)
            network.mend()
    await account.close()


async def _ready(process: Process, number: int) -> bool:
    return (await process.states())[ServerState.READY] == number


async def _hosts_known(land: CutOff) -> bool:
    hosts = (await land.tables()).all(Host)
    servers = [one for one in (await land.tables()).all(Server) if one.lease_id]
    return len(hosts) == len(Lab.of().computes) and all(one.host for one in servers)


async def test_a_cut_of_the_engine_alone_evacuates_nothing(land: CutOff) -> None:
    before = await land.servers()
    assert len(before) == 2
    dead = next(iter(before.values()))
    land.network.cut()
    await until(lambda: land.cloud_is(ok=False), "the engine to see that it is cut off")
    compute("kill", dead)  # its service alone: the host lives, and answers
    await until(lambda: _says(land, dead, "down"), "Nova to call it down, which the engine cannot hear")
    await land.nothing_was_done()
    assert await land.suspect(dead) is None

    for host in Lab.of().computes:  # the way to the cloud is mended first, the one to the hosts is not
        land.network.hide(Lab.of().address(host))
    land.network.mend()
    await until(lambda: _in_phase(land, dead, Phase.OURS), "the engine to doubt itself")
    suspect = await land.suspect(dead)
    assert suspect
    assert "the network of this engine is at fault" in suspect.why
    await land.nothing_was_done()

    for host in Lab.of().computes:
        land.network.show(Lab.of().address(host))
    await until(lambda: _judged(land, dead, Verdict.ALIVE), "its SSH to be heard")
    await land.nothing_was_done()
    start_compute(dead)
    await until(lambda: _is_back(land, dead), "the engine to see that it is back")
    await land.nothing_was_done()
    assert await land.servers() == before


async def _says(land: CutOff, host: str, state: str) -> bool:
    return any((one.host, one.state) == (host, state) for one in await land.cloud.compute_services())


async def _in_phase(land: CutOff, host: str, phase: Phase) -> bool:
    suspect = await land.suspect(host)
    return suspect is not None and suspect.phase is phase


async def _judged(land: CutOff, host: str, verdict: Verdict) -> bool:
    suspect = await land.suspect(host)
    return suspect is not None and suspect.verdict is verdict


async def _is_back(land: CutOff, host: str) -> bool:
    return await land.suspect(host) is None
