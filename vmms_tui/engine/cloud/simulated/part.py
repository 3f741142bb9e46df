"""What the parts of a simulated project share: how a call goes, and how things are found."""

import asyncio
import copy
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, nullcontext
from typing import Protocol, TypeVar

from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.errors import AccessDenied, BadRequest, CloudError, NotFound
from vmms_tui.engine.cloud.meter import Meter
from vmms_tui.engine.cloud.simulated.records import Project, SimServer
from vmms_tui.engine.cloud.simulated.world import World


class Named(Protocol):
    """What people call by name."""

    @property
    def id(self) -> str:
        """The cloud's own."""
        ...

    @property
    def name(self) -> str:
        """People's."""
        ...


class Owned(Protocol):
    """What belongs to a project."""

    @property
    def project(self) -> str:
        """Its name."""
        ...


N = TypeVar("N", bound=Named)
T = TypeVar("T", bound=Owned)


class Part:
    """A part of `SimulatedProject`."""

    def __init__(self, world: World, clock: Clock, meter: Meter, project: str) -> None:
        self._world = world
        self._clock = clock
        self._meter = meter
        self._project_name = project

    @asynccontextmanager
    async def _call(self, call: str, *about: str, changes: bool = False) -> AsyncIterator[Project]:
        """One call to the cloud: counted, late or refused where a fault says so. What it showed or did is in the file.

        The event loop gets its turn before and after the act, as with a real cloud.
        """
        service, began, problem = service_of(call), self._clock.monotonic(), ""
        self._meter.count(service, call)
        try:
            async with self._answered(call, about, changes=changes) as project:
                yield project
        except CloudError as error:
            problem = "" if isinstance(error, NotFound) else error.message
            raise
        finally:
            self._meter.took(service, call, self._clock.monotonic() - began, problem)

    @asynccontextmanager
    async def _answered(self, call: str, about: tuple[str, ...], *, changes: bool) -> AsyncIterator[Project]:
        fault = self._world.faults.take(call, self._project_name, about)
        await asyncio.sleep(0)
        if fault and fault.seconds:
            await self._clock.sleep(fault.seconds)
        if fault and fault.error and not fault.done:
            raise copy.copy(fault.error)
        self._world.settle()
        with self._world.changing() if changes else nullcontext():
            yield self._project()
        self._world.settle()
        if changes or self._world.unwritten:
            self._world.note()
        await asyncio.sleep(0)
        if fault and fault.error:
            raise copy.copy(fault.error)

    def _project(self) -> Project:
        project = self._world.project(self._project_name)
        if project is None:
            raise AccessDenied(f"Could not log in: there is no project {self._project_name!r} for us.")
        return project

    def _mine(self, things: Mapping[str, T], thing_id: str, kind: str) -> T:
        """The thing with this id, when it belongs to the project, or we are administrators. Raises NotFound."""
        thing = things.get(thing_id)
        if thing is None or not (thing.project == self._project_name or self._sees_all):
            raise NotFound(f"{kind} {thing_id} could not be found.")
        return thing

    @property
    def _sees_all(self) -> bool:
        project = self._world.project(self._project_name)
        return project is not None and project.admin

    def _server(self, server_id: str) -> SimServer:
        """One that is still there. Raises NotFound."""
        server = self._mine(self._world.contents.servers, server_id, "Instance")
        if server.deleted is not None:
            raise NotFound(f"Instance {server_id} could not be found.")
        return server


_SERVICES = (
    ("image", ("image",)),
    ("block-storage", ("_volume", "attachment")),
    ("network", ("port", "floating", "network", "security")),
    ("identity", ("check",)),
)
"""Which service of OpenStack a call is to, by a part of its name. Nova attaches volumes."""


def service_of(call: str) -> str:
    """The service that a call of this name is to."""
    if call in {"attach_volume", "detach_volume"}:
        return "compute"
    return next((service for service, parts in _SERVICES if any(part in call for part in parts)), "compute")


def named(things: Iterable[N], wanted: str, kind: str, missing: type[CloudError]) -> N:
    """What has this id or name. Raises `missing`, and BadRequest when several have the name."""
    known = tuple(things)
    found = [one for one in known if one.id == wanted] or [one for one in known if one.name == wanted]
    if not found:
        raise missing(f"There is no {kind} {wanted!r}.")
    if len(found) > 1:
        raise BadRequest(f"{len(found)} {kind}s are called {wanted!r}: give the id.")
    return found[0]
