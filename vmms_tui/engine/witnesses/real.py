"""The real witnesses: SSH, the storage's network, power, other hosts and the host's own servers are asked."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence

from vmms_tui.engine.witnesses.calls import Call, Heard, Names, NotResolved, banner, connect
from vmms_tui.engine.witnesses.commands import Commands, Ended
from vmms_tui.engine.witnesses.port import Suspected
from vmms_tui.engine.wording import plain
from vmms_tui.model.blanks import ADDRESS, HOST, PEER, Unfit, filled, place
from vmms_tui.model.witness import Fenced, HostRules, Says, Sign

CALLS = 64
"""Connections that are tried at the same time."""
COMMANDS = 16
"""Commands that run at the same time: a look at many hosts must not take the machine down."""
FENCES = 4
"""The same for commands that fence; they never wait for those that look."""
PEERS = 2
SERVERS = 3


class RealWitnesses:
    """Looks at real hosts from where the engine runs. Implements `port.Witnesses`."""

    def __init__(self) -> None:
        self._calls = asyncio.Semaphore(CALLS)
        self._names = Names()
        self._looking = Commands(COMMANDS)
        self._fencing = Commands(FENCES)

    async def signs(self, rules: HostRules, hosts: Sequence[Suspected]) -> dict[str, tuple[Sign, ...]]:
        """See the port."""
        until = asyncio.get_running_loop().time() + rules.limit.total_seconds()
        found = await asyncio.gather(*(self._all_of(rules, host, until) for host in hosts))
        return {host.name: signs for host, signs in zip(hosts, found, strict=True)}

    async def fence(self, rules: HostRules, host: Suspected) -> Fenced:
        """See the port. Whatever is not wholly as it should be counts as not fenced."""
        if not rules.fence:
            return Fenced(off=False, why="there is no fence command: set hosts.fence")
        limit = rules.fence_limit.total_seconds()
        try:
            words = _words(rules.fence, host)
            proof = _words(rules.fence_proof, host)
            done = await self._fencing.run("the fence command", words, limit)
            if done.code != 0 or not proof:
                return Fenced(off=done.code == 0, why=done.words)
            proven = await self._fencing.run("the proof of the fence", proof, limit)
        except Unfit as unfit:
            return Fenced(off=False, why=f"nothing was fenced: {plain(str(unfit))}")
        except Exception as error:  # noqa: BLE001 the port never raises, and what went wrong is told
            return Fenced(off=False, why=f"the fence broke: {plain(repr(error))}")
        return Fenced(off=proven.code == 0, why=f"{done.words}; {proven.words}")

    async def close(self) -> None:
        """See the port."""
        self._names.close()
        await asyncio.gather(self._looking.close(), self._fencing.close())

    async def _all_of(self, rules: HostRules, host: Suspected, until: float) -> tuple[Sign, ...]:
        asked: list[Awaitable[Sign]] = []
        if rules.ssh:
            asked.append(_sign("ssh", self._at(rules.ssh, host, banner, until)))
        if rules.storage:
            asked.append(_sign("storage", self._at(rules.storage, host, connect, until)))
        if rules.power:
            asked.append(_sign("power", self._power(rules.power, host, until)))
        if rules.peers:
            asked.append(_sign("peers", self._peers(rules.peers, host, until)))
        if rules.servers:
            asked.append(_sign("servers", self._servers(host, until)))
        return tuple(await asyncio.gather(*asked))

    async def _at(self, template: str, host: Suspected, call: Call, until: float) -> Heard:
        name, port = place(template, _names(host))
        return await self._anywhere(call, name, port, until)

    async def _anywhere(self, call: Call, name: str, port: int, until: float) -> Heard:
        """At each address of this name."""
        addresses = await self._names.addresses(name, until)
        return _best(await asyncio.gather(*(self._called(call, address, port, until) for address in addresses)))

    async def _called(self, call: Call, address: str, port: int, until: float) -> Heard:
        try:
            async with asyncio.timeout_at(until):
                await self._calls.acquire()
        except TimeoutError:
            return Says.UNKNOWN, f"port {port} of {address} was not asked: too many others were"
        try:
            return await call(address, port, until)
        finally:
            self._calls.release()

    async def _power(self, command: tuple[str, ...], host: Suspected, until: float) -> Heard:
        ended = await self._looking.run("the power command", _words(command, host), _left(until))
        # power that is on is no sign of life: a host that hangs has its power, too
        return {0: Says.DEAD}.get(_code(ended), Says.UNKNOWN), ended.words

    async def _peers(self, command: tuple[str, ...], host: Suspected, until: float) -> Heard:
        peers = [peer for peer in host.peers if peer != host.name][:PEERS]
        if not peers:
            return Says.UNKNOWN, "no other host is up that could be asked"
        found = await asyncio.gather(*(self._peer(command, host, peer, until) for peer in peers))
        return _best(found)

    async def _peer(self, command: tuple[str, ...], host: Suspected, peer: str, until: float) -> Heard:
        words = _words(command, host, peer)
        ended = await self._looking.run(f"the command for {peer}", words, _left(until))
        return {0: Says.ALIVE, 1: Says.SILENT}.get(_code(ended), Says.UNKNOWN), ended.words

    async def _servers(self, host: Suspected, until: float) -> Heard:
        if not host.servers:
            return Says.UNKNOWN, "no server on it has an address to ask"
        asked = host.servers[:SERVERS]
        found = await asyncio.gather(*(self._anywhere(connect, one.address, one.port, until) for one in asked))
        if (best := _best(found))[0] is Says.ALIVE:
            return best
        counts = [heard for one, heard in zip(asked, found, strict=True) if one.proved]
        return _best(counts) if counts else (Says.UNKNOWN, f"{best[1]}, but none answered a proof of health before")


async def _sign(witness: str, heard: Awaitable[Heard]) -> Sign:
    try:
        says, why = await heard
    except (Unfit, NotResolved) as error:
        says, why = Says.UNKNOWN, plain(str(error))
    except Exception as error:  # noqa: BLE001 the port never raises; a witness that breaks knows nothing
        says, why = Says.UNKNOWN, f"it could not be asked: {plain(repr(error))}"
    return Sign(witness=witness, says=says, why=why)


def _best(found: Iterable[Heard]) -> Heard:
    """One sign of life is one; silence is only what all say."""
    found = list(found)
    for wanted in (Says.ALIVE, Says.UNKNOWN):
        for says, why in found:
            if says is wanted:
                return says, why
    return Says.SILENT, "; ".join(why for _, why in found)


def _code(ended: Ended) -> int:
    return -1 if ended.code is None else ended.code


def _left(until: float) -> float:
    return max(0.0, until - asyncio.get_running_loop().time())


def _names(host: Suspected, peer: str = "") -> dict[str, str]:
    names = {HOST: host.name, ADDRESS: host.address or host.name}
    return {**names, PEER: peer} if peer else names


def _words(command: tuple[str, ...], host: Suspected, peer: str = "") -> list[str]:
    names = _names(host, peer)
    return [filled(word, names) for word in command]
