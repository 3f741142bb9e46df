"""The keys as they are in force: those of the table, moved and switched off as the user's `keys.toml` says. Pure.

    [everywhere]
    quit = ["Q"]        # another key; several may stand there
    [leases]
    release = []        # no key at all

The nearest section decides: that of the screen, then `lists`, then `everywhere`. A file with anything wrong in it
moves nothing, so that nobody works with half of their keys.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from vmms_tui.keys.act import FORBIDDEN, LIST_PLACES, NAMES, Act, Place, acts_at, name_of

SCREENS = (Place.DASH, *LIST_PLACES)
"""Where the keys of `everywhere` act."""
SECTIONS = {place.name.lower(): place for place in Place}
"""The sections of the file."""
_NAMED = {
    *("enter", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown", "escape"),
    *("up", "down", "left", "right", "comma", "shift+tab", *(f"f{number}" for number in range(1, 13))),
}
_WRITTEN = {name.casefold(): key for key, name in NAMES.items()} | {",": "comma", " ": "space", "del": "delete"}
_CTRL = re.compile(r"ctrl\+[a-z]")
_WAYS_OUT = ("quit", "command_line", "palette")


@dataclass(frozen=True)
class Keymap:
    """What a user has moved: by place and id of an act, its keys there."""

    moved: Mapping[tuple[Place, str], tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    """Why the file was not followed, a sentence each."""


class _Now:
    keymap = Keymap()


def use(keymap: Keymap) -> None:
    """Let these keys be in force in this program from now on."""
    _Now.keymap = keymap


def in_force() -> Keymap:
    """What the user has moved."""
    return _Now.keymap


def keys_at(act: type[Act], place: Place, keymap: Keymap | None = None) -> tuple[str, ...]:
    """The keys of an act in this place; none when it was switched off there."""
    moved = (keymap or _Now.keymap).moved
    return next((moved[near, act.id] for near in around(place) if (near, act.id) in moved), act.keys)


def key_name(act: type[Act], place: Place) -> str:
    """The first key of an act in this place, as people write it; nothing when it has none."""
    keys = keys_at(act, place)
    return name_of(keys[0]) if keys else ""


_INSIDE = {
    Place.OBJECT: (Place.READING,),
    Place.LOG: (Place.OBJECT, Place.READING),
    Place.RAW: (Place.OBJECT, Place.READING),
    Place.PROGRAM: (Place.READING,),
    Place.PREFLIGHT: (Place.DIALOG,),
}
"""Places that are one of a wider kind: what is done there is done in them, too."""
_TYPED = {Place.FORM, Place.DIALOG, Place.COMMAND_LINE, Place.TOUR}
"""Where letters are text, or a key goes before whatever takes text."""


def around(place: Place) -> tuple[Place, ...]:
    """A place and those whose keys act there, too; the nearest first."""
    if place in _INSIDE:
        return (place, *_INSIDE[place])
    if place is Place.LISTS or place in LIST_PLACES:
        return (place, Place.LISTS, Place.EVERYWHERE) if place is not Place.LISTS else (place, Place.EVERYWHERE)
    return (place, Place.EVERYWHERE) if place in SCREENS else (place,)


def acts_in(place: Place) -> list[type[Act]]:
    """Everything that can be done in a place, what can be done in every list or everywhere included."""
    return acts_at(*around(place))


# Reading


def read(said: Mapping[str, object], file: str) -> Keymap:
    """What a file says. `file` is its name, for the sentences about what is wrong with it."""
    problems: list[str] = []
    moved: dict[tuple[Place, str], tuple[str, ...]] = {}
    for section, entries in said.items():
        place = SECTIONS.get(section)
        if place is None:
            problems.append(f"{file}: there is no place [{section}]; {_near(section, SECTIONS)}")
        elif not isinstance(entries, Mapping):
            problems.append(f'{file}: {section} is a place, and wants lines like quit = ["Q"] below [{section}].')
        else:
            for name, keys in entries.items():
                wrong, found = _entry(place, section, name, keys)
                problems += [f"{file}: [{section}] {one}" for one in wrong]
                moved[place, name] = found
    if not problems:
        problems = [f"{file}: {one}" for one in (*_conflicts(Keymap(moved)), *_locked_in(Keymap(moved)))]
    return Keymap(problems=tuple(problems)) if problems else Keymap(moved)


def _near(word: str, known: Iterable[str]) -> str:
    known = list(known)
    near = get_close_matches(word.casefold(), known, n=1)
    return f"did you mean {near[0]}?" if near else f"write one of {', '.join(known)}."


def _entry(place: Place, section: str, name: str, keys: object) -> tuple[list[str], tuple[str, ...]]:
    """What is wrong with a line, and its keys."""
    known = {act.id: act for act in _doable(place)}
    if name not in known:
        elsewhere = next((act for act in acts_at(*Place) if act.id == name), None)
        if elsewhere is not None:
            places = " or ".join(f"[{one.name.lower()}]" for one in elsewhere.places[:3])
            return [f"{name} cannot be done there; write it below {places}."], ()
        return [f"{name}: there is nothing of this name to do; {_near(name, known)}"], ()
    if isinstance(keys, str):
        keys = [keys]
    if not isinstance(keys, list) or not all(isinstance(one, str) for one in keys):
        return [f'{name}: write its keys as ["Q"], or [] for none.'], ()
    found = [(one, _key(one)) for one in keys]
    wrong = [f"{name}: {_wrong(one, key)}" for one, key in found if not key or _wrong(one, key)]
    if place in _TYPED or name == "tour":
        letters = [one for one, key in found if len(key) == 1]
        wrong += [f"{name}: {one} is typed into fields there; choose another key." for one in letters]
    if place in {Place.SERVER_MENU, Place.COPY_MENU}:
        wrong += [f"{name}: {one} moves in menus; choose another key." for one, key in found if key in MENU_KEYS]
    return wrong, tuple(key for _, key in found if key)


def _doable(place: Place) -> list[type[Act]]:
    """What a section can move: what is done there, or on a screen where its keys act."""
    inside = [screen for screen in SCREENS if place in around(screen)]
    return acts_at(*around(place), *inside)


def _key(written: str) -> str:
    """A key as the table writes it; nothing when there is none of this name."""
    if len(written) == 1:
        return _WRITTEN.get(written, written) if written.isprintable() else ""
    name = re.sub(r"^(ctrl|shift|alt|super|meta)-", r"\1+", written.strip().casefold())
    name = _WRITTEN.get(name, name)
    return name if name in _NAMED or _CTRL.fullmatch(name) or name in FORBIDDEN else ""


def _wrong(written: str, key: str) -> str:
    if not key:
        return f"{written!r} is no key that a terminal sends apart from others; write a letter, ctrl-r, F5 or space."
    if key in FORBIDDEN:
        return f"{name_of(key)} belongs to terminals and multiplexers; choose another key."
    return ""


MENU_KEYS = frozenset({"j", "k", "up", "down", "tab", "shift+tab", "enter", "escape"})
"""Keys that move in every menu, or leave it."""


def _conflicts(keymap: Keymap) -> list[str]:
    """Keys that would do two things in one place."""
    said: dict[str, str] = {}
    for place in Place:
        if place in {Place.EVERYWHERE, Place.LISTS}:
            continue
        taken: dict[str, list[type[Act]]] = defaultdict(list)
        everywhere = [one for one in acts_at(*Place) if one.id == "interrupt"]
        inside = dict.fromkeys(acts_in(place))
        for act in dict.fromkeys((*inside, *everywhere, *acts_at(Place.PLAYED, Place.TOUR))):
            for key in keys_at(act, place if act in inside else act.places[0], keymap):
                if act not in taken[key]:
                    taken[key].append(act)
        for key, acts in taken.items():
            if len(acts) > 1:
                one, other = sorted((act.id for act in acts[:2]), key=lambda name: (place, name) in keymap.moved)
                clash = f"{name_of(key)} would be both {one} and {other}"
                said.setdefault(clash, f"{clash} in {place.value}; give one of them another key.")
    return list(said.values())


def _locked_in(keymap: Keymap) -> list[str]:
    """Screens that nobody could leave."""
    ways = [act for act in acts_at(*Place) if act.id in _WAYS_OUT]
    stuck = [place for place in SCREENS if not any(keys_at(act, place, keymap) for act in ways)]
    if not stuck:
        return []
    return [f"nobody could leave {stuck[0].value}; leave a key to quit, command_line or palette."]
