"""Cells of a row beside each other, in exactly the room there is, or moved to the side. Pure."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

Part = Sequence[Segment]
"""One cell."""


def worded(said: str, style: Style, base: Style) -> list[Segment]:
    """A cell where only the words are drawn in `style`: a line through or under spaces would say nothing."""
    words = said.strip(" ")
    before, _, after = said.partition(words) if words else (said, "", "")
    return [Segment(part, one) for part, one in ((before, base), (words, style), (after, base)) if part]


def side_by_side(cells: Sequence[Part], gap: int, base: Style, width: int) -> list[Segment]:
    """All cells with gaps between them, cut or filled to `width`."""
    return list(_joined(cells, gap, base).adjust_cell_length(width, base))


def moved(cells: Sequence[Part], gap: int, base: Style, width: int, fixed: int, shift: int) -> list[Segment]:
    """The same, with those after the first `fixed` ones moved `shift` cells to the left, behind these."""
    kept, rest = _joined([*cells[:fixed], []], gap, base), _joined(cells[fixed:], gap, base)
    line = Strip([*kept, *rest.crop(shift, max(shift, rest.cell_length))])
    return list(line.adjust_cell_length(width, base))


def _joined(cells: Sequence[Part], gap: int, base: Style) -> Strip:
    between = Segment(" " * gap, base)
    segments = [segment for cell in cells for segment in (*cell, between)]
    return Strip(segments[:-1])


def next_stop(widths: Sequence[int], gap: int, room: int, shift: int, steps: int) -> int:
    """Where to move columns of these widths from `shift`: to the next column, or `room` on in one that is wider."""
    stops, at = [0], 0
    for width in widths:
        stops += [at, *range(at + room, at + width, room)]
        at += width + gap
    end = at - gap
    if steps > 0:
        return max(shift, min(next((one for one in stops if one > shift), shift), end - room))
    return max((one for one in stops if one < shift), default=0)
