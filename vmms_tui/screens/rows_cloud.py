"""Rows of what the cloud tells: hosts, volumes, networks, images. Pure. Whatever is odd is a row still."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from ipaddress import ip_address, ip_network

import msgspec

from vmms_tui.model.records import Pool, Server, ServerState
from vmms_tui.model.surroundings import Host, Image, Kind, Network, Survey, Volume
from vmms_tui.model.tables import Tables

_BITS = {4: 32, 6: 128}


class HostRow(msgspec.Struct, frozen=True, gc=False):
    """A host, and how many of its servers are ours."""

    host: Host
    ours: int
    read_at: datetime | None = None

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
    ours: tuple[tuple[str, str], ...] = ()
    """Server and address."""
    sought: tuple[str, ...] = ()

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
    return [HostRow(host, ours.get(host.name, 0), read_at) for host in tables.all(Host)]


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


def network_rows(tables: Tables, sought: Iterable[str] = ()) -> list[NetworkRow]:
    """Every network. `sought` are addresses that somebody looks for."""
    networks = tables.all(Network)
    where = Subnets(networks)
    ours: dict[str, list[tuple[str, str]]] = {}
    for server in living(tables):
        for address in (server.address, server.floating_ip):
            for network_id in where.of(address) if address else ():
                ours.setdefault(network_id, []).append((server.id, address))
    found = [(address, where.of(address)) for address in sought]
    return [
        NetworkRow(one, tuple(ours.get(one.id, ())), tuple(address for address, ids in found if one.id in ids))
        for one in networks
    ]


class Subnets:
    """Which networks an address may belong to, by their subnets: as quickly for many as for a few."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._lengths: dict[int, set[int]] = {}
        self._ids: dict[tuple[int, int, int], list[str]] = {}
        for network in networks:
            for subnet in network.subnets:
                self._learn(network.id, subnet.cidr)

    def _learn(self, network_id: str, cidr: str) -> None:
        try:
            subnet = ip_network(cidr, strict=False)
        except ValueError:
            return  # whatever it is, no address is in it
        self._lengths.setdefault(subnet.version, set()).add(subnet.prefixlen)
        shift = _BITS[subnet.version] - subnet.prefixlen
        ids = self._ids.setdefault((subnet.version, subnet.prefixlen, int(subnet.network_address) >> shift), [])
        if network_id not in ids:
            ids.append(network_id)

    def of(self, text: str) -> Sequence[str]:
        """The ids of networks that hold an address; none for what is no address."""
        try:
            address = ip_address(text)
        except ValueError:
            return ()
        bits, number = _BITS[address.version], int(address)
        return [
            network_id
            for length in self._lengths.get(address.version, ())
            for network_id in self._ids.get((address.version, length, number >> (bits - length)), ())
        ]


def addresses_in(text: str) -> tuple[str, ...]:
    """The words of a filter that are whole addresses."""
    return tuple(word for word in text.replace('"', " ").replace("!", " ").split() if _is_address(word))


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True
