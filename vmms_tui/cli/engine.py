"""`vmms engine`: the engine without a screen."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from vmms_tui.cli.logs import log_to_file, log_to_stderr
from vmms_tui.cli.options import Options
from vmms_tui.model.errors import Failed, TryAgain, VmmsError

if TYPE_CHECKING:
    from vmms_tui.engine.host import EngineHost

log = logging.getLogger(__name__)

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
LOOK_EVERY = 1.0
"""Seconds between two looks at whether the engine still lives."""


@click.command()
@click.option("--background", is_flag=True, hidden=True, help="Log to the log file only.")
@click.pass_obj
def engine(options: Options, background: bool) -> int:
    """Run the engine without a screen, until SIGTERM, SIGINT or SIGHUP.

    It stays in the foreground and logs to stderr. Only one engine runs for an installation.
    """
    if background:
        log_to_file(options.paths.log)
    else:
        log_to_stderr()
    settings = options.settings()
    from vmms_tui.engine.host import EngineHost
    from vmms_tui.engine.lock import EngineRunning

    host = EngineHost(settings, source=options.settings)
    with _ending() as ended:
        try:
            host.start()
        except EngineRunning as error:
            if background:
                raise TryAgain(error.message) from error
            raise
        log.info("engine %d runs: cloud %s, socket %s", os.getpid(), settings.cloud, settings.paths.socket)
        _wait(host, ended)
    log.info("the engine stops")
    host.stop()
    log.info("the engine has stopped")
    return 0


def _wait(host: "EngineHost", ended: threading.Event) -> None:
    """Return when a signal came. Raises Failed when the engine has ended by itself."""
    while not ended.wait(LOOK_EVERY):
        if host.door.loop.is_closed():
            if isinstance(host.problem, VmmsError):
                raise host.problem
            raise Failed("The engine has ended by itself.", "Its log has the details; start it again.")


@contextmanager
def _ending() -> Iterator[threading.Event]:
    """An event that the signals set. A second signal, while the engine stops, ends it at once: that loses nothing."""
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in ENDING_SIGNALS}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
