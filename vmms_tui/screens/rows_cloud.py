"""Rows of what the cloud tells: hosts, volumes, networks, images. Pure. Whatever is odd is a row still."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from itertools import chain
from socket import AF_INET, inet_pton

import msgspec

from vmms_tui.model.draining import Errand, MoveQueue, Phase, queue_id
from vmms_tui.model.rebalancing import deviations
from vmms_tui.model.records import Pool, Server, ServerState
from vmms_tui.model.surroundings import Host, Image, Kind, Network, Survey, Volume
from vmms_tui.model.suspects import Suspect
from vmms_tui.model.tables import Tables

Holding = tuple[str, str]
"""A server and an address that it has."""
NOWHERE = ("", "")
"""The addresses of a server that has none."""


class HostRow(msgspec.Struct, frozen=True, gc=False):
    """A host, and how many of its servers are ours."""

    host: Host
    ours: int
    read_at: datetime | None = None
    suspect: Suspect | None = None
    """What its witnesses say, and how far its rescue has come; None: it is up, or nobody judges it."""
    queue: MoveQueue | None = None
    """Moves away from it, or back to it, that it tells of."""
    load: int | None = None
    """Per cent of its RAM that is used, less the mean of the open hosts; None: nobody knows."""

    @property
    def id(self) -> str:
        """The host's id."""
        return self.host.id


class VolumeRow(msgspec.Struct, frozen=True, gc=False):
    """A volume."""

    volume: Volume

    @property
    def id(self) -> str:
        """The volume's id."""
        return self.volume.id


class NetworkRow(msgspec.Struct, frozen=True, gc=False):
    """A network, our servers with an address of it, and which of the addresses that are looked for it holds."""

    network: Network
    ours: tuple[Holding, ...] = ()
    sought: tuple[str, ...] = ()
    servers: int = 0
    """How many of ours."""

    @property
    def id(self) -> str:
        """The network's id."""
        return self.network.id


class ImageRow(msgspec.Struct, frozen=True, gc=False):
    """An image that pools boot from. `missing`: pools name it, and the cloud does not have it."""

    image: Image
    pools: tuple[str, ...]
    missing: bool = False
    read: bool = True
    """False: nobody knows yet what the cloud has."""

    @property
    def id(self) -> str:
        """The image's id, or its name where there is none."""
        return self.image.id


def living(tables: Tables) -> list[Server]:
    """Servers that are not gone."""
    return [server for server in tables.all(Server) if server.state is not ServerState.GONE]


def host_rows(tables: Tables) -> list[HostRow]:
    """Every host."""
    ours: dict[str, int] = {}
    for server in living(tables):
        ours[server.host] = ours.get(server.host, 0) + 1
    survey = tables.get(Survey, Kind.HOSTS)
    read_at = survey.read_at if survey else None
    hosts = tables.all(Host)
    load = deviations(hosts)
    return [
        HostRow(
            host=host,
            ours=ours.get(host.name, 0),
            read_at=read_at,
            suspect=tables.get(Suspect, host.name),
            queue=queue_on(host, tables, ours.get(host.name, 0)),
            load=load.get(host.name),
        )
        for host in hosts
    ]


def queue_on(host: Host, tables: Tables, ours: int) -> MoveQueue | None:
    """The moves that a host tells of: those under way, or how its last drain ended as long as it is closed."""
    drain, back = (tables.get(MoveQueue, queue_id(errand, host.name)) for errand in (Errand.DRAIN, Errand.RETURN))
    for one in (drain, back):
        if one is not None and one.open:
            return one
    closed = host.status.lower() == "disabled" and drain is not None and bool(drain.legs)
    return drain if closed and drain is not None and (drain.phase is Phase.STOPPED or not ours) else None


def volume_rows(tables: Tables) -> list[VolumeRow]:
    """Every volume."""
    return [VolumeRow(volume) for volume in tables.all(Volume)]


def image_rows(tables: Tables, *, everything: bool = False) -> list[ImageRow]:
    """Every image that a pool boots from, also one that the cloud does not have; or `everything` that there is."""
    users: dict[str, list[str]] = {}
    for pool in tables.all(Pool):
        users.setdefault(pool.image, []).append(pool.id)
    rows = []
    for image in tables.all(Image):
        named = (*users.get(image.id, ()), *(users.get(image.name, ()) if image.name != image.id else ()))
        if named or everything:
            rows.append(ImageRow(image, named))
    there = {word for row in rows for word in (row.image.id, row.image.name)}
    survey = tables.get(Survey, Kind.IMAGES)
    read = survey is not None and survey.read_at is not None
    lost = (name for name in users if name and name not in there)
    return rows + [ImageRow(Image(id=name, name=name), tuple(users[name]), read, read) for name in lost]


class Whereabouts:
    """Which servers of ours have an address of which network; a server that moves costs no look at all the others."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._networks = tables.all(Network)
        self._subnets = Subnets(self._networks)
        self._of_server: dict[str, tuple[str, str]] = {}
        """The addresses of each server."""
        self._of_network: dict[str, dict[str, tuple[Holding, ...]]] = {}
        for server in tables.all(Server):
            self.look_at(server.id)

    def look_at(self, server_id: str) -> bool:
        """A server may have changed. Whether it has other addresses now."""
        server = self._tables.get(Server, server_id)
        gone = server is None or server.state is ServerState.GONE
        addresses = NOWHERE if server is None or gone else (server.address, server.floating_ip)
        before = self._of_server.get(server_id, NOWHERE)
        if addresses == before:
            return False
        for network_id in {one for address in before for one in self._subnets.of(address)}:
            self._of_network[network_id].pop(server_id, None)
        self._of_server[server_id] = addresses
        for address in addresses:
            for network_id in self._subnets.of(address):
                of = self._of_network.setdefault(network_id, {})
                of[server_id] = (*of.get(server_id, ()), (server_id, address))
        return True

    def rows(self, sought: Iterable[str] = ()) -> list[NetworkRow]:
        """Every network. `sought` are addresses that somebody looks for."""
        found = [(address, self._subnets.of(address)) for address in sought]
        return [
            NetworkRow(
                network,
                tuple(chain.from_iterable(of.values())),
                tuple(address for address, ids in found if network.id in ids),
                len(of),
            )
            for network in self._networks
            for of in [self._of_network.get(network.id, {})]
        ]


def network_rows(tables: Tables, sought: Iterable[str] = ()) -> list[NetworkRow]:
    """Every network. `sought` are addresses that somebody looks for."""
    return Whereabouts(tables).rows(sought)


class Subnets:
    """Which networks an address may belong to, by their subnets: as quickly for many as for a few."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._ids: dict[int, dict[int, dict[int, list[str]]]] = {4: {}, 6: {}}
        """Network ids by version, by the number of bits behind the prefix, by the prefix."""
        for network in networks:
            for subnet in network.subnets:
                self._learn(network.id, subnet.cidr)

    def _learn(self, network_id: str, cidr: str) -> None:
        try:
            subnet = ip_network(cidr, strict=False)
        except ValueError:
            return  # whatever it is, no address is in it
        behind = subnet.max_prefixlen - subnet.prefixlen
        prefixes = self._ids[subnet.version].setdefault(behind, {})
        ids = prefixes.setdefault(int(subnet.network_address) >> behind, [])
        if network_id not in ids:
            ids.append(network_id)

    def of(self, text: str) -> Sequence[str]:
        """The ids of networks that hold an address; none for what is no address."""
        if not text:
            return ()
        version, number = _number(text)
        found: list[str] = []
        for behind, prefixes in self._ids[version].items():
            found += prefixes.get(number >> behind, ())
        return found


def _number(text: str) -> tuple[int, int]:
    """An address as its version and a number; below zero when it is none. The C library's way is five times quicker."""
    try:
        return 4, int.from_bytes(inet_pton(AF_INET, text))
    except (OSError, ValueError):
        pass
    try:
        return 6, int(IPv6Address(text))
    except ValueError:
        return 6, -1


def addresses_in(text: str) -> tuple[str, ...]:
    """The words of a filter that are whole addresses."""
    return tuple(word for word in text.replace('"', " ").replace("!", " ").split() if _is_address(word))


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True
