"""Why no engine answers, where that is known, and what to do about it."""

import os

from vmms_tui.cli.background import answers
from vmms_tui.cli.options import Options
from vmms_tui.model.errors import TryAgain
from vmms_tui.settings.paths import Paths


def why_nobody(options: Options) -> TryAgain | None:
    """What is known of it; None when an engine answers, or when the user may start one."""
    paths = options.paths
    if answers(paths.socket):
        return None
    if paths.socket.exists() and not os.access(paths.socket, os.W_OK):
        return TryAgain(
            f"The engine at {paths.socket} is another user's, and not open to you.",
            "Work as that user, or let an operator give you a role (docs/settings.md, access).",
        )
    if paths.machine and not is_ours(paths):
        return TryAgain("No engine runs.", "An operator starts it with `systemctl start vmms`.")
    from vmms_tui.engine.lock import engine_elsewhere

    told = engine_elsewhere(paths.state)
    return TryAgain(told.message, told.remedy) if told else None


def is_ours(paths: Paths) -> bool:
    """Whether a screen or a command of ours may run the engine.

    The machine's is run by its service, or by the user to whom both folders belong: nobody else may leave files there.
    """
    folders = (paths.state, paths.socket.parent) if paths.machine else (paths.state,)
    try:
        return all(folder.stat().st_uid == os.geteuid() for folder in folders)
    except FileNotFoundError:
        return not paths.machine
    except OSError:
        return False
