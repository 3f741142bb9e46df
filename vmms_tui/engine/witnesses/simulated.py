"""The witnesses of the simulated cloud: they see its hosts as they really are, unless a test puts something between."""

from collections.abc import Sequence
from enum import StrEnum

from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.records import SimHost
from vmms_tui.engine.cloud.simulated.world import World
from vmms_tui.engine.witnesses.port import Suspected
from vmms_tui.model.witness import Fenced, HostRules, Says, Sign


class Fencing(StrEnum):
    """What the simulated fence command does."""

    WORKS = "works"
    FAILS = "fails"
    LIES = "lies"
    """It claims that it took the power, and did not."""


class SimulatedWitnesses:
    """Asks those witnesses that the rules name. The commands of the rules are not run: `fencing` says what comes."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account
        self.cut = False
        """The engine itself is cut off: nobody answers it, and no command of it comes through."""
        self.unreachable: set[str] = set()
        """Hosts whose own addresses the engine does not reach, whatever they do; peers and their servers' do."""
        self.deaf: set[str] = set()
        """Addresses of servers that answer nobody here, whatever they do: of a firewall, say."""
        self.fencing = Fencing.WORKS
        self.fenced: list[str] = []
        """The hosts that were fenced, each time anew."""
        self.asked = 0
        """How often anybody was asked about any host."""

    @property
    def _world(self) -> World:
        return self._account.world

    async def signs(self, rules: HostRules, hosts: Sequence[Suspected]) -> dict[str, tuple[Sign, ...]]:
        """See Witnesses."""
        self.asked += len(hosts)
        return {host.name: tuple(self._signs(rules, host)) for host in hosts}

    def _signs(self, rules: HostRules, host: Suspected) -> list[Sign]:
        one = self._world.contents.hosts.get(host.name)
        reaches = one is not None and _answers(one) and not self.cut and host.name not in self.unreachable
        said: list[Sign] = []
        if rules.ssh:
            said.append(_answer("ssh", reaches, "its SSH"))
        if rules.storage:
            said.append(_answer("storage", reaches, "its address in the network of the storage"))
        if rules.power:
            said.append(self._power(one))
        if rules.peers:
            said.append(self._peers(one, host))
        if rules.servers:
            said.append(self._servers(host))
        return said

    def _power(self, one: SimHost | None) -> Sign:
        if one is None or self.cut:
            return Sign(witness="power", says=Says.UNKNOWN, why="the command ended with 2")
        if one.powered:  # a host that hangs has its power, too
            return Sign(witness="power", says=Says.UNKNOWN, why="its power is on")
        return Sign(witness="power", says=Says.DEAD, why="its power is off")

    def _peers(self, one: SimHost | None, host: Suspected) -> Sign:
        there = self._world.contents.hosts
        peer = next((name for name in host.peers if name in there and there[name].state == "up"), None)
        if self.cut or peer is None or one is None:
            return Sign(witness="peers", says=Says.UNKNOWN, why="no peer could be asked")
        return _answer("peers", _answers(one), "it", peer)

    def _servers(self, host: Suspected) -> Sign:
        if not host.servers:
            return Sign(witness="servers", says=Says.UNKNOWN, why="no server on it has an address to ask")
        answers = [one for one in host.servers if self._hears(one.address)]
        if answers:
            return Sign(witness="servers", says=Says.ALIVE, why=f"{answers[0].address} answers")
        silent = f"of {len(host.servers)} addresses of its servers none answers"
        if not any(one.proved for one in host.servers):
            why = f"{silent}, but none answered a proof of health before"
            return Sign(witness="servers", says=Says.UNKNOWN, why=why)
        return Sign(witness="servers", says=Says.SILENT, why=silent)

    def _hears(self, address: str) -> bool:
        return not self.cut and address not in self.deaf and self._account.up_for(address) is not None

    async def fence(self, rules: HostRules, host: Suspected) -> Fenced:
        """See Witnesses."""
        if self.cut or self.fencing is Fencing.FAILS or host.name not in self._world.contents.hosts:
            return Fenced(off=False, why="the fence command ended with 1: no answer from its power")
        if self.fencing is Fencing.LIES:
            denied = ", and its proof with 1: the power is on" if rules.fence_proof else ""
            return Fenced(off=not denied, why=f"the fence command ended with 0{denied}")
        self._world.fence_host(host.name)
        self.fenced.append(host.name)
        proved = " and so did its proof" if rules.fence_proof else ""
        return Fenced(off=True, why=f"the fence command ended with 0{proved}")

    async def close(self) -> None:
        """See Witnesses."""


def _answers(one: SimHost) -> bool:
    return (one.state == "up" or one.alive) and not one.hung


def _answer(witness: str, answers: bool, what: str, by: str = "") -> Sign:
    """`what` answers, or does not; `by`: whom."""
    whom = f" {by}" if by else ""
    if answers:
        return Sign(witness=witness, says=Says.ALIVE, why=f"{what} answers{whom}")
    return Sign(witness=witness, says=Says.SILENT, why=f"{what} gives no answer{whom}")
