"""What a screen says of time that is played: the part of the first line, and the caption with its keys. Pure."""

from collections.abc import Sequence

from vmms_tui.client.player import Playing, Stop
from vmms_tui.keys import Act, Place, key_name, name_of
from vmms_tui.keys.playing import Faster, Hold, NextStop, Rewind, Skip, Slower, StopBefore, Tour
from vmms_tui.keys.saying import filled
from vmms_tui.widgets.line import Piece, piece
from vmms_tui.widgets.text import plain, wrapped

NAMES = {"slash": "/", "question_mark": "?", "enter": "enter", "plus": "+"}


def played(playing: Playing) -> list[Piece]:
    """What is played, its time and its speed: ` DEMO  Mon 08:41 x60`."""
    return [piece(f" {playing.what} ", "shout"), piece(f" {when(playing)} ", "strong"), _speed(playing), piece(" ")]


def when(playing: Playing) -> str:
    """The time that is played; to the second, and with its day, where it was real."""
    return f"{playing.now:%a %H:%M}" if playing.what == "DEMO" else f"{playing.now:%Y-%m-%d %H:%M:%S}"


def _speed(playing: Playing) -> Piece:
    if playing.ended:
        return piece("END", "warn")
    if playing.held:
        return piece("HELD", "warn")
    if playing.reached is not None:
        return piece(f"x{playing.reached:.0f} of x{playing.asked:g}", "warn")
    return piece(f"x{playing.asked:g}")


def caption(playing: Playing, tour: Sequence[Stop], at: int | None, width: int, most: int) -> list[list[Piece]]:
    """What is going on, and the keys for it: the tour's stop, or the scene's caption, or the keys alone."""
    if at is not None:
        return _lines(f"{at + 1}/{len(tour)}  {tour[at].says}", _way_on(tour, at), width, most)
    keys = [(_key(Slower), "slower"), (_key(Faster), "faster"), (_key(Hold), "hold")]
    keys += [(f"{_key(Rewind)} {_key(Skip)}".strip(), "10 min")] if playing.what == "REPLAY" else []
    keys += [(_key(Tour), "tour")] if tour else []
    if not playing.caption:
        return [_keys(keys)]
    return _lines(filled(playing.caption, Place.LEASES), _keys(keys), width, most)


def _key(act: type[Act]) -> str:
    return key_name(act, act.places[0])


def _way_on(tour: Sequence[Stop], at: int) -> list[Piece]:
    ahead, here = tour[at + 1 :], tour[at]
    pressed = " ".join(written(key) for key in ahead[0].keys) if ahead else ""
    keys = [(_key(NextStop), f"next ({pressed})" if pressed else "next" if ahead else "end")]
    keys += [(_key(StopBefore), "back")] if at and here.back else []
    return _keys([*keys, (_key(Tour), "leave the tour")])


def written(key: str) -> str:
    """A key of a stop as people write it."""
    return NAMES.get(key, name_of(key))


def _keys(keys: Sequence[tuple[str, str]]) -> list[Piece]:
    return [one for key, word in keys if key for one in (piece(f" {key}", "key"), piece(f":{word} "))]


def _lines(words: str, keys: list[Piece], width: int, most: int) -> list[list[Piece]]:
    said = wrapped(plain(words), max(20, width - 2))
    if len(said) > most - 1:
        said = [*said[: most - 2], said[most - 2][: max(0, width - 4)] + "…"]
    return [*([piece(f" {line}", "strong")] for line in said), keys]
