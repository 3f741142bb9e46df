"""The part of the cloud port that tells what ties servers to some hosts, and why Nova refused a move."""

from datetime import datetime
from typing import Protocol

import msgspec

from vmms_tui.engine.cloud.facts import Fact


class Aggregate(Fact, frozen=True, kw_only=True):
    """A group of compute hosts (compute API, `GET /os-aggregates`)."""

    name: str
    hosts: tuple[str, ...] = ()
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    """What it says of its hosts; its zone under `availability_zone`."""


class ServerGroup(Fact, frozen=True, kw_only=True):
    """Servers that are to be together, or apart (compute API, `GET /os-server-groups`)."""

    id: str
    name: str
    policy: str
    """`affinity`, `anti-affinity`, `soft-affinity`, `soft-anti-affinity`."""
    most: int = 1
    """Of servers that are to be apart: so many may be on one host (`max_server_per_host`)."""
    members: tuple[str, ...] = ()
    """The cloud's ids of its servers."""


class ActionEvent(Fact, frozen=True, kw_only=True):
    """A part of what was done to a server (compute API, `GET /servers/{id}/os-instance-actions/{request}`)."""

    name: str
    """`conductor_live_migrate_instance`, `compute_check_can_live_migrate_destination` … as it came."""
    failed: bool = False
    why: str = ""
    """What Nova says of a failure; empty: it did not fail, or Nova does not tell us."""
    at: datetime | None = None
    """When it ended."""


class Places(Protocol):
    """Aggregates and groups, and the reasons of the scheduler."""

    async def aggregates(self) -> tuple[Aggregate, ...]:
        """All aggregates of hosts. Raises AccessDenied for a plain member."""
        ...

    async def server_groups(self) -> tuple[ServerGroup, ...]:
        """The server groups of all projects; a plain member is told their own project's."""
        ...

    async def action_events(self, server_id: str, request_id: str) -> tuple[ActionEvent, ...]:
        """The parts of one action, the newest first. Raises NotFound: no such server or action; AccessDenied."""
        ...
