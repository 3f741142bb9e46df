"""Addresses of all subnets: which are given out, to what."""

from ipaddress import IPv4Address

from vmms_tui.engine.cloud.errors import QuotaExceeded
from vmms_tui.engine.cloud.simulated.records import Contents, SimNetwork, SimServer


class Addresses:
    """No two networks share an address here."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._holders: dict[str, str] = {}
        self._holders.update({port.address: port.id for port in contents.ports.values()})
        self._holders.update({ip.address: ip.id for ip in contents.floating_ips.values()})

    def give(self, network: SimNetwork) -> str:
        """The next free address of a network, in a circle. Raises QuotaExceeded when there is none, as the adapter."""
        first = int(IPv4Address(network.first))
        size = int(IPv4Address(network.last)) - first + 1
        for ahead in range(size):
            place = (network.cursor + ahead) % size
            address = str(IPv4Address(first + place))
            if address not in self._holders:
                network.cursor = (place + 1) % size
                return address
        raise QuotaExceeded(f"No more IP addresses available on network {network.id}.")

    def note(self, address: str, holder_id: str) -> None:
        """A port or a floating IP has it now."""
        self._holders[address] = holder_id

    def take_back(self, address: str) -> None:
        """It is free again."""
        del self._holders[address]

    def server_at(self, address: str) -> SimServer | None:
        """The server that a fixed or floating address leads to."""
        holder = self._holders.get(address, "")
        floating = self._contents.floating_ips.get(holder)
        if floating and floating.dead:
            return None
        port = self._contents.ports.get(floating.port_id if floating else holder)
        return self._contents.servers.get(port.device_id) if port else None
