"""The footer, made from the key table. Pure."""

from collections.abc import Sequence

from vmms_tui.keys import Act, Help, Place, Quit, Target, acts_at, name_of
from vmms_tui.widgets.line import Piece, piece, width_of


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


def item(act: type[Act], target: Target) -> list[Piece]:
    """One key with its word; dim when it cannot be done."""
    dim = bool(act.refusal(target))
    return [
        piece(f" {name_of(act.keys[0])}", "muted" if dim else "key"),
        piece(f":{act.word()}", "muted" if dim else ""),
    ]


def tabs(current: Place, screens: Sequence[tuple[type[Act], Place]]) -> list[Piece]:
    """The line with the screens; a star and bold letters say where we are."""
    line: list[Piece] = []
    for act, place in screens:
        here = place is current
        name = place.value if place is not Place.SERVERS else Place.POOLS.value
        line += [piece(f" {act.keys[0]}", "key"), piece(f"*{name} " if here else f" {name} ", "shout" if here else "")]
    return line
