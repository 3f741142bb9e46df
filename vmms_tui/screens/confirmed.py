"""Whether the cloud still confirms what the lists show of servers. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from vmms_tui.model.status import EngineStatus
from vmms_tui.widgets.traces import Cell

INTERVALS = 3
"""So many times the interval of its loop the last list of servers may be old."""
LOOP = "observe"
"""The loop that lists the servers."""
INTERVAL = timedelta(seconds=10)
"""Its interval, where the engine does not say it."""


def in_doubt(status: EngineStatus | None, now: datetime) -> bool:
    """Whether the last list of servers is so old that nobody knows whether it still holds."""
    if status is None or status.cloud.listed_at is None:
        return True
    seconds = next((loop.interval for loop in status.loops if loop.name == LOOP), INTERVAL.total_seconds())
    return now - status.cloud.listed_at > INTERVALS * timedelta(seconds=seconds)


def with_doubt(cells: Sequence[Cell], keys: Sequence[str]) -> list[Cell]:
    """The same cells with a question mark after the state."""
    return [
        (f"{text} ?", tone or "warn") if key == "state" and not text.endswith("?") else (text, tone)
        for key, (text, tone) in zip(keys, cells, strict=True)
    ]
