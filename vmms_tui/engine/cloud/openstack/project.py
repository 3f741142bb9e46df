"""One OpenStack project, as the cloud port sees it."""

from vmms_tui.engine.cloud.facts import Identity
from vmms_tui.engine.cloud.openstack.agents import Agents
from vmms_tui.engine.cloud.openstack.call import COMPUTE
from vmms_tui.engine.cloud.openstack.hosts import ComputeHosts
from vmms_tui.engine.cloud.openstack.mending import Mending
from vmms_tui.engine.cloud.openstack.moves import Moving
from vmms_tui.engine.cloud.openstack.placing import Placing
from vmms_tui.engine.cloud.openstack.storage import Storage


class OpenStackProject(Mending, ComputeHosts, Moving, Placing, Storage, Agents):
    """The `Cloud` of one project."""

    async def check(self) -> Identity:
        """See Cloud. Nova sees the token too, so one that was revoked is found out (and renewed)."""
        doing = "log in"
        await self._rest.get(COMPUTE, "/servers", len, doing=doing, params={"limit": "1"})
        return await self._rest.identity(doing)
