"""Text to read as paragraphs: laid out for a width, searched, and cut to a window. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from vmms_tui.widgets.line import STYLES, Piece, piece, width_of
from vmms_tui.widgets.text import fit, plain, wrapped

LONGEST = 4000
"""Characters of a paragraph that are looked at; the rest is cut."""
LEAST = 20
"""Cells that words get, however much stands in front of them."""
DEEPEST = 24
"""Cells that words are moved in, at most, as they were by spaces before them."""
LABEL = 11
"""Cells of a label."""
LONG_LABEL = 20
"""Cells of the longest, where there are longer ones."""


@dataclass(frozen=True)
class Paragraph:
    """What stands in front, and the words after it, which may come from outside and wrap beside it."""

    front: tuple[Piece, ...] = ()
    words: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """A line as it is drawn, and the number of the paragraph that it is of."""

    pieces: tuple[Piece, ...]
    of: int


def heading(words: str) -> Paragraph:
    """A title over what follows."""
    return Paragraph((piece(plain(words), "title"),))


def labelled(label: str, words: str, tone: str = "", cells: int = LABEL) -> Paragraph:
    """A label of so many cells and what it says."""
    return Paragraph((piece(f"  {fit(plain(label), cells)} ", "muted"),), words, tone)


def item(words: str, tone: str = "") -> Paragraph:
    """One of several sentences."""
    return Paragraph((piece("- ", "muted"),), words, tone)


def line(words: str = "", tone: str = "") -> Paragraph:
    """Words by themselves; without any, an empty line."""
    return Paragraph((), words, tone)


def text_of(paragraph: Paragraph) -> str:
    """All of it, safe, as one line."""
    return "".join(text for text, _ in paragraph.front) + plain(paragraph.words, LONGEST)


def laid_out(paragraphs: Sequence[Paragraph], width: int, *, wrap: bool = True) -> list[Row]:
    """The lines; without `wrap`, one for each paragraph, however long."""
    rows: list[Row] = []
    for number, paragraph in enumerate(paragraphs):
        words = plain(paragraph.words, LONGEST)
        inner = words.lstrip(" ")
        indent = piece(" " * min(len(words) - len(inner), DEEPEST)) if wrap else piece("")
        front = [*paragraph.front, *([indent] if indent[0] else [])]
        room = max(LEAST, width - width_of(front))
        blank = piece(" " * width_of(front))
        lines = wrapped(inner, room) if wrap else [words]
        for count, one in enumerate(lines):
            before = front if count == 0 else [blank]
            rows.append(Row((*before, piece(one, paragraph.tone)), number))
    return rows


def finds(needle: str, paragraphs: Sequence[Paragraph]) -> list[int]:
    """Numbers of the paragraphs in which this stands, in upper or lower case."""
    wanted = _pattern(needle)
    return [number for number, one in enumerate(paragraphs) if wanted.search(text_of(one))] if needle else []


def first_row(rows: Sequence[Row], paragraph: int, needle: str) -> int:
    """The row of a paragraph in which this stands; its first, where a line ends in the middle of it."""
    wanted = _pattern(needle)
    own = [number for number, row in enumerate(rows) if row.of == paragraph]
    hits = (number for number in own if wanted.search("".join(text for text, _ in rows[number].pieces)))
    return next(hits, own[0] if own else 0)


def lit(pieces: Sequence[Piece], needle: str) -> list[Piece]:
    """The pieces with every place of `needle` standing out."""
    if not needle:
        return list(pieces)
    wanted = _pattern(needle)
    shown: list[Piece] = []
    for text, style in pieces:
        at = 0
        for hit in wanted.finditer(text):
            shown += [(text[at : hit.start()], style), (hit.group(), STYLES["shout"])]
            at = hit.end()
        shown.append((text[at:], style))
    return [one for one in shown if one[0]]


def shifted(pieces: Sequence[Piece], cells: int) -> list[Piece]:
    """What is left of a line when its first cells are out of the window. A wide character that is cut is a blank."""
    shown: list[Piece] = []
    for text, style in pieces:
        width = cell_len(text)
        if cells >= width:
            cells -= width
            continue
        kept = text[len(_prefix(text, cells)) :] if cells else text
        shown.append((" " * (width - cells - cell_len(kept)) + kept, style))
        cells = 0
    return shown


def _prefix(text: str, cells: int) -> str:
    """The shortest beginning that takes at least so many cells."""
    if text.isascii():
        return text[:cells]
    short = set_cell_size(text, cells).rstrip(" ")
    end = len(short)
    while end < len(text) and cell_len(text[:end]) < cells:
        end += 1
    return text[:end]


def _pattern(needle: str) -> re.Pattern[str]:
    return re.compile(re.escape(needle), re.IGNORECASE)
