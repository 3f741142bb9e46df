"""Asks the terminal for the colour of its background, and gives back whatever else comes in meanwhile.

xterm, Operating System Commands, 11: `ESC ] 11 ; ? ST` is answered with `ESC ] 11 ; rgb:RRRR/GGGG/BBBB ST`.
"""

import contextlib
import os
import re
import select
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass

QUESTION = b"\x1b]11;?\x1b\\"
PATIENCE = 0.1
"""Seconds that the terminal gets for its answer."""
ANSWER = re.compile(rb"\x1b\]11;(?:rgba?:([0-9a-fA-F/]{3,19})|[^\x07\x1b]{0,64})(?:\x07|\x1b\\)")
"""A whole answer; the colour, if it is one that we can read."""
UNENDED = re.compile(rb"\x1b\](?:1(?:1(?:;[^\x07\x1b]{0,64}\x1b?)?)?)?\Z")
"""The beginning of an answer, at the end of what has come."""

Rgb = tuple[float, float, float]
"""A colour, each part from 0 to 1."""


@dataclass(frozen=True)
class Heard:
    """What came from the terminal."""

    colour: Rgb | None = None
    typed: bytes = b""
    """Keys that were pressed meanwhile; the program gets them later."""


def ask(terminal_in: int, terminal_out: int, *, patience: float = PATIENCE) -> Heard:
    """Ask, and wait `patience` seconds at most. The terminal is left as it was found; on any trouble nothing was heard.

    Only ask when we are in the foreground of a terminal.
    """
    try:
        before = termios.tcgetattr(terminal_in)
        if os.tcgetpgrp(terminal_in) != os.getpgrp():
            return Heard()
        raw = [*before[:3], before[3] & ~(termios.ECHO | termios.ICANON), *before[4:]]
        raw[6] = [*before[6]]
        raw[6][termios.VMIN], raw[6][termios.VTIME] = 0, 0
        termios.tcsetattr(terminal_in, termios.TCSANOW, raw)
    except (OSError, termios.error):
        return Heard()
    try:
        os.write(terminal_out, QUESTION)
        return hear(lambda seconds: _read(terminal_in, seconds), patience, time.monotonic)
    except OSError:
        return Heard()
    finally:
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(terminal_in, termios.TCSANOW, before)


def _read(file: int, seconds: float) -> bytes:
    return os.read(file, 4096) if select.select([file], [], [], max(0.0, seconds))[0] else b""


def hear(read: Callable[[float], bytes], patience: float, monotonic: Callable[[], float]) -> Heard:
    """Read until the answer is whole or the time is over. `read` waits so many seconds, and returns nothing then."""
    end = monotonic() + patience
    heard = b""
    while not (found := ANSWER.search(heard)):
        left = end - monotonic()
        if left <= 0 or not (more := read(left)):
            return Heard(typed=heard)
        heard += more
    return Heard(colour_of(found[1] or b""), heard[: found.start()] + heard[found.end() :])


def colour_of(said: bytes) -> Rgb | None:
    """The colour that is written `ffff/8000/0`, with one to four digits for each part."""
    parts = said.decode("ascii").split("/")
    if len(parts) not in {3, 4} or not all(re.fullmatch(r"[0-9a-fA-F]{1,4}", part) for part in parts):
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in parts[:3])
    return red, green, blue


def without_answers(data: bytes) -> tuple[bytes, bytes]:
    """What was typed, without answers that came late; and the beginning of one that is not whole yet."""
    typed = ANSWER.sub(b"", data)
    unended = UNENDED.search(typed)
    return (typed[: unended.start()], unended[0]) if unended else (typed, b"")
