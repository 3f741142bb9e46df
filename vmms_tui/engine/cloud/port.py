"""The cloud port: every call that VMMS makes to a cloud. Adapters raise only what `errors` names."""

from datetime import datetime
from typing import Protocol

from vmms_tui.engine.cloud.facts import (
    AddressUse,
    Agent,
    CloudServer,
    ComputeService,
    Flavor,
    FloatingIP,
    Hypervisor,
    Identity,
    Image,
    Listing,
    Network,
    NewServer,
    Port,
    Quota,
    ServerAction,
    Subnet,
    Volume,
)
from vmms_tui.engine.cloud.moves import Moves
from vmms_tui.engine.cloud.placing import Places
from vmms_tui.model.inspection import CallsOfKind


class Cloud(Moves, Places, Protocol):
    """One OpenStack project. Times out by itself; never blocks the event loop."""

    async def check(self) -> Identity:
        """Log in and say who we are. Raises AccessDenied, Unreachable."""
        ...

    async def flavors(self) -> tuple[Flavor, ...]:
        """All flavors we may use."""
        ...

    async def images(self) -> tuple[Image, ...]:
        """All images we may use."""
        ...

    async def networks(self) -> tuple[Network, ...]:
        """All networks we may see."""
        ...

    async def subnets(self) -> tuple[Subnet, ...]:
        """All subnets we may see."""
        ...

    async def address_use(self) -> tuple[AddressUse, ...]:
        """How full networks are, whoever uses them. A plain member is told nothing, or AccessDenied is raised.

        Raises NotFound where the cloud does not count them.
        """
        ...

    async def security_groups(self) -> tuple[str, ...]:
        """Names of the project's security groups."""
        ...

    async def quota(self) -> Quota:
        """Compute limits of the project, and what is used."""
        ...

    async def hypervisors(self) -> tuple[Hypervisor, ...]:
        """Compute hosts. Raises AccessDenied for a plain member."""
        ...

    async def compute_services(self) -> tuple[ComputeService, ...]:
        """The services of compute hosts, also of those that have no hypervisor yet. Raises AccessDenied as above."""
        ...

    async def servers_on(self, host: str) -> tuple[str, ...]:
        """Ids of the servers on a compute host, whosever they are; some of them, where there are many.

        Raises AccessDenied for a plain member.
        """
        ...

    async def network_agents(self) -> tuple[Agent, ...]:
        """Network agents, of whatever host. Raises AccessDenied as above, NotFound (this cloud has none)."""
        ...

    async def volume_services(self) -> tuple[Agent, ...]:
        """Services that hold volumes, by their hosts. Raises AccessDenied as above, NotFound (no volume service)."""
        ...

    async def disable_host(self, host: str, reason: str) -> None:
        """Let no new server come to a compute host; those that are there stay. `reason`: at most 255 characters.

        Raises AccessDenied for a plain member, NotFound (no such service), BadRequest.
        """
        ...

    async def force_down(self, host: str, *, down: bool) -> None:
        """Let a host count as down, whatever its service says, or no longer (compute API, `forced_down`).

        Whoever says so answers for it: its servers may be evacuated from then on. Raises AccessDenied, NotFound,
        BadRequest (this cloud is too old for it).
        """
        ...

    async def enable_host(self, host: str) -> None:
        """Let new servers come to a compute host again. Raises AccessDenied as above, NotFound."""
        ...

    async def list_servers(self, changes_since: datetime | None = None) -> Listing:
        """Every server of the project, or those changed since an instant (deleted ones with status DELETED)."""
        ...

    async def get_server(self, server_id: str) -> CloudServer:
        """One server. Raises NotFound."""
        ...

    async def find_servers(self, name: str) -> tuple[CloudServer, ...]:
        """Servers with exactly this name: how an interrupted create is found again."""
        ...

    async def create_server(self, new: NewServer) -> CloudServer:
        """Ask for a server; it starts in BUILD. Never repeated by the adapter.

        Raises QuotaExceeded, BadRequest (also for an image or flavor that does not exist), OutcomeUnknown.
        """
        ...

    async def delete_server(self, server_id: str) -> None:
        """Ask for its end. Raises NotFound when there is none, Conflict."""
        ...

    async def stop_server(self, server_id: str) -> None:
        """Ask for SHUTOFF. Raises NotFound, Conflict (it is not running)."""
        ...

    async def start_server(self, server_id: str) -> None:
        """Ask for ACTIVE. Raises NotFound, Conflict (it is not shut off)."""
        ...

    async def reboot_server(self, server_id: str, *, hard: bool) -> None:
        """Reboot. Raises NotFound, Conflict."""
        ...

    async def rebuild_server(self, server_id: str, image: str, *, user_data: bytes = b"") -> None:
        """Put an image on it anew, with its ports and id as they are; status REBUILD, then ACTIVE (or SHUTOFF)."""
        ...

    async def change_password(self, server_id: str, password: str) -> None:
        """Let the hypervisor set the administrator's password. Raises Conflict where it cannot."""
        ...

    async def set_metadata(self, server_id: str, values: dict[str, str]) -> None:
        """Set some keys and leave the others. Raises NotFound."""
        ...

    async def delete_metadata(self, server_id: str, key: str) -> None:
        """Remove a key; that it is not there is no error. Raises NotFound for the server."""
        ...

    async def show_server(self, server_id: str) -> dict[str, object]:
        """What the cloud itself says of a server, in its own fields (Nova, Show Server Details). Raises NotFound."""
        ...

    async def server_actions(self, server_id: str) -> tuple[ServerAction, ...]:
        """What was done to a server and by whom, the newest first. Raises NotFound, AccessDenied."""
        ...

    async def reset_state(self, server_id: str) -> None:
        """Let Nova call it ACTIVE, with no task, whatever it is. Raises AccessDenied for a plain member, NotFound."""
        ...

    async def console_log(self, server_id: str, lines: int = 200) -> str:
        """The last lines of the console; empty when there is none yet. Raises NotFound."""
        ...

    async def create_port(
        self, network: str, *, name: str, description: str, security_groups: tuple[str, ...] = ()
    ) -> Port:
        """A port on a network (name or id) for a server to come. Raises NotFound, QuotaExceeded."""
        ...

    async def list_ports(self, name: str = "", *, device_id: str = "") -> tuple[Port, ...]:
        """Ports of the project, or those with exactly this name, or those that this server uses."""
        ...

    async def get_port(self, port_id: str) -> Port:
        """One port. Raises NotFound."""
        ...

    async def delete_port(self, port_id: str) -> None:
        """Raises NotFound, Conflict."""
        ...

    async def create_floating_ip(self, network: str, *, description: str, port_id: str = "") -> FloatingIP:
        """A floating IP of an external network (name or id), at once on a port if one is given."""
        ...

    async def list_floating_ips(self, description: str = "", *, port_id: str = "") -> tuple[FloatingIP, ...]:
        """Floating IPs of the project, or those with exactly this description, or those on this port."""
        ...

    async def get_floating_ip(self, floating_ip_id: str) -> FloatingIP:
        """One floating IP. Raises NotFound."""
        ...

    async def associate_floating_ip(self, floating_ip_id: str, port_id: str) -> FloatingIP:
        """Put it on a port; an empty `port_id` frees it. Raises NotFound, Conflict."""
        ...

    async def describe_floating_ip(self, floating_ip_id: str, description: str) -> FloatingIP:
        """Give it another description. Raises NotFound."""
        ...

    async def delete_floating_ip(self, floating_ip_id: str) -> None:
        """Raises NotFound."""
        ...

    async def create_volume(
        self, name: str, size_gib: int, *, description: str = "", metadata: dict[str, str] | None = None
    ) -> Volume:
        """A volume; it starts in `creating`, with its metadata. Raises QuotaExceeded, BadRequest."""
        ...

    async def list_volumes(self) -> tuple[Volume, ...]:
        """Every volume of the project. Raises NotFound where the cloud has no volumes at all."""
        ...

    async def get_volume(self, volume_id: str) -> Volume:
        """One volume. Raises NotFound."""
        ...

    async def attach_volume(self, server_id: str, volume_id: str) -> None:
        """Raises NotFound, Conflict."""
        ...

    async def detach_volume(self, server_id: str, volume_id: str) -> None:
        """Raises NotFound, Conflict."""
        ...

    async def remove_attachment(self, volume_id: str, attachment_id: str) -> None:
        """Let a volume go of a server that is no longer there. Raises NotFound, Conflict (the server is there)."""
        ...

    async def delete_volume(self, volume_id: str) -> None:
        """Raises NotFound, Conflict (it is attached)."""
        ...


class CloudAccount(Protocol):
    """The cloud that the settings name, with a `Cloud` for each project in use."""

    name: str

    def project(self, name: str = "") -> Cloud:
        """The cloud as one project sees it; empty: the project of the credentials. Does no I/O."""
        ...

    def calls_last_minute(self) -> int:
        """API calls made in the last 60 seconds, over all projects."""
        ...

    def calls(self) -> tuple[CallsOfKind, ...]:
        """The same by service and kind, with how long they took and what failed; the busiest first."""
        ...

    def calls_made(self) -> dict[tuple[str, str], int]:
        """API calls made since the start, by service and kind."""
        ...

    async def close(self) -> None:
        """End connections and worker threads. Waits for calls that are under way, at most their time-out."""
        ...
