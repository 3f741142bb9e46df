"""How many calls were made lately."""

import threading
from collections import deque
from collections.abc import Callable

WINDOW = 60.0
"""Seconds that are looked back."""


class Meter:
    """Counts calls of the last minute. May be used from any thread."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._calls: deque[float] = deque()

    def count(self) -> None:
        """A call is being made now."""
        with self._lock:
            self._calls.append(self._monotonic())
            self._forget()

    def last_minute(self) -> int:
        """Calls of the last 60 seconds."""
        with self._lock:
            self._forget()
            return len(self._calls)

    def _forget(self) -> None:
        oldest = self._monotonic() - WINDOW
        while self._calls and self._calls[0] <= oldest:
            self._calls.popleft()
