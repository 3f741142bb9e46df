"""Why no engine answers, where that is known, and what to do about it."""

import os

from vmms_tui.cli.background import answers
from vmms_tui.cli.options import Options
from vmms_tui.model.errors import TryAgain


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
    if paths.machine:
        return TryAgain("No engine runs.", "An operator starts it with `systemctl start vmms`.")
    from vmms_tui.engine.lock import engine_elsewhere

    told = engine_elsewhere(paths.state)
    return TryAgain(told.message, told.remedy) if told else None
