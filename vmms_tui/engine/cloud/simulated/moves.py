"""Nova, simulated: servers that move between hosts (https://docs.openstack.org/api-ref/compute/, migrations)."""

from vmms_tui.engine.cloud.errors import BadRequest, Conflict, NotFound
from vmms_tui.engine.cloud.moves import COLD, LIVE, MoveRecord, MoveUnderWay
from vmms_tui.engine.cloud.simulated import faults, journeys, shown
from vmms_tui.engine.cloud.simulated.compute import admins_only
from vmms_tui.engine.cloud.simulated.part import Part
from vmms_tui.engine.cloud.simulated.records import Effect, SimMove, SimServer, Step

STARTING = 1.0
"""Seconds from an order to the beginning of the copying."""
CONFIRMING = 0.5
ABORTING = 0.5
ABORTABLE = ("queued", "preparing", "running")
FORCING = 0.5
"""Seconds that the rest of a migration takes while its server is held."""


class Moving(Part):
    """Live and cold migration, and what is told of them."""

    async def live_migrate(self, server_id: str, host: str = "") -> None:
        """See Cloud. Since 2.34 Nova answers before it has looked at hosts: what it finds stands in the record."""
        async with self._call("live_migrate", server_id, host, changes=True) as project:
            admins_only(project, "os-migrate-server:migrate_live")
            server = self._movable(server_id, "os-migrateLive", "ACTIVE", "PAUSED")
            self._known(host)
            if self._world.hosts.is_down(server.host):
                raise BadRequest(f"Compute service of {server.host} is unavailable at this time.")
            move = self._begun(server, LIVE, host)
            self._world.schedule(server, self._steps_of_live(server, move))

    async def cold_migrate(self, server_id: str, host: str = "") -> None:
        """See Cloud."""
        async with self._call("cold_migrate", server_id, host, changes=True) as project:
            admins_only(project, "os-migrate-server:migrate")
            server = self._movable(server_id, "migrate", "ACTIVE", "SHUTOFF")
            self._known(host)
            if host == server.host:
                raise BadRequest(f"The host {host} is the one that the server is on.")
            about, running = (server.id, server.name, server.host, host), server.status == "ACTIVE"
            move = self._begun(server, COLD, host)
            seconds = self._world.seconds(self._world.settings.cold_moving, server.id, move.id)
            steps = journeys.cold(self._world.now(), seconds, running=running)
            if failure := self._take(faults.COLD_MOVE_FAILS, about):
                steps[3:] = [Step(steps[3].at, "ERROR", "", Effect.FAIL, failure.text)]
            self._no_host(steps, about)
            self._world.schedule(server, steps)

    async def confirm_move(self, server_id: str) -> None:
        """See Cloud."""
        async with self._call("confirm_move", server_id, changes=True):
            server, move = self._waiting(server_id, "confirmResize")
            move.status = "confirming"
            step = Step(self._world.now() + CONFIRMING, move.was, "", Effect.CONFIRM)
            self._world.schedule(server, [step])

    async def revert_move(self, server_id: str) -> None:
        """See Cloud."""
        async with self._call("revert_move", server_id, changes=True):
            server, move = self._waiting(server_id, "revertResize")
            now = self._world.now()
            seconds = self._world.seconds(self._world.settings.cold_moving, server.id, move.id, "back")
            self._world.schedule(server, journeys.reverting(now, seconds, running=server.running))

    async def moves_under_way(self, server_id: str) -> tuple[MoveUnderWay, ...]:
        """See Cloud."""
        async with self._call("moves_under_way", server_id) as project:
            admins_only(project, "servers:migrations:index")
            server = self._server(server_id)
            move = journeys.of_server(self._world.contents, server)
            if move is None or move.kind != LIVE:
                return ()
            return (shown.move_under_way(move, server, self._world.now()),)

    async def move_records(self, server_id: str) -> tuple[MoveRecord, ...]:
        """See Cloud."""
        async with self._call("move_records", server_id) as project:
            admins_only(project, "os-migrations:index")
            moves = (one for one in self._world.contents.moves.values() if one.server_id == server_id)
            return tuple(shown.move_record(one) for one in reversed(list(moves)))

    async def abort_move(self, server_id: str, move_id: int) -> None:
        """See Cloud."""
        async with self._call("abort_move", server_id, changes=True) as project:
            admins_only(project, "servers:migrations:delete")
            server, move = self._under_way(server_id, "abort live migration", move_id, *ABORTABLE)
            move.aborted = True
            self._world.schedule(server, [Step(self._world.now() + ABORTING, "", "", Effect.STAY, "cancelled")])

    async def force_move(self, server_id: str, move_id: int) -> None:
        """See Cloud."""
        async with self._call("force_move", server_id, changes=True) as project:
            admins_only(project, "servers:migrations:force_complete")
            server, _ = self._under_way(server_id, "force_complete", move_id, "running")
            self._world.schedule(server, [Step(self._world.now() + FORCING, "ACTIVE", "", Effect.ARRIVE)])

    def _steps_of_live(self, server: SimServer, move: SimMove) -> list[Step]:
        about = (server.id, server.name, server.host, move.wanted)
        steps = journeys.live(self._world.now(), move.seconds, STARTING)
        if failure := self._take(faults.MOVE_FAILS, about):
            steps[-1] = Step(steps[-1].at, "", "", Effect.STAY, failure.text)
        elif self._take(faults.MOVE_STICKS, about):
            move.dirty = journeys.STUCK
            del steps[-1]
        if failure := self._take(faults.MOVE_CHECK_FAILS, about):
            steps[2:] = [Step(steps[2].at, "", "", Effect.STAY, failure.text)]
        self._no_host(steps, about)
        return steps

    def _no_host(self, steps: list[Step], about: tuple[str, ...]) -> None:
        if failure := self._take(faults.NO_HOST, about):
            steps[1].text = failure.text

    def _begun(self, server: SimServer, kind: str, host: str) -> SimMove:
        world = self._world
        world.contents.moves_made += 1
        number = world.contents.moves_made
        move = SimMove(
            id=str(number),
            server_id=server.id,
            kind=kind,
            status="queued" if kind == LIVE else "pre-migrating",
            was=server.status,
            source=server.host,
            wanted=host,
            created=world.now(),
            updated=world.now(),
            seconds=world.seconds(world.settings.moving, server.id, number),
            dirty=world.settings.dirty,
            with_disk=not world.settings.shared_storage,
        )
        world.contents.moves[move.id] = move
        server.move_id = move.id
        return move

    def _movable(self, server_id: str, verb: str, *statuses: str) -> SimServer:
        server = self._server(server_id)
        if server.status not in statuses or server.task_state or not server.host:
            state = f"task_state {server.task_state}" if server.task_state else f"vm_state {server.status.lower()}"
            raise Conflict(f"Cannot '{verb}' instance {server_id} while it is in {state}.")
        return server

    def _known(self, host: str) -> None:
        if host and host not in self._world.contents.hosts:
            raise BadRequest(f"Compute host {host} could not be found.")

    def _waiting(self, server_id: str, verb: str) -> tuple[SimServer, SimMove]:
        server = self._server(server_id)
        move = journeys.of_server(self._world.contents, server)
        if server.status == "VERIFY_RESIZE" and move is not None and move.status != "finished":
            raise BadRequest("Instance has not been resized.")
        if server.status != "VERIFY_RESIZE" or move is None:
            raise Conflict(f"Cannot '{verb}' instance {server_id} while it is in vm_state {server.status.lower()}.")
        return server, move

    def _under_way(self, server_id: str, verb: str, move_id: int, *statuses: str) -> tuple[SimServer, SimMove]:
        server = self._server(server_id)
        move = journeys.of_server(self._world.contents, server)
        if server.status != "MIGRATING":
            raise Conflict(f"Instance {server_id} is in an invalid state for '{verb}'.")
        known = self._world.contents.moves.get(str(move_id))
        if known is None or known.server_id != server_id:
            raise NotFound(f"Migration {move_id} not found for instance {server_id}.")
        if move is not known or move.aborted or move.status not in statuses:
            raise BadRequest(f"Migration {move_id} state of instance {server_id} is {known.status}.")
        return server, known

    def _take(self, kind: str, about: tuple[str, ...]) -> faults.Fault | None:
        return self._world.faults.take(kind, self._project_name, about)
