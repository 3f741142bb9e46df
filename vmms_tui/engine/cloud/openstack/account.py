"""The cloud that clouds.yaml names, through openstacksdk.

The library blocks, so it works in threads of its own and is loaded there: importing this module is cheap.
"""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vmms_tui.engine.clock import Clock, RealClock
from vmms_tui.engine.cloud.meter import Meter
from vmms_tui.engine.cloud.openstack.project import OpenStackProject
from vmms_tui.engine.cloud.openstack.rest import Rest
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.workers import Workers
from vmms_tui.model.inspection import CallsOfKind

if TYPE_CHECKING:
    from vmms_tui.engine.cloud.openstack.login import Credentials, Login

DEADLINE = 3
"""A call ends after this many time-outs: one each for a log-in, the call, and the call again with a fresh token."""


class OpenStackAccount:
    """A `CloudAccount` on a real cloud.

    `api_timeout` is in seconds, and for connecting and for each wait for a part of an answer. A call that changes
    something is made once; one that only reads is made three times at most, within `api_timeout`.
    """

    def __init__(
        self,
        cloud_name: str,
        *,
        file: Path | None = None,
        api_timeout: float = 30.0,
        workers: int = 8,
        clock: Clock | None = None,
    ) -> None:
        """Does no I/O: what is wrong with clouds.yaml is raised by the first call, as AccessDenied.

        `file` goes before openstacksdk's usual places, and after OS_CLIENT_CONFIG_FILE.
        """
        self.name = cloud_name
        self._file = file
        self._api_timeout = api_timeout
        self._connections = workers
        self._clock = clock or RealClock()
        self._meter = Meter(self._clock.monotonic, self._clock.now)
        self._workers = Workers(workers, DEADLINE * api_timeout, f"openstack-{cloud_name}")
        self._projects: dict[str, OpenStackProject] = {}
        self._logins: dict[str, Login] = {}
        self._lock = threading.Lock()
        self._credentials: Credentials | None = None

    def project(self, name: str = "") -> Cloud:
        """See CloudAccount."""
        if name not in self._projects:
            rest = Rest(self._login_of(name), self._workers, self._clock, api_timeout=self._api_timeout)
            self._projects[name] = OpenStackProject(rest, self._clock)
        return self._projects[name]

    def calls_last_minute(self) -> int:
        """See CloudAccount. Every HTTP request counts: log-ins, discovery and repeats too."""
        return self._meter.last_minute()

    def calls(self) -> tuple[CallsOfKind, ...]:
        """See CloudAccount."""
        return self._meter.calls()

    def calls_made(self) -> dict[tuple[str, str], int]:
        """See CloudAccount."""
        return self._meter.totals()

    async def close(self) -> None:
        """See CloudAccount."""
        await self._workers.close(self._api_timeout)
        if self._credentials is not None:
            self._credentials.close()

    def _login_of(self, project: str) -> Callable[[], "Login"]:
        return partial(self._login, project)

    def _login(self, project: str) -> "Login":
        """In a worker thread: loads openstacksdk the first time."""
        from vmms_tui.engine.cloud.openstack.login import Credentials, Login

        with self._lock:
            if self._credentials is None:
                self._credentials = Credentials(
                    self.name,
                    file=self._file,
                    api_timeout=self._api_timeout,
                    connections=self._connections,
                    meter=self._meter,
                )
            if project not in self._logins:
                self._logins[project] = Login(self._credentials, project)
            return self._logins[project]
