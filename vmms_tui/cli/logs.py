"""Where the engine's log goes: stderr in the foreground, its file where there is a screen or no terminal."""

import logging
import logging.handlers
import sys
import time
from pathlib import Path

from vmms_tui.model.errors import Failed
from vmms_tui.model.hiding import without_secrets

LARGEST = 5_000_000
"""Bytes of the log file, after which a new one is begun."""
KEPT = 3
"""How many full log files are kept."""

_QUIET = (
    "apscheduler",
    "asyncssh",
    "httpcore",
    "httpx",
    "openstack",
    "stevedore",
    "urllib3",
    "uvicorn",
)
"""Libraries that tell too much, or what should not be told, below a warning."""

_MUTE = ("keystoneauth",)
"""Libraries whose warnings come again with every call to a cloud that is away, which the engine tells once."""


class Formatter(logging.Formatter):
    """Lines, and what belongs to a mistake, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        return without_secrets(super().format(record))


def log_to_stderr() -> None:
    """Log for whoever watches, or for the journal of systemd."""
    _log_to(logging.StreamHandler(sys.stderr))


def log_to_file(path: Path) -> None:
    """Log to a file that only its owner may read. Raises Failed when it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8")
    except OSError as error:
        remedy = "Mend that, or set VMMS_STATE_DIR to another folder."
        raise Failed(f"The log {path} cannot be written ({error.strerror}).", remedy) from error
    _log_to(handler)


def _log_to(handler: logging.Handler) -> None:
    formatter = Formatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _MUTE:
        logging.getLogger(name).setLevel(logging.ERROR)
