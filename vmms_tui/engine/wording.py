"""Words from outside, of a cloud, a server or a command say, made fit to stand in one of our sentences. Pure."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

LONGEST = 400
"""Characters of a sentence that are kept."""
DEEPEST = 8
"""How deep words are looked for in JSON."""

_LONGEST = 160
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_TRACE = re.compile(r"\W*Traceback \(most recent call last\).*", re.DOTALL)
_SAYS = ("message", "faultstring", "detail", "error", "title")


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


def one_line(text: str) -> str:
    """Printable text in one line, and not too long."""
    line = " ".join(printable(unescaped(text)).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def unescaped(text: str) -> str:
    """The text without what colours it and moves a cursor (ECMA-48, control sequences)."""
    return _ESCAPE.sub("", text)


def legible(text: str) -> str:
    """What a cloud said, in one line without traces of its programs and without JSON; empty: there was nothing else."""
    return one_line(_TRACE.sub("", unwrapped(text)))


def full_stop(text: str) -> str:
    """The sentence with its end."""
    return text if not text or text.endswith((".", "!", "?", "…")) else f"{text}."


def unwrapped(text: str) -> str:
    """The words in a JSON object, in place of it: services quote each other's answers."""
    text = text[: 20 * LONGEST]
    begin, decoder = text.find("{"), json.JSONDecoder()
    while begin >= 0:
        try:
            found, end = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            begin = text.find("{", begin + 1)
            continue
        said = "; ".join(_words(found, DEEPEST)) or "it said no more"
        text = f"{text[:begin]}{said}{text[end:]}"
        begin = text.find("{", begin + len(said))
    return text


def _words(found: Any, deep: int) -> Iterator[str]:
    if not isinstance(found, dict) or not deep:
        return
    said = next((found[name] for name in _SAYS if isinstance(found.get(name), str) and found[name]), "")
    if said:
        yield said
        return
    for value in found.values():
        yield from _words(value, deep - 1)
