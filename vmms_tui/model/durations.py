"""Lengths of time as people write them: `8h`, `2d`, `1d12h`, `90min`."""

import re
from datetime import timedelta

from pytimeparse2 import parse

from vmms_tui.model.errors import Refused

REMEDY = "Write it like 90min, 8h, 2d or 1d12h."
_LONGEST = timedelta(days=3650)
_LONGEST_TEXT = 40
"""Characters that a length of time needs at most."""
_HAS_UNIT = re.compile(r"[a-zA-Z]\s*$")


def parse_duration(text: str) -> timedelta:
    """The length of time that a text says, in whole seconds.

    Raises:
        Refused: rule `bad_term`; it is no length of time, has no unit, is not above zero, or above ten years.
    """
    said = text.strip()
    if len(said) > _LONGEST_TEXT or not said.isprintable():
        raise Refused("bad_term", f"{said[:_LONGEST_TEXT]!r} is no length of time.", REMEDY)
    if said.startswith("-"):
        raise Refused("bad_term", f"{said} lies in the past: a time must be more than nothing.", REMEDY)
    seconds = _seconds(said)
    if seconds is None:
        raise Refused("bad_term", f"{said!r} is no length of time.", REMEDY)
    if not 1 <= seconds <= _LONGEST.total_seconds():
        raise Refused(
            "bad_term", f"{said} is no time to work with: it must be more than nothing, and not ages.", REMEDY
        )
    return timedelta(seconds=int(seconds))


def _seconds(said: str) -> float | None:
    try:
        seconds: float | None = parse(said) if _HAS_UNIT.search(said) else None
    except ValueError:  # 1.2.3h
        return None
    return seconds


def format_duration(time: timedelta) -> str:
    """The shortest text that `parse_duration` reads as this, in whole seconds: `1d12h`, `90s`, `0s`."""
    seconds = int(time.total_seconds())
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
