"""The simulated cloud's part in mending servers: who did what to one, its state reset; and servers that fall ill."""

from enum import StrEnum

from vmms_tui.engine.cloud.facts import FloatingIP, ServerAction
from vmms_tui.engine.cloud.simulated import shown
from vmms_tui.engine.cloud.simulated.compute import admins_only
from vmms_tui.engine.cloud.simulated.network import Networking
from vmms_tui.engine.cloud.simulated.world import World


class Illness(StrEnum):
    """What can befall a server without anybody's order."""

    ERROR = "error"
    OFF = "off"
    """Its guest shut itself off; Nova notices, and notes a stop by nobody."""
    PAUSED = "paused"
    """Its hypervisor holds it, for want of room on its disk, say; Nova still says ACTIVE."""
    STUCK = "stuck"
    """A task of Nova's that never ends."""


class Mending(Networking):
    """Actions, resets, and descriptions of floating IPs."""

    async def server_actions(self, server_id: str) -> tuple[ServerAction, ...]:
        """See Cloud."""
        async with self._call("server_actions", server_id):
            server = self._server(server_id)
            done = [ServerAction(name=one.name, user=one.user, at=shown.instant(one.at)) for one in server.actions]
            moves = (
                one
                for one in self._world.contents.moves.values()
                if one.server_id == server.id and one.kind in shown.ORDERS
            )
            done += [shown.move_action(one) for one in moves]
            done.sort(key=lambda one: one.at.timestamp() if one.at else 0.0)
            return tuple(reversed(done))

    async def reset_state(self, server_id: str) -> None:
        """See Cloud."""
        async with self._call("reset_state", server_id, changes=True) as project:
            admins_only(project, "os-admin-actions:reset_state")
            server = self._server(server_id)
            server.status, server.task_state, server.fault, server.steps = "ACTIVE", "", "", ()
            server.updated = self._world.now()

    async def describe_floating_ip(self, floating_ip_id: str, description: str) -> FloatingIP:
        """See Cloud."""
        async with self._call("describe_floating_ip", floating_ip_id, changes=True):
            ip = self._floating_ip(floating_ip_id)
            ip.description = description
            return shown.floating_ip(ip)


def fall_ill(world: World, server_id: str, how: Illness, *, text: str = "") -> bool:
    """Let a server that runs fall ill now. False: it does not run, and stays as it is."""
    world.settle()
    server = world.contents.servers.get(server_id)
    if server is None or server.deleted is not None or server.status != "ACTIVE" or server.task_state:
        return False
    now = world.now()
    server.steps, server.updated = [], now
    match how:
        case Illness.ERROR:
            server.status, server.fault, server.halted = "ERROR", text or "Its guest is lost.", now
        case Illness.OFF:
            server.status, server.halted = "SHUTOFF", now
            server.note("stop", "", now)
        case Illness.PAUSED:
            server.paused = True
        case Illness.STUCK:
            server.task_state = "powering-off"
    world.save()
    return True
