"""How soon somebody may ask again, so that no minute sees more than so many requests of theirs."""

from collections.abc import Sequence

WINDOW = 60.0
"""Seconds: any minute, not those of the clock on the wall."""


def wait(asked: Sequence[float], now: float, per_minute: int) -> float:
    """Seconds until one more request may come; 0: now.

    `asked` are the instants of the requests that were let through, in order, on a clock that never goes back. Between
    any instant and a minute later there are never more than `per_minute` of them.
    """
    if len(asked) < per_minute:
        return 0.0
    return max(0.0, WINDOW - (now - asked[-per_minute]))
