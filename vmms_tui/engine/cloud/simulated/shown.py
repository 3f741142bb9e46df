"""The simulated cloud's records as the facts that a project is shown."""

from datetime import UTC, datetime

from vmms_tui.engine.cloud import facts
from vmms_tui.engine.cloud.simulated.records import (
    Contents,
    SimFloatingIP,
    SimPort,
    SimServer,
    SimVolume,
)

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
        fault=one.fault,
        metadata=dict(one.metadata),
        addresses=tuple(port.address for port in ports),
        floating_addresses=tuple(floating),
        host=one.host if admin else "",
        flavor=one.flavor,
        image_id=one.image_id,
        volume_ids=tuple(one.volume_ids),
        created=_instant(one.created),
        updated=_instant(one.updated),
    )


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def port(one: SimPort) -> facts.Port:
    """A port."""
    return facts.Port(
        id=one.id,
        name=one.name,
        network_id=one.network_id,
        addresses=(one.address,),
        device_id=one.device_id,
        description=one.description,
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
    )


def volume(one: SimVolume) -> facts.Volume:
    """A volume; its attachment is shown once it is made."""
    holders = (one.server_id,) if one.server_id and one.status in ATTACHED else ()
    return facts.Volume(id=one.id, name=one.name, status=one.status, size_gib=one.size_gib, server_ids=holders)
