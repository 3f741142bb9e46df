"""Listings that one keeper makes and others have a use for, so that each is asked for once. In memory only."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Generic, TypeVar

from vmms_tui.engine.cloud.facts import FloatingIP, Image, Network, Port, Volume
from vmms_tui.model.ties import HARDWARE

T = TypeVar("T")


@dataclass(frozen=True)
class Taken(Generic[T]):
    """Whole listings by project."""

    rows: dict[str, tuple[T, ...]]
    at: datetime
    """When the oldest of them came."""


class Shared(Generic[T]):
    """The newest listing of one kind in each project, until somebody takes it."""

    def __init__(self) -> None:
        self._listed: dict[str, tuple[datetime, tuple[T, ...]]] = {}

    def put(self, project: str, rows: tuple[T, ...], at: datetime) -> None:
        """A whole listing of a project has come."""
        self._listed[project] = at, rows

    def take(self, projects: Collection[str]) -> Taken[T] | None:
        """The listings of these projects, which are then no longer kept; None while one of them has not come."""
        if not projects or not all(project in self._listed for project in projects):
            return None
        some = {project: self._listed[project] for project in projects}
        self._listed.clear()
        return Taken({project: rows for project, (_, rows) in some.items()}, min(at for at, _ in some.values()))


class Lists:
    """What was listed last."""

    def __init__(self) -> None:
        self.images: Shared[Image] = Shared()
        self.networks: Shared[Network] = Shared()
        self.volumes: Shared[Volume] = Shared()
        self.hardware: dict[str, dict[str, tuple[str, ...]]] = {}
        """Kinds of ports that are a piece of hardware, by project and by the cloud's id of their server."""
        self.addresses: dict[str, Counter[str]] = {}
        """How many IPv4 addresses a project has, by network; a project is missing until it was seen."""

    def count(self, project: str, ports: Iterable[Port], floating_ips: Iterable[FloatingIP]) -> None:
        """All ports and floating IPs of a project have been listed."""
        ports = tuple(ports)
        self.hardware[project] = hardware(ports)
        fixed = ((port.network_id, address) for port in ports for address in port.addresses)
        floating = ((one.network_id, one.address) for one in floating_ips)
        self.addresses[project] = Counter(one for one, address in chain(fixed, floating) if ":" not in address)


def hardware(ports: Iterable[Port]) -> dict[str, tuple[str, ...]]:
    """Kinds of ports that are a piece of hardware, by the cloud's id of their server."""
    found = dict[str, tuple[str, ...]]()
    for port in ports:
        if port.kind in HARDWARE and port.device_id:
            found[port.device_id] = (*found.get(port.device_id, ()), port.kind)
    return found
