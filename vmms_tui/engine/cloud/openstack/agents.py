"""What is on hosts, for administrators: servers of all projects, Neutron's agents, Cinder's services.

https://docs.openstack.org/api-ref/compute/#list-servers (`all_tenants`, `host`),
https://docs.openstack.org/api-ref/network/v2/#agents,
https://docs.openstack.org/api-ref/block-storage/v3/#services-os-services
"""

from typing import Any

import msgspec

from vmms_tui.engine.cloud.facts import Agent
from vmms_tui.engine.cloud.openstack.call import BLOCK_STORAGE, COMPUTE, NETWORK
from vmms_tui.engine.cloud.openstack.convert import text
from vmms_tui.engine.cloud.openstack.part import Part
from vmms_tui.engine.cloud.openstack.wire import Servers

VOLUMES = "cinder-volume"
"""The service that holds volumes; the others of Cinder are no matter of one host."""


class NetworkAgent(msgspec.Struct):
    """Of `GET /v2.0/agents`."""

    agent_type: Any = None
    binary: Any = None
    host: Any = None
    alive: Any = None
    admin_state_up: Any = None


class NetworkAgents(msgspec.Struct):
    """`GET /v2.0/agents`."""

    agents: list[NetworkAgent]


class VolumeService(msgspec.Struct):
    """Of `GET /v3/{project}/os-services`. `host` is `HOST@BACKEND`."""

    binary: Any = None
    host: Any = None
    state: Any = None
    status: Any = None


class VolumeServices(msgspec.Struct):
    """`GET /v3/{project}/os-services`."""

    services: list[VolumeService]


MANY = "100"
"""Servers on a host that are named."""


class Agents(Part):
    """The calls of an administrator that tell of what is on hosts."""

    async def servers_on(self, host: str) -> tuple[str, ...]:
        """See Cloud."""
        params = {"all_tenants": "True", "host": host, "limit": MANY}
        return await self._rest.get(COMPUTE, "/servers", read_ids, doing=f"list what is on {host}", params=params)

    async def network_agents(self) -> tuple[Agent, ...]:
        """See Cloud. Old Neutrons know no limit for this list, and give all of it."""
        return await self._rest.get(NETWORK, "/agents", read_agents, doing="list network agents")

    async def volume_services(self) -> tuple[Agent, ...]:
        """See Cloud."""
        params = {"binary": VOLUMES}
        doing = "list volume services"
        return await self._rest.get(BLOCK_STORAGE, "/os-services", read_services, doing=doing, params=params)


def read_ids(content: bytes) -> tuple[str, ...]:
    """Reads `GET /servers`."""
    return tuple(one.id for one in msgspec.json.decode(content, type=Servers).servers)


def read_agents(content: bytes) -> tuple[Agent, ...]:
    """Reads `GET /v2.0/agents`."""
    got = msgspec.json.decode(content, type=NetworkAgents)
    return tuple(
        Agent(
            host=text(one.host),
            name=text(one.agent_type) or text(one.binary),
            alive=one.alive is True,
            enabled=one.admin_state_up is not False,
        )
        for one in got.agents
        if text(one.host)
    )


def read_services(content: bytes) -> tuple[Agent, ...]:
    """Reads `GET /v3/{project}/os-services`. Of several back ends on a host each is named by its own word."""
    got = msgspec.json.decode(content, type=VolumeServices)
    found = []
    for one in got.services:
        host, _, back_end = text(one.host).partition("@")
        if host:
            name = f"{text(one.binary) or VOLUMES} {back_end}".rstrip()
            alive, enabled = text(one.state).lower() == "up", text(one.status).lower() != "disabled"
            found.append(Agent(host=host, name=name, alive=alive, enabled=enabled))
    return tuple(found)
