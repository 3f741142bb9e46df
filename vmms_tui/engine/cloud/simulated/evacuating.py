"""Nova, simulated: evacuation (https://docs.openstack.org/api-ref/compute/, evacuate)."""

from vmms_tui.engine.cloud.errors import BadRequest
from vmms_tui.engine.cloud.moves import EVACUATION
from vmms_tui.engine.cloud.simulated import evacuations, faults
from vmms_tui.engine.cloud.simulated.compute import admins_only
from vmms_tui.engine.cloud.simulated.moves import Moving
from vmms_tui.engine.cloud.simulated.records import Effect, Step


class Evacuating(Moving):
    """Evacuation, beside the moves of servers whose host is alive."""

    async def evacuate(self, server_id: str, host: str = "") -> None:
        """See Cloud."""
        async with self._call("evacuate", server_id, host, changes=True) as project:
            admins_only(project, "os-evacuate")
            server = self._movable(server_id, "evacuate", "ACTIVE", "SHUTOFF", "ERROR")
            self._known(host)
            if self._world.hosts.counts_as_up(server.host):
                raise BadRequest(f"Compute service of {server.host} is still in use.")
            if host == server.host:
                raise BadRequest(f"The host {host} is the one that the server is on.")
            about = (server.id, server.name, server.host)
            move = self._begun(server, EVACUATION, host)
            move.status, move.dead_address = "accepted", self._take(faults.ADDRESS_LOST, about) is not None
            move.ran_on = server.running and self._world.hosts.guests_may_run(server.host)
            seconds = self._world.seconds(self._world.settings.evacuating, server.id, move.id)
            off = server.status == "SHUTOFF" or self._take(faults.EVACUATION_LEAVES_OFF, about) is not None
            steps = evacuations.steps(self._world.now(), seconds, running=not off)
            if failure := self._take(faults.EVACUATION_FAILS, about):
                steps[2:] = [Step(steps[-1].at, "ERROR", "", Effect.FAIL, failure.text)]
            if failure := self._take(faults.NO_HOST, about):
                steps[1].text = failure.text
            self._world.schedule(server, steps)
