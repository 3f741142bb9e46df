"""How many bytes this screen sends to its terminal: in all, in the last second, and for the last key."""

from collections import deque
from collections.abc import Callable

from textual.driver import Driver

WINDOW = 60
"""Seconds that are looked back."""


class Wire:
    """Counts bytes by second."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic
        self._began = monotonic()
        self._seconds: deque[tuple[int, int]] = deque()
        """Second and bytes; at most one for each second of the window."""
        self.total = 0
        """Bytes since the screen began."""
        self.key = ""
        """The last key."""
        self.of_key = 0
        """Bytes since that key was pressed."""
        self.before = ("", 0)
        """The key before that one, and the bytes until the last."""

    def wrote(self, data: str) -> None:
        """This goes to the terminal. May be called from any thread: a figure that is off by one line is no harm."""
        size = len(data.encode("utf-8", "replace"))
        self.total += size
        self.of_key += size
        second = int(self.monotonic())
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1] = (second, self._seconds[-1][1] + size)
        else:
            self._seconds.append((second, size))
        while self._seconds[0][0] < second - WINDOW:
            self._seconds.popleft()

    def pressed(self, key: str) -> None:
        """A key came."""
        self.before = (self.key, self.of_key)
        self.key, self.of_key = key, 0

    def last_second(self) -> int:
        """Bytes of the last whole second."""
        second = int(self.monotonic()) - 1
        return sum(size for at, size in self._seconds if at == second)

    def a_second(self) -> float:
        """Bytes a second, over the last minute or since the screen began."""
        now = self.monotonic()
        seconds = min(WINDOW, max(1.0, now - self._began))
        return sum(size for at, size in self._seconds if at > now - WINDOW) / seconds


def counting(driver: type[Driver], wire: Wire) -> type[Driver]:
    """The same driver, whose every byte is counted."""

    def write(self: Driver, data: str) -> None:
        wire.wrote(data)
        driver.write(self, data)

    return type(driver.__name__, (driver,), {"write": write})
