"""What a step does to a server or a volume, and which steps an order brings.

Source of states and their order: https://docs.openstack.org/nova/latest/reference/vm-states.html
"""

from collections.abc import Callable

from vmms_tui.engine.cloud.simulated import evacuations, journeys
from vmms_tui.engine.cloud.simulated.hosts import NO_VALID_HOST, Hosts
from vmms_tui.engine.cloud.simulated.records import Contents, Effect, SimServer, SimVolume, Step


def take(contents: Contents, hosts: Hosts, thing: SimServer | SimVolume, step: Step) -> None:
    """Do one step."""
    thing.status = step.status
    if isinstance(thing, SimVolume):
        _volume(contents, thing, step)
        return
    thing.task_state = step.task_state
    thing.updated = max(step.at, thing.updated)
    effect = _EFFECTS.get(step.effect)
    if effect:
        effect(contents, hosts, thing, step)


def _volume(contents: Contents, volume: SimVolume, step: Step) -> None:
    if step.effect is Effect.GONE:
        del contents.volumes[volume.id]
    elif step.effect is Effect.DOWN:
        unplug(contents, volume)


def unplug(contents: Contents, volume: SimVolume) -> None:
    """Take a volume off its server."""
    server = contents.servers.get(volume.server_id)
    if server:
        server.volume_ids = tuple(known for known in server.volume_ids if known != volume.id)
    volume.server_id = ""


def _place(_contents: Contents, hosts: Hosts, server: SimServer, step: Step) -> None:
    if not hosts.place(server):
        _to_error(server, NO_VALID_HOST)


def _plug(contents: Contents, hosts: Hosts, server: SimServer, _step: Step) -> None:
    ports = [contents.ports.get(port_id) for port_id in server.port_ids]
    if any(port is None or port.device_id not in {"", server.id} for port in ports):
        hosts.leave(server)
        _to_error(server, "Failed to allocate the network(s), not rescheduling.")
        return
    for port in ports:
        if port:
            port.device_id = server.id
    server.plugged = True


def _up(_contents: Contents, _hosts: Hosts, server: SimServer, step: Step) -> None:
    server.booted, server.halted, server.fault, server.paused = step.at, None, "", False


def _down(_contents: Contents, _hosts: Hosts, server: SimServer, step: Step) -> None:
    if server.halted is None:
        server.halted = step.at


def _fail(contents: Contents, hosts: Hosts, server: SimServer, step: Step) -> None:
    if server.booted is None:
        hosts.leave(server)
        _release_ports(contents, server)
    _down(contents, hosts, server, step)
    journeys.end(contents, hosts, server, "error", step.at)
    _to_error(server, step.text)


def _gone(contents: Contents, hosts: Hosts, server: SimServer, step: Step) -> None:
    _down(contents, hosts, server, step)
    journeys.end(contents, hosts, server, "error", step.at)
    hosts.leave(server)
    server.deleted, server.user_data = step.at, b""
    if server.clings:
        server.plugged = False
        return
    _release_ports(contents, server)
    for volume_id in server.volume_ids:
        volume = contents.volumes[volume_id]
        volume.status, volume.steps = "available", ()
        unplug(contents, volume)


def _release_ports(contents: Contents, server: SimServer) -> None:
    """Ports that were made before the server outlive it, as in Nova."""
    for port_id in server.port_ids:
        port = contents.ports.get(port_id)
        if port and port.device_id == server.id:
            port.device_id = ""
    server.plugged = False


def _to_error(server: SimServer, fault: str) -> None:
    server.status, server.task_state, server.fault, server.steps = "ERROR", "", fault, ()


_EFFECTS: dict[Effect, Callable[[Contents, Hosts, SimServer, Step], None]] = {
    Effect.PLACE: _place,
    Effect.PLUG: _plug,
    Effect.UP: _up,
    Effect.DOWN: _down,
    Effect.FAIL: _fail,
    Effect.GONE: _gone,
    **journeys.EFFECTS,
    **evacuations.EFFECTS,
}


def building(now: float, seconds: float) -> list[Step]:
    """From a request to ACTIVE."""
    return [
        Step(now + 0.1 * seconds, "BUILD", "networking", Effect.PLACE),
        Step(now + 0.3 * seconds, "BUILD", "spawning", Effect.PLUG),
        Step(now + seconds, "ACTIVE", "", Effect.UP),
    ]


def deleting(now: float, seconds: float, status: str) -> list[Step]:
    """Nova shows a server as DELETED for a moment before it shows it no longer (seen on Nova 33)."""
    return [
        Step(now, status, "deleting"),
        Step(now + 0.8 * seconds, "DELETED", "", Effect.DOWN),
        Step(now + seconds, "DELETED", "", Effect.GONE),
    ]


def rebuilding(now: float, seconds: float, *, running: bool) -> list[Step]:
    """A server that was shut off is so again in the end."""
    steps = [
        Step(now, "REBUILD", "rebuilding", Effect.DOWN),
        Step(now + 0.2 * seconds, "REBUILD", "rebuild_spawning"),
        Step(now + seconds, "ACTIVE", "" if running else "powering-off", Effect.UP),
    ]
    return steps if running else [*steps, Step(now + seconds + 0.5, "SHUTOFF", "", Effect.DOWN)]
