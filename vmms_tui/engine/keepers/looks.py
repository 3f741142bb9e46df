"""Asks the witnesses about hosts that are down, and about some that are up, to know whether their silence counts."""

from collections.abc import Iterable, Sequence

import msgspec

from vmms_tui.engine.context import Context
from vmms_tui.engine.policy.hosts import CONTROLS, blind, trusted
from vmms_tui.engine.witnesses.port import Suspected
from vmms_tui.model.evacuation import is_open
from vmms_tui.model.records import Server, ServerState
from vmms_tui.model.surroundings import Host
from vmms_tui.model.witness import Sign

MOST_ADDRESSES = 5
"""Floating IPs of servers on a host that are asked."""
MOST_PEERS = 3
_ANSWER = frozenset({ServerState.LEASED, ServerState.READY})


class Look(msgspec.Struct, frozen=True):
    """What the witnesses said of a host; the cloud is not among them."""

    signs: tuple[Sign, ...] = ()
    """What counts of it."""
    blind: bool = False
    """Nobody was answered, by hosts that are up neither."""


class Looker:
    """One question to all witnesses at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def suspected(self, host: Host) -> Suspected:
        """A host as the witnesses must know it."""
        return self._suspected(host, self._up(), self._addresses({host.name}))

    async def at(self, hosts: Sequence[Host]) -> dict[str, Look]:
        """Ask about each of these; by their names."""
        up = self._up()
        controls = up[:CONTROLS]
        names = {host.name for host in (*hosts, *controls)}
        addresses = self._addresses(names)
        asked = [self._suspected(host, up, addresses) for host in (*hosts, *controls)]
        said = await self._context.witnesses.signs(self._context.policy.hosts, asked)
        others = [said.get(one.name, ()) for one in controls]
        return {
            host.name: Look(trusted(said.get(host.name, ()), others), blind(said.get(host.name, ()), others))
            for host in hosts
        }

    def _up(self) -> list[Host]:
        """Hosts that are up, those first that most of our servers are on: their addresses can be asked, too."""
        hosts = [host for host in self._context.state.all(Host) if is_open(host)]
        ours = self._addresses({host.name for host in hosts})
        return sorted(hosts, key=lambda host: (-len(ours.get(host.name, ())), host.name))

    def _addresses(self, names: set[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for server in self._context.state.all(Server):
            running = server.state in _ANSWER and server.cloud_status == "ACTIVE" and not server.missing_since
            if running and server.floating_ip and server.host in names:
                found.setdefault(server.host, []).append(server.floating_ip)
        return found

    def _suspected(self, host: Host, up: Iterable[Host], addresses: dict[str, list[str]]) -> Suspected:
        peers = [one.name for one in up if one.name != host.name]
        return Suspected(
            name=host.name,
            address=host.address,
            peers=tuple(peers[:MOST_PEERS]),
            servers=tuple(addresses.get(host.name, [])[:MOST_ADDRESSES]),
        )
