"""Neutron, simulated (https://docs.openstack.org/api-ref/network/v2/)."""

from vmms_tui.engine.cloud.errors import AccessDenied, BadRequest, Conflict, NotFound
from vmms_tui.engine.cloud.facts import AddressUse, FloatingIP, Network, Port, Subnet
from vmms_tui.engine.cloud.simulated import limits, shown
from vmms_tui.engine.cloud.simulated.part import Part, named
from vmms_tui.engine.cloud.simulated.records import Project, SimFloatingIP, SimNetwork, SimPort


class Networking(Part):
    """Networks, security groups, ports, floating IPs."""

    async def networks(self) -> tuple[Network, ...]:
        """See Cloud."""
        async with self._call("networks") as project:
            known = self._world.contents.networks.values()
            return tuple(shown.network(one, admin=project.admin) for one in known)

    async def subnets(self) -> tuple[Subnet, ...]:
        """See Cloud."""
        async with self._call("subnets"):
            contents = self._world.contents
            return tuple(shown.subnet(contents.seed, one) for one in contents.networks.values())

    async def address_use(self) -> tuple[AddressUse, ...]:
        """See Cloud."""
        async with self._call("address_use") as project:
            if not project.admin:
                raise AccessDenied("rule:get_network_ip_availability is disallowed by policy")
            contents = self._world.contents
            return tuple(shown.address_use(contents, one) for one in contents.networks.values())

    async def security_groups(self) -> tuple[str, ...]:
        """See Cloud."""
        async with self._call("security_groups") as project:
            return tuple(project.security_groups)

    async def create_port(
        self, network: str, *, name: str, description: str, security_groups: tuple[str, ...] = ()
    ) -> Port:
        """See Cloud."""
        async with self._call("create_port", network, name, changes=True) as project:
            found = self._network(network)
            for group in security_groups:
                if group not in project.security_groups:
                    raise NotFound(f"There is no security group {group!r}.")
            limits.check_count("port", self._ports, project.ports)
            port = SimPort(
                id=self._world.new_id(),
                name=name,
                project=project.name,
                network_id=found.id,
                address=self._world.addresses.give(found),
                description=description,
                security_groups=security_groups or ("default",),
                created=self._world.now(),
            )
            self._world.contents.ports[port.id] = port
            self._world.addresses.note(port.address, port.id)
            return self._shown(port, project)

    async def list_ports(self, name: str = "", *, device_id: str = "") -> tuple[Port, ...]:
        """See Cloud."""
        async with self._call("list_ports", name, device_id) as project:
            wanted = (one for one in self._ports() if name in {"", one.name} and device_id in {"", one.device_id})
            return tuple(self._shown(one, project) for one in wanted)

    async def get_port(self, port_id: str) -> Port:
        """See Cloud."""
        async with self._call("get_port", port_id) as project:
            return self._shown(self._port(port_id), project)

    async def delete_port(self, port_id: str) -> None:
        """See Cloud. Its server loses it, its floating IP is free."""
        async with self._call("delete_port", port_id, changes=True):
            port = self._port(port_id)
            if port.floating_ip_id:
                self._free(self._world.contents.floating_ips[port.floating_ip_id])
            server = self._world.contents.servers.get(port.device_id)
            if server:
                server.port_ids = tuple(known for known in server.port_ids if known != port_id)
            self._world.addresses.take_back(port.address)
            del self._world.contents.ports[port_id]

    async def create_floating_ip(self, network: str, *, description: str, port_id: str = "") -> FloatingIP:
        """See Cloud."""
        async with self._call("create_floating_ip", network, description, changes=True) as project:
            found = self._network(network)
            if not found.external:
                raise BadRequest(f"Bad floatingip request: Network {found.id} is not a valid external network.")
            limits.check_count("floatingip", self._floating_ips, project.floating_ips)
            port = self._free_port(port_id) if port_id else None
            ip = SimFloatingIP(
                id=self._world.new_id(),
                project=project.name,
                address=self._world.addresses.give(found),
                network_id=found.id,
                description=description,
                created=self._world.now(),
            )
            self._world.contents.floating_ips[ip.id] = ip
            self._world.addresses.note(ip.address, ip.id)
            if port:
                ip.port_id, port.floating_ip_id = port.id, ip.id
            return shown.floating_ip(ip)

    async def list_floating_ips(self, description: str = "", *, port_id: str = "") -> tuple[FloatingIP, ...]:
        """See Cloud."""
        async with self._call("list_floating_ips", description, port_id):
            found = (one for one in self._floating_ips() if description in {"", one.description})
            return tuple(shown.floating_ip(one) for one in found if port_id in {"", one.port_id})

    async def get_floating_ip(self, floating_ip_id: str) -> FloatingIP:
        """See Cloud."""
        async with self._call("get_floating_ip", floating_ip_id):
            return shown.floating_ip(self._floating_ip(floating_ip_id))

    async def associate_floating_ip(self, floating_ip_id: str, port_id: str) -> FloatingIP:
        """See Cloud."""
        async with self._call("associate_floating_ip", floating_ip_id, port_id, changes=True):
            ip = self._floating_ip(floating_ip_id)
            if port_id and port_id != ip.port_id:
                port = self._free_port(port_id)
                self._free(ip)
                ip.port_id, port.floating_ip_id, ip.dead = port.id, ip.id, False
            elif not port_id:
                self._free(ip)
            return shown.floating_ip(ip)

    async def delete_floating_ip(self, floating_ip_id: str) -> None:
        """See Cloud."""
        async with self._call("delete_floating_ip", floating_ip_id, changes=True):
            ip = self._floating_ip(floating_ip_id)
            self._free(ip)
            self._world.addresses.take_back(ip.address)
            del self._world.contents.floating_ips[ip.id]

    def _shown(self, port: SimPort, project: Project) -> Port:
        return shown.port(self._world.contents, port, admin=project.admin)

    def _free(self, ip: SimFloatingIP) -> None:
        port = self._world.contents.ports.get(ip.port_id)
        if port:
            port.floating_ip_id = ""
        ip.port_id = ""

    def _free_port(self, port_id: str) -> SimPort:
        port = self._port(port_id)
        if port.floating_ip_id:
            raise Conflict(
                f"Cannot associate a floating IP with port {port_id}, as that port already has the floating IP "
                f"{self._world.contents.floating_ips[port.floating_ip_id].address}."
            )
        return port

    def _network(self, wanted: str) -> SimNetwork:
        return named(self._world.contents.networks.values(), wanted, "network", NotFound)

    def _port(self, port_id: str) -> SimPort:
        return self._mine(self._world.contents.ports, port_id, "Port")

    def _floating_ip(self, floating_ip_id: str) -> SimFloatingIP:
        return self._mine(self._world.contents.floating_ips, floating_ip_id, "Floating IP")

    def _ports(self) -> list[SimPort]:
        return [one for one in self._world.contents.ports.values() if one.project == self._project_name]

    def _floating_ips(self) -> list[SimFloatingIP]:
        return [one for one in self._world.contents.floating_ips.values() if one.project == self._project_name]
