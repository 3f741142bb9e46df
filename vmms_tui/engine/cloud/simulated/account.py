"""The account of the simulated cloud."""

from functools import cached_property
from pathlib import Path

from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.errors import Unreachable
from vmms_tui.engine.cloud.meter import Meter
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.cloud.simulated.project import SimulatedProject
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings
from vmms_tui.engine.cloud.simulated.world import World
from vmms_tui.model.errors import Failed
from vmms_tui.model.inspection import CallsOfKind

DEFAULTS = SimulatedSettings()


class SimulatedAccount:
    """A `CloudAccount` in memory. `world` is the cloud itself, with its faults, quotas and hosts, for tests.

    With `path` the cloud is kept in that file, written before a call answers, and a later account finds it there. It is
    read when somebody first asks for anything, as nobody asks a real cloud before.
    """

    name = "simulated"

    def __init__(
        self, clock: Clock, *, seed: int = 1, path: Path | None = None, settings: SimulatedSettings = DEFAULTS
    ) -> None:
        self._clock = clock
        self._path = path
        self._seed = seed
        self._settings = settings
        self._meter = Meter(clock.monotonic, clock.now)
        self._projects: dict[str, SimulatedProject] = {}
        if path is None:
            self.world  # noqa: B018  its time begins now

    @cached_property
    def world(self) -> World:
        """The cloud itself. Raises Failed when its file cannot be used, each time anew."""
        return World(self._clock, seed=self._seed, path=self._path, settings=self._settings)

    def project(self, name: str = "") -> Cloud:
        """See CloudAccount. Raises Unreachable when the cloud's file cannot be used."""
        wanted = name or self._settings.project
        if wanted not in self._projects:
            self._projects[wanted] = SimulatedProject(self._reached(), self._clock, self._meter, wanted)
        return self._projects[wanted]

    def _reached(self) -> World:
        try:
            return self.world
        except Failed as failed:
            raise Unreachable(str(failed)) from failed

    def up_for(self, address: str) -> float | None:
        """Seconds since the server at this fixed or floating address came up; None when nothing there runs."""
        self.world.settle()
        server = self.world.addresses.server_at(address)
        if server is None or not server.running or server.booted is None:
            return None
        if not self.world.hosts.guests_run(server.host):
            return None
        return round(self.world.now() - server.booted, 3)

    def disk_at(self, address: str) -> int:
        """How often the disk of the server at this address was made anew; 0 where there is no server."""
        self.world.settle()
        server = self.world.addresses.server_at(address)
        return server.disk if server is not None else 0

    def calls_last_minute(self) -> int:
        """See CloudAccount."""
        return self._meter.last_minute()

    def calls(self) -> tuple[CallsOfKind, ...]:
        """See CloudAccount."""
        return self._meter.calls()

    def calls_made(self) -> dict[tuple[str, str], int]:
        """See CloudAccount."""
        return self._meter.totals()

    async def close(self) -> None:
        """See CloudAccount."""
