"""A cloud to try the contract on: simulated or real, with what a test needs beside it."""

import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import uuid4

from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.errors import NotFound
from vmms_tui.engine.cloud.facts import CloudServer, FloatingIP, NewServer, Port, Volume
from vmms_tui.engine.cloud.port import Cloud, CloudAccount

T = TypeVar("T")

FLAVOR = "m1.tiny"
IMAGE = "tiny"
NETWORK = "private"
EXTERNAL = "public"
PATIENCE = 90.0
"""Seconds on the cloud's clock."""
STEP = 0.25
"""Seconds between two looks."""
NOBODY = "00000000-1111-4222-8333-444444444444"
"""An id that nothing has."""


@dataclass
class Stage:
    """`pass_time` lets that many seconds go by on the clock."""

    account: CloudAccount
    clock: Clock
    pass_time: Callable[[float], Awaitable[None]]
    other_project: str
    """Another project of the same account."""
    quota_of_servers: Callable[[str, int], AbstractContextManager[None]]
    """A project and its limit, until the end of the block."""
    administrator: Cloud
    """A project whose credentials are an administrator's."""
    slow_moves: Callable[[float], AbstractContextManager[None]]
    """Live migrations copy for so many seconds, until the end of the block."""
    bad_moves: Callable[[str], AbstractContextManager[None]]
    """Moves fail until the end of the block: live ones (`fails`, `check_fails`), or cold ones (`cold_fails`)."""
    dead_host: Callable[[str], AbstractAsyncContextManager[None]]
    """A compute host is dead, and Nova knows it, until the end of the block; then it is up again."""
    wrong_password: CloudAccount
    unreachable: CloudAccount
    _names: Iterator[int] = field(default_factory=itertools.count)
    _run: str = field(default_factory=lambda: uuid4().hex[:8])

    @property
    def cloud(self) -> Cloud:
        """The project of the credentials."""
        return self.account.project()

    def name(self) -> str:
        """One that nothing has had."""
        return f"contract-{self._run}-{next(self._names)}"

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str = "it") -> T:
        """What `look` gives as soon as it gives something true."""
        end = self.clock.monotonic() + PATIENCE
        while not (seen := await look()):
            assert self.clock.monotonic() < end, f"waited {PATIENCE} s in vain for {what}"
            await self.pass_time(STEP)
        return seen

    async def status(self, server_id: str, wanted: str) -> CloudServer:
        """The server, once it has this status and nothing is going on."""

        async def look() -> CloudServer | None:
            seen = await self.cloud.get_server(server_id)
            assert wanted == "ERROR" or seen.status != "ERROR", seen.fault
            return seen if seen.status == wanted and not seen.task_state else None

        return await self.until(look, f"server {server_id} to be {wanted}")

    async def volume_status(self, volume_id: str, wanted: str) -> Volume:
        """The volume, once it has this status."""

        async def look() -> Volume | None:
            seen = await self.cloud.get_volume(volume_id)
            assert not seen.status.startswith("error"), seen
            return seen if seen.status == wanted else None

        return await self.until(look, f"volume {volume_id} to be {wanted}")

    async def gone(self, get: Callable[[str], Awaitable[object]], thing_id: str) -> None:
        """Wait until the cloud knows of no such thing."""

        async def look() -> bool:
            try:
                await get(thing_id)
            except NotFound:
                return True
            return False

        await self.until(look, f"{thing_id} to be gone")


class Belongings:
    """Makes things, and removes all of them in the end, whatever has become of them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._servers: list[str] = []
        self._ports: list[str] = []
        self._floating_ips: list[str] = []
        self._volumes: list[str] = []

    async def port(self, name: str = "", description: str = "contract") -> Port:
        """A port on the private network."""
        port = await self._stage.cloud.create_port(
            NETWORK, name=name or self._stage.name(), description=description, security_groups=("default",)
        )
        self._ports.append(port.id)
        return port

    async def floating_ip(self, description: str = "contract", port_id: str = "") -> FloatingIP:
        """A floating IP of the external network."""
        ip = await self._stage.cloud.create_floating_ip(EXTERNAL, description=description, port_id=port_id)
        self._floating_ips.append(ip.id)
        return ip

    async def volume(self, *, description: str = "", metadata: dict[str, str] | None = None) -> Volume:
        """A volume of 1 GiB, available."""
        name = self._stage.name()
        volume = await self._stage.cloud.create_volume(name, 1, description=description, metadata=metadata)
        self._volumes.append(volume.id)
        return await self._stage.volume_status(volume.id, "available")

    async def server(self, *ports: Port, metadata: dict[str, str] | None = None) -> CloudServer:
        """A server in whatever state it is born in."""
        return await self.boot(new_server(self._stage.name(), *ports, metadata=metadata))

    async def boot(self, new: NewServer) -> CloudServer:
        """This server."""
        server = await self._stage.cloud.create_server(new)
        self._servers.append(server.id)
        return server

    async def active_server(self, *ports: Port, metadata: dict[str, str] | None = None) -> CloudServer:
        """A server, once it is ACTIVE."""
        server = await self.server(*ports, metadata=metadata)
        return await self._stage.status(server.id, "ACTIVE")

    async def clear(self) -> None:
        """Remove everything, and wait until it is gone."""
        cloud, gone = self._stage.cloud, self._stage.gone
        for ip_id in self._floating_ips:
            await _unless_gone(cloud.delete_floating_ip(ip_id))
        for server_id in self._servers:
            await _unless_gone(cloud.delete_server(server_id))
        for server_id in self._servers:
            await gone(cloud.get_server, server_id)
        for port_id in self._ports:
            await _unless_gone(cloud.delete_port(port_id))
        for volume_id in self._volumes:
            await self._clear_volume(volume_id)

    async def _clear_volume(self, volume_id: str) -> None:
        async def look() -> bool:
            try:
                seen = await self._stage.cloud.get_volume(volume_id)
            except NotFound:
                return True
            return seen.status in {"available", "error"}

        await self._stage.until(look, f"volume {volume_id} to be free")
        await _unless_gone(self._stage.cloud.delete_volume(volume_id))
        await self._stage.gone(self._stage.cloud.get_volume, volume_id)


def new_server(name: str, *ports: Port, metadata: dict[str, str] | None = None) -> NewServer:
    """The smallest server there is."""
    return NewServer(
        name=name,
        flavor=FLAVOR,
        image=IMAGE,
        port_ids=tuple(port.id for port in ports),
        user_data=b"#!/bin/sh\necho VMMS-READY\n",
        metadata=metadata or {},
    )


async def _unless_gone(act: Awaitable[None]) -> None:
    try:
        await act
    except NotFound:
        return
