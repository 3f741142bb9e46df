"""Other people's things in our project: nothing that VMMS does may touch them."""

from vmms_tui.engine.cloud.facts import FloatingIP, NewServer, Port
from vmms_tui.engine.cloud.port import Cloud

MARKS = ("", "vmms", "vmms test2 dev vm-00001", "vmms tes dev vm-00001", "VMMS test dev vm-00001")
"""Descriptions; those of our installation begin with `vmms test `."""


class Strangers:
    """Servers, ports and floating IPs, some with names and marks that look like ours."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._servers: dict[str, dict[str, str]] = {}
        self._ports: list[Port] = []
        self._addresses: list[FloatingIP] = []

    @classmethod
    async def settle(cls, cloud: Cloud) -> "Strangers":
        """Make them."""
        self = cls(cloud)
        for metadata in ({}, {"vmms_installation": "test2", "vmms_server": "vm-00001", "vmms_pool": "dev"}):
            made = await cloud.create_server(
                NewServer(name="vm-00001", flavor="m1.small", image="debian-13", port_ids=(), metadata=metadata)
            )
            self._servers[made.id] = metadata
        for mark in MARKS:
            self._ports.append(await cloud.create_port("private", name="vm-00001-0", description=mark))
        for mark in MARKS[:2]:
            self._addresses.append(await cloud.create_floating_ip("public", description=mark))
        return self

    async def check(self) -> None:
        """They are all as they were."""
        for server_id, metadata in self._servers.items():
            seen = await self._cloud.get_server(server_id)
            assert seen.status == "ACTIVE"
            assert seen.metadata == metadata
        for port in self._ports:
            assert (await self._cloud.get_port(port.id)).description == port.description
        for address in self._addresses:
            assert (await self._cloud.get_floating_ip(address.id)).description == address.description
