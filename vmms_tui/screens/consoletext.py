"""A console's log as lines that a terminal can only show. Pure; screens and commands use it."""

import re
from collections.abc import Sequence

ESCAPES = re.compile(
    r"""
      \x1b \[ [0-?]{0,64} [ -/]{0,8} [@-~]                 # CSI: colours, cursor (ECMA-48, 5.4)
    | \x9b [0-?]{0,64} [ -/]{0,8} [@-~]                    # the same in eight bits
    | \x1b [\]PX^_] [^\x07\x1b\n]{0,4096} (?: \x07 | \x1b\\ )?  # OSC, DCS, SOS, PM, APC: titles, clipboard
    | \x1b [ -/]{0,8} [0-~]                               # two characters and charsets
    """,
    re.VERBOSE,
)
TIME = re.compile(
    r"""
    ^ (?:
        \[ \s* \d+ \. \d+ \] \ ?                                                        # the kernel's seconds
      | \d{4}-\d\d-\d\d [T\ ] \d\d:\d\d:\d\d (?: [.,]\d+ )? (?: Z | [+-]\d\d:?\d\d )? \ ?  # ISO 8601
      | (?: Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec ) \ [\ \d]\d \ \d\d:\d\d:\d\d \ ?  # syslog, RFC 3164
    )
    """,
    re.VERBOSE,
)
TAB = 8


def console_lines(text: str) -> list[str]:
    """The lines, without escape codes, and as they stood after carriage returns and backspaces."""
    lines = ESCAPES.sub("", text.replace("\r\n", "\n")).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [_settled(line) for line in lines]


def _settled(line: str) -> str:
    line = line.rstrip("\r")
    if "\r" in line:  # a progress bar: what was written last stands
        line = line[line.rindex("\r") + 1 :]
    return (_rubbed_out(line) if "\b" in line else line).expandtabs(TAB)


def _rubbed_out(line: str) -> str:
    """The line without what its backspaces took away."""
    kept: list[str] = []
    for character in line:
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)


def has_times(lines: Sequence[str]) -> bool:
    """Whether any line begins with a time."""
    return any(TIME.match(line) for line in lines)


def without_times(lines: Sequence[str]) -> list[str]:
    """The lines without the times at their beginnings."""
    return [TIME.sub("", line, count=1) for line in lines]
