"""The footer, made from the key table. Pure."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from vmms_tui.keys import ACTS, Act, Place, Target, acts_at, key_name
from vmms_tui.keys.everywhere import Go, Help, Quit
from vmms_tui.screens.header import whole
from vmms_tui.widgets.line import Piece, piece, width_of

SCREENS = [act for act in ACTS if issubclass(act, Go)]
"""The ways to the screens, in their order."""


def footer(places: Sequence[Place], target: Target, width: int) -> list[list[Piece]]:
    """Two lines: what looks, and what changes. Whole items only; help and quit always stand."""
    here = places[0]
    acts = [act for act in acts_at(*places) if act.row and act.allowed(target.you) and key_name(act, here)]
    return [_line([act for act in acts if act.row == row], here, target, width) for row in (1, 2)]


def _line(acts: list[type[Act]], here: Place, target: Target, width: int) -> list[Piece]:
    always = [act for act in acts if act in (Help, Quit)]
    tail = [one for act in always for one in item(act, here, target)]
    line: list[Piece] = []
    for act in acts:
        more = item(act, here, target)
        if act not in always and width_of(line) + width_of(more) + width_of(tail) <= width:
            line += more
    return [*line, *tail]


def cut(sentence: Piece, width: int, here: Place) -> Piece:
    """A sentence in one line; one that is longer says where it can be read whole."""
    text, style = sentence
    if cell_len(text) <= width:
        return sentence
    more = whole(here)
    return set_cell_size(text, width - cell_len(more)).rstrip() + more, style


def item(act: type[Act], here: Place, target: Target) -> list[Piece]:
    """One key with its word, as they are here; dim when it cannot be done."""
    dim = bool(act.why_not_now(target))
    key, word = labels(act, here)
    return [piece(f" {key}", "muted" if dim else "key"), piece(word, "muted" if dim else "")]


def labels(act: type[Act], here: Place) -> tuple[str, str]:
    """A key and its word as they stand side by side: `x:why`, and `: command` for the colon itself."""
    key = key_name(act, here)
    return key, f" {act.word()}" if key == ":" else f":{act.word()}"


def tabs(current: Place, width: int) -> list[Piece]:
    """The line with the screens; a star and bold letters say where we are. Where they do not fit, only that one."""
    here = Place.POOLS if current is Place.SERVERS else current
    line: list[Piece] = []
    for act in SCREENS:
        name = act.to.value
        key = key_name(act, current)
        line += [piece(f" {key}", "key"), piece(f"*{name}", "shout") if act.to is here else piece(f" {name}")]
    if width_of(line) <= width:
        return line
    keys = [key_name(act, current) for act in SCREENS]
    mine = next(key_name(act, current) for act in SCREENS if act.to is here)
    span = f"{keys[0]}-{keys[-1]}" if keys == list("123456789") else " ".join(key for key in keys if key)
    return [
        piece(f" {mine}", "key"),
        piece(f"*{here.value}", "shout"),
        piece(f"  {span}", "key"),
        piece(":other screens"),
    ]


def keys_said(here: Place, *acts: tuple[type[Act], str]) -> list[Piece]:
    """The keys of these acts, each with what it means there, for the last line of a box."""
    named = [(key, word) for act, word in acts if (key := key_name(act, here))]
    return [
        one
        for number, (key, word) in enumerate(named, 1)
        for one in (piece(key, "key"), piece(f":{word}" if number == len(named) else f":{word}  "))
    ]


def keys_line(here: Place, *acts: type[Act]) -> list[Piece]:
    """The keys of these acts with their words, for the last line of a box."""
    said: list[Piece] = []
    for act in acts:
        key, word = labels(act, here)
        if key:
            said += [piece(key, "key"), piece(f"{word}  ")]
    return said
