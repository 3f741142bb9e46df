"""The help: the keys of a screen, as they are in force."""

from collections.abc import Sequence

from vmms_tui.keys import Place, acts_at, keys_at, name_of
from vmms_tui.keys.everywhere import Help
from vmms_tui.keys.inforce import in_force
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.paragraphs import Paragraph, heading, line, text_of
from vmms_tui.screens.textpage import TextPage
from vmms_tui.widgets.line import piece
from vmms_tui.widgets.text import fit, plain

KEYS = 11
"""Cells of the column with the keys."""
WORDS = 15
"""Cells of the column with the words beside them."""
CASE = "Lower case looks, UPPER CASE (and +) changes, and asks before it does."
PLAYING = (Place.PLAYED, Place.TOUR)
"""Places whose keys are the same on every screen."""
MOVED = "Whatever changes something asks before it does. Your own keys are in force."


class HelpPage(TextPage):
    """The help. What is searched for leaves nothing else."""

    place = Place.PROGRAM
    shows = Help.id
    only_hits = True

    def __init__(self, desk: Desk, entries: Sequence[Paragraph]) -> None:
        super().__init__("Keys", desk, entries)

    def make(self) -> Sequence[Paragraph]:
        """See Pages."""
        none = line(f"Nothing here says “{plain(self.needle.strip())}”.", "muted")
        return searched(self._text, self.needle) or [none]


def searched(entries: Sequence[Paragraph], words: str) -> list[Paragraph]:
    """The entries in which all of these words stand, below their headings. Pure."""
    wanted = words.casefold().split()
    if not wanted:
        return list(entries)
    found: list[Paragraph] = []
    above: Paragraph | None = None
    for entry in entries:
        if not entry.words:
            above = entry if entry.front else above
        elif all(word in text_of(entry).casefold() for word in wanted):
            found += [above] if above else []
            above = None
            found.append(entry)
    return found


def help_entries(*places: Place, narrow: bool = False) -> list[Paragraph]:
    """The help for these places, from the key table as it is in force; the first is where we are."""
    entries = [line(MOVED if in_force().moved else CASE)]
    for place in places:
        entries += [line(), heading(f"{place.value[0].upper()}{place.value[1:]}")]
        for act in acts_at(place):
            names = [name_of(key) for key in keys_at(act, place if place in PLAYING else places[0])]
            keys = piece(f" {fit(' '.join(names) or 'no key', KEYS)} ", "key" if names else "muted")
            if narrow:
                entries.append(Paragraph((keys,), f"{act.word()}: {act.sentence()}"))
            else:
                entries.append(Paragraph((keys, piece(f"{fit(act.word(), WORDS)} ", "strong")), act.sentence()))
    return entries
