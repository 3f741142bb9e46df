"""What mending servers asks of Nova and Neutron beside the rest (docs.openstack.org/api-ref/compute, …/network/v2)."""

from vmms_tui.engine.cloud.facts import FloatingIP, ServerAction
from vmms_tui.engine.cloud.openstack import convert
from vmms_tui.engine.cloud.openstack.call import COMPUTE, NETWORK, Call
from vmms_tui.engine.cloud.openstack.compute import Compute
from vmms_tui.engine.cloud.openstack.network import Networking
from vmms_tui.engine.cloud.openstack.part import path


class Mending(Compute, Networking):
    """Actions, resets, and descriptions of floating IPs."""

    async def server_actions(self, server_id: str) -> tuple[ServerAction, ...]:
        """See Cloud. What Nova does of its own accord has no user: it notes a guest that shut itself off as a stop."""
        where = path("servers", server_id, "os-instance-actions")
        return await self._rest.get(COMPUTE, where, convert.actions, doing=f"read what was done to server {server_id}")

    async def reset_state(self, server_id: str) -> None:
        """See Cloud."""
        await self._order(server_id, {"os-resetState": {"state": "active"}}, "reset the state of")

    async def describe_floating_ip(self, floating_ip_id: str, description: str) -> FloatingIP:
        """See Cloud."""
        call = Call(
            service=NETWORK,
            method="PUT",
            path=path("floatingips", floating_ip_id),
            doing=f"describe floating IP {floating_ip_id}",
            body={"floatingip": {"description": description}},
        )
        return await self._rest.act(call, convert.floating_ip)
