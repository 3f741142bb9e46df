"""Text from outside, made safe to draw, and cut by terminal cells."""

import re

from rich.cells import cell_len, set_cell_size

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSTEADY = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U0001f1e6-\U0001f1ff]")
"""Variants, skin tones and the letters of flags: terminals do not agree how many cells they take."""
_FLAG_A = 0x1F1E6
LONGEST = 500
"""Characters of a name that are looked at; the rest is cut."""


def plain(text: str, limit: int = LONGEST) -> str:
    """Outside text as something that a terminal can only show: no escapes, no controls, no direction tricks."""
    text = text[:limit]
    text = text if text.isprintable() else "".join(map(_drawable, text))
    return text if text.isascii() else _UNSTEADY.sub(_steady, text)


def _steady(found: re.Match[str]) -> str:
    """Flags become letters; what changes the look of the character before it is left out."""
    character = found[0]
    return chr(ord(character) - _FLAG_A + ord("A")) if "\U0001f1e6" <= character <= "\U0001f1ff" else ""


def _drawable(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character in "\t\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}" else REPLACEMENT


def plain_lines(text: str) -> list[str]:
    """The lines of a text from outside, each safe to draw."""
    return [plain(line) for line in text.split("\n")]


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Safe text in exactly `width` cells: cut with an ellipsis, or filled with spaces."""
    missing = width - cell_len(text)
    if missing < 0:
        return set_cell_size(text, width - 1) + "…" if width > 0 else ""
    return " " * missing + text if right else text + " " * missing


def wrapped(text: str, width: int) -> list[str]:
    """Safe text as lines of at most `width` cells, broken at spaces where that is possible."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width)
        lines.extend(full)
    return [*lines, line]


def _pieces(word: str, width: int) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and cell_len(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
