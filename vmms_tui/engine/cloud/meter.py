"""Which calls were made lately, how long they took, and what came of them. Bounded, however many there are."""

import math
import re
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from vmms_tui.model.inspection import CallsOfKind

WINDOW = 60.0
"""Seconds that are looked back."""
MOST_KINDS = 100
"""Kinds of calls that are told apart; a path that nobody foresaw must not fill the memory."""
REMEMBERED = 256
"""Latencies that are kept of a kind."""
LONGEST_ERROR = 300
"""Characters of an error."""
OTHERS = ("others", "others")

_WORD = re.compile(r"[A-Za-z][A-Za-z_-]*|v\d[\d.]*")
"""A segment of a path that names a collection or a version; anything else is somebody's id."""


def kind_of_path(method: str, path: str) -> str:
    """A call without its ids: `GET /servers/{id}`."""
    segments = path.partition("?")[0].split("/")
    return f"{method} " + "/".join(one if not one or _WORD.fullmatch(one) else "{id}" for one in segments)


class _Window:
    """Counts what happened in the last minute, second by second."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, int]] = deque()
        """Second and count; at most one for each second of the window."""

    def add(self, now: float) -> None:
        second = math.ceil(now)
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1] = (second, self._seconds[-1][1] + 1)
        else:
            self._seconds.append((second, 1))
        self.total(now)

    def total(self, now: float) -> int:
        while self._seconds and self._seconds[0][0] <= now - WINDOW:
            self._seconds.popleft()
        return sum(count for _, count in self._seconds)


@dataclass
class _Kind:
    window: _Window = field(default_factory=_Window)
    total: int = 0
    failed: int = 0
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    error: str = ""
    error_at: datetime | None = None


class Meter:
    """Counts calls by service and kind. May be used from any thread."""

    def __init__(self, monotonic: Callable[[], float], now: Callable[[], datetime] | None = None) -> None:
        """`now` says when an error came."""
        self._monotonic = monotonic
        self._now = now
        self._lock = threading.Lock()
        self._all = _Window()
        self._kinds: dict[tuple[str, str], _Kind] = {}

    def count(self, service: str = "", call: str = "") -> None:
        """A call is being made now."""
        now = self._monotonic()
        with self._lock:
            self._all.add(now)
            kind = self._kind(service, call)
            kind.window.add(now)
            kind.total += 1

    def took(self, service: str, call: str, seconds: float, error: str = "") -> None:
        """A call that was counted has ended after so many seconds, well or with an error."""
        with self._lock:
            kind = self._kind(service, call)
            kind.latencies.append(seconds)
            if error:
                kind.failed += 1
                kind.error = error[:LONGEST_ERROR]
                kind.error_at = self._now() if self._now else None

    def last_minute(self) -> int:
        """Calls of the last 60 seconds."""
        with self._lock:
            return self._all.total(self._monotonic())

    def totals(self) -> dict[tuple[str, str], int]:
        """Calls since the start, by service and kind."""
        with self._lock:
            return {key: kind.total for key, kind in self._kinds.items()}

    def calls(self) -> tuple[CallsOfKind, ...]:
        """Every kind of call, the busiest of the last minute first."""
        now = self._monotonic()
        with self._lock:
            told = [_told(service, call, kind, now) for (service, call), kind in self._kinds.items()]
        return tuple(sorted(told, key=lambda one: (-one.last_minute, -one.total, one.service, one.call)))

    def _kind(self, service: str, call: str) -> _Kind:
        key = (service or OTHERS[0], call or OTHERS[1])
        if key not in self._kinds and len(self._kinds) >= MOST_KINDS:
            key = OTHERS
        return self._kinds.setdefault(key, _Kind())


def _told(service: str, call: str, kind: _Kind, now: float) -> CallsOfKind:
    latencies = sorted(kind.latencies)
    return CallsOfKind(
        service=service,
        call=call,
        last_minute=kind.window.total(now),
        total=kind.total,
        failed=kind.failed,
        p50=percentile(latencies, 50),
        p95=percentile(latencies, 95),
        slowest=latencies[-1] if latencies else None,
        last_error=kind.error,
        last_error_at=kind.error_at,
    )


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The nearest rank: the smallest value that so many of a hundred do not exceed; None of nothing."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else None
