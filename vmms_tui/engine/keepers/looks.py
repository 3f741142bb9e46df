"""Asks the witnesses about hosts that are down, and about some that are up, to know whether their silence counts."""

from collections.abc import Iterable, Mapping, Sequence
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
"""Addresses of servers on a host of which the witnesses are told."""
MOST_PEERS = 3
LATELY = timedelta(minutes=10)
"""Who answered longer ago than this, and than the time between two proofs, before its host was called down, had perhaps
been silent for a reason of its own."""
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

    async def at(self, hosts: Sequence[Host]) -> dict[str, Look]:
        """Ask about each of these; by their names."""
        known = self._context.state.all(Host)
        places = self._places({host.name for host in (*hosts, *known)})
        up = _up(known, places)
        controls = up[:CONTROLS]
        asked = [self._suspected(host, up, places) for host in hosts]
        asked += [_control(self._suspected(host, up, places)) for host in controls]
        said = await self._context.witnesses.signs(self._context.policy.hosts, asked)
        others = [said.get(one.name, ()) for one in controls]
        return {
            host.name: Look(trusted(said.get(host.name, ()), others), blind(said.get(host.name, ()), others))
            for host in hosts
        }

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


def _up(hosts: Iterable[Host], ours: Mapping[str, Sequence[Place]]) -> list[Host]:
    """Those that are up, those first that most of our servers are on: their addresses can be asked, too."""
    proved = {name: sum(one.proved for one in some) for name, some in ours.items()}
    found = (host for host in hosts if is_open(host))
    return sorted(found, key=lambda host: (-proved.get(host.name, 0), -len(ours.get(host.name, ())), host.name))


def _control(host: Suspected) -> Suspected:
    """A host that is up: silence of servers elsewhere is held against proofs alone, not against any open port."""
    return changed(host, servers=tuple(one for one in host.servers if one.proved))
