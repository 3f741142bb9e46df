"""The footer, made from the key table. Pure."""

from collections.abc import Sequence

from rich.cells import cell_len

from vmms_tui.keys import ACTS, Act, Place, Target, acts_at, name_of
from vmms_tui.keys.everywhere import Go, Help, Quit
from vmms_tui.screens.header import WHOLE
from vmms_tui.widgets.line import Piece, piece, width_of
from vmms_tui.widgets.text import fit

SCREENS = [act for act in ACTS if issubclass(act, Go)]
"""The ways to the screens, in their order."""


def footer(places: Sequence[Place], target: Target, width: int) -> list[list[Piece]]:
    """Two lines: what looks, and what changes. Whole items only; help and quit always stand."""
    acts = [act for act in acts_at(*places) if act.row and act.allowed(target.you)]
    return [_line([act for act in acts if act.row == row], target, width) for row in (1, 2)]


def _line(acts: list[type[Act]], target: Target, width: int) -> list[Piece]:
    always = [act for act in acts if act in (Help, Quit)]
    tail = [one for act in always for one in item(act, target)]
    line: list[Piece] = []
    for act in acts:
        more = item(act, target)
        if act not in always and width_of(line) + width_of(more) + width_of(tail) < width:
            line += more
    return [*line, *tail]


def cut(sentence: Piece, width: int) -> Piece:
    """A sentence in one line; one that is longer says where it can be read whole."""
    text, style = sentence
    return sentence if cell_len(text) <= width else (fit(text, width - cell_len(WHOLE)).rstrip() + WHOLE, style)


def item(act: type[Act], target: Target) -> list[Piece]:
    """One key with its word; dim when it cannot be done."""
    dim = bool(act.why_not_now(target))
    return [
        piece(f" {name_of(act.keys[0])}", "muted" if dim else "key"),
        piece(f":{act.word()}", "muted" if dim else ""),
    ]


def tabs(current: Place, width: int) -> list[Piece]:
    """The line with the screens; a star and bold letters say where we are. Where they do not fit, only that one."""
    here = Place.POOLS if current is Place.SERVERS else current
    line: list[Piece] = []
    for act in SCREENS:
        name = act.to.value
        line += [piece(f" {act.keys[0]}", "key"), piece(f"*{name}", "shout") if act.to is here else piece(f" {name}")]
    if width_of(line) <= width:
        return line
    key = next(act.keys[0] for act in SCREENS if act.to is here)
    return [piece(f" {key}", "key"), piece(f"*{here.value}", "shout"), piece("  1-9", "key"), piece(":other screens")]
