"""`vmms engine`: the engine without a screen."""

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

import vmms_tui
from vmms_tui.cli.background import this_program
from vmms_tui.cli.logs import log_to_file, log_to_stderr
from vmms_tui.cli.notify import notify, watchdog
from vmms_tui.cli.options import Options
from vmms_tui.model.errors import Failed, TryAgain, VmmsError

if TYPE_CHECKING:
    from vmms_tui.engine.host import EngineHost
    from vmms_tui.engine.successor import Inheritance

log = logging.getLogger(__name__)

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True)
class How:
    """How an engine is run. All of it but `ready` and `inherited` goes on with the one that replaces it."""

    background: bool = False
    until_idle: float | None = None
    inherited: "Inheritance | None" = None
    ready: int | None = None
    """Descriptor to which a word is written once it runs."""

    def words(self, inherited: "Inheritance") -> list[str]:
        """The options for the next one."""
        words = ["--background"] if self.background else []
        words += [] if self.until_idle is None else ["--until-idle", f"{self.until_idle:g}"]
        return [*words, "--inherit", str(inherited)]


@click.command()
@click.option(
    "--replace",
    "replacing",
    is_flag=True,
    help="Let the program that is installed now take over from the engine that runs.",
)
@click.option("--start", is_flag=True, help="With --replace: start one in the background if none runs.")
@click.option("--check", is_flag=True, help="Say whether an engine of this program would work here. Changes nothing.")
@click.option("--background", is_flag=True, hidden=True, help="Log to the log file only.")
@click.option("--until-idle", type=float, hidden=True, help="End after so many seconds with nothing to do.")
@click.option("--inherit", hidden=True, help="Descriptors of the lock and the socket of the engine before.")
@click.option("--ready", type=int, hidden=True, help="Descriptor to write to once it runs.")
@click.pass_obj
def engine(
    options: Options,
    replacing: bool,
    start: bool,
    check: bool,
    background: bool,
    until_idle: float | None,
    inherit: str | None,
    ready: int | None,
) -> int:
    """Run the engine without a screen, until SIGTERM, SIGINT or SIGHUP.

    It stays in the foreground and logs to stderr. Only one engine runs for an installation.
    """
    if start and not replacing:
        raise click.UsageError("--start goes with --replace.")
    if check:
        from vmms_tui.cli.check import check_engine

        return check_engine(options)
    if replacing:
        from vmms_tui.cli.replace import replace_engine

        return replace_engine(options, start=start)
    if background:
        log_to_file(options.paths.log)
    else:
        log_to_stderr()
    return run(options, How(background, until_idle, _inheritance(inherit), ready))


def _inheritance(text: str | None) -> "Inheritance | None":
    if text is None:
        return None
    from vmms_tui.engine.successor import Inheritance

    return Inheritance.parse(text)


def run(options: Options, how: How) -> int:
    """Run an engine until somebody or something ends it; the exit code."""
    settings = options.settings()
    from vmms_tui.engine.host import EngineHost
    from vmms_tui.engine.lock import EngineRunning

    with _ending() as ended:
        host = EngineHost(
            settings,
            source=options.settings,
            inherited=how.inherited,
            check=[*this_program(), *options.arguments(), "engine", "--check"],
            until_idle=how.until_idle,
            ended=ended.event.set,
        )
        try:
            host.start()
        except EngineRunning as error:
            if how.background:
                raise TryAgain(error.message) from error
            raise
        log.info("engine %d runs: cloud %s, socket %s", os.getpid(), settings.cloud, settings.paths.socket)
        _tell_ready(how.ready)
        _wait(host, ended.event)
    if host.replacing and not ended.by_signal:
        return _replace(options, how, host)
    if not ended.by_signal and not host.idle:
        host.stop()
        raise _reason(host)
    notify("STOPPING=1")
    log.info("the engine stops" if ended.by_signal else "the engine stops: there has been nothing to do for long")
    host.stop()
    log.info("the engine has stopped")
    return 0


def _wait(host: "EngineHost", ended: threading.Event) -> None:
    """Return when it is to end, or has ended. The service manager hears from the engine's own loop that it turns."""
    pause = watchdog()
    while not ended.wait(pause):
        with contextlib.suppress(RuntimeError):  # it has ended just now
            host.door.loop.call_soon_threadsafe(_sign_of_life)


def _sign_of_life() -> None:
    """Say that the loop turns. It does not wait for a service manager that is busy: another sign follows."""
    notify("WATCHDOG=1", patience=0)


def _reason(host: "EngineHost") -> VmmsError:
    if isinstance(host.problem, VmmsError):
        return host.problem
    return Failed("The engine has ended by itself.", "Its log has the details; start it again.")


def _tell_ready(descriptor: int | None) -> None:
    """Tell whoever started us, if they still want to know."""
    notify("READY=1", f"STATUS=VMMS {vmms_tui.__version__}")
    if descriptor is not None:
        with contextlib.suppress(OSError):
            os.write(descriptor, b"ready\n")
        os.close(descriptor)


def _replace(options: Options, how: How, host: "EngineHost") -> int:
    """Become the program that is installed now, in this process (execve(2)): lock and socket stay as they are."""
    inherited = host.stop_for_next()
    if inherited is None:
        host.release()
        raise Failed("The engine has ended, and the next one cannot follow.", "Its log has the details.")
    words = [*this_program(), *options.arguments(), "engine", *how.words(inherited)]
    log.info("the engine has stopped; the next one follows")
    inherited.pass_on()
    try:
        os.execv(words[0], words)  # noqa: S606 our own program
    except OSError as error:
        log.exception("%s cannot be run (%s): this program goes on", words[0], error.strerror)
        return run(options, replace(how, inherited=inherited, ready=None))


class _Ending:
    def __init__(self) -> None:
        self.event = threading.Event()
        self.by_signal = False

    def signalled(self, *_: object) -> None:
        self.by_signal = True
        self.event.set()


@contextmanager
def _ending() -> Iterator[_Ending]:
    """Knows when a signal came. A second one, while the engine stops, ends it at once: that loses nothing."""
    ended = _Ending()
    before = {number: signal.signal(number, ended.signalled) for number in ENDING_SIGNALS}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
