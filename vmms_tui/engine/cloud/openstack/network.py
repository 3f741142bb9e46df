"""Neutron: networks, security groups, ports, floating IPs (https://docs.openstack.org/api-ref/network/v2/).

An administrator's lists hold every project's things, so each list asks for those of the project alone.
"""

from functools import partial

from vmms_tui.engine.cloud.facts import AddressUse, FloatingIP, Network, Port, Subnet
from vmms_tui.engine.cloud.openstack import convert
from vmms_tui.engine.cloud.openstack.call import NETWORK, Call
from vmms_tui.engine.cloud.openstack.part import Part, path

PAGE = "1000"
"""Ports or floating IPs asked for at a time."""

_call = partial(Call, service=NETWORK)


class Networking(Part):
    """The network calls of a project."""

    async def networks(self) -> tuple[Network, ...]:
        """See Cloud."""
        return await self._names.networks.fresh()

    async def subnets(self) -> tuple[Subnet, ...]:
        """See Cloud."""
        params = {"limit": PAGE}
        return await self._rest.pages(NETWORK, "/subnets", convert.subnets, doing="list subnets", params=params)

    async def address_use(self) -> tuple[AddressUse, ...]:
        """See Cloud."""
        doing = "count the addresses of networks"
        return await self._rest.get(NETWORK, "/network-ip-availabilities", convert.address_use, doing=doing)

    async def security_groups(self) -> tuple[str, ...]:
        """See Cloud."""
        return tuple(group.name or group.id for group in await self._names.security_groups.fresh())

    async def create_port(
        self, network: str, *, name: str, description: str, security_groups: tuple[str, ...] = ()
    ) -> Port:
        """See Cloud. No security groups: the project's default one."""
        network_id = await self._names.networks.id_of(network)
        body: dict[str, object] = {"network_id": network_id, "name": name, "description": description}
        if security_groups:
            body["security_groups"] = [await self._names.security_groups.id_of(group) for group in security_groups]
        doing = f"create a port on network {network!r}"
        return await self._rest.act(_call(method="POST", path="/ports", doing=doing, body={"port": body}), convert.port)

    async def list_ports(self, name: str = "", *, device_id: str = "") -> tuple[Port, ...]:
        """See Cloud."""
        params = await self._own("list ports", {"name": name, "device_id": device_id})
        rows = await self._rest.pages(NETWORK, "/ports", convert.ports, doing="list ports", params=params)
        wanted = (row for row in rows if name in {"", row.name} and device_id in {"", row.device_id})
        return tuple({row.id: row for row in wanted}.values())

    async def get_port(self, port_id: str) -> Port:
        """See Cloud."""
        return await self._rest.get(NETWORK, path("ports", port_id), convert.port, doing=f"look at port {port_id}")

    async def delete_port(self, port_id: str) -> None:
        """See Cloud."""
        await self._rest.do(_call(method="DELETE", path=path("ports", port_id), doing=f"delete port {port_id}"))

    async def create_floating_ip(self, network: str, *, description: str, port_id: str = "") -> FloatingIP:
        """See Cloud. Raises NotFound, QuotaExceeded (also when the network has no address left), Conflict."""
        network_id = await self._names.networks.id_of(network)
        body = {"floating_network_id": network_id, "description": description}
        if port_id:
            body["port_id"] = port_id
        doing = f"create a floating IP of network {network!r}"
        call = _call(method="POST", path="/floatingips", doing=doing, body={"floatingip": body})
        return await self._rest.act(call, convert.floating_ip)

    async def list_floating_ips(self, description: str = "", *, port_id: str = "") -> tuple[FloatingIP, ...]:
        """See Cloud."""
        doing = "list floating IPs"
        params = await self._own(doing, {"description": description, "port_id": port_id})
        rows = await self._rest.pages(NETWORK, "/floatingips", convert.floating_ips, doing=doing, params=params)
        wanted = (row for row in rows if description in {"", row.description} and port_id in {"", row.port_id})
        return tuple({row.id: row for row in wanted}.values())

    async def get_floating_ip(self, floating_ip_id: str) -> FloatingIP:
        """See Cloud."""
        doing = f"look at floating IP {floating_ip_id}"
        where = path("floatingips", floating_ip_id)
        return await self._rest.get(NETWORK, where, convert.floating_ip, doing=doing)

    async def associate_floating_ip(self, floating_ip_id: str, port_id: str) -> FloatingIP:
        """See Cloud."""
        call = _call(
            method="PUT",
            path=path("floatingips", floating_ip_id),
            doing=f"associate floating IP {floating_ip_id}" if port_id else f"free floating IP {floating_ip_id}",
            body={"floatingip": {"port_id": port_id or None}},
        )
        return await self._rest.act(call, convert.floating_ip)

    async def delete_floating_ip(self, floating_ip_id: str) -> None:
        """See Cloud."""
        doing = f"delete floating IP {floating_ip_id}"
        await self._rest.do(_call(method="DELETE", path=path("floatingips", floating_ip_id), doing=doing))

    async def _own(self, doing: str, params: dict[str, str]) -> dict[str, str]:
        given = {name: value for name, value in params.items() if value}
        return {"project_id": await self._rest.project_id(doing), "limit": PAGE, **given}
