"""Strips as cells: what stands in each, and how it looks."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.cells import split_graphemes
from rich.color import ColorSystem
from rich.segment import Segment

from vmms_tui.widgets.thrift.looks import BARE, Look, blank, look_of

TAIL = ""
"""Stands in the second cell of a wide character."""
UNKNOWN = "\0"
"""Stands in a cell of which nobody knows what the terminal shows."""
FIRM = (
    *((0x20, 0x7E), (0xA1, 0xAC), (0xAE, 0x2FF), (0x370, 0x482), (0x48A, 0x52F)),  # Latin, Greek, Cyrillic
    *((0x2010, 0x2027), (0x2030, 0x205E), (0x2190, 0x2199), (0x2500, 0x259F), (0x25A0, 0x25A9)),  # signs and boxes
    *((0x25B2, 0x25B3), (0x25BC, 0x25BD), (0x25C6, 0x25CB), (0x25CF, 0x25CF), (0x2800, 0x28FF)),  # marks and Braille
    *((0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFF01, 0xFF60)),  # CJK
)
"""Characters that take the same number of cells in every terminal."""


class Row:
    """A line of cells. Both lists have one entry for each cell."""

    __slots__ = ("looks", "texts")

    def __init__(self, width: int) -> None:
        self.texts = [UNKNOWN] * width
        self.looks = [BARE] * width

    def put(self, x: int, segments: Iterable[Segment], limits: tuple[int, int], colors: ColorSystem) -> None:
        """Put segments from cell `x` on; of them what lies within the limits, the second exclusive."""
        left, right = max(0, limits[0]), min(len(self.texts), limits[1])
        texts: list[str] = []
        looks: list[Look] = []
        for text, style, control in segments:
            if control or not text:
                continue
            cells = text if text.isascii() and text.isprintable() else clusters(text)
            look = look_of(style, colors)
            texts.extend(cells)
            if " " in cells:
                pale = blank(look)
                looks.extend([pale if cell == " " else look for cell in cells])
            else:
                looks.extend([look] * len(cells))
        start, end = max(left - x, 0), min(right - x, len(texts))
        if start < end:
            start -= texts[start] == TAIL and start > 0  # the other half changes with it
            end += end < len(texts) and texts[end] == TAIL and x + end < len(self.texts)
            self.texts[x + start : x + end] = texts[start:end]
            self.looks[x + start : x + end] = looks[start:end]

    def mend(self) -> None:
        """Put blanks where half of a wide character is missing."""
        texts = self.texts
        for x, text in enumerate(texts):
            if text == TAIL:
                lost = x == 0 or not is_wide(texts[x - 1])
            else:
                lost = is_wide(text) and TAIL not in texts[x + 1 : x + 2]
            if lost:
                texts[x] = " "

    @property
    def firm(self) -> bool:
        """Whether every terminal agrees where each of its characters ends."""
        return all(map(is_firm, set(self.texts)))


@lru_cache(maxsize=8192)
def clusters(text: str) -> Sequence[str]:
    """What stands in each cell of a text. What takes no cell stands with what is before it; controls nowhere."""
    if not text.isprintable():
        text = "".join(one for one in text if one >= " " and not "\x7f" <= one <= "\x9f")
    cells: list[str] = []
    for start, end, width in split_graphemes(text)[0]:
        if width:
            cells += [text[start:end], TAIL][:width]
    return tuple(cells)


def is_wide(cluster: str) -> bool:
    """Whether it takes two cells."""
    return not cluster.isascii() and len(clusters(cluster)) > 1


@lru_cache(maxsize=8192)
def is_firm(cluster: str) -> bool:
    """Whether every terminal gives it as many cells as we do."""
    if cluster in {TAIL, UNKNOWN}:
        return True
    return len(cluster) == 1 and any(first <= ord(cluster) <= last for first, last in FIRM)
