"""Words from outside, of a server or a command say, made fit to stand in one of our sentences."""

import unicodedata

_LONGEST = 160
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def plain(text: str, limit: int = _LONGEST) -> str:
    """One line without control, escape and direction characters, cut to `limit` characters with an ellipsis."""
    shown = "".join(" " if unicodedata.category(letter) in _HIDDEN else letter for letter in text[: 20 * limit])
    line = " ".join(shown.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def printable(text: str) -> str:
    """Without controls, which become spaces, and without what only steers how the rest looks."""
    return "".join(map(_printable, text))


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category.startswith("C") else character
