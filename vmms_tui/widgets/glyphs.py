"""What is drawn where a terminal has no lines, arrows or letters of other alphabets: ASCII of the same width."""

import codecs
import locale
from collections.abc import Mapping

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

LINES = {
    **dict.fromkeys("─━═╌┄┈▔▁▀▄", "-"),
    **dict.fromkeys("│┃║╎┆┊▏▕▌▐", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛╔╗╚╝╠╣╦╩╬", "+"),
    **dict.fromkeys("█▇▆▅▓▒░", "#"),
}
MARKS = {"…": "~", "↑": "^", "↓": "v", "←": "<", "→": ">", "▾": "v", "·": ".", "×": "x", "“": '"', "”": '"', "’": "'"}
ASCII = str.maketrans(LINES | MARKS)
POOR = {"linux", "vt100", "vt102", "vt220", "ansi", "cygwin", "dumb"}
"""Terminals whose fonts have letters, and little else."""


def is_poor(environ: Mapping[str, str]) -> bool:
    """Whether lines and arrows are to be ASCII: an old terminal, or a locale that is not UTF-8."""
    return environ.get("TERM", "") in POOR or not is_utf8(locale.getpreferredencoding(False))


def is_utf8(encoding: str) -> bool:
    """Whether an encoding is UTF-8, under whatever name."""
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        return False


def in_ascii(text: str, encoding: str) -> str:
    """The same text in as many cells, with what the encoding has not as question marks."""
    if text.isascii():
        return text
    text = text.translate(ASCII)
    return text if text.isascii() else "".join(one if _has(one, encoding) else "?" * cell_len(one) for one in text)


def _has(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class Ascii(LineFilter):
    """Draws with what such a terminal has."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """See LineFilter."""
        return [
            Segment(in_ascii(text, self._encoding), style, control) if not control else Segment(text, style, control)
            for text, style, control in segments
        ]
