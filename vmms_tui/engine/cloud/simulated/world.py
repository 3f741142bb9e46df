"""The whole simulated cloud: what there is, what is due, and what tests do to it."""

import heapq
import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.simulated import chance, evacuations, journeys, life
from vmms_tui.engine.cloud.simulated.addresses import Addresses
from vmms_tui.engine.cloud.simulated.faults import Faults
from vmms_tui.engine.cloud.simulated.file import NOTED, CloudFile, Table
from vmms_tui.engine.cloud.simulated.hosts import Hosts
from vmms_tui.engine.cloud.simulated.records import Effect, Project, SimServer, SimVolume, Step, Thing
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings, Span, date, first_contents, new_project

REMEMBER = 7 * 86_400.0
"""Seconds that a deleted server stays in listings of changes; Nova keeps them until they are archived."""


class World:
    """Shared by all projects of an account. Calls `settle` before it looks at anything."""

    def __init__(self, clock: Clock, *, seed: int, path: Path | None, settings: SimulatedSettings) -> None:
        self.settings = settings
        self.faults = Faults()
        self._clock = clock
        self._file = CloudFile(path) if path else None
        kept = self._file.read() if self._file else None
        self.contents = kept or first_contents(seed, settings)
        self._tables = {name: Table(getattr(self.contents, name)) for name in NOTED}
        for name, table in self._tables.items():
            setattr(self.contents, name, table)
        self.hosts = Hosts(self.contents)
        self.addresses = Addresses(self.contents)
        self._offset = self.contents.time - clock.monotonic()
        if kept is None:
            date(self.contents, self.now())
        self.unwritten = False
        """Whether something has happened by itself that the file does not hold."""
        self._order = itertools.count()
        self._due: list[tuple[float, int, str]] = []
        self._waiting: set[str] = set()
        """Things with something due on a host that is down."""
        things: Iterable[Thing] = (*self.contents.servers.values(), *self.contents.volumes.values())
        for thing in things:
            self._expect(thing)

    def now(self) -> float:
        """Seconds since 1970, never behind the clock's wall time and never going back, also in another process."""
        monotonic = self._clock.monotonic()
        self._offset = max(self._offset, self._clock.now().timestamp() - monotonic)
        return self._offset + monotonic

    def save(self) -> None:
        """Write the file, if there is one. Raises Failed."""
        if self._file:
            self.contents.time = self.now()
            self._file.write(self.contents)
        self._all_written()

    def note(self) -> None:
        """Write down what was touched while it was `changing`. Raises Failed."""
        if self._file:
            self.contents.time = self.now()
            self._file.note(self.contents, {name: table.touched for name, table in self._tables.items()})
        self._all_written()

    def _all_written(self) -> None:
        self.unwritten = False
        for table in self._tables.values():
            table.touched.clear()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Whatever is taken by its id in here may be another afterwards."""
        tables = [table for table in self._tables.values() if not table.noting]
        for table in tables:
            table.noting = True
        try:
            yield
        finally:
            for table in tables:
                table.noting = False

    def new_id(self) -> str:
        """An id that nothing else has."""
        self.contents.serial += 1
        return chance.identifier(self.contents.seed, self.contents.serial)

    def seconds(self, span: Span, *about: object) -> float:
        """How long something takes this time."""
        return chance.between(self.contents.seed, *span, *about)

    def project(self, name: str) -> Project | None:
        """A project; None when only some exist and this is none of them."""
        known = self.contents.projects
        if name not in known and not self.settings.only_projects:
            known[name] = new_project(name, self.settings)
        return known.get(name)

    def set_quota(
        self,
        project: str = "",
        *,
        servers: int | None = None,
        vcpus: int | None = None,
        ram_mib: int | None = None,
        ports: int | None = None,
        floating_ips: int | None = None,
    ) -> None:
        """Set some limits of a project (empty: that of the credentials) and leave the others; -1 is no limit."""
        limits = {
            "servers": servers, "vcpus": vcpus, "ram_mib": ram_mib, "ports": ports, "floating_ips": floating_ips
        }  # fmt: skip
        found = self._need_project(project)
        for limit, value in limits.items():
            if value is not None:
                setattr(found, limit, value)
        self.save()

    def set_admin(self, project: str = "", *, admin: bool = True) -> None:
        """Let whoever works in the project see hosts, or no longer."""
        self._need_project(project).admin = admin
        self.save()

    def host_down(self, name: str, *, alive: bool = False, hung: bool = False) -> None:
        """Take a host away. Its servers are still shown as they were; what was under way there stands still.

        `alive`: it is only cut off from Nova, and its guests run on. `hung`: it answers nobody, and is not off.
        """
        self.settle()
        host = self.contents.hosts[name]
        if host.state == "up":
            host.down_since = self.now()
        host.state, host.alive, host.hung = "down", alive, hung
        self.save()

    def fence_host(self, name: str) -> None:
        """Take its power. Twice is as once."""
        self.settle()
        host = self.contents.hosts[name]
        if host.state == "up":
            host.down_since = self.now()
        host.state, host.alive, host.hung = "down", False, False
        self.save()

    def give_up_host(self, name: str) -> None:
        """Mark every server of a host that is away as failed, as its administrators would (`nova reset-state`)."""
        self.settle()
        for server in self.contents.servers.values():
            if server.host == name and server.deleted is None:
                journeys.end(self.contents, self.hosts, server, "error", self.now())
                server.status, server.task_state, server.steps = "ERROR", "", ()
                server.fault, server.updated = f"Host {name} is given up.", self.now()
                self._waiting.discard(server.id)
        self.save()

    def host_up(self, name: str) -> None:
        """Bring a host back; what stood still there goes on."""
        self.settle()
        host, now = self.contents.hosts[name], self.now()
        host.state, host.alive, host.hung = "up", False, False
        host.down_since = now  # its start is a sign of life
        evacuations.cleared(self.contents, name, now)
        for server_id in sorted(self._waiting):
            server = self.contents.servers.get(server_id)
            if server is None or not server.steps:  # it went, or something else has become of it meanwhile
                self._waiting.discard(server_id)
            elif server.host == name:
                late = now - server.steps[0].at
                self.schedule(server, [_later(step, late) for step in server.steps])
        self.save()

    def unstick(self, server_id: str) -> None:
        """End a server now, however stuck it is, as an administrator would."""
        self.settle()
        server = self.contents.servers[server_id]
        self.schedule(server, [Step(self.now(), "DELETED", effect=Effect.GONE)])
        self.settle()
        self.save()

    def schedule(self, thing: Thing, steps: Sequence[Step]) -> None:
        """Let this happen to it, instead of what was still to come."""
        thing.steps = tuple(steps)
        self._waiting.discard(thing.id)
        self._expect(thing)

    def settle(self) -> None:
        """Do all that was due until now, in the order in which it was due."""
        now = self.now()
        if not self._due or self._due[0][0] > now:
            return
        with self.changing():
            while self._due and self._due[0][0] <= now:
                at, _, thing_id = heapq.heappop(self._due)
                thing = self.find(thing_id)
                if thing is not None and thing.steps and thing.steps[0].at <= at:
                    self._step(thing)

    def find(self, thing_id: str) -> SimServer | SimVolume | None:
        """A server, deleted ones too, or a volume."""
        return self.contents.servers.get(thing_id) or self.contents.volumes.get(thing_id)

    def _step(self, thing: SimServer | SimVolume) -> None:
        dead = isinstance(thing, SimServer) and self.hosts.is_down(thing.host)
        if isinstance(thing, SimServer) and dead and not evacuations.under_way(self.contents, thing):
            self._waiting.add(thing.id)
            return
        step, *rest = thing.steps
        thing.steps = tuple(rest)
        life.take(self.contents, self.hosts, thing, step)
        self.unwritten = True
        self._expect(thing)

    def _expect(self, thing: Thing) -> None:
        if thing.steps:
            heapq.heappush(self._due, (thing.steps[0].at, next(self._order), thing.id))

    def forget_deleted(self) -> None:
        """Drop servers that were deleted long ago."""
        old = self.now() - REMEMBER
        servers = self.contents.servers
        for server_id in [known.id for known in servers.values() if known.deleted is not None and known.deleted < old]:
            del servers[server_id]

    def _need_project(self, name: str) -> Project:
        found = self.project(name or self.settings.project)
        if found is None:
            raise KeyError(f"no project {name!r}")
        return found


def _later(step: Step, seconds: float) -> Step:
    return Step(step.at + seconds, step.status, step.task_state, step.effect, step.text)
