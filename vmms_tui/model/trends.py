"""How pools did lately: samples, kept in pieces of ten minutes, so that a new one costs a small record."""

from datetime import datetime, timedelta

import msgspec

from vmms_tui.model.record import Record

SAMPLED = timedelta(minutes=1)
"""From one sample to the next."""
PIECE = timedelta(minutes=10)
"""What one record covers. Its begin is a multiple of it, counted from midnight UTC."""
FINE = timedelta(hours=2)
"""How long every sample is kept; of an older piece only the mean."""
KEPT = timedelta(hours=24)
"""How long anything is kept."""


class Sample(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A pool at an instant, or the means of ten minutes; `asked` and `minutes` are sums."""

    at: datetime
    """Whole minutes; of a mean, when it begins."""
    ready: float
    wanted: float
    used: float
    limit: float
    """Those in force, with the surge."""
    surge: float
    asked: int
    """Requests that came since the sample before."""
    waiting: float
    """Requests in the queue."""
    minutes: int = 1
    """Of how many samples this is the mean."""


class Trend(Record, frozen=True, tag="trend"):
    """Ten minutes of a pool. `id` is made of both."""

    pool: str
    start: datetime
    samples: tuple[Sample, ...]
    """In order; at most one a minute."""
