"""What a line of the command line asks for. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from vmms_tui.keys import Place
from vmms_tui.model.durations import parse_duration
from vmms_tui.model.errors import Refused
from vmms_tui.screens.commandline import matching
from vmms_tui.screens.commandline.objects import Objects, Thing, looks_like_address
from vmms_tui.screens.commandline.words import Word, find


@dataclass(frozen=True)
class Deed:
    """What is to be done."""

    word: Word
    thing: Thing | None = None
    """What it is to be done to."""
    rest: str = ""
    """What follows: a filter, a length of time, the words to find."""


def head_of(line: str) -> tuple[str, str, str]:
    """The command of a line, the space after it if there is one, and the rest."""
    text = line.strip().removeprefix(":").lstrip() if line.strip().startswith(":") else line.lstrip()
    head, space, rest = text.partition(" ")
    return head, space, rest.strip()


def read(line: str, words: Sequence[Word], objects: Objects, now: datetime, shell: Collection[str] = ()) -> Deed | str:
    """What a line asks for, or a sentence that says why nobody knows. `shell`: commands that a shell has."""
    head, _, rest = head_of(line)
    if not head:
        return "Type a command, a screen or a name."
    word = find(head, words) or _called(head, rest, objects, words)
    if isinstance(word, Deed):
        return word
    if word is None and head.casefold() in shell:
        return f"{head} is for a shell: `vmms {head.casefold()} --help` tells about it."
    word = word or matching.meant(head, words)
    if word is None:
        return _unknown(head, rest, words, objects)
    if word.kinds:
        return _with_thing(word, rest, objects)
    if word.needs_more and not rest:
        return f"{word.name} wants more: {word.name} {word.takes}."
    if word.name == "find":
        found = objects.find(rest, most=1)
        return Deed(word, found[0], rest) if found else f"Nothing has {rest} in it, as far as is known here."
    if word.to is Place.EVENTS:
        return Deed(word, rest=_since(rest, now))
    return Deed(word, rest=rest)


def _called(head: str, rest: str, objects: Objects, words: Sequence[Word]) -> Deed | None:
    """A name alone leads to what is called so."""
    thing = objects.named(f"{head} {rest}".strip())
    word = find("find", words)
    return Deed(word, thing, thing.id) if thing and word else None


def _with_thing(word: Word, rest: str, objects: Objects) -> Deed | str:
    name, _, more = rest.partition(" ")
    if word.name == "reboot" and "--hard" in rest.split():
        return f"Write hard-reboot {name.replace('--hard', '') or 'LEASE'}." if name else "Which lease?"
    if not name:
        return f"{word.name} wants a name: {word.name} {word.takes}."
    thing = objects.named(name, word.kinds)
    if thing is None:
        found = objects.find(name, word.kinds, most=2)
        if len(found) != 1:
            which = f"; did you mean {found[0].called} or {found[1].called}?" if found else "."
            return f"There is no {' or '.join(word.kinds)} {name}{which}"
        thing = found[0]
    return Deed(word, thing, more.strip())


def _unknown(head: str, rest: str, words: Sequence[Word], objects: Objects) -> str:
    if looks_like_address(head):
        return f"No server that you may see has {head}."
    near = [word.name for word in matching.best(head, words)[:2]]
    near += [thing.called for thing in objects.find(f"{head} {rest}".strip(), most=1)]
    return f"There is no command {head}" + (f"; did you mean {' or '.join(near[:2])}?" if near else ".")


def _since(rest: str, now: datetime) -> str:
    """`since 2h` and `since 22:00`, as for the shell, in the words of filters."""
    first, _, more = rest.removeprefix("--").partition(" ")
    if first.casefold() != "since" or not more:
        return rest
    said, _, others = more.strip().partition(" ")
    try:
        at = f"{now - parse_duration(said):%Y-%m-%dT%H:%M:%S}"
    except (Refused, OverflowError):
        at = said
    return f"at>{at} {others}".strip()
