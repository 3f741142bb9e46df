"""How long to wait after something failed."""

from datetime import timedelta
from hashlib import sha256

FIRST_PAUSE = 3
"""From this failed build in a row a pool pauses."""
LONGEST_PAUSE = timedelta(minutes=30)
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
