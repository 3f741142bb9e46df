"""What is on hosts, simulated: servers of all projects, and an agent and a volume service on each."""

from vmms_tui.engine.cloud.errors import AccessDenied
from vmms_tui.engine.cloud.facts import Agent
from vmms_tui.engine.cloud.simulated.part import Part
from vmms_tui.engine.cloud.simulated.records import Project


class Agents(Part):
    """They live as long as their host does, whatever Nova makes of it."""

    async def servers_on(self, host: str) -> tuple[str, ...]:
        """See Cloud."""
        async with self._call("servers_on", host) as project:
            if not project.admin:
                raise AccessDenied("Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.")
            servers = self._world.contents.servers.values()
            return tuple(one.id for one in servers if one.host == host and one.deleted is None)

    async def network_agents(self) -> tuple[Agent, ...]:
        """See Cloud."""
        async with self._call("network_agents") as project:
            return self._agents(project, "Open vSwitch agent", "rule:get_agent is disallowed by policy")

    async def volume_services(self) -> tuple[Agent, ...]:
        """See Cloud."""
        async with self._call("volume_services") as project:
            denied = "Policy doesn't allow volume_extension:services:index to be performed."
            return self._agents(project, "cinder-volume lvm", denied)

    def _agents(self, project: Project, name: str, denied: str) -> tuple[Agent, ...]:
        if not project.admin:
            raise AccessDenied(denied)
        return tuple(
            Agent(host=one.name, name=name, alive=one.state == "up" and name not in one.dead_agents)
            for one in self._world.contents.hosts.values()
        )
