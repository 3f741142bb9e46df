"""Nova, simulated: aggregates, server groups, and why a move failed (https://docs.openstack.org/api-ref/compute/)."""

from vmms_tui.engine.cloud.errors import NotFound
from vmms_tui.engine.cloud.moves import COLD, LIVE
from vmms_tui.engine.cloud.placing import ActionEvent, Aggregate, ServerGroup
from vmms_tui.engine.cloud.simulated import shown
from vmms_tui.engine.cloud.simulated.compute import admins_only
from vmms_tui.engine.cloud.simulated.part import Part

EVENTS = {LIVE: "conductor_live_migrate_instance", COLD: "cold_migrate"}
"""Which part of Nova chooses the host of a move."""


class Placing(Part):
    """What ties servers to hosts."""

    async def aggregates(self) -> tuple[Aggregate, ...]:
        """See Cloud."""
        async with self._call("aggregates") as project:
            admins_only(project, "os-aggregates:index")
            return tuple(
                Aggregate(name=one.name, hosts=tuple(one.hosts), metadata=dict(one.metadata))
                for one in self._world.contents.aggregates.values()
            )

    async def server_groups(self) -> tuple[ServerGroup, ...]:
        """See Cloud."""
        async with self._call("server_groups") as project:
            groups = self._world.contents.groups.values()
            return tuple(
                ServerGroup(id=one.id, name=one.name, policy=one.policy, most=one.most, members=tuple(one.members))
                for one in groups
                if project.admin or one.project == project.name
            )

    async def action_events(self, server_id: str, request_id: str) -> tuple[ActionEvent, ...]:
        """See Cloud. Of moves alone: of nothing else anybody asks why."""
        async with self._call("action_events", server_id, request_id):
            server = self._server(server_id)
            move = self._world.contents.moves.get(request_id.removeprefix(shown.REQUEST))
            if move is None or move.server_id != server.id:
                raise NotFound(f"Action for request_id {request_id} on instance {server_id} not found.")
            failed = bool(move.why)
            name, at = EVENTS.get(move.kind, move.kind), shown.instant(move.updated)
            return (ActionEvent(name=name, failed=failed, why=move.why, at=at),)
