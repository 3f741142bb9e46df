"""Commands for queues of moves as command lines. Pure."""

from vmms_tui.model import commands as c
from vmms_tui.model.command import Command


def words(command: Command) -> list[str]:
    """What is typed after `vmms`."""
    match command:
        case c.DrainHost():
            reason = ["--reason", command.reason] if command.reason else []
            return ["drain", command.host, *reason, *_limit(command.limit), *(["--cold"] if command.cold else [])]
        case c.UndrainHost():
            back = ["--bring-back"] if command.bring_back else []
            return ["undrain", command.host, *back, *_limit(command.limit)]
        case c.SteerMoves():
            return _steer(command)
        case c.Rebalance():
            said = ["--threshold", str(command.threshold), "--margin", str(command.margin), "--most", str(command.most)]
            hold = ["--hold", str(int(command.hold.total_seconds() // 3600))]
            important = ["--important"] if command.important else []
            return ["rebalance", *said, *hold, *important, *_limit(command.limit)]
    return []


def _limit(limit: int) -> list[str]:
    return ["--limit", str(limit)] if limit else []


def _steer(command: c.SteerMoves) -> list[str]:
    errand, _, host = command.queue.partition(":")
    name = {"drain": "drain", "return": "undrain"}.get(errand, "rebalance")
    act = _limit(command.limit) if command.act == "limit" else [f"--{command.act}"]
    return [name, *([host] if host else []), *act]
