"""The real program in a terminal of its own: keys go in, and what stands on the screen comes out."""

import contextlib
import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from types import TracebackType

import pyte

PATIENCE = 60.0
"""Seconds that anything may take on a loaded machine with two cores."""
KEYS = {
    "backspace": "\x7f",
    "ctrl+n": "\x0e",
    "ctrl+u": "\x15",
    "down": "\x1b[B",
    "end": "\x1b[F",
    "enter": "\r",
    "esc": "\x1b",
    "escape": "\x1b",
    "right": "\x1b[C",
    "ctrl+l": "\x0c",
    "pagedown": "\x1b[6~",
    "tab": "\t",
    "up": "\x1b[A",
}
"""What an xterm sends."""
LAUNCH = (
    "import fcntl, os, signal, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "signal.signal(signal.SIGINT, signal.SIG_DFL);"
    "os.execv(sys.executable, [sys.executable, '-m', *sys.argv[1:]])"
)
"""Becomes a module of ours with file 0 as its controlling terminal: the kernel then tells of sizes and lost lines.

Ctrl-c counts, as after a login, also where the tests themselves run in the background of a script, which ignores it.
"""


class Terminal:
    """`vmms` in a terminal of so many columns and lines; a thread reads all that it writes."""

    def __init__(
        self,
        *words: str,
        environ: Mapping[str, str],
        size: tuple[int, int] = (80, 24),
        module: str = "vmms_tui.cli",
    ) -> None:
        self.raw = bytearray()
        """Every byte that the program wrote."""
        self.written_at = 0.0
        """When it wrote last, by the monotonic clock."""
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._news = threading.Condition()
        self._closed = False
        self._leader, follower = os.openpty()
        self._woken, self._wake = os.pipe()
        self._set_size(size)
        command = [sys.executable, "-c", LAUNCH, module, *words]
        self.process = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environ)
        os.close(follower)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the program, in good order if it lets us, and the terminal."""
        with self.process:
            if self.process.poll() is None:
                self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE)
            self.process.kill()
        self._reader.join(PATIENCE)
        for file in (self._leader, self._woken, self._wake):
            if file >= 0:
                os.close(file)

    def _read(self) -> None:
        """Until the other end is closed, Linux says EIO then; or until somebody wakes us."""
        with contextlib.suppress(OSError):
            while self._woken not in select.select([self._leader, self._woken], [], [])[0]:
                data = os.read(self._leader, 65536)
                with self._news:
                    self.written_at = time.monotonic()
                    self.raw.extend(data)
                    self._stream.feed(data)
                    self._news.notify_all()
        with self._news:
            self._closed = True
            self._news.notify_all()

    # What is seen

    def lines(self) -> list[str]:
        """The screen now."""
        with self._news:
            return self._lines()

    def _lines(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]

    def text(self) -> str:
        """The screen now, in one piece."""
        return "\n".join(self.lines())

    def wait(self, holds: Callable[[str], object], what: str) -> str:
        """Return the screen as soon as something holds of it."""
        with self._news:
            met = self._news.wait_for(lambda: holds("\n".join(self._lines())) or self._closed, PATIENCE)
            shown = "\n".join(self._lines())
        assert met, f"{what}: not on this screen in time\n{shown}"
        assert holds(shown), f"{what}: the program ended with this screen\n{shown}"
        return shown

    def quiet(self, seconds: float) -> None:
        """Wait until nothing has been written for so long."""
        end = time.monotonic() + PATIENCE
        with self._news:
            while self._news.wait(seconds):
                assert time.monotonic() < end, f"it writes more often than every {seconds} s"

    def see(self, *words: str) -> str:
        """Wait until all these words stand on the screen at once; the screen."""
        return self.wait(lambda shown: all(word in shown for word in words), " and ".join(map(repr, words)))

    def see_no(self, *words: str) -> str:
        """Wait until none of these words stands on the screen; the screen."""
        return self.wait(lambda shown: not any(word in shown for word in words), f"no {words}")

    def match(self, pattern: str) -> re.Match[str]:
        """Wait until a line matches, and return what matched."""
        found = re.search(pattern, self.wait(lambda shown: re.search(pattern, shown, re.M), pattern), re.M)
        assert found
        return found

    def written(self, sequence: bytes) -> None:
        """Wait until the program has written these bytes."""
        with self._news:
            assert self._news.wait_for(lambda: sequence in self.raw, PATIENCE), sequence

    def echoes(self) -> bool:
        """Whether the terminal is as a shell wants it: it shows what is typed, and sends whole lines."""
        local = termios.tcgetattr(self._leader)[3]
        return bool(local & termios.ECHO) and bool(local & termios.ICANON)

    # What is done

    def press(self, *keys: str) -> None:
        """Press keys, by name or as they are."""
        for key in keys:
            os.write(self._leader, KEYS.get(key, key).encode())

    def follow(self, word: str) -> None:
        """Press the key that the screen itself names for a word: `n` where it shows `n:request`."""
        key = self.match(rf"(?:^|[\s│])([^\s:│]+):{re.escape(word)}(?=\s|│|$)")[1]
        self.press(key.replace("ctrl-", "ctrl+"))

    def tab_to(self, pattern: str) -> None:
        """Press tab, and wait until the cell where a match ends looks otherwise: the focus has come.

        Keys that come in one breath may overtake each other in the program; a person sees where the focus is, too.
        """
        before = self._look_after(pattern)
        self.press("tab")
        self.wait(lambda _shown: self._look_after(pattern) not in {None, before}, f"focus on {pattern}")

    def under_cursor(self) -> str:
        """The line of a list where its cursor is: with its mark, or on another ground than all others."""
        with self._news:
            marked = [line for line in self._screen.display if line.startswith(">")]
            listed = [(self._screen.buffer[row][2].bg, line) for row, line in enumerate(self._screen.display)]
        grounds = Counter(ground for ground, line in listed if "lease-" in line)
        return next(iter(marked), next((line for ground, line in listed if grounds[ground] == 1), ""))

    def _look_after(self, pattern: str) -> tuple[str, str] | None:
        """Colours of the cell where the last match on the screen ends."""
        with self._news:
            for row, line in reversed(list(enumerate(self._screen.display))):
                if found := re.search(pattern, line):
                    cell = self._screen.buffer[row][found.end()]
                    return cell.fg, cell.bg
        return None

    def wipe(self) -> None:
        """Lose what is shown, as when somebody else has written to the terminal."""
        with self._news:
            self._screen.reset()

    def resize(self, size: tuple[int, int]) -> None:
        """Another size of the terminal; the kernel tells the program."""
        with self._news:
            self._screen.resize(lines=size[1], columns=size[0])
        self._set_size(size)

    def _set_size(self, size: tuple[int, int]) -> None:
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def signal(self, number: int) -> int:
        """Send a signal; the exit code, once the program has ended and all that it wrote was read."""
        self.process.send_signal(number)
        return self.ended()

    def hang_up(self) -> int:
        """Take the line away, as a dropped connection does; the exit code."""
        # A read under way would keep the leader's end open.
        os.write(self._wake, b"x")
        self._reader.join(PATIENCE)
        os.close(self._leader)
        self._leader = -1
        return self.process.wait(PATIENCE)

    def ended(self) -> int:
        """The exit code, once the program has ended and all that it wrote was read."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code
