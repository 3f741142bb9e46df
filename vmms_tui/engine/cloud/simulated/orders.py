"""Nova, simulated: orders to servers that are there (https://docs.openstack.org/api-ref/compute/, server actions)."""

from vmms_tui.engine.cloud.errors import BadRequest, Conflict, NotFound
from vmms_tui.engine.cloud.simulated import faults, life, limits
from vmms_tui.engine.cloud.simulated.part import Part, named
from vmms_tui.engine.cloud.simulated.records import Effect, SimServer, Step
from vmms_tui.engine.cloud.simulated.shown import USER

TAGGABLE = frozenset({"ACTIVE", "SHUTOFF", "REBOOT", "HARD_REBOOT", "REBUILD", "MIGRATING", "RESIZE"})
"""Statuses in which Nova changes metadata, whatever is going on beside."""


class Orders(Part):
    """Power, rebuild, password, metadata."""

    async def stop_server(self, server_id: str) -> None:
        """See Cloud."""
        async with self._call("stop_server", server_id, changes=True):
            self._scheduled(server_id)
            server = self._in(server_id, "stop", "ACTIVE", "ERROR")
            now = self._world.now()
            end = now + self._world.seconds(self._world.settings.stopping, server.id, now)
            server.note("stop", USER, now)
            self._world.schedule(
                server, [Step(now, server.status, "powering-off"), Step(end, "SHUTOFF", "", Effect.DOWN)]
            )

    async def start_server(self, server_id: str) -> None:
        """See Cloud."""
        async with self._call("start_server", server_id, changes=True):
            self._scheduled(server_id)
            server = self._in(server_id, "start", "SHUTOFF")
            now = self._world.now()
            end = now + self._world.seconds(self._world.settings.starting, server.id, now)
            server.note("start", USER, now)
            self._mend(server, [Step(now, "SHUTOFF", "powering-on"), Step(end, "ACTIVE", "", Effect.UP)])

    async def reboot_server(self, server_id: str, *, hard: bool) -> None:
        """See Cloud. A hard reboot also starts a server that is off or in ERROR, and may be asked for again."""
        async with self._call("reboot_server", server_id, changes=True):
            server = self._server(server_id)
            if not (hard and server.task_state == "rebooting_hard"):
                self._in(server_id, "reboot", "ACTIVE", *(("SHUTOFF", "ERROR") if hard else ()))
            now = self._world.now()
            end = now + self._world.seconds(self._world.settings.rebooting, server.id, now)
            status, task = ("HARD_REBOOT", "rebooting_hard") if hard else ("REBOOT", "rebooting")
            server.note("reboot", USER, now)
            self._mend(server, [Step(now, status, task, Effect.DOWN), Step(end, "ACTIVE", "", Effect.UP)])

    async def rebuild_server(self, server_id: str, image: str, *, user_data: bytes = b"") -> None:
        """See Cloud."""
        async with self._call("rebuild_server", server_id, image, changes=True):
            found = named(self._world.contents.images.values(), image, "image", BadRequest)
            limits.check_user_data(user_data)
            server = self._in(server_id, "rebuild", "ACTIVE", "SHUTOFF", "ERROR")
            server.image_id = found.id
            server.disk += 1
            server.user_data = user_data or server.user_data
            now = self._world.now()
            seconds = self._world.seconds(self._world.settings.rebuilding, server.id, now)
            server.note("rebuild", USER, now)
            self._mend(server, life.rebuilding(now, seconds, running=server.status != "SHUTOFF"))

    async def change_password(self, server_id: str, password: str) -> None:
        """See Cloud. Nobody logs in here, so the password is not kept."""
        async with self._call("change_password", server_id):
            self._in(server_id, "change password", "ACTIVE")

    async def set_metadata(self, server_id: str, values: dict[str, str]) -> None:
        """See Cloud."""
        async with self._call("set_metadata", server_id, changes=True):
            server = self._taggable(server_id)
            together = {**server.metadata, **values}
            limits.check_metadata(together)
            server.metadata = together
            server.updated = self._world.now()

    async def delete_metadata(self, server_id: str, key: str) -> None:
        """See Cloud. Unlike setting, it is no change that `changes-since` tells (seen on Nova 33)."""
        async with self._call("delete_metadata", server_id, changes=True):
            self._taggable(server_id).metadata.pop(key, None)

    def _mend(self, server: SimServer, steps: list[Step]) -> None:
        """Let these steps come, or an ERROR at their end where a fault wants it."""
        fault = self._world.faults.take(faults.MEND_FAILS, self._project_name, (server.id, server.name))
        if fault:
            steps = [*steps[:-1], Step(steps[-1].at, "ERROR", "", Effect.FAIL, fault.text)]
        self._world.schedule(server, steps)

    def _taggable(self, server_id: str) -> SimServer:
        server = self._server(server_id)
        if server.status not in TAGGABLE:
            raise _wrong_state("update metadata of", server)
        return server

    def _scheduled(self, server_id: str) -> None:
        """Until the scheduler has found a host, Nova finds a server to show and to delete, but not to stop or start.

        Raises NotFound (seen on Nova 33).
        """
        if self._server(server_id).task_state == "scheduling":
            raise NotFound(f"Instance {server_id} could not be found.")

    def _in(self, server_id: str, verb: str, *statuses: str) -> SimServer:
        """The server, when it is in one of these and nothing is going on. Raises NotFound, Conflict."""
        server = self._server(server_id)
        if server.status not in statuses or server.task_state or not server.host:
            raise _wrong_state(verb, server)
        return server


def _wrong_state(verb: str, server: SimServer) -> Conflict:
    state = f"task_state {server.task_state}" if server.task_state else f"status {server.status}"
    return Conflict(f"Cannot '{verb}' instance {server.id} while it is in {state}.")
