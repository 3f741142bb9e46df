"""How well a word fits what was typed, wrong letters forgiven. Pure."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from textual.fuzzy import FuzzySearch

from vmms_tui.screens.commandline.words import Word

LIKE = 0.7
"""Words that are less alike are other words."""


def fits(typed: str, word: Word) -> float:
    """From 0, not at all, to 5, exactly so. What begins so goes before what only holds the letters in their order."""
    typed = typed.casefold()
    names = (word.name, *word.aliases)
    if word.name == typed:
        return 5.0
    if typed in word.aliases:
        return 4.5
    if any(name.startswith(typed) for name in names):
        return 4.0 - len(word.name) / 100
    return max(_alike(typed, name) for name in names)


def _alike(typed: str, name: str) -> float:
    if len(typed) < 2:
        return 0.0
    if typed[0] == name[0] and FuzzySearch().match(typed, name)[0]:
        return 2.0 + len(typed) / len(name) / 2
    matcher = SequenceMatcher(None, typed, name)
    if matcher.real_quick_ratio() < LIKE or matcher.quick_ratio() < LIKE:
        return 0.0
    ratio = matcher.ratio()
    return 1.0 + ratio if ratio >= LIKE else 0.0


def best(typed: str, among: Iterable[Word]) -> list[Word]:
    """The commands that may have been meant, the likeliest first; of those alike, in their order."""
    scored = [(fits(typed, word), word) for word in among]
    return [word for score, word in sorted(scored, key=lambda one: -one[0]) if score]


def meant(typed: str, among: Iterable[Word]) -> Word | None:
    """The one command that can only have been meant; None when it may be several."""
    there = list(among)
    found = best(typed, there)
    if not found:
        return None
    close = [word for word in found if fits(typed, word) >= fits(typed, found[0]) - 0.1]
    return found[0] if len(close) == 1 or fits(typed, found[0]) >= 4.5 else None
