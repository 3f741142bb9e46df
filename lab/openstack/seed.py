"""seed.py identity|resources: fill the lab's cloud. What is there already stays as it is."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import openstack

ENV = os.environ
PASSWORD = ENV["LAB_PW"]
HOSTS = ENV["LAB_COMPUTES"].split()
ENV["OS_CLIENT_CONFIG_FILE"] = ENV["CLOUDS"]
LOOPBACK = "http://127.0.0.1:"
CATALOG = [
    ("placement", "placement", LOOPBACK + ENV["P_PLACEMENT"]),
    ("image", "glance", LOOPBACK + ENV["P_GLANCE"]),
    ("network", "neutron", LOOPBACK + ENV["P_NEUTRON"]),
    ("compute", "nova", LOOPBACK + ENV["P_NOVA"] + "/v2.1"),
    ("block-storage", "cinder", LOOPBACK + ENV["P_CINDER"] + "/v3/%(project_id)s"),
]
FLAVORS = [("m1.tiny", 512, 1, 1), ("m1.small", 2048, 1, 10), ("m1.medium", 4096, 2, 20), ("m1.large", 8192, 4, 40)]
TENANT_NETWORKS = [("private", "10.20"), ("ci-vlan", "10.30")]
PATIENCE = 180


def _administrator() -> Any:
    return openstack.connect(cloud="lab-admin")


def identity() -> None:
    """Projects, users, roles, the catalog."""
    keystone = _administrator().identity
    roles = {role.name: role for role in keystone.roles()}

    def project(name: str) -> Any:
        return keystone.find_project(name) or keystone.create_project(name=name, domain_id="default")

    service, lab, other = project("service"), project("labproject"), project("otherproject")
    grants: list[tuple[str, Any, tuple[str, ...]]] = [(name, service, ("admin", "service")) for _, name, _ in CATALOG]
    grants += [("labuser", lab, ("member",)), ("labuser", other, ("member",)), ("otheruser", other, ("member",))]
    grants += [("labadmin", lab, ("admin", "member"))]
    for name, where, names in grants:
        user = keystone.find_user(name) or keystone.create_user(
            name=name, password=PASSWORD, domain_id="default", default_project_id=where.id
        )
        for role in names:
            keystone.assign_project_role_to_user(where, user, roles[role])
    for where in (lab, other):
        keystone.assign_project_role_to_user(where, keystone.find_user("admin"), roles["admin"])
    _endpoints(keystone)


def _endpoints(keystone: Any) -> None:
    services = {service.type: service for service in keystone.services()}
    known = {(endpoint.service_id, endpoint.interface): endpoint for endpoint in keystone.endpoints()}
    for kind, name, url in CATALOG:
        service = services.get(kind) or keystone.create_service(type=kind, name=name)
        for interface in ("public", "internal", "admin"):
            old = known.get((service.id, interface))
            if old is None:
                keystone.create_endpoint(service_id=service.id, interface=interface, region_id="RegionOne", url=url)
            elif old.url != url:
                keystone.update_endpoint(old, url=url)


def resources() -> None:
    """Image, flavors, networks; then wait for the computes."""
    cloud = _administrator()
    if not cloud.image.find_image("tiny"):
        # A few bytes that call themselves raw: the fake hypervisor never reads them.
        cloud.image.create_image(
            name="tiny",
            data=bytes(65536),
            disk_format="raw",
            container_format="bare",
            visibility="public",
            min_ram=64,
            min_disk=0,
            validate_checksum=False,
        )
    for number, (name, ram, vcpus, disk) in enumerate(FLAVORS, start=1):
        if not cloud.compute.find_flavor(name):
            cloud.compute.create_flavor(name=name, ram=ram, vcpus=vcpus, disk=disk, flavorid=str(number))
    if not any(kind.name == "fake" for kind in cloud.block_storage.types()):
        cloud.block_storage.create_type(name="fake", extra_specs={"volume_backend_name": "fake"})
    _networks(cloud.network, cloud.identity.find_project("labproject").id)
    _computes(cloud)


def _networks(neutron: Any, project: str) -> None:
    external = neutron.find_network("public") or neutron.create_network(
        name="public",
        is_router_external=True,
        is_shared=False,
        provider_network_type="flat",
        provider_physical_network="external",
    )
    if not neutron.find_subnet("public-v4"):
        neutron.create_subnet(
            name="public-v4",
            network_id=external.id,
            ip_version=4,
            cidr="203.0.113.0/24",
            gateway_ip="203.0.113.1",
            enable_dhcp=False,
            allocation_pools=[{"start": "203.0.113.10", "end": "203.0.113.250"}],
        )
    router = neutron.find_router("router1", project_id=project) or neutron.create_router(
        name="router1", project_id=project, external_gateway_info={"network_id": external.id}
    )
    ports = neutron.ports(device_id=router.id, device_owner="network:router_interface")
    attached = {address["subnet_id"] for port in ports for address in port.fixed_ips}
    for name, block in TENANT_NETWORKS:
        network = neutron.find_network(name, project_id=project) or neutron.create_network(
            name=name, project_id=project
        )
        subnet = neutron.find_subnet(f"{name}-v4", project_id=project) or neutron.create_subnet(
            name=f"{name}-v4",
            network_id=network.id,
            project_id=project,
            ip_version=4,
            cidr=f"{block}.0.0/16",
            gateway_ip=f"{block}.0.1",
            dns_nameservers=["192.0.2.53"],
        )
        if subnet.id not in attached:
            neutron.add_interface_to_router(router, subnet_id=subnet.id)


def _computes(cloud: Any) -> None:
    def up() -> bool:
        return {s.host for s in cloud.compute.services(binary="nova-compute") if s.state == "up"} >= set(HOSTS)

    def listed() -> bool:
        return {hypervisor.name for hypervisor in cloud.compute.hypervisors()} >= set(HOSTS)

    def in_placement() -> bool:
        providers = {provider.name: provider for provider in cloud.placement.resource_providers()}
        return all(
            name in providers and any(cloud.placement.resource_provider_inventories(providers[name])) for name in HOSTS
        )

    def volumes_up() -> bool:
        return any(s.binary == "cinder-volume" and s.state == "up" for s in cloud.block_storage.services())

    _until(up, "the computes")
    if not listed():
        manage = [ENV["VENV"] + "/bin/nova-manage", "--config-file", ENV["ETC"] + "/nova/nova.conf"]
        subprocess.run(
            [*manage, "cell_v2", "discover_hosts"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    _until(listed, "the list of hypervisors")
    _until(in_placement, "the inventories in Placement")
    _until(volumes_up, "cinder-volume")


def _until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            sys.exit(f"{what}: not there after {PATIENCE} s")
        time.sleep(0.5)


{"identity": identity, "resources": resources}[sys.argv[1]]()
