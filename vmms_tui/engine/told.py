"""What the cloud's lists mean as records: hosts with their services, networks with their subnets. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address
from typing import TypeVar

import msgspec

from vmms_tui.engine.cloud import facts
from vmms_tui.engine.cloud.placing import Aggregate
from vmms_tui.model.record import changed
from vmms_tui.model.surroundings import Agent, Host, Image, Network, Subnet, Volume

UP = "up"
StructT = TypeVar("StructT", bound=msgspec.Struct)


def with_agents(found: Iterable[Host], read: Iterable[facts.Agent] | None, before: Iterable[Host]) -> list[Host]:
    """The hosts with what runs there beside Nova. `read` None: it was not asked, and what was known `before` stays."""
    if read is None:
        known = {host.name: host.agents for host in before}
        return [changed(host, agents=known.get(host.name)) for host in found]
    by_host: dict[str, list[Agent]] = {}
    for one in read:
        by_host.setdefault(one.host, []).append(_record(Agent, one))
    return [changed(host, agents=tuple(sorted(by_host.get(host.name, ()), key=lambda one: one.name))) for host in found]


def hosts(
    hypervisors: Iterable[facts.Hypervisor],
    services: Iterable[facts.ComputeService],
    before: Iterable[Host] = (),
    aggregates: Iterable[Aggregate] | None = None,
) -> list[Host]:
    """Every host, also one whose service runs and has no hypervisor yet.

    Without services, or aggregates, what they told `before` stays: they are asked more rarely.
    """
    member_of = None if aggregates is None else _member_of(aggregates)
    by_host = {service.host: service for service in services}
    known = {host.id: host for host in before}
    found: dict[str, Host] = {}
    for one in hypervisors:
        # before 2.53 an id is a number, and each cell counts for itself
        own_id = one.id if one.id not in found else f"{one.id} on {one.host}"
        found[own_id] = _host(own_id, one, by_host.get(one.host), known.get(own_id), member_of)
    names = {host.name for host in found.values()}
    bare = [_bare_host(service) for service in by_host.values() if service.host not in names]
    if not by_host:
        bare = [host for host in known.values() if host.id == host.name and host.name not in names]
    return [*found.values(), *bare]


_Member = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]
"""Names of aggregates, and what they say."""


def _member_of(aggregates: Iterable[Aggregate]) -> dict[str, _Member]:
    found = dict[str, _Member]()
    for one in aggregates:
        for host in one.hosts:
            names, said = found.get(host, ((), ()))
            found[host] = (*names, one.name), (*said, *one.metadata.items())
    return found


def _host(
    own_id: str,
    one: facts.Hypervisor,
    service: facts.ComputeService | None,
    before: Host | None,
    member_of: dict[str, _Member] | None,
) -> Host:
    told = service or before
    if member_of is None:
        names, said = (before.aggregates, before.properties) if before is not None else ((), ())
    else:
        names, said = member_of.get(one.host, ((), ()))
    return _record(
        Host,
        one,
        id=own_id,
        name=one.host,
        node="" if one.node == one.host else one.node,
        state=one.state or (service.state if service else ""),
        status=one.status or (service.status if service else ""),
        disabled_reason=one.disabled_reason or (service.disabled_reason if service else ""),
        zone=told.zone if told else "",
        aggregates=names,
        properties=said,
        seen=told.seen if told and one.state.lower() != UP else None,
        forced_down=told.forced_down if told and one.state.lower() != UP else False,
    )


def _bare_host(service: facts.ComputeService) -> Host:
    seen = service.seen if service.state.lower() != UP else None
    return _record(Host, service, id=service.host, name=service.host, seen=seen)


def networks(
    listed: Mapping[str, Iterable[facts.Network]],
    subnets: Iterable[facts.Subnet],
    uses: Iterable[facts.AddressUse],
    counted: Iterable[Counter[str]] | None,
) -> list[Network]:
    """Every network once, whichever projects see it. `counted` is what we ourselves use, where `uses` says nothing."""
    of_network: dict[str, dict[str, facts.Subnet]] = {}
    for subnet in subnets:
        of_network.setdefault(subnet.network_id, {})[subnet.id] = subnet
    ours = sum(counted or (), Counter[str]())
    by_id = {use.network_id: use for use in uses}
    found: dict[str, Network] = {}
    for one in (network for rows in listed.values() for network in rows):
        if one.id not in found:
            mine = tuple(of_network.get(one.id, {}).values())
            found[one.id] = _network(one, mine, by_id.get(one.id), None if counted is None else ours[one.id])
    return list(found.values())


def _network(
    one: facts.Network, subnets: tuple[facts.Subnet, ...], use: facts.AddressUse | None, ours: int | None
) -> Network:
    total = use.total if use else room(subnets)
    return _record(
        Network,
        one,
        subnets=tuple(_record(Subnet, subnet) for subnet in subnets),
        used=use.used if use else ours,
        total=total or None,
        counted=use is None and ours is not None,
    )


def room(subnets: Iterable[facts.Subnet]) -> int:
    """How many IPv4 addresses the ranges of these subnets hold; ranges that nobody can read hold none."""
    return sum(_size(first, last) for subnet in subnets for first, last in subnet.pools)


def _size(first: str, last: str) -> int:

    try:
        return max(0, int(IPv4Address(last)) - int(IPv4Address(first)) + 1)
    except ValueError:
        return 0


def volume(one: facts.Volume, project: str, name_of: Callable[[str], str]) -> Volume:
    """`name_of` says how a server is called, by the cloud's id."""
    return _record(Volume, one, project=project, attached_to=tuple(name_of(server_id) for server_id in one.server_ids))


def image(one: facts.Image) -> Image:
    """An image."""
    return _record(Image, one)


def _record(kind: type[StructT], fact: facts.Fact, **others: object) -> StructT:
    """What a fact says under the names that a record has, too, and these others."""
    both = (name for name in kind.__struct_fields__ if name in fact.__struct_fields__)
    return kind(**{name: getattr(fact, name) for name in both} | others)
