"""Servers for tests of the simulated cloud."""

from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.facts import CloudServer, NewServer
from vmms_tui.engine.cloud.port import Cloud


def new_server(name: str, *port_ids: str, flavor: str = "m1.small", image: str = "debian-13") -> NewServer:
    return NewServer(name=name, flavor=flavor, image=image, port_ids=port_ids)


async def boot(cloud: Cloud, name: str, *, ports: int = 0) -> CloudServer:
    """A server just asked for, with ports of its own."""
    made = [await cloud.create_port("private", name=f"{name}-{number}", description="") for number in range(ports)]
    return await cloud.create_server(new_server(name, *(port.id for port in made)))


async def active(clock: SimulatedClock, cloud: Cloud, name: str, *, ports: int = 0) -> CloudServer:
    """A server that is up."""
    server = await boot(cloud, name, ports=ports)
    clock.advance(10)
    shown = await cloud.get_server(server.id)
    assert shown.status == "ACTIVE"
    return shown
