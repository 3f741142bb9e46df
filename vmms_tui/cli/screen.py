"""`vmms`: the screen, on the engine that runs, or on one of its own."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from vmms_tui.cli.background import answers
from vmms_tui.cli.logs import log_to_file
from vmms_tui.cli.options import Options
from vmms_tui.model.errors import VmmsError

if TYPE_CHECKING:
    from vmms_tui.client.protocol import EngineClient
    from vmms_tui.engine.host import EngineHost
    from vmms_tui.settings import Settings


def show_screen(options: Options) -> int:
    """Run the screen until its user leaves; the exit code.

    Raises:
        SettingsProblems: no engine runs, and the settings do not do for one.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise VmmsError("The screen needs a terminal.", "For scripts there are commands: see `vmms --help`.")
    settings = None if answers(options.paths.socket) else options.settings()
    log_to_file(options.paths.log)
    from vmms_tui.app import run_app

    own = OwnEngine(options, settings)
    try:
        return run_app(own.client)
    finally:
        own.stop()


class OwnEngine:
    """Gives the screen a client: of the engine that runs already, or else of one inside this program."""

    def __init__(self, options: Options, settings: "Settings | None") -> None:
        """`settings` are those that were read already, if they were."""
        self._options = options
        self._settings = settings
        self._host: EngineHost | None = None
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="engine-start")

    async def client(self) -> "EngineClient":
        """A client, as soon as there is an engine. The first frame is drawn meanwhile.

        Raises:
            VmmsError: the engine cannot start; the next call tries again.
        """
        host = await asyncio.get_running_loop().run_in_executor(self._starter, self._start)
        if host is None:
            return self._options.remote("screen")
        from vmms_tui.client.local import LocalClient
        from vmms_tui.settings.people import this_process

        return LocalClient(host.door, this_process("screen", read_only=self._options.read_only))

    def stop(self) -> None:
        """Stop the engine, if it is ours."""
        self._starter.shutdown(wait=True)
        if self._host is not None:
            self._host.stop()

    def _start(self) -> "EngineHost | None":
        """Our engine, running; None when another process has one."""
        if self._host is not None:
            return self._host
        if answers(self._options.paths.socket):
            return None
        settings = self._settings or self._options.settings()
        from vmms_tui.engine.host import EngineHost
        from vmms_tui.engine.lock import EngineRunning

        host = EngineHost(settings, source=self._options.settings)
        try:
            host.start()
        except EngineRunning:
            return None
        self._host = host
        return host
