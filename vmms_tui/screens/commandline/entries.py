"""What the command line offers for what was typed: commands, screens, acts, things, and what was typed before. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from vmms_tui.keys import Act, Place, Target, why_not
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Lease, Server
from vmms_tui.screens.commandline import matching
from vmms_tui.screens.commandline.objects import SHORTEST, Objects, Thing, describe
from vmms_tui.screens.commandline.reading import head_of
from vmms_tui.screens.commandline.words import Word, find, where
from vmms_tui.screens.mirror import Mirror

MOST = 50
"""Entries that are offered."""
FEW = 5
"""Commands that go before the things which have the same letters."""


@dataclass(frozen=True)
class Entry:
    """Something that is offered."""

    line: str
    """The line that does it, or that asks for more."""
    says: str
    """What it does, or what the thing is. May come from outside."""
    where: str = ""
    """Its key and the screen where that acts: `+ on Leases`."""
    changes: bool = False
    why_not: str = ""
    """Why it cannot be done."""
    whole: bool = True
    """Whether the line can be run as it is."""


@dataclass(frozen=True)
class Offer:
    """What entries are made from."""

    words: Sequence[Word]
    objects: Objects
    mirror: Mirror
    here: Place
    """The screen that is shown."""
    under: str = ""
    """The id of what is under the cursor there."""
    past: Sequence[str] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    shell: Collection[str] = ()
    """Commands of the shell."""
    columns: Mapping[Place, Sequence[str]] = field(default_factory=dict)
    """Keys of the columns by screen."""

    @property
    def you(self) -> Caller:
        """Who asks."""
        return self.mirror.you

    def entries(self, line: str) -> list[Entry]:
        """What fits a line, the likeliest first."""
        head, space, rest = head_of(line)
        if not head:
            return self._before_anything()
        word = find(head, self.words) or (matching.meant(head, self.words) if space else None)
        if word and space and (found := self._after(word, rest)):
            return found[:MOST]
        return self._any(head, f"{head} {rest}".strip())[:MOST]

    def _before_anything(self) -> list[Entry]:
        before = [Entry(line, "you gave this before") for line in list(reversed(self.past))[:FEW]]
        return [*before, *(self._command(word) for word in self.words)][: 2 * MOST]

    def _any(self, head: str, typed: str) -> list[Entry]:
        words = matching.best(head, self.words) if head == typed else []
        sure = [word for word in words if matching.fits(head, word) >= 3]
        things = self.objects.find(typed, most=MOST) if len(typed) >= SHORTEST else []
        return [
            *(self._command(word) for word in sure[:FEW]),
            *(self._find(thing) for thing in things),
            *(self._command(word) for word in [*sure[FEW:], *(word for word in words if word not in sure)]),
        ]

    # One entry

    def _command(self, word: Word, rest: str = "") -> Entry:
        act = word.act_for()
        at, no = self._where(act), self._refused(act or word)
        takes = f" {rest}" if rest else f" {word.takes}" if word.needs_more else ""
        line = f"{word.name}{takes}" if rest or not word.needs_more else f"{word.name} "
        says = word.says if not word.needs_more else f"{word.takes}: {word.says}"
        return Entry(line, says, at, word.changes, no, whole=bool(rest) or not word.needs_more)

    def _where(self, act: type[Act] | None) -> str:
        if act is None:
            return ""
        place, key = where(act, self.here)
        return f"{key} on {place.value}" if key and place is not self.here else key

    def _refused(self, act: type[Act] | Word | None) -> str:
        if act is None or act.allowed(self.you):
            return ""
        return "not in read-only" if self.you.read_only else why_not(self.you).rstrip(".")

    def _find(self, thing: Thing) -> Entry:
        return Entry(thing.called, self._says(thing), thing.kind)

    def _says(self, thing: Thing) -> str:
        return describe(thing, self.mirror.tables, self.mirror.now)

    # After a command

    def _after(self, word: Word, rest: str) -> list[Entry]:
        if word.kinds:
            return self._things_for(word, rest)
        if word.name == "find":
            return [self._find(thing) for thing in self.objects.find(rest, most=MOST)] if rest else []
        if word.to is not None:
            return [*self._filters_for(word, rest), self._command(word, rest) if rest else self._command(word)]
        return [self._command(word, rest)]

    def _things_for(self, word: Word, rest: str) -> list[Entry]:
        name, _, more = rest.partition(" ")
        exact = self.objects.named(name, word.kinds) if name else None
        things = [exact] if exact else self.objects.find(name, word.kinds, most=MOST)
        if not name and (under := self.objects.named(self.under, word.kinds)):
            things = [under, *(one for one in things if one.id != under.id)]
        return [self._act_on(word, thing, more.strip()) for thing in things]

    def _act_on(self, word: Word, thing: Thing, more: str) -> Entry:
        act = word.act_for(thing.kind)
        refused = self._refused(act) or (act.refusal(self.target(thing)) if act and thing.record else "")
        line = f"{word.name} {thing.called}{f' {more}' if more else ''}"
        return Entry(line, self._says(thing), self._where(act), bool(act and act.changes), refused)

    def target(self, thing: Thing) -> Target:
        """What an act on a thing would act on."""
        tables = self.mirror.tables
        record = thing.record
        server = record if isinstance(record, Server) else None
        if isinstance(record, Lease):
            server = tables.get(Server, record.server_id)
        return Target(record=record, server=server, you=self.you)

    def _filters_for(self, word: Word, rest: str) -> list[Entry]:
        """Saved filters and columns that go on from what was typed."""
        before, _, last = rest.rpartition(" ")
        start = f"{word.name} {before} " if before else f"{word.name} "
        found = []
        if last.startswith("@") or not rest:
            names = [name for name in sorted(self.filters) if name.startswith(last[1:])]
            found = [Entry(f"{start}@{name}", self.filters[name], "saved filter") for name in names]
        if last and not last.startswith("@") and word.to is not None:
            keys = [key for key in self.columns.get(word.to, ()) if key.startswith(last.casefold()) and key != last]
            found += [Entry(f"{start}{key}:", f"the column {key}", "", whole=False) for key in keys]
        return found
