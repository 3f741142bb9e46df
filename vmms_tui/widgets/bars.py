"""Bars and sparklines as text, in blocks or in ASCII. Pure; whoever shows one puts the numbers beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

POOR_TERMINALS = ("linux", "dumb", "ansi", "vt")
"""Beginnings of TERM where the font may have no blocks."""


@dataclass(frozen=True)
class Glyphs:
    """What bars are drawn with."""

    levels: str
    """From nothing to the highest, for one cell of a sparkline."""
    full: str
    empty: str
    rule: str
    """A line across."""
    ascii: bool


BLOCKS = Glyphs("▁▂▃▄▅▆▇█", "█", "░", "─", ascii=False)
ASCII = Glyphs("_.:-=+*#", "#", ".", "-", ascii=True)


def glyphs_for(environment: Mapping[str, str]) -> Glyphs:
    """ASCII over SSH and on terminals whose font nobody knows; blocks elsewhere."""
    poor = environment.get("TERM", "").startswith(POOR_TERMINALS)
    return ASCII if poor or "SSH_CONNECTION" in environment else BLOCKS


def bar(used: float, of: float, width: int, glyphs: Glyphs) -> str:
    """A bar of `width` cells with its brackets. What is not nothing shows, and only what is full looks full."""
    cells = max(1, width - 2)
    if of <= 0:
        return f"[{'?' * cells}]"
    share = max(0.0, used / of)
    filled = cells if share >= 1 else min(cells - 1, ceil(share * cells)) if cells > 1 else int(share > 0.5)
    return f"[{glyphs.full * filled}{glyphs.empty * (cells - filled)}]"


def spark(values: Sequence[float | None], glyphs: Glyphs, top: float | None = None) -> str:
    """One cell for each value; None is a gap. `top` is what reaches the full height; None: the highest of them."""
    known = [value for value in values if value is not None]
    highest = top if top is not None else max(known, default=0.0)
    return "".join(" " if value is None else _level(value, highest, glyphs.levels) for value in values)


def _level(value: float, top: float, levels: str) -> str:
    if value <= 0 or top <= 0:
        return levels[0]
    return levels[max(1, min(len(levels) - 1, round(value / top * (len(levels) - 1))))]


def columns(values: Sequence[float | None], height: int, width: int, glyphs: Glyphs) -> list[str]:
    """Upright bars of `width` cells and `height` lines, with a space between them; the highest fills the height."""
    known = [value for value in values if value is not None]
    top = max(known, default=0.0)
    steps = len(glyphs.levels)
    lines = []
    for line in range(height):
        below = (height - 1 - line) * steps
        cells = []
        for value in values:
            reach = 0 if value is None or value <= 0 or top <= 0 else max(1, round(value / top * height * steps))
            here = max(0, min(steps, reach - below))
            cells.append((glyphs.levels[here - 1] if here else " ") * width)
        lines.append(" ".join(cells))
    return lines
