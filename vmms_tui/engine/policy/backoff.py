"""How long to wait after something failed."""

from datetime import timedelta
from hashlib import sha256

FIRST_PAUSE = 3
"""From this failed build in a row a pool pauses."""
LONGEST_PAUSE = timedelta(minutes=30)
QUOTA_PAUSE = timedelta(seconds=30)
"""After the first refusal over a quota."""
LONGEST_QUOTA_PAUSE = timedelta(minutes=10)
LONGEST_WAIT = 60
"""Seconds between two tries of an operation's step, at most."""


def pool_backoff(failures: int) -> timedelta:
    """How long a pool builds nothing after so many failed builds in a row.

    Nothing after the first two, a minute after the third, then twice as long after each, at most 30 minutes.
    """
    if failures < FIRST_PAUSE:
        return timedelta(0)
    doublings = min(failures - FIRST_PAUSE, 10)
    return min(timedelta(minutes=2**doublings), LONGEST_PAUSE)


def quota_backoff(refusals: int) -> timedelta:
    """How long a pool builds nothing after the cloud refused so many times in a row with its quota.

    Half a minute after the first, then twice as long after each, at most 10 minutes.
    """
    doublings = min(max(refusals - 1, 0), 10)
    return min(QUOTA_PAUSE * float(1 << doublings), LONGEST_QUOTA_PAUSE)


def operation_backoff(attempts: int, operation_id: str) -> timedelta:
    """How long an operation waits before it tries its step again, in whole seconds.

    One second after the first try that failed, then twice as long each time, at most 60 s, less up to a quarter
    that hangs on the operation and the try: operations that failed together do not come back together.
    """
    if attempts < 1:
        return timedelta(0)
    seconds = min(2 ** min(attempts - 1, 10), LONGEST_WAIT)
    digest = sha256(f"{operation_id}/{attempts}".encode()).digest()
    return timedelta(seconds=seconds - int.from_bytes(digest[:8]) % (seconds // 4 + 1))
