"""Which look fits this terminal: asks it for the colour of its background, and gives back what else comes in meanwhile.

xterm, Operating System Commands, 11: `ESC ] 11 ; ? ST` is answered with `ESC ] 11 ; rgb:RRRR/GGGG/BBBB ST`.
"""

import contextlib
import os
import re
import select
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

QUESTION = b"\x1b]11;?\x1b\\"
PATIENCE = 0.1
"""Seconds that the terminal gets for its answer."""
ANSWER = re.compile(rb"\x1b\]11;(?:rgba?:([0-9a-fA-F/]{3,19})|[^\x07\x1b]{0,64})(?:\x07|\x1b\\)")
"""A whole answer; the colour, if it is one that we can read."""
UNENDED = re.compile(rb"\x1b\](?:1(?:1(?:;[^\x07\x1b]{0,64}\x1b?)?)?)?\Z")
"""The beginning of an answer, at the end of what has come."""

AUTO = "auto"
"""The look that fits the terminal."""
FEW_COLOURS = frozenset({"linux", "ansi", "screen", "xterm", "rxvt", "cygwin"})
NO_COLOURS = frozenset({"dumb", "vt100", "vt220", "vt102"})
"""Values of TERM."""
BRIGHT = 0.5
"""A background brighter than this, of 1, is a light one."""

Rgb = tuple[float, float, float]
"""A colour, each part from 0 to 1."""


@dataclass(frozen=True)
class Heard:
    """What came from the terminal."""

    colour: Rgb | None = None
    typed: bytes = b""
    """Keys that were pressed meanwhile; the program gets them later."""


@contextlib.contextmanager
def asking(terminal_in: int, terminal_out: int, *, patience: float = PATIENCE) -> Iterator[Callable[[], Heard]]:
    """Ask. What comes of this gives the answer; it waits until `patience` seconds after the question at most.

    Do before that whatever else is to be done: a terminal at the other end of a line takes its time, too. In the end
    the terminal is left as it was found; on any trouble nothing was heard. Only ask when we are in its foreground.
    """
    before = _without_echo(terminal_in)
    try:
        yield partial(_hear, terminal_in, time.monotonic() + patience) if before and _asked(terminal_out) else Heard
    finally:
        if before:
            with contextlib.suppress(OSError, termios.error):
                termios.tcsetattr(terminal_in, termios.TCSANOW, before)


def ask(terminal_in: int, terminal_out: int, *, patience: float = PATIENCE) -> Heard:
    """Ask, and wait for the answer."""
    with asking(terminal_in, terminal_out, patience=patience) as heard:
        return heard()


def _without_echo(terminal_in: int) -> list[Any] | None:
    """Let nothing that comes be echoed, or wait for the end of its line; how it was. None: the terminal is not ours."""
    try:
        before = termios.tcgetattr(terminal_in)
        if os.tcgetpgrp(terminal_in) != os.getpgrp():
            return None
        raw = [*before[:3], before[3] & ~(termios.ECHO | termios.ICANON), *before[4:]]
        raw[6] = [*before[6]]
        raw[6][termios.VMIN], raw[6][termios.VTIME] = 0, 0
        termios.tcsetattr(terminal_in, termios.TCSANOW, raw)
    except (OSError, termios.error):
        return None
    return before


def _asked(terminal_out: int) -> bool:
    try:
        return os.write(terminal_out, QUESTION) > 0
    except OSError:
        return False


def _hear(terminal_in: int, end: float) -> Heard:
    try:
        return hear(partial(_read, terminal_in), end - time.monotonic(), time.monotonic)
    except OSError:
        return Heard()


def _read(file: int, seconds: float) -> bytes:
    return os.read(file, 4096) if select.select([file], [], [], max(0.0, seconds))[0] else b""


def hear(read: Callable[[float], bytes], patience: float, monotonic: Callable[[], float]) -> Heard:
    """Read until the answer is whole or the time is over. `read` waits so many seconds, and returns nothing then.

    What has come already is read, however late it is.
    """
    end = monotonic() + patience
    heard, over = b"", False
    while not (found := ANSWER.search(heard)):
        if over:
            return Heard(typed=heard)
        left = end - monotonic()
        more = read(max(0.0, left))
        heard += more
        over = left <= 0 or not more
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


def fitting(environ: Mapping[str, str], background: Rgb | None) -> str:
    """The name of the theme that fits: no colours where they are not wanted, the terminal's own where it has few.

    `NO_COLOR` follows no-color.org: what counts is that it is there and not empty.
    """
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR") or term in NO_COLOURS:
        return "mono"
    if "16color" in term or term in FEW_COLOURS:
        return "terminal"
    if background is None:
        return "dark"
    red, green, blue = background
    return "light" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > BRIGHT else "dark"


def wants_answer(environ: Mapping[str, str]) -> bool:
    """Whether the background of the terminal decides."""
    return fitting(environ, (0.0, 0.0, 0.0)) != fitting(environ, (1.0, 1.0, 1.0))
