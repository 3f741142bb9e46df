"""JSON of Nova, Neutron, Glance and Cinder, typed: only the fields that are used, absent and null ones allowed.

What is only shown and never decided on may be anything at all (`Any`): an odd word in it must not hide a whole list.

Sources: https://docs.openstack.org/api-ref/compute/, …/network/v2/, …/image/v2/, …/block-storage/v3/.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import field


class Link(msgspec.Struct):
    """A link to the next page, among others."""

    rel: str = ""


class Address(msgspec.Struct):
    """Of a server. `kind` is `fixed` or `floating`."""

    addr: str
    kind: str | None = field(name="OS-EXT-IPS:type", default=None)


class Reference(msgspec.Struct):
    """The flavor, image or volume of a server; `original_name` only for a flavor from 2.47 on."""

    id: str = ""
    original_name: str = ""


class Fault(msgspec.Struct):
    """Why a server is in ERROR."""

    message: str | None = None


class Server(msgspec.Struct):
    """Nova leaves out nearly everything for a cell that is down (2.69)."""

    id: str
    name: str | None = None
    status: str | None = None
    task_state: str | None = field(name="OS-EXT-STS:task_state", default=None)
    power_state: Any = field(name="OS-EXT-STS:power_state", default=None)
    host: str | None = field(name="OS-EXT-SRV-ATTR:host", default=None)
    volumes: list[Reference] | None = field(name="os-extended-volumes:volumes_attached", default=None)
    fault: Fault | None = None
    metadata: dict[str, str] | None = None
    addresses: dict[str, list[Address]] | None = None
    flavor: Reference | None = None
    image: Reference | str | None = None
    created: datetime | None = None
    updated: datetime | None = None


class Servers(msgspec.Struct):
    """`GET /servers/detail`."""

    servers: list[Server]
    links: list[Link] = field(name="servers_links", default_factory=list)


class OneServer(msgspec.Struct):
    """`GET /servers/{id}`, and what a create answers (an id and little else)."""

    server: Server


class Action(msgspec.Struct):
    """Of `GET /servers/{id}/os-instance-actions`. `start_time` is in UTC without saying so."""

    action: Any = None
    request_id: Any = None
    user_id: Any = None
    start_time: Any = None


class Actions(msgspec.Struct, rename="camel"):
    """`GET /servers/{id}/os-instance-actions`, the newest first."""

    instance_actions: list[Action]


class Flavor(msgspec.Struct):
    """Of Nova. `disk` in GiB, `ram` in MiB."""

    id: str
    name: str
    vcpus: int
    ram: int
    disk: int
    extra_specs: Any = None
    """From 2.61 on, for those who may see them."""


class Flavors(msgspec.Struct):
    """`GET /flavors/detail`."""

    flavors: list[Flavor]
    links: list[Link] = field(name="flavors_links", default_factory=list)


class Service(msgspec.Struct):
    """The service of a hypervisor."""

    host: Any = None
    disabled_reason: Any = None


class Hypervisor(msgspec.Struct):
    """The id is a number before 2.53 and a UUID since. The numbers are there up to 2.87. RAM in MB, disk in GB."""

    id: int | str
    hypervisor_hostname: Any = None
    state: Any = None
    status: Any = None
    service: Service | None = None
    host_ip: Any = None
    hypervisor_type: Any = None
    hypervisor_version: Any = None
    vcpus: Any = None
    vcpus_used: Any = None
    memory_mb: Any = None
    memory_mb_used: Any = None
    local_gb: Any = None
    local_gb_used: Any = None
    running_vms: Any = None
    cpu_info: Any = None
    """An object from 2.28 on, before that one as text. There up to 2.87."""


class Hypervisors(msgspec.Struct):
    """`GET /os-hypervisors/detail`."""

    hypervisors: list[Hypervisor]
    links: list[Link] = field(name="hypervisors_links", default_factory=list)


class ComputeService(msgspec.Struct):
    """Of `GET /os-services`. `updated_at` is in UTC without saying so."""

    id: Any = None
    host: Any = None
    state: Any = None
    status: Any = None
    zone: Any = None
    disabled_reason: Any = None
    updated_at: Any = None
    forced_down: Any = None


class ComputeServices(msgspec.Struct):
    """`GET /os-services`."""

    services: list[ComputeService]


class AbsoluteLimits(msgspec.Struct, rename="camel"):
    """Missing ones are no limits."""

    max_total_instances: int = -1
    total_instances_used: int = 0
    max_total_cores: int = -1
    total_cores_used: int = 0
    max_total_ram_size: int = field(name="maxTotalRAMSize", default=-1)
    total_ram_used: int = field(name="totalRAMUsed", default=0)


class Limits(msgspec.Struct):
    """The inner part of `GET /limits`."""

    absolute: AbsoluteLimits


class LimitsAnswer(msgspec.Struct):
    """`GET /limits`."""

    limits: Limits


class Console(msgspec.Struct):
    """What os-getConsoleOutput answers."""

    output: str | None = None


class Image(msgspec.Struct):
    """Of Glance. `min_disk` in GiB, `min_ram` in MiB."""

    id: str
    name: str | None = None
    status: str = ""
    min_disk: int | None = None
    min_ram: int | None = None
    size: Any = None
    visibility: Any = None
    updated_at: Any = None


class Images(msgspec.Struct):
    """`GET /v2/images`. `next` is there when there is a next page."""

    images: list[Image]
    next: str = ""


class Network(msgspec.Struct):
    """Of Neutron."""

    id: str
    name: str | None = None
    external: bool | None = field(name="router:external", default=None)
    shared: Any = None
    status: Any = None
    kind: Any = field(name="provider:network_type", default=None)
    segment: Any = field(name="provider:segmentation_id", default=None)


class Networks(msgspec.Struct):
    """`GET /v2.0/networks`."""

    networks: list[Network]
    links: list[Link] = field(name="networks_links", default_factory=list)


class Range(msgspec.Struct):
    """Addresses of a subnet that may be given out."""

    start: Any = None
    end: Any = None


class Subnet(msgspec.Struct):
    """Of Neutron."""

    id: str
    network_id: str
    cidr: Any = None
    enable_dhcp: Any = None
    allocation_pools: list[Range] | None = None


class Subnets(msgspec.Struct):
    """`GET /v2.0/subnets`."""

    subnets: list[Subnet]
    links: list[Link] = field(name="subnets_links", default_factory=list)


class UseInPools(msgspec.Struct):
    """What of a subnet lies in its allocation pools: a router's own address lies outside."""

    used: Any = field(name="used_ips_in_allocation_pool", default=None)
    total: Any = field(name="total_ips_in_allocation_pool", default=None)


class SubnetUse(msgspec.Struct):
    """How full a subnet is. Older clouds tell nothing of the pools alone."""

    ip_version: Any = None
    used_ips: Any = None
    total_ips: Any = None
    in_pools: UseInPools | None = field(name="ip_availability_details", default=None)


class NetworkUse(msgspec.Struct):
    """How full a network is, subnet by subnet."""

    network_id: str
    subnets: list[SubnetUse] | None = field(name="subnet_ip_availability", default=None)


class NetworkUses(msgspec.Struct):
    """`GET /v2.0/network-ip-availabilities`."""

    networks: list[NetworkUse] = field(name="network_ip_availabilities")


class SecurityGroup(msgspec.Struct):
    """Of Neutron."""

    id: str
    name: str | None = None


class SecurityGroups(msgspec.Struct):
    """`GET /v2.0/security-groups`."""

    security_groups: list[SecurityGroup]
    links: list[Link] = field(name="security_groups_links", default_factory=list)


class FixedIP(msgspec.Struct):
    """Of a port."""

    ip_address: str | None = None


class Port(msgspec.Struct):
    """Of Neutron."""

    id: str
    network_id: str
    name: str | None = None
    fixed_ips: list[FixedIP] | None = None
    device_id: str | None = None
    device_owner: str | None = None
    description: str | None = None
    host: Any = field(name="binding:host_id", default=None)
    kind: Any = field(name="binding:vnic_type", default=None)
    created_at: datetime | None = None


class Ports(msgspec.Struct):
    """`GET /v2.0/ports`."""

    ports: list[Port]
    links: list[Link] = field(name="ports_links", default_factory=list)


class OnePort(msgspec.Struct):
    """`GET /v2.0/ports/{id}`."""

    port: Port


class FloatingIP(msgspec.Struct):
    """Of Neutron."""

    id: str
    floating_ip_address: str
    floating_network_id: str | None = None
    port_id: str | None = None
    description: str | None = None
    status: str | None = None
    created_at: datetime | None = None


class FloatingIPs(msgspec.Struct):
    """`GET /v2.0/floatingips`."""

    floatingips: list[FloatingIP]
    links: list[Link] = field(name="floatingips_links", default_factory=list)


class OneFloatingIP(msgspec.Struct):
    """`GET /v2.0/floatingips/{id}`."""

    floatingip: FloatingIP


class Attachment(msgspec.Struct):
    """Of a volume."""

    server_id: str | None = None
    attachment_id: str | None = None


class Volume(msgspec.Struct):
    """Of Cinder. `size` in GiB, `created_at` in UTC without saying so."""

    id: str
    size: Any = None
    volume_type: Any = None
    name: str | None = None
    status: str | None = None
    attachments: list[Attachment] | None = None
    description: str | None = None
    metadata: dict[str, str] | None = None
    created_at: datetime | None = None


class Volumes(msgspec.Struct):
    """`GET /v3/{project}/volumes/detail`."""

    volumes: list[Volume]
    links: list[Link] = field(name="volumes_links", default_factory=list)


class OneVolume(msgspec.Struct):
    """`GET /v3/{project}/volumes/{id}`."""

    volume: Volume
