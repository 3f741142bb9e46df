"""The account of the simulated cloud."""

from pathlib import Path

from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.meter import Meter
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.cloud.simulated.project import SimulatedProject
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings
from vmms_tui.engine.cloud.simulated.world import World
from vmms_tui.model.inspection import CallsOfKind

DEFAULTS = SimulatedSettings()


class SimulatedAccount:
    """A `CloudAccount` in memory. `world` is the cloud itself, with its faults, quotas and hosts, for tests.

    With `path` the cloud is kept in that file, written before a call answers, and a later account finds it there.
    """

    name = "simulated"

    def __init__(
        self, clock: Clock, *, seed: int = 1, path: Path | None = None, settings: SimulatedSettings = DEFAULTS
    ) -> None:
        """Raises Failed when the file cannot be used."""
        self.world = World(clock, seed=seed, path=path, settings=settings)
        self._clock = clock
        self._meter = Meter(clock.monotonic, clock.now)
        self._projects: dict[str, SimulatedProject] = {}

    def project(self, name: str = "") -> Cloud:
        """See CloudAccount."""
        wanted = name or self.world.settings.project
        if wanted not in self._projects:
            self._projects[wanted] = SimulatedProject(self.world, self._clock, self._meter, wanted)
        return self._projects[wanted]

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
