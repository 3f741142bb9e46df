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


def _created(seconds: float) -> datetime | None:
    """Files of older versions do not know."""
    return _instant(seconds) if seconds else None


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
        device_owner="compute:nova" if one.device_id else "",
        description=one.description,
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


def volume(one: SimVolume) -> facts.Volume:
    """A volume; its attachment is shown once it is made."""
    held = (attachment(one),) if one.server_id and one.status in ATTACHED else ()
    return facts.Volume(
        id=one.id,
        name=one.name,
        status=one.status,
        size_gib=one.size_gib,
        attachments=held,
        description=one.description,
        metadata=dict(one.metadata),
        created=_created(one.created),
    )


def attachment(one: SimVolume) -> facts.Attachment:
    """What holds a volume; it has a single one at most, so the two ids make its own."""
    return facts.Attachment(id=f"{one.id}/{one.server_id}", server_id=one.server_id)
