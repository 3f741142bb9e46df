"""Answers in JSON as frozen facts. Called in worker threads: a page of a thousand servers takes milliseconds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import msgspec

from vmms_tui.engine.cloud import facts
from vmms_tui.engine.cloud.openstack import wire
from vmms_tui.engine.cloud.openstack.rest import Page
from vmms_tui.engine.cloud.openstack.wording import clean

T = TypeVar("T")


class _Identified(Protocol):
    @property
    def id(self) -> str | int: ...


def page(rows: Iterable[T], wired: Sequence[_Identified], links: Iterable[wire.Link]) -> Page[T]:
    """A page of Nova or Neutron: the next one starts after the last row."""
    more = any(link.rel == "next" for link in links) and wired
    return Page(tuple(rows), str(wired[-1].id) if more else "")


def servers(flavor_names: Mapping[str, str]) -> Callable[[bytes], Page[facts.CloudServer]]:
    """A reader of `GET /servers/detail`; `flavor_names` by id serve a cloud that tells ids only (before 2.47)."""

    def read(content: bytes) -> Page[facts.CloudServer]:
        got = msgspec.json.decode(content, type=wire.Servers)
        return page((_server(one, flavor_names) for one in got.servers), got.servers, got.links)

    return read


def server(flavor_names: Mapping[str, str]) -> Callable[[bytes], facts.CloudServer]:
    """A reader of `GET /servers/{id}`."""
    return lambda content: _server(msgspec.json.decode(content, type=wire.OneServer).server, flavor_names)


class _AnyServer(msgspec.Struct):
    server: dict[str, object]


def as_it_is(content: bytes) -> dict[str, object]:
    """All fields of `GET /servers/{id}`, also those that nobody here knows."""
    return msgspec.json.decode(content, type=_AnyServer).server


def server_id(content: bytes) -> str:
    """The id that a create answers."""
    return msgspec.json.decode(content, type=wire.OneServer).server.id


def _server(one: wire.Server, flavor_names: Mapping[str, str]) -> facts.CloudServer:
    addresses = [address for network in (one.addresses or {}).values() for address in network]
    flavor = one.flavor or wire.Reference()
    return facts.CloudServer(
        id=one.id,
        name=one.name or "",
        status=one.status or "",
        task_state=one.task_state or "",
        power=_POWER.get(one.power_state, "") if isinstance(one.power_state, int) else "",
        fault=clean(one.fault.message or "") if one.fault else "",
        metadata=one.metadata or {},
        addresses=tuple(address.addr for address in addresses if address.kind != "floating"),
        floating_addresses=tuple(address.addr for address in addresses if address.kind == "floating"),
        host=one.host or "",
        flavor=flavor.original_name or flavor_names.get(flavor.id, flavor.id),
        image_id=one.image.id if isinstance(one.image, wire.Reference) else "",
        volume_ids=tuple(volume.id for volume in one.volumes or ()),
        created=one.created,
        updated=one.updated,
    )


_POWER = {1: "running", 3: "paused", 4: "shut down", 6: "crashed", 7: "suspended"}
"""Nova's numbers for what a hypervisor says (compute API, `OS-EXT-STS:power_state`); 0 is that it says nothing."""


def actions(content: bytes) -> tuple[facts.ServerAction, ...]:
    """Reads `GET /servers/{id}/os-instance-actions`."""
    done = msgspec.json.decode(content, type=wire.Actions).instance_actions
    rows = [
        facts.ServerAction(
            name=text(one.action),
            user=text(one.user_id),
            at=instant(one.start_time),
            request_id=text(one.request_id),
        )
        for one in done
    ]
    return tuple(sorted(rows, key=lambda row: row.at.timestamp() if row.at else 0.0, reverse=True))


def flavors(content: bytes) -> Page[facts.Flavor]:
    """Reads `GET /flavors/detail`."""
    got = msgspec.json.decode(content, type=wire.Flavors)
    rows = (
        facts.Flavor(
            id=one.id,
            name=one.name,
            vcpus=one.vcpus,
            ram_mib=one.ram,
            disk_gib=one.disk,
            extra=texts(one.extra_specs),
        )
        for one in got.flavors
    )
    return page(rows, got.flavors, got.links)


def hypervisors(content: bytes) -> Page[facts.Hypervisor]:
    """Reads `GET /os-hypervisors/detail`."""
    got = msgspec.json.decode(content, type=wire.Hypervisors)
    return page(map(_hypervisor, got.hypervisors), got.hypervisors, got.links)


def _hypervisor(one: wire.Hypervisor) -> facts.Hypervisor:
    service = one.service or wire.Service()
    node = text(one.hypervisor_hostname)
    return facts.Hypervisor(
        id=str(one.id),
        host=text(service.host) or node or str(one.id),
        state=text(one.state),
        status=text(one.status),
        node=node,
        address=text(one.host_ip),
        kind=text(one.hypervisor_type),
        version=_version(one.hypervisor_version),
        disabled_reason=text(service.disabled_reason),
        vcpus=number(one.vcpus),
        vcpus_used=number(one.vcpus_used),
        ram_mib=number(one.memory_mb),
        ram_used_mib=number(one.memory_mb_used),
        disk_gib=number(one.local_gb),
        disk_used_gib=number(one.local_gb_used),
        servers=number(one.running_vms),
        cpu=_processor(one.cpu_info),
    )


def _processor(said: Any) -> str:
    """Architecture, vendor and model of what libvirt's driver tells (an object; before 2.28 the same as text)."""
    if isinstance(said, str):
        try:
            said = msgspec.json.decode(said)
        except msgspec.DecodeError:
            return ""
    if not isinstance(said, dict):
        return ""
    return " ".join(text(said.get(name)) for name in ("arch", "vendor", "model") if said.get(name))


def _version(said: Any) -> str:
    """libvirt's drivers tell theirs as one number: 8002001 is 8.2.1 (libvirt, virConnectGetVersion)."""
    whole = number(said)
    if whole is None or whole < 1_000_000:
        return text(said)
    return f"{whole // 1_000_000}.{whole // 1000 % 1000}.{whole % 1000}"


def compute_services(content: bytes) -> tuple[facts.ComputeService, ...]:
    """Reads `GET /os-services`."""
    got = msgspec.json.decode(content, type=wire.ComputeServices)
    return tuple(
        facts.ComputeService(
            host=text(one.host),
            state=text(one.state),
            status=text(one.status),
            zone=text(one.zone),
            disabled_reason=text(one.disabled_reason),
            seen=instant(one.updated_at),
            forced_down=one.forced_down is True,
        )
        for one in got.services
        if text(one.host)
    )


def service_ids(content: bytes) -> dict[str, str]:
    """Reads `GET /os-services`: the id of the service by its host."""
    got = msgspec.json.decode(content, type=wire.ComputeServices)
    return {text(one.host): str(one.id) for one in got.services if text(one.host) and one.id is not None}


def quota(content: bytes) -> facts.Quota:
    """Reads `GET /limits`."""
    limits = msgspec.json.decode(content, type=wire.LimitsAnswer).limits.absolute
    return facts.Quota(
        servers=limits.max_total_instances,
        servers_used=limits.total_instances_used,
        vcpus=limits.max_total_cores,
        vcpus_used=limits.total_cores_used,
        ram_mib=limits.max_total_ram_size,
        ram_mib_used=limits.total_ram_used,
    )


def console(content: bytes) -> str:
    """Reads the answer of os-getConsoleOutput."""
    return msgspec.json.decode(content, type=wire.Console).output or ""


def images(content: bytes) -> Page[facts.Image]:
    """Reads `GET /v2/images`."""
    got = msgspec.json.decode(content, type=wire.Images)
    rows = tuple(
        facts.Image(
            id=one.id,
            name=one.name or "",
            status=one.status,
            min_disk_gib=one.min_disk or 0,
            min_ram_mib=one.min_ram or 0,
            size_bytes=number(one.size),
            visibility=text(one.visibility),
            updated=instant(one.updated_at),
        )
        for one in got.images
    )
    return Page(rows, rows[-1].id if got.next and rows else "")


def networks(content: bytes) -> Page[facts.Network]:
    """Reads `GET /v2.0/networks`."""
    got = msgspec.json.decode(content, type=wire.Networks)
    return page(map(_network, got.networks), got.networks, got.links)


def _network(one: wire.Network) -> facts.Network:
    return facts.Network(
        id=one.id,
        name=one.name or "",
        external=bool(one.external),
        shared=one.shared is True,
        status=text(one.status),
        kind=text(one.kind),
        segment=number(one.segment),
    )


def subnets(content: bytes) -> Page[facts.Subnet]:
    """Reads `GET /v2.0/subnets`."""
    got = msgspec.json.decode(content, type=wire.Subnets)
    rows = (
        facts.Subnet(
            id=one.id,
            network_id=one.network_id,
            cidr=text(one.cidr),
            dhcp=one.enable_dhcp if isinstance(one.enable_dhcp, bool) else None,
            pools=tuple((text(span.start), text(span.end)) for span in one.allocation_pools or ()),
        )
        for one in got.subnets
    )
    return page(rows, got.subnets, got.links)


def address_use(content: bytes) -> tuple[facts.AddressUse, ...]:
    """Reads `GET /v2.0/network-ip-availabilities`. Of IPv4 alone: a subnet of IPv6 holds more than anybody counts."""
    got = msgspec.json.decode(content, type=wire.NetworkUses)
    return tuple(
        facts.AddressUse(
            network_id=one.network_id,
            used=sum(used for used, _ in subnets),
            total=sum(total for _, total in subnets),
        )
        for one in got.networks
        for subnets in [[_subnet_use(subnet) for subnet in one.subnets or () if subnet.ip_version != 6]]
    )


def _subnet_use(one: wire.SubnetUse) -> tuple[int, int]:
    """Used and in all. `total_ips` counts the pools, but `used_ips` all that is used: a router's address, too."""
    pools = one.in_pools or wire.UseInPools()
    used, total = number(pools.used), number(pools.total)
    if used is None or total is None:
        used, total = number(one.used_ips), number(one.total_ips)
    return used or 0, total or 0


def security_groups(content: bytes) -> Page[wire.SecurityGroup]:
    """Reads `GET /v2.0/security-groups`."""
    got = msgspec.json.decode(content, type=wire.SecurityGroups)
    return page(got.security_groups, got.security_groups, got.links)


def ports(content: bytes) -> Page[facts.Port]:
    """Reads `GET /v2.0/ports`."""
    got = msgspec.json.decode(content, type=wire.Ports)
    return page(map(_port, got.ports), got.ports, got.links)


def port(content: bytes) -> facts.Port:
    """Reads `GET /v2.0/ports/{id}`."""
    return _port(msgspec.json.decode(content, type=wire.OnePort).port)


def _port(one: wire.Port) -> facts.Port:
    return facts.Port(
        id=one.id,
        name=one.name or "",
        network_id=one.network_id,
        addresses=tuple(fixed.ip_address for fixed in one.fixed_ips or () if fixed.ip_address),
        device_id=one.device_id or "",
        device_owner=one.device_owner or "",
        description=one.description or "",
        host=text(one.host),
        kind=text(one.kind),
        created=_utc(one.created_at),
    )


def floating_ips(content: bytes) -> Page[facts.FloatingIP]:
    """Reads `GET /v2.0/floatingips`."""
    got = msgspec.json.decode(content, type=wire.FloatingIPs)
    return page(map(_floating_ip, got.floatingips), got.floatingips, got.links)


def floating_ip(content: bytes) -> facts.FloatingIP:
    """Reads `GET /v2.0/floatingips/{id}`."""
    return _floating_ip(msgspec.json.decode(content, type=wire.OneFloatingIP).floatingip)


def _floating_ip(one: wire.FloatingIP) -> facts.FloatingIP:
    return facts.FloatingIP(
        id=one.id,
        address=one.floating_ip_address,
        network_id=one.floating_network_id or "",
        port_id=one.port_id or "",
        description=one.description or "",
        status=one.status or "",
        created=_utc(one.created_at),
    )


def volumes(content: bytes) -> Page[facts.Volume]:
    """Reads `GET /v3/{project}/volumes/detail`."""
    got = msgspec.json.decode(content, type=wire.Volumes)
    return page(map(_volume, got.volumes), got.volumes, got.links)


def volume(content: bytes) -> facts.Volume:
    """Reads `GET /v3/{project}/volumes/{id}`."""
    return _volume(msgspec.json.decode(content, type=wire.OneVolume).volume)


def _volume(one: wire.Volume) -> facts.Volume:
    held = tuple(
        facts.Attachment(id=held.attachment_id or "", server_id=held.server_id)
        for held in one.attachments or ()
        if held.server_id
    )
    return facts.Volume(
        id=one.id,
        name=one.name or "",
        status=one.status or "",
        size_gib=number(one.size),
        kind=text(one.volume_type),
        attachments=held,
        description=one.description or "",
        metadata=one.metadata or {},
        created=_utc(one.created_at),
    )


def text(said: Any) -> str:
    """A word as it came, whatever it is; nothing for null."""
    return said if isinstance(said, str) else "" if said is None else str(said)


def texts(said: Any) -> dict[str, str]:
    """An object as words; nothing for whatever is none."""
    return {text(name): text(value) for name, value in said.items()} if isinstance(said, dict) else {}


def number(said: Any) -> int | None:
    """A whole number; None for whatever is none."""
    if isinstance(said, float) and said.is_integer():
        return int(said)
    return said if isinstance(said, int) and not isinstance(said, bool) else None


def instant(said: Any) -> datetime | None:
    """An instant; None for whatever is none."""
    try:
        return _utc(msgspec.convert(said, datetime))
    except msgspec.ValidationError:
        return None


def _utc(instant: datetime | None) -> datetime | None:
    """Cinder's instants name no zone and are UTC."""
    return instant.replace(tzinfo=UTC) if instant and instant.tzinfo is None else instant
