"""Servers on one host of the real OpenStack, whose engine rescues dead hosts by itself; and how long that takes."""

import json
import sys
import warnings
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from lab.openstack.control import clear_faults, kill_compute, power, start_compute
from lab.openstack.settings import Lab
from tests.lab.conftest import LabEngine, remove_everything, small, until
from tests.people import peer
from vmms_tui.engine.clock import RealClock
from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
from vmms_tui.model.commands import EnableHost, Refresh, RequestServer
from vmms_tui.model.plans import host_named
from vmms_tui.model.records import Operation, OperationKind, OperationState, Server, ServerState
from vmms_tui.model.spec import Policy
from vmms_tui.model.surroundings import Host, Kind, Survey
from vmms_tui.model.suspects import Phase, Suspect
from vmms_tui.model.witness import HostRules

ADMINISTRATOR = "lab-project-admin"
POWER = (sys.executable, "-m", "lab.openstack", "power")
RULES = HostRules(
    samples=2,
    every=timedelta(seconds=2),
    ssh=f"{{address}}:{Lab.of().ports['SSH']}",
    power=(*POWER, "status", "{host}"),
    servers=False,
    fence=(*POWER, "off", "{host}"),
    fence_proof=(*POWER, "status", "{host}"),
    automatic=True,
)
"""Floating IPs lead nowhere in this lab, so nobody is asked there."""
SAYS_WHEN = "2.58"
"""From this version on of its API Nova tells when an action was last worked on."""
LONG = 300.0
"""Seconds for many servers on a machine that is busy."""


class Rescuers(LabEngine):
    """An engine with an administrator's credentials, and lent servers that are all on one host."""

    names: tuple[str, ...] = ()

    async def lend_on(self, host: str, number: int) -> None:
        """Build so many servers on that host, and lend them all."""
        others = [one.host for one in await self.cloud.compute_services() if one.host != host]
        try:
            for other in others:
                await self.cloud.disable_host(other, "the servers of this test are all to be on one host")
            await self.use(small(number, number), self.engine.context.policy)
            await until(lambda: self.counts()[ServerState.READY] == number, f"{number} ready servers", LONG)
        finally:
            for other in others:
                await self.cloud.enable_host(other)
        replies = [await self.engine.submit(RequestServer(purpose="ci"), peer("alice")) for _ in range(number)]
        self.names = tuple(reply.server_id for reply in replies)
        await until(lambda: not self.state.live_operations(), "rest")
        await until(self.all_open, "the hosts to be open")
        await until(lambda: {one.host for one in self.servers()} == {host}, f"all of them to be on {host}")

    async def all_open(self) -> bool:
        """Whether the engine sees all hosts up and open, read now."""
        await self.look_at_hosts()
        hosts = self.state.all(Host)
        return bool(hosts) and all((one.state, one.status) == ("up", "enabled") for one in hosts)

    async def look_at_hosts(self) -> None:
        """Read the list of hosts now."""
        await self.engine.submit(Refresh(kind=Kind.HOSTS), peer("operator"))

    def servers(self) -> list[Server]:
        """Those that were lent."""
        return [self.state.need(Server, name) for name in self.names]

    def host(self, name: str) -> Host:
        """A host as the engine knows it."""
        found = host_named(name, self.state)
        assert found
        return found

    def suspect(self, name: str) -> Suspect | None:
        """What the engine thinks of a host."""
        return self.state.get(Suspect, name)

    def phase(self, name: str) -> Phase | None:
        """How far its rescue is; None: there is none."""
        suspect = self.suspect(name)
        return suspect.phase if suspect is not None else None

    def evacuations(self) -> list[Operation]:
        """All of them, those that have ended, too."""
        return [one for one in self.state.all(Operation) if one.kind is OperationKind.EVACUATE]

    async def looks_again(self, times: int) -> None:
        """Wait until the list of hosts, which each look reads, was read so many times more."""
        read: set[object] = set()

        def enough() -> bool:
            read.add(self.state.need(Survey, Kind.HOSTS).read_at)
            return len(read) > times

        await until(enough, f"{times} more looks")

    async def service(self, host: str, state: str) -> None:
        """Wait until Nova says so of a host, seen beside the engine's back."""

        async def told() -> bool:
            return any((one.host, one.state) == (host, state) for one in await self.cloud.compute_services())

        await until(told, f"{host} to be {state}")

    async def sees_down(self, *hosts: str) -> None:
        """Wait until Nova says so of all of these, and let the engine look then: it does so each minute by itself."""
        for host in hosts:
            await self.service(host, "down")
        await self.look_at_hosts()

    async def reopen(self, host: str) -> None:
        """What an operator does once a host that was given up is back."""
        assert (await self.engine.submit(EnableHost(host=host), peer("operator"))).ok
        await self.service(host, "up")
        await until(lambda: self.suspect(host) is None, "the engine to see that it is back")


@asynccontextmanager
async def rescuers(folder: Path, rules: HostRules = RULES) -> AsyncIterator[Rescuers]:
    """A running engine; everything that it made is gone afterwards, and all hosts have power and are open."""
    clear_faults()
    made = Rescuers(folder, RealClock(), ADMINISTRATOR)
    await made.engine.start()
    try:
        await made.use(small(0, 1), Policy(hosts=rules, burst_least=1000))
        yield made
    finally:
        await made.engine.stop()
        account = OpenStackAccount(ADMINISTRATOR)
        await remove_everything(account.project(), made.installation)
        await _all_hosts_as_before(account)
        await account.close()


async def _all_hosts_as_before(account: OpenStackAccount) -> None:
    cloud = account.project()
    for one in await cloud.compute_services():
        start_compute(one.host)
        if one.forced_down:
            await cloud.force_down(one.host, down=False)
        if one.status != "enabled":
            await cloud.enable_host(one.host)

    async def all_up() -> bool:
        return all(one.state == "up" for one in await cloud.compute_services())

    await until(all_up, "all hosts to be up")


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds from the death of a host to each step of its rescue."""

    servers: int
    down: float
    """Nova says `down`."""
    suspected: float
    """The engine has seen that."""
    fencing: float
    """The witnesses agree, and it is decided."""
    fenced: float
    asked: float
    """The evacuations are begun."""
    verified: float
    """The last server is seen to be as it should be."""
    nova: float
    """Of the time since they were asked for, that in which Nova was at work on any server, by its own clock."""


async def killed_and_rescued(land: Rescuers, dead: str) -> Times:
    """Pull the plug of a host, and see how the engine rescues what is on it."""
    killed = land.clock.now()
    kill_compute(dead)
    assert power("status", dead) == "off"
    await land.service(dead, "down")
    down = land.clock.now()
    await until(lambda: land.phase(dead) is Phase.EVACUATED, f"the end of the rescue, {land.suspect(dead)}", LONG)

    def at(kind: str) -> float:
        return (next(one for one in land.events(kind) if one.host == dead).at - killed).total_seconds()

    ended = max(one.updated for one in land.evacuations())
    return Times(
        servers=len(land.evacuations()),
        down=(down - killed).total_seconds(),
        suspected=at("host.suspected"),
        fencing=at("host.fencing"),
        fenced=at("host.fenced"),
        asked=at("host.evacuated"),
        verified=(ended - killed).total_seconds(),
        nova=_at_work([one.cloud_id for one in land.servers()], killed),
    )


def _at_work(ids: Iterable[str], since: datetime) -> float:
    """Seconds in which Nova evacuated or started any of these servers, as its list of actions says: to the second."""
    spans: list[tuple[datetime, datetime]] = []
    with administrator() as admin:
        for server_id in ids:
            path = f"/servers/{server_id}/os-instance-actions"
            for one in admin.compute.get(path, microversion=SAYS_WHEN).json()["instanceActions"]:
                begun, ended = _time(one["start_time"]), _time(one["updated_at"])
                if one["action"] in {"evacuate", "start"} and begun >= since - timedelta(seconds=1):
                    spans.append((begun, max(begun, ended)))
    return _covered(sorted(spans))


def _covered(spans: Sequence[tuple[datetime, datetime]]) -> float:
    total, reached = timedelta(0), datetime.min.replace(tzinfo=UTC)
    for begun, ended in spans:
        total += max(timedelta(0), ended - max(begun, reached))
        reached = max(reached, ended)
    return total.total_seconds()


def _time(told: str) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=UTC)


@contextmanager
def administrator() -> Iterator[Any]:
    """The SDK's own connection. It warns of its workings, which are not tested here."""
    import openstack

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with openstack.connect(cloud="lab-admin") as admin:
            yield admin


def hosts_that_hold(server_ids: Iterable[str]) -> dict[str, int]:
    """By server, on how many hosts Placement has room kept for it."""
    with administrator() as admin:
        return {one: len(admin.placement.get(f"/allocations/{one}").json()["allocations"]) for one in server_ids}


def guests_on(host: str) -> set[str]:
    """The servers that the hypervisor of a host has, as it keeps them on its disk."""
    return set(json.loads((Lab.of().state / f"nova-{host}" / "vmmslab-instances.json").read_text()))


def ended_badly(operations: Iterable[Operation]) -> list[tuple[OperationState, str]]:
    """How those ended that are not done."""
    return [(one.state, one.outcome) for one in operations if one.state is not OperationState.DONE]
