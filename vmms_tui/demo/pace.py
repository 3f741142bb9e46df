"""How much simulated time is let go by in a frame of real time. Pure but for what is measured and handed in."""

from collections import deque

FRAME = 0.1
"""Real seconds between two looks at what is owed."""
SHARE = 0.6
"""The part of a frame that the engine may take: the rest is the screen's."""
LEAST = 1.0
"""Simulated seconds that are let go by at once, at least."""
MOST = 15.0
"""And at most: the engine's loops shall not miss what happens."""
MOST_WHEN_SLOW = 60.0
"""At most where one turn of the loops takes longer than its share of a frame."""
OVER = 5.0
"""Real seconds over which the speed that is reached is taken."""


class Pace:
    """Owes simulated time for the real time that goes by, and forgives what cannot be done."""

    def __init__(self, real: float) -> None:
        self._last = real
        self._owed = 0.0
        self._done: deque[tuple[float, float]] = deque()
        self._slow = False
        """Whether the last step took longer than the engine's share of a frame."""

    def begin(self, real: float, speed: float) -> None:
        """A frame begins."""
        most = max(2 * LEAST, 3 * FRAME * speed, MOST_WHEN_SLOW if self._slow else 0.0)
        self._owed = min(self._owed + (real - self._last) * speed, most)
        self._last = real

    def rest(self, real: float) -> None:
        """Nothing is owed for the time until now: it stood still."""
        self._last, self._owed = real, 0.0
        self._done.clear()

    def step(self, spent: float) -> float:
        """Simulated seconds to let go by now, when this frame has taken `spent` already; 0.0: no more in it."""
        if self._owed < LEAST or spent >= FRAME * SHARE:
            return 0.0
        return min(self._owed, MOST_WHEN_SLOW if self._slow else MOST)

    def took(self, step: float, real: float, cost: float) -> None:
        """A step was done, at this time, and took so long."""
        self._owed -= step
        self._slow = cost > FRAME * SHARE
        self._done.append((real, step))
        while self._done[0][0] < real - OVER:
            self._done.popleft()

    def pause(self, spent: float) -> float:
        """Real seconds to leave to others now, after a frame that took `spent`."""
        return max(FRAME - spent, spent * (1 - SHARE) / SHARE)

    def reached(self, real: float) -> float | None:
        """The speed over the last seconds; None: not known yet."""
        while self._done and self._done[0][0] < real - 2 * OVER:
            self._done.popleft()
        if not self._done:
            return None
        (first, left_out), last = self._done[0], self._done[-1][0]
        if last - first < OVER / 3:
            return None
        return (sum(step for _, step in self._done) - left_out) / (last - first)
