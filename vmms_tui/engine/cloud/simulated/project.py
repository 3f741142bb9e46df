"""One simulated project, as the cloud port sees it."""

from vmms_tui.engine.cloud.facts import Identity
from vmms_tui.engine.cloud.simulated.agents import Agents
from vmms_tui.engine.cloud.simulated.compute import Compute
from vmms_tui.engine.cloud.simulated.compute_hosts import ComputeHosts
from vmms_tui.engine.cloud.simulated.evacuating import Evacuating
from vmms_tui.engine.cloud.simulated.mending import Mending
from vmms_tui.engine.cloud.simulated.orders import Orders
from vmms_tui.engine.cloud.simulated.placing import Placing
from vmms_tui.engine.cloud.simulated.storage import Storage


class SimulatedProject(Compute, ComputeHosts, Orders, Evacuating, Mending, Placing, Storage, Agents):
    """The `Cloud` of one project."""

    async def check(self) -> Identity:
        """See Cloud."""
        async with self._call("check") as project:
            return Identity(user="simulated", project=project.name, microversion="2.96", region="RegionOne")
