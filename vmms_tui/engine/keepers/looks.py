"""Asks the witnesses about hosts that are down, and about some that are up, to know whether their silence counts."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from vmms_tui.engine.context import Context
from vmms_tui.engine.policy.hosts import CONTROLS, blind, trusted
from vmms_tui.engine.witnesses.port import Place, Suspected
from vmms_tui.model.evacuation import is_open
from vmms_tui.model.records import Server, ServerState, changed
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import Suspect
from vmms_tui.model.witness import Sign

MOST_ADDRESSES = 5
"""Floating IPs of servers on a host that are asked."""
MOST_PEERS = 3
LATELY = timedelta(minutes=10)
"""Whose last answer was longer ago, when its host was called down, had perhaps been silent for a reason of its own."""
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
        return self._suspected(host, self._up(), self._places({host.name}))

    async def at(self, hosts: Sequence[Host]) -> dict[str, Look]:
        """Ask about each of these; by their names."""
        up = self._up()
        controls = up[:CONTROLS]
        places = self._places({host.name for host in (*hosts, *controls)})
        asked = [self._suspected(host, up, places) for host in hosts]
        asked += [_control(self._suspected(host, up, places)) for host in controls]
        said = await self._context.witnesses.signs(self._context.policy.hosts, asked)
        others = [said.get(one.name, ()) for one in controls]
        return {
            host.name: Look(trusted(said.get(host.name, ()), others), blind(said.get(host.name, ()), others))
            for host in hosts
        }

    def _up(self) -> list[Host]:
        """Hosts that are up, those first that most of our servers are on: their addresses can be asked, too."""
        hosts = [host for host in self._context.state.all(Host) if is_open(host)]
        ours = self._places({host.name for host in hosts})
        proved = {name: sum(one.proved for one in some) for name, some in ours.items()}
        return sorted(hosts, key=lambda host: (-proved.get(host.name, 0), -len(ours.get(host.name, ())), host.name))

    def _places(self, names: set[str]) -> dict[str, list[Place]]:
        """Where the servers on these hosts are asked, those first of which silence counts."""
        found: dict[str, list[Place]] = {name: [] for name in names}
        called = {name: self._called_down(name) for name in names}
        for server in self._context.state.all(Server):
            running = server.state in _ANSWER and server.cloud_status == "ACTIVE" and not server.missing_since
            if running and server.host in names and (place := self._place(server, called[server.host])) is not None:
                found[server.host].append(place)
        return {name: sorted(places, key=lambda one: not one.proved) for name, places in found.items() if places}

    def _called_down(self, name: str) -> datetime:
        """When it was; now, as long as it is not."""
        suspect = self._context.state.get(Suspect, name)
        return self._context.clock.now() if suspect is None else suspect.since

    def _place(self, server: Server, called: datetime) -> Place | None:
        """Where it is asked. Silence counts of who answered a proof there shortly before its host was called down."""
        answer, spec = self._context.answers.last.get(server.id), self._context.spec_of(server)
        if answer is not None and spec is not None:
            lately = answer.at >= called - LATELY - spec.health.every
            if lately and answer.address == (server.floating_ip or server.address):
                return Place(answer.address, answer.port, proved=True)
        return Place(server.floating_ip) if server.floating_ip else None

    def _suspected(self, host: Host, up: Iterable[Host], places: dict[str, list[Place]]) -> Suspected:
        peers = [one.name for one in up if one.name != host.name]
        return Suspected(
            name=host.name,
            address=host.address,
            peers=tuple(peers[:MOST_PEERS]),
            servers=tuple(places.get(host.name, [])[:MOST_ADDRESSES]),
        )


def _control(host: Suspected) -> Suspected:
    """A host that is up: silence of servers elsewhere is held against proofs alone, not against any open port."""
    return changed(host, servers=tuple(one for one in host.servers if one.proved))
