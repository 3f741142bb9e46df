"""The simulated cloud's records as the facts that a project is shown."""

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network

from vmms_tui.engine.cloud import facts, moves
from vmms_tui.engine.cloud.simulated import chance, journeys
from vmms_tui.engine.cloud.simulated.hosts import Hosts, zone_of
from vmms_tui.engine.cloud.simulated.records import (
    Contents,
    SimFloatingIP,
    SimHost,
    SimImage,
    SimMove,
    SimNetwork,
    SimPort,
    SimServer,
    SimVolume,
)

USER = "simulated"
"""Whose orders these are, in the notes of what was done."""
ORDERS = {moves.LIVE: "live-migration", moves.COLD: "migrate"}
"""What Nova calls the orders for moves."""
REQUEST = "req-move-"
"""With the number of a move: by what its order is asked for."""
BEAT = 10
"""Seconds between two signs of life of a host's service."""
ATTACHED = frozenset({"in-use", "detaching"})


def server(contents: Contents, one: SimServer, *, admin: bool) -> facts.CloudServer:
    """A server as Nova's list shows it; its host only to administrators."""
    ports = [contents.ports[port_id] for port_id in one.port_ids if port_id in contents.ports] if one.plugged else []
    floating = [contents.floating_ips[port.floating_ip_id].address for port in ports if port.floating_ip_id]
    return facts.CloudServer(
        id=one.id,
        name=one.name,
        status=one.status,
        task_state=one.task_state,
        power=one.power,
        fault=one.fault,
        metadata=dict(one.metadata),
        addresses=tuple(port.address for port in ports),
        floating_addresses=tuple(floating),
        host=one.host if admin else "",
        flavor=one.flavor,
        image_id=one.image_id,
        volume_ids=one.volume_ids,
        created=instant(one.created),
        updated=instant(one.updated),
    )


def hypervisor(seed: int, hosts: Hosts, one: SimHost) -> facts.Hypervisor:
    """A host with what is used of it."""
    vcpus, ram, disk = hosts.used(one.name)
    return facts.Hypervisor(
        id=chance.identifier(seed, "host", one.name),
        host=one.name,
        state="up" if one.counts_as_up else "down",
        status=one.status,
        node=f"{one.name}.simulated",
        address=hosts.address(one.name),
        kind="QEMU",
        version="9.2.0",
        disabled_reason=one.disabled_reason,
        vcpus=one.vcpus,
        vcpus_used=vcpus,
        ram_mib=one.ram_mib,
        ram_used_mib=ram,
        disk_gib=one.disk_gib,
        disk_used_gib=disk,
        servers=hosts.servers_on(one.name),
        cpu=one.cpu,
    )


def compute_service(contents: Contents, one: SimHost, now: float) -> facts.ComputeService:
    """The service of a host: it gives a sign of life at its beat, as long as it is up."""
    return facts.ComputeService(
        host=one.name,
        state="up" if one.counts_as_up else "down",
        status=one.status,
        zone=zone_of(contents, one.name),
        disabled_reason=one.disabled_reason,
        seen=instant(max(now // BEAT * BEAT, one.down_since) if one.state == "up" else one.down_since),
        forced_down=one.forced_down,
    )


def network(one: SimNetwork, *, admin: bool) -> facts.Network:
    """A network; how it is made only to administrators, as in Neutron."""
    return facts.Network(
        id=one.id,
        name=one.name,
        external=one.external,
        shared=not one.external,
        status="ACTIVE",
        kind=one.kind if admin else "",
        segment=one.segment if admin else None,
    )


def subnet(seed: int, one: SimNetwork) -> facts.Subnet:
    """The subnet of a network: the smallest that its addresses fit into."""
    differing = (int(IPv4Address(one.first)) ^ int(IPv4Address(one.last))).bit_length()
    return facts.Subnet(
        id=chance.identifier(seed, "subnet", one.id),
        network_id=one.id,
        cidr=str(IPv4Network(f"{one.first}/{32 - differing}", strict=False)),
        dhcp=not one.external,
        pools=((one.first, one.last),),
    )


def address_use(contents: Contents, one: SimNetwork) -> facts.AddressUse:
    """How many addresses of a network are given out."""
    networks = [port.network_id for port in contents.ports.values()]
    networks += [ip.network_id for ip in contents.floating_ips.values()]
    return facts.AddressUse(
        network_id=one.id,
        used=networks.count(one.id),
        total=int(IPv4Address(one.last)) - int(IPv4Address(one.first)) + 1,
    )


def image(one: SimImage) -> facts.Image:
    """An image."""
    return facts.Image(
        id=one.id,
        name=one.name,
        min_disk_gib=one.min_disk_gib,
        min_ram_mib=one.min_ram_mib,
        size_bytes=one.size_bytes,
        visibility="public",
        updated=_created(one.updated),
    )


def as_nova(one: facts.CloudServer, contents: Contents) -> dict[str, object]:
    """A server in the fields of Nova's API 2.1 (Show Server Details)."""
    kinds = (("fixed", one.addresses), ("floating", one.floating_addresses))
    addresses = [
        {"addr": address, "version": 6 if ":" in address else 4, "OS-EXT-IPS:type": kind}
        for kind, group in kinds
        for address in group
    ]
    flavor = next((each for each in contents.flavors.values() if each.name == one.flavor), None)
    size = {"vcpus": flavor.vcpus, "ram": flavor.ram_mib, "disk": flavor.disk_gib} if flavor else {}
    return {
        "id": one.id,
        "name": one.name,
        "status": one.status,
        "OS-EXT-STS:task_state": one.task_state or None,
        "created": f"{one.created:%Y-%m-%dT%H:%M:%SZ}" if one.created else None,
        "updated": f"{one.updated:%Y-%m-%dT%H:%M:%SZ}" if one.updated else None,
        "flavor": {"original_name": one.flavor, **size},
        "image": {"id": one.image_id} if one.image_id else "",
        "addresses": {"simulated": addresses},
        "metadata": dict(one.metadata),
        "os-extended-volumes:volumes_attached": [{"id": volume_id} for volume_id in one.volume_ids],
        **({"OS-EXT-SRV-ATTR:host": one.host} if one.host else {}),
        **({"fault": {"message": one.fault}} if one.fault else {}),
    }


def _created(seconds: float) -> datetime | None:
    """Files of older versions do not know."""
    return instant(seconds) if seconds else None


def instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def port(contents: Contents, one: SimPort, *, admin: bool) -> facts.Port:
    """A port; where it is bound only to administrators. It is where its server is."""
    server = contents.servers.get(one.device_id)
    return facts.Port(
        id=one.id,
        name=one.name,
        network_id=one.network_id,
        addresses=(one.address,),
        device_id=one.device_id,
        device_owner="compute:nova" if one.device_id else "",
        description=one.description,
        host=server.host if admin and server is not None else "",
        kind=one.kind,
        created=_created(one.created),
    )


def floating_ip(one: SimFloatingIP) -> facts.FloatingIP:
    """A floating IP."""
    return facts.FloatingIP(
        id=one.id,
        address=one.address,
        network_id=one.network_id,
        port_id=one.port_id,
        description=one.description,
        status="ACTIVE" if one.port_id else "DOWN",
        created=_created(one.created),
    )


def move_under_way(one: SimMove, server: SimServer, now: float) -> moves.MoveUnderWay:
    """A live migration; how far it is only once the copying has begun."""
    copied = journeys.copied(one, server, now) if one.began is not None else None
    return moves.MoveUnderWay(
        id=int(one.id),
        status=one.status,
        source=one.source,
        destination=one.destination,
        memory_total=copied.memory_total if copied else None,
        memory_processed=copied.memory_processed if copied else None,
        memory_remaining=copied.memory_remaining if copied else None,
        disk_total=copied.disk_total if copied else None,
        disk_processed=copied.disk_processed if copied else None,
        disk_remaining=copied.disk_remaining if copied else None,
    )


def move_record(one: SimMove) -> moves.MoveRecord:
    """What is remembered of a move."""
    return moves.MoveRecord(
        id=int(one.id),
        kind=one.kind,
        status=one.status,
        source=one.source,
        destination=one.destination,
        created=instant(one.created),
        updated=instant(one.updated),
    )


def move_action(one: SimMove) -> facts.ServerAction:
    """The order for a move, among what was done to its server."""
    name, request_id = ORDERS[one.kind], f"{REQUEST}{one.id}"
    return facts.ServerAction(name=name, user=USER, at=instant(one.created), request_id=request_id)


def volume(one: SimVolume) -> facts.Volume:
    """A volume; its attachment is shown once it is made."""
    held = (attachment(one),) if one.server_id and one.status in ATTACHED else ()
    return facts.Volume(
        id=one.id,
        name=one.name,
        status=one.status,
        size_gib=one.size_gib,
        kind=one.kind,
        attachments=held,
        description=one.description,
        metadata=dict(one.metadata),
        created=_created(one.created),
    )


def attachment(one: SimVolume) -> facts.Attachment:
    """What holds a volume; it has a single one at most, so the two ids make its own."""
    return facts.Attachment(id=f"{one.id}/{one.server_id}", server_id=one.server_id)
