"""Nova, simulated: what is done to compute hosts (https://docs.openstack.org/api-ref/compute/, os-services)."""

from vmms_tui.engine.cloud.errors import BadRequest, NotFound
from vmms_tui.engine.cloud.simulated.compute import admins_only
from vmms_tui.engine.cloud.simulated.part import Part
from vmms_tui.engine.cloud.simulated.records import SimHost

LONGEST_REASON = 255


class ComputeHosts(Part):
    """Closing and opening hosts."""

    async def disable_host(self, host: str, reason: str) -> None:
        """See Cloud."""
        async with self._call("disable_host", host, changes=True) as project:
            admins_only(project, "os-services:update")
            one = self._host(host)
            if not 1 <= len(reason) <= LONGEST_REASON:
                raise BadRequest(f"Invalid input for field/attribute disabled_reason. Value: {reason!r}.")
            one.status, one.disabled_reason = "disabled", reason

    async def enable_host(self, host: str) -> None:
        """See Cloud."""
        async with self._call("enable_host", host, changes=True) as project:
            admins_only(project, "os-services:update")
            one = self._host(host)
            one.status, one.disabled_reason = "enabled", ""

    async def force_down(self, host: str, *, down: bool) -> None:
        """See Cloud."""
        async with self._call("force_down", host, changes=True) as project:
            admins_only(project, "os-services:update")
            one = self._host(host)
            one.forced_down = down
            if one.state == "up":
                one.down_since = self._world.now()

    def _host(self, name: str) -> SimHost:
        host = self._world.contents.hosts.get(name)
        if host is None:
            raise NotFound(f"Could not find host {name!r}: it has no nova-compute service.")
        return host
