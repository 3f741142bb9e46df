"""Compute hosts with finite room."""

from ipaddress import IPv4Address

from vmms_tui.engine.cloud.simulated.records import Contents, SimGroup, SimHost, SimServer
from vmms_tui.model.placing import SCOPE, matches

NO_VALID_HOST = "No valid host was found. There are not enough hosts available."


FIRST_ADDRESS = IPv4Address("10.64.0.11")
"""The others follow in the order of the hosts."""


class Hosts:
    """What is used on each host, and the choice of one for a server."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._hosts = contents.hosts
        self._addresses = {name: number for number, name in enumerate(contents.hosts)}
        self._used = {name: [0, 0, 0] for name in contents.hosts}
        self._number = dict.fromkeys(contents.hosts, 0)
        for server in contents.servers.values():
            for host in filter(None, (server.host, server.held_on)):
                self._count(server, host, 1)

    def is_down(self, name: str) -> bool:
        """Whether this is a host that does not answer."""
        return name in self._hosts and self._hosts[name].state != "up"

    def counts_as_up(self, name: str) -> bool:
        """Whether Nova says that it is up; unknown hosts are not."""
        return name in self._hosts and self._hosts[name].counts_as_up

    def guests_run(self, name: str) -> bool:
        """Whether what was on it still runs there, whatever Nova says."""
        return name in self._hosts and (self._hosts[name].state == "up" or self._hosts[name].alive)

    def guests_may_run(self, name: str) -> bool:
        """Whether what was on it runs, or may do so again at any moment: nobody may run it elsewhere meanwhile."""
        return name in self._hosts and self._hosts[name].powered

    def address(self, name: str) -> str:
        """Where it is managed: nobody answers there."""
        return str(FIRST_ADDRESS + self._addresses[name])

    def used(self, name: str) -> tuple[int, int, int]:
        """vCPUs, MiB of RAM and GiB of disk that its servers have."""
        vcpus, ram, disk = self._used[name]
        return vcpus, ram, disk

    def servers_on(self, name: str) -> int:
        """How many servers are there."""
        return self._number[name]

    def place(self, server: SimServer) -> bool:
        """Put the server on the working host with most free RAM, as Nova's weigher does; False: none has room."""
        chosen = self.fitting(server)
        if chosen:
            server.host = chosen
            self._count(server, chosen, 1)
        return bool(chosen)

    def fitting(self, server: SimServer, wanted: str = "") -> str:
        """The working host with most free RAM that can take it, or the one that is wanted; empty: there is none."""
        others = [host for host in self._hosts.values() if host.name != server.host and wanted in {"", host.name}]
        fitting = [host for host in others if self._fits(host, server)]
        return max(fitting, key=lambda host: host.ram_mib - self._used[host.name][1]).name if fitting else ""

    def hold(self, server: SimServer, host: str) -> None:
        """Keep room for it on a second host."""
        server.held_on = host
        self._count(server, host, 1)

    def let_go(self, server: SimServer) -> None:
        """Keep none there any more."""
        if server.held_on:
            self._count(server, server.held_on, -1)
            server.held_on = ""

    def change_over(self, server: SimServer) -> None:
        """Let it be on the second host; its room on the first is held."""
        server.host, server.held_on = server.held_on, server.host

    def leave(self, server: SimServer) -> None:
        """Free its room."""
        self.let_go(server)
        if server.host:
            self._count(server, server.host, -1)
            server.host = ""

    def _fits(self, host: SimHost, server: SimServer) -> bool:
        vcpus, ram, disk = self._used[host.name]
        return (
            host.counts_as_up
            and host.status == "enabled"
            and vcpus + server.vcpus <= host.vcpus
            and ram + server.ram_mib <= host.ram_mib
            and disk + server.disk_gib <= host.disk_gib
            and self._may_be_on(host.name, server)
        )

    def _may_be_on(self, host: str, server: SimServer) -> bool:
        """Whether zone, flavor and group allow it (Nova's scheduler: the filters of zones, aggregates and groups)."""
        contents = self._contents
        if not contents.aggregates and not contents.groups:
            return True
        aggregates = [one for one in contents.aggregates.values() if host in one.hosts]
        if server.zone and zone_of(contents, host) != server.zone:
            return False
        said = [pair for one in aggregates for pair in one.metadata.items()]
        flavor = next((one for one in contents.flavors.values() if one.name == server.flavor), None)
        for key, wanted in flavor.extra.items() if flavor is not None else ():
            name = key.removeprefix(SCOPE)
            if name != key and not any(matches(value, wanted) for known, value in said if known == name):
                return False
        return not any(self._breaks(group, host, server) for group in contents.groups.values())

    def _breaks(self, group: SimGroup, host: str, server: SimServer) -> bool:
        if server.id not in group.members:
            return False
        servers = (self._contents.servers.get(name) for name in group.members if name != server.id)
        others = [one.host for one in servers if one is not None and one.host and one.deleted is None]
        if group.policy == "affinity":
            return bool(others) and host not in others
        return group.policy == "anti-affinity" and others.count(host) >= group.most

    def _count(self, server: SimServer, host: str, sign: int) -> None:
        self._number[host] += sign
        used = self._used[host]
        for index, amount in enumerate((server.vcpus, server.ram_mib, server.disk_gib)):
            used[index] += sign * amount


ZONE = "availability_zone"
"""Under which name an aggregate says its zone."""


def zone_of(contents: Contents, host: str) -> str:
    """The zone of a host: its aggregate's, or Nova's own name for none."""
    zones = (one.metadata.get(ZONE, "") for one in contents.aggregates.values() if host in one.hosts)
    return next(filter(None, zones), "nova")
