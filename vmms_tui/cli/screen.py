"""`vmms`: the screen, on the engine that runs, or on one of its own; and how it leaves."""

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmms_tui.cli.absent import is_ours, why_nobody
from vmms_tui.cli.background import IDLE, answers, start_engine, this_program
from vmms_tui.cli.logs import log_to_file
from vmms_tui.cli.options import Options
from vmms_tui.model.errors import Failed, TryAgain, VmmsError

if TYPE_CHECKING:
    from vmms_tui.app import VmmsApp
    from vmms_tui.attached import ClientFactory
    from vmms_tui.client.protocol import EngineClient
    from vmms_tui.client.remote import RemoteClient
    from vmms_tui.engine.host import EngineHost
    from vmms_tui.settings import Settings

log = logging.getLogger(__name__)

IMMEDIATE = 0.5
"""Seconds after which a person wonders what keeps the program."""
GRACE = 3.0
"""Seconds without the engine that we were attached to before we run one: it may only be started anew."""


def in_browser() -> bool:
    """Whether this program is run for a browser: textual-serve chooses Textual's driver then."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def by_what() -> str:
    """With what its user works, as the audit says it."""
    return "browser" if in_browser() else "screen"


def show_screen(options: Options) -> int:
    """Run the screen until its user leaves; the exit code.

    Raises:
        SettingsProblems: no engine runs, and the settings do not do for one.
        TryAgain: no engine runs, and it is not for us to run one.
    """
    if not in_browser() and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise VmmsError("The screen needs a terminal.", "For scripts there are commands: see `vmms --help`.")
    settings = None
    if not answers(options.paths.socket):
        if options.paths.machine and (why := why_nobody(options)):
            raise why
        settings = options.settings()
    log_file = _keep_a_log(options)
    from vmms_tui.cli.personal import look
    from vmms_tui.running import run_app

    theme, problems = look(options)
    own = OwnEngine(options, settings)
    try:
        return run_app(own.client, partial(_app, problems), theme=theme, log_file=log_file)
    finally:
        _leave(own)


def _app(problems: tuple[str, ...], client: "ClientFactory", **how: Any) -> "VmmsApp":
    """The screen with what is this user's own. `problems` are those of their files that were read before."""
    from vmms_tui.app import VmmsApp
    from vmms_tui.cli.personal import personal

    return VmmsApp(client, personal=personal(problems), **how)


def _keep_a_log(options: Options) -> Path | None:
    """In the installation's log, or our own where that is another user's. A screen does without, if it must."""
    paths = options.paths
    for path in (paths.log, paths.own_log) if is_ours(paths) else (paths.own_log,):
        with contextlib.suppress(Failed):
            log_to_file(path)
            return path
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    return None


def _leave(own: "OwnEngine") -> None:
    """Leave the engine, and say what becomes of it. The terminal may be gone."""
    leaving = threading.Thread(target=own.leave, name="leave", daemon=True)
    leaving.start()
    try:
        leaving.join(IMMEDIATE)
        if leaving.is_alive():
            _tell("Stopping the engine: steps under way end first …")
            leaving.join()
    except KeyboardInterrupt:
        _tell("Stopped at once. What was under way goes on with the next `vmms`.")
        os._exit(130)  # the engine's threads are not waited for: nothing that was acknowledged is lost
    if own.said:
        _tell(own.said)


def _tell(words: str) -> None:
    # Not print: what cannot be written to a terminal that is gone would be tried again at exit, and change its code.
    with contextlib.suppress(OSError):
        os.write(sys.stdout.fileno(), f"{words}\n".encode())


class OwnEngine:
    """Gives the screen a client: of the engine that runs already, or else of one inside this program."""

    def __init__(self, options: Options, settings: "Settings | None") -> None:
        """`settings` are those that were read already, if they were."""
        self.said = ""
        """What `leave` has to tell."""
        self.background: subprocess.Popen[bytes] | None = None
        """The engine that took over from ours."""
        self._options = options
        self._settings = settings
        self._host: EngineHost | None = None
        self._remote: RemoteClient | None = None
        self._away_since: float | None = None
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="engine-start")

    async def client(self) -> "EngineClient":
        """A client, as soon as there is an engine. The first frame is drawn meanwhile.

        Raises:
            VmmsError: the engine cannot start; the next call tries again.
        """
        host = await asyncio.get_running_loop().run_in_executor(self._starter, self._start)
        if host is None:
            self._remote = self._remote or self._options.remote(by_what())
            return self._remote
        from vmms_tui.client.local import LocalClient
        from vmms_tui.settings.people import this_process

        return LocalClient(host.door, this_process(by_what(), read_only=self._options.read_only))

    def leave(self) -> None:
        """Stop the engine, if it is ours; what is not done goes on in one in the background."""
        self._starter.shutdown(wait=True, cancel_futures=True)
        host, self._host = self._host, None
        if host is not None:
            self.said = self._pass_on(host)

    def _pass_on(self, host: "EngineHost", *, always: bool = False) -> str:
        """Stop our engine, and let one in the background go on if there is anything to do; what there is to say."""
        inherited = host.stop_for_next()
        if inherited is None or not (host.left or always):
            host.release()
            return ""
        try:
            self.background = start_engine(self._options, inherited=inherited, until_idle=IDLE)
        except VmmsError as error:
            log.warning("no engine goes on in the background: %s", error)
            host.release()
            return f"{host.left} go on with the next `vmms`. {error}"
        host.let_go()
        return f"An engine goes on in the background (pid {self.background.pid}): {host.left}. `vmms` comes back to it."

    def _start(self) -> "EngineHost | None":
        """Our engine, running; None when another process has one."""
        if self._host is not None and self._host.alive:
            return self._host
        self._bury()
        if answers(self._options.paths.socket):
            self._away_since = None
            return None
        if self._options.paths.machine and (why := why_nobody(self._options)):
            raise why
        self._wait_for_the_other()
        return self._embed()

    def _wait_for_the_other(self) -> None:
        """Raise TryAgain while the engine that we were attached to may come back."""
        if self._remote is None:
            return
        now = time.monotonic()
        self._away_since = self._away_since or now
        if now - self._away_since < GRACE:
            raise TryAgain(f"No engine answers at {self._options.paths.socket}.")

    def _embed(self) -> "EngineHost | None":
        settings, self._settings = self._settings or self._options.settings(), None
        from vmms_tui.engine.host import EngineHost
        from vmms_tui.engine.lock import EngineRunning

        check = [*this_program(), *self._options.arguments(), "engine", "--check"]
        host = EngineHost(settings, source=self._options.settings, check=check, ended=self._ended)
        try:
            host.start()
        except EngineRunning:
            return None
        self._host, self._away_since = host, None
        return host

    def _ended(self) -> None:
        """Our engine has ended: look after it in our own thread, whether the screen asks for it or not."""
        with contextlib.suppress(RuntimeError):  # we are leaving, and look after it there
            self._starter.submit(self._bury)

    def _bury(self) -> None:
        """Let go of an engine that has ended; one that made room is followed by one in the background."""
        host = self._host
        if host is None or host.alive:
            return
        self._host = None
        if host.replacing:
            log.info("%s", self._pass_on(host, always=True))
        else:
            host.stop()
