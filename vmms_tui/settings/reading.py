"""Reads files that people write: bounded in size and depth, so that anything there ends soon, and in a sentence."""

import os
import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vmms_tui.settings.problems import Problem, SettingsProblems

LONGEST_FILE = 1024 * 1024
"""Bytes of a settings file."""
MOST_PARTS = 16
"""Names of a dotted key, and nested brackets. tomllib works on long keys for longer than their length's square."""

_TEXT = re.compile(
    r"""
    "{3} (?: \\. | [^\\] )*? "{3,5}(?!")   # the last of the quotes may belong to the text
    | '{3} .*? '{3,5}(?!')
    | " (?: \\. | [^"\\\n] )*+ "
    | ' [^'\n]*+ '
    | \# [^\n]*+
    """,
    re.DOTALL | re.VERBOSE,
)
"""A string or a comment (TOML 1.0.0)."""
_LONG_KEY = re.compile(
    rf"""
    (?<! [\w-] ) (?: [\w-]++ | "" )
    (?: [ \t]*+ \. [ \t]*+ (?: [\w-]++ | "" ) ){{{MOST_PARTS},}}
    """,
    re.VERBOSE,
)


class Unreadable(Exception):
    """A file cannot be read. The message is the end of a sentence: why not."""


class TooLong(Unreadable):
    """It has more bytes than it may have."""


def read_text(path: Path, longest: int) -> str:
    """The text of a plain file of at most so many bytes. Raises FileNotFoundError, Unreadable."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISDIR(mode):
                raise Unreadable("it cannot be read (Is a directory)")
            if not stat.S_ISREG(mode):
                raise Unreadable("it is no plain file")
            content = file.read(longest + 1)
        if len(content) > longest:
            raise TooLong(f"it has more than {longest} bytes")
        return content.decode()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unreadable(f"it cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8 text (byte {error.start})") from None
    except ValueError:
        raise Unreadable("no file can have this name") from None


def read_toml(path: Path) -> dict[str, Any]:
    """What a settings file says. Raises SettingsProblems."""
    try:
        text = read_text(path, LONGEST_FILE).replace("\r\n", "\n")
        _refuse_depths(text)
        return tomllib.loads(text)
    except FileNotFoundError:
        remedy = "there is no such file; write one (docs/settings.md shows how), or try `vmms --simulated`."
    except Unreadable as problem:
        remedy = f"{problem}."
    except tomllib.TOMLDecodeError as error:
        remedy = f"it is not TOML: {error}."
    except RecursionError:
        remedy = "it is not TOML for people: it is nested too deeply."
    except ValueError:  # from int()
        remedy = "it is not TOML: a number in it has thousands of digits."
    raise SettingsProblems([Problem(str(path), "", "", remedy)])


def _refuse_depths(text: str) -> None:
    """Raises Unreadable for what only a machine would write, and tomllib could not read in a reasonable time."""
    bare = _TEXT.sub(_without_text, text)
    long_key = _LONG_KEY.search(bare)
    if long_key:
        raise Unreadable(f"line {_line(bare, long_key.start())} has a key of more than {MOST_PARTS} parts")
    depth = 0
    for position, step in _brackets(bare):
        depth = max(0, depth + step)
        if depth > MOST_PARTS:
            raise Unreadable(f"line {_line(bare, position)} has more than {MOST_PARTS} brackets in each other")


def _without_text(found: re.Match[str]) -> str:
    """An empty string in place of a string, nothing in place of a comment; lines keep their numbers."""
    said = found[0]
    return "" if said.startswith("#") else '""' + "\n" * said.count("\n")


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    for found in re.finditer(r"[\[\]{}]", text):
        yield found.start(), 1 if found[0] in "[{" else -1


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
