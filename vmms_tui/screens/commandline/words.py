"""The commands of the command line: those of the key table, and some that have no key. Pure.

A command that is written in a module of its own is added by `also`; it is offered, completed and run like all others.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vmms_tui.keys import ACTS, LIST_PLACES, Act, Place, key_name
from vmms_tui.keys.everywhere import CommandLine, Go, Interrupt, Palette
from vmms_tui.keys.inforce import SCREENS
from vmms_tui.keys.leases import Release
from vmms_tui.keys.menus import ForServer
from vmms_tui.keys.rows import EventsOf, ForRow, Mark, RowMenu
from vmms_tui.model.commands import Command
from vmms_tui.model.people import Caller

if TYPE_CHECKING:
    from vmms_tui.screens.commandline.doing import Doing

Run = Callable[["Doing", str], str]
"""Does what stands after the command; returns what there is to say. Raises VmmsError for what it cannot do."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """A command."""

    name: str
    says: str
    """What it does, as a sentence."""
    aliases: tuple[str, ...] = ()
    takes: str = ""
    """How what follows it is written: `LEASE [TIME]`."""
    acts: tuple[type[Act], ...] = ()
    """The entries of the key table that it stands for: one, or one for each kind of thing."""
    kinds: tuple[str, ...] = ()
    """Tags of the things of which it wants one."""
    needs_more: bool = False
    """Whether it means nothing by itself."""
    run: Run | None = None
    """What it does, where that is no entry of the key table."""
    gives: type[Command] | None = None
    """The command of the engine that it proposes, where no entry of the key table says who may and what is changed."""

    @property
    def to(self) -> Place | None:
        """The screen to which it goes."""
        return next((act.to for act in self.acts if issubclass(act, Go)), None)

    @property
    def changes(self) -> bool:
        """Whether it changes something in the engine or the cloud."""
        return any(act.changes for act in self.acts) or (self.gives is not None and self.gives.changes)

    def allowed(self, you: Caller) -> bool:
        """Whether such people may give it."""
        if (act := self.act_for()) is not None:
            return act.allowed(you)
        if self.gives is None:
            return True
        return (self.gives.needs is None or you.has(self.gives.needs)) and not (self.changes and you.read_only)

    def act_for(self, kind: str = "") -> type[Act] | None:
        """What it does to things of this type."""
        fitting = (act for act in self.acts if not kind or kind in kinds_of(act))
        return next(fitting, None)


def where(act: type[Act], here: Place) -> tuple[Place, str]:
    """The place where the key of an act is pressed, seen from here, and the key; nothing if it has none."""
    place = here if here in act.places or Place.EVERYWHERE in act.places else act.places[0]
    return place, key_name(act, place)


_KINDS: Mapping[Place, tuple[str, ...]] = {
    Place.POOLS: ("pool",),
    Place.SERVERS: ("server",),
    Place.LEASES: ("lease", "request"),
    Place.HOSTS: ("host",),
    Place.STORE: ("volume",),
    Place.NETS: ("network",),
    Place.REPOS: ("image",),
    Place.OPS: ("operation",),
    Place.SERVER_MENU: ("lease",),
}
_NAMED: Mapping[type[Act], tuple[str, tuple[str, ...]]] = {
    EventsOf: ("events-of", ()),
    Release: ("release", ("cancel",)),
}
"""Acts whose word is another's, or that have two commands in a shell."""
_ARGUMENT = {"renew": " [TIME]"}
_TOO_SMALL = {
    "open_row",
    "next_panel",
    "previous_panel",
    "down",
    "up",
    "first",
    "last",
    "half_down",
    "half_up",
    "page_down",
    "page_up",
}
"""Ways of moving: nobody types them."""
_TYPED_AT = {*SCREENS, Place.LISTS, Place.EVERYWHERE, Place.SERVER_MENU}
"""Where what is done can be done by a command, too; not in boxes, forms and the copy menu."""

_also: dict[str, Word] = {}


def also(word: Word) -> Word:
    """Add a command. One of the same name gives way."""
    _also[word.name] = word
    return word


def words() -> list[Word]:
    """Every command: screens, acts, then those that were added. Acts of one word and different things are one."""
    made: dict[str, Word] = {}
    typed = [act for act in ACTS if _typed(act)]
    for act in sorted(typed, key=lambda one: (not issubclass(one, Go), -len(kinds_of(one)))):
        word = _from_act(act)
        had = made.get(word.name)
        if had is None:
            made[word.name] = word
        elif had.kinds and word.kinds and not set(had.kinds) & set(word.kinds):
            made[word.name] = _both(had, word)
        else:
            name = act.id.replace("_", "-")
            made.setdefault(name, replace(word, name=name, aliases=()))  # or the same by another key
    return _with_own_aliases(made | _also)


def _with_own_aliases(known: Mapping[str, Word]) -> list[Word]:
    """The same without second names that are another's name, or were another's before."""
    taken = set(known)
    found = []
    for word in known.values():
        free = tuple(alias for alias in word.aliases if alias not in taken)
        taken.update(free)
        found.append(replace(word, aliases=free))
    return found


def _both(one: Word, other: Word) -> Word:
    kinds = (*one.kinds, *other.kinds)
    aliases = tuple(dict.fromkeys((*one.aliases, *other.aliases)))
    acts, takes = (*one.acts, *other.acts), "/".join(kinds).upper()
    return replace(one, acts=acts, kinds=kinds, aliases=aliases, takes=takes)


def _typed(act: type[Act]) -> bool:
    if act in {Interrupt, CommandLine, Palette, RowMenu, Mark} or act.id in _TOO_SMALL:
        return False
    return any(place in _TYPED_AT for place in act.places)


def _from_act(act: type[Act]) -> Word:
    if issubclass(act, Go):
        name = act.to.value.casefold()
        return Word(name=name, says=act.sentence(), aliases=(name[:2],), takes="[FILTER]", acts=(act,))
    name, aliases = _NAMED.get(act, (act.word().replace(" ", "-"), ()))
    dashed = act.id.replace("_", "-")
    aliases += (dashed,) if dashed != name else ()
    kinds = kinds_of(act)
    takes = f"{'/'.join(kinds).upper()}{_ARGUMENT.get(act.id, '')}" if kinds else ""
    return Word(
        name=name, says=act.sentence(), aliases=aliases, takes=takes, acts=(act,), kinds=kinds, needs_more=bool(kinds)
    )


def kinds_of(act: type[Act]) -> tuple[str, ...]:
    """Tags of what an act can be done to; none for what is done to no row."""
    if Place.EVERYWHERE in act.places or Place.LISTS in act.places or not _of_a_row(act):
        return ()
    return tuple(dict.fromkeys(kind for place in act.places for kind in _KINDS.get(place, ())))


def _of_a_row(act: type[Act]) -> bool:
    return issubclass(act, ForRow | ForServer)


def place_of(act: type[Act], here: Place) -> Place:
    """Where an act that is done to no row can be done: here, if that is possible."""
    if here in act.places or Place.EVERYWHERE in act.places or (Place.LISTS in act.places and here in LIST_PLACES):
        return here
    screens = (place for place in act.places if place in SCREENS)
    return next(screens, LIST_PLACES[0] if Place.LISTS in act.places else here)


def find(name: str, among: Iterable[Word]) -> Word | None:
    """The command of exactly this name or alias."""
    name = name.casefold()
    there = list(among)
    return next(
        (word for word in there if word.name == name), next((word for word in there if name in word.aliases), None)
    )
