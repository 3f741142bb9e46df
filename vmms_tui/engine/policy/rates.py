"""How fast requests come. Instants are handed in in their order."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

USUAL_WINDOW = timedelta(hours=24)
"""Over which the usual rate is taken."""


def requests_in(times: Sequence[datetime], window: timedelta, now: datetime) -> int:
    """How many of these instants lie in the window that ends now. Its first instant is outside, now is inside."""
    return max(0, bisect_right(times, now) - bisect_right(times, now - window))


def per_minute(times: Sequence[datetime], window: timedelta, now: datetime) -> float:
    """Requests a minute over the window that ends now. Raises ValueError for a window that is not positive."""
    if window <= timedelta(0):
        raise ValueError(f"a rate needs a window longer than nothing, not {window}")
    return requests_in(times, window, now) / (window / timedelta(minutes=1))


def usual_per_minute(times: Sequence[datetime], now: datetime) -> float:
    """Requests a minute over the last 24 hours. Whoever has a shorter history looks calmer than he was."""
    return per_minute(times, USUAL_WINDOW, now)
