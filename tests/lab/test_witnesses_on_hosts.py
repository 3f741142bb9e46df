"""The witnesses and the fence command against real hosts: alive, powered off, cut off, hung; with a real QEMU guest.

Two hosts: `cmpa`, of which all of it is asked, has the guest; `keepa` has the volume that the guest's disk is in, and
is the other host that is asked. That a host is dead by its witnesses is the policy's word on what they said.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

import lab.hosts
from lab.hosts import network
from lab.hosts.compute import GLUSTER_PORT, Compute
from lab.hosts.packages import possible
from vmms_tui.engine.policy.hosts import Judgement, blind, judged, trusted
from vmms_tui.engine.witnesses.port import Suspected
from vmms_tui.engine.witnesses.real import RealWitnesses
from vmms_tui.model.suspects import CLOUD, Verdict
from vmms_tui.model.witness import HostRules, Says, Sign

pytestmark = [pytest.mark.lab, pytest.mark.skipif(bool(possible()), reason=possible())]

FENCE = str(Path(lab.hosts.__file__).with_name("fence.sh"))
RULES = HostRules(
    storage=f"{{address}}:{GLUSTER_PORT}",
    power=(FENCE, "power", "{host}"),
    peers=(FENCE, "reach", "{peer}", "{address}"),
    servers=False,
    fence=(FENCE, "off", "{host}"),
    fence_proof=(FENCE, "power", "{host}"),
)
ALIVE, SILENT, DEAD, UNKNOWN = Says.ALIVE, Says.SILENT, Says.DEAD, Says.UNKNOWN


class Hosts:
    """The two hosts, and what is asked about them."""

    def __init__(self) -> None:
        self.keeper, self.host = Compute("keepa"), Compute("cmpa")
        self.guest = ""
        self._guests = 0

    def begin(self) -> None:
        self.end()
        for host in (self.keeper, self.host):
            host.boot()
        self.keeper.make_volume()
        self.host.mount_volume(self.keeper)

    def end(self) -> None:
        for host in (self.host, self.keeper):
            host.remove()

    def mend(self) -> None:
        """Whatever was done to them: both run, reach all others, and the guest runs."""
        for host in (self.keeper, self.host):
            network.hear(host.address)
            host.join()
            host.wake()
        if not self.host.running:
            self.host.power_on()
            self.host.wait_for_services()
            self.host.mount_volume(self.keeper)
        if not self.host.guests():
            self._guests += 1
            self.guest = f"guest{self._guests}"
            self.host.start_guest(self.guest)

    def suspected(self) -> list[Suspected]:
        return [
            Suspected(name=self.host.name, address=self.host.address, peers=(self.keeper.name,)),
            Suspected(name=self.keeper.name, address=self.keeper.address, peers=(self.host.name,)),
        ]

    def said(self) -> int:
        """How many bytes the guest has written: it writes 18 in a second, as long as it runs."""
        return self.keeper.said(self.guest)

    async def writes(self) -> None:
        """The guest writes just now."""
        before = self.said()
        async with asyncio.timeout(20):
            while self.said() <= before:  # noqa: ASYNC110 a guest tells nobody that it writes
                await asyncio.sleep(0.05)

    async def look(self, witnesses: RealWitnesses, rules: HostRules = RULES) -> tuple[dict[str, Says], Judgement]:
        """What each witness says of the host, and what the third such look in a row comes to."""
        found = await witnesses.signs(rules, self.suspected())
        own, control = found[self.host.name], [found[self.keeper.name]]
        cloud = Sign(witness=CLOUD, says=SILENT, why="its service is down")
        signs = (cloud, *trusted(own, control))
        judgement = judged(signs, rules.samples - 1, rules, down=1, of=2, ours=blind(own, control))
        return {sign.witness: sign.says for sign in own}, judgement


@pytest.fixture(scope="module")
def both() -> Iterator[Hosts]:
    hosts = Hosts()
    try:
        hosts.begin()
        yield hosts
    finally:
        hosts.end()


@pytest.fixture
def hosts(both: Hosts) -> Hosts:
    both.mend()
    return both


@pytest_asyncio.fixture
async def witnesses() -> AsyncIterator[RealWitnesses]:
    real = RealWitnesses()
    yield real
    await real.close()


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


async def test_a_host_that_lives_whatever_its_cloud_says(hosts: Hosts, witnesses: RealWitnesses) -> None:
    said, judgement = await hosts.look(witnesses)
    assert said == {"ssh": ALIVE, "storage": ALIVE, "power": UNKNOWN, "peers": ALIVE}
    assert judgement.verdict is Verdict.ALIVE
    await hosts.writes()


async def test_a_host_without_power(hosts: Hosts, witnesses: RealWitnesses) -> None:
    hosts.host.power_off()
    said, judgement = await hosts.look(witnesses)
    assert said == {"ssh": SILENT, "storage": SILENT, "power": DEAD, "peers": SILENT}
    assert judgement.verdict is Verdict.DEAD


async def test_a_host_that_only_we_do_not_reach_is_not_dead(hosts: Hosts, witnesses: RealWitnesses) -> None:
    network.deafen(hosts.host.address)
    said, judgement = await hosts.look(witnesses)
    assert said == {"ssh": SILENT, "storage": SILENT, "power": UNKNOWN, "peers": ALIVE}
    assert judgement.verdict is Verdict.ALIVE
    await hosts.writes()


async def test_our_own_link_is_cut(hosts: Hosts, witnesses: RealWitnesses) -> None:
    for host in (hosts.host, hosts.keeper):
        network.deafen(host.address)
    rules = msgspec.structs.replace(RULES, power=(), peers=())
    found = await witnesses.signs(rules, hosts.suspected())
    assert {sign.says for signs in found.values() for sign in signs} == {SILENT}
    _, judgement = await hosts.look(witnesses, rules)
    assert judgement.verdict is Verdict.OURS


async def test_a_host_that_is_cut_off_is_fenced_before_anything_else(hosts: Hosts, witnesses: RealWitnesses) -> None:
    hosts.host.cut()
    said, judgement = await hosts.look(witnesses)
    assert said == {"ssh": SILENT, "storage": SILENT, "power": UNKNOWN, "peers": SILENT}
    assert judgement.verdict is Verdict.DEAD, "nobody who is asked can tell that its guest runs"
    await _fenced(hosts, witnesses)


async def test_a_guest_that_writes_until_its_host_is_fenced(hosts: Hosts, witnesses: RealWitnesses) -> None:
    """The host answers nobody here, and its guest still writes into the volume: what evacuation must never meet."""
    network.deafen(hosts.host.address)
    rules = msgspec.structs.replace(RULES, power=(), peers=())
    said, judgement = await hosts.look(witnesses, rules)
    assert said == {"ssh": SILENT, "storage": SILENT}
    assert judgement.verdict is Verdict.DEAD
    await hosts.writes()
    await _fenced(hosts, witnesses)


async def test_a_host_that_hangs(hosts: Hosts, witnesses: RealWitnesses) -> None:
    hosts.host.hang()
    signs = (await witnesses.signs(RULES, hosts.suspected()))[hosts.host.name]
    said = {sign.witness: sign.says for sign in signs}
    assert said == {"ssh": SILENT, "storage": ALIVE, "power": UNKNOWN, "peers": SILENT}
    assert signs[0].why.endswith("takes connections and says nothing: the host hangs")
    hosts.host.wake()
    await hosts.writes()
    hosts.host.hang()
    _, judgement = await hosts.look(witnesses)
    assert judgement.verdict is Verdict.ALIVE, "its kernel answers to the storage: that is for a person to judge"
    _, judgement = await hosts.look(witnesses, msgspec.structs.replace(RULES, storage=""))
    assert judgement.verdict is Verdict.DEAD
    await _fenced(hosts, witnesses)


async def test_a_fence_that_fails_or_lies_is_none(hosts: Hosts, witnesses: RealWitnesses) -> None:
    host = hosts.suspected()[0]
    failed = await witnesses.fence(RULES, Suspected(name="cmpz"))
    assert not failed.off
    assert failed.why == "the fence command ended with 1: There is no host cmpz."
    lied = await witnesses.fence(msgspec.structs.replace(RULES, fence=("/bin/true",)), host)
    assert not lied.off
    assert lied.why.endswith("the proof of the fence ended with 1: cmpa is on")
    await hosts.writes()


async def _fenced(hosts: Hosts, witnesses: RealWitnesses) -> None:
    """Fence the host, whose guest ran until then: nothing of it is left, also when the host could be reached again."""
    running = hosts.host.guests()
    assert running
    for _ in range(2):  # twice is as once
        fenced = await witnesses.fence(RULES, hosts.suspected()[0])
        assert fenced.off, fenced.why
        assert fenced.why.split("; ") == [
            "the fence command ended with 0: cmpa is off",
            "the proof of the fence ended with 0: cmpa is off",
        ]
    assert all(map(gone, running))
    assert not hosts.host.processes()
    hosts.host.join()
    network.hear(hosts.host.address)
    before = hosts.said()
    said, _ = await hosts.look(witnesses)
    assert said["power"] is DEAD
    assert ALIVE not in said.values()
    assert hosts.said() == before, "it wrote while its host was off"
