"""The words of a filter: what they say, written down and read back. Pure.

    web "two words" !el9 owner:ada left<8h importance>=3 at>22:00 @mine

Every term must hold. A word is looked for everywhere, `key:word` in one column; `!` before a term turns it round.
Columns that hold numbers, lengths of time or instants can be compared. `@name` stands for a saved filter. A filter is
read while it is typed, so nothing is an error: what cannot be understood lets everything through, and is told in words.
"""

import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from difflib import get_close_matches
from enum import Enum
from types import MappingProxyType

from vmms_tui.model.durations import parse_duration
from vmms_tui.model.errors import Refused


class Kind(Enum):
    """What a column holds, and so how it is compared."""

    TEXT = "words"
    NUMBER = "a number, like 3"
    SPAN = "a length of time, like 8h or 7d"
    INSTANT = "a time, like 22:00 or 2026-03-02T22:00"


@dataclass(frozen=True)
class Word:
    """This must be there; in the column `key`, if one is named."""

    text: str
    """Without differences of upper and lower case (str.casefold)."""
    key: str = ""
    without: bool = False
    """It must not be there."""


@dataclass(frozen=True)
class Compare:
    """The column `key` must stand so to a value."""

    key: str
    sign: str
    """`<`, `<=`, `>`, `>=` or `=`."""
    said: str
    """The value as it was written."""
    without: bool = False


_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}

Term = Word | Compare
Value = float | timedelta | datetime


@dataclass(frozen=True)
class Filter:
    """What was understood, and what was not."""

    terms: tuple[Term, ...] = ()
    problem: str = ""
    """A sentence about the first thing that was not understood."""


_TERM = re.compile(
    r"""
    (?P<no> ! (?=\S) )?
    (?: (?P<key> [a-z][a-z0-9_-]* ) (?P<sign> : | <= | >= | < | > | = ) )?
    (?: " (?P<quoted> (?: [^"\\] | \\. )* ) (?: " | \\? \Z ) | (?P<bare> [^\s"] \S* | ) )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_SAFE = re.compile(r'[^\s"!@\\:<>=][^\s"\\:<>=]*')
"""Words that can stand without quotes, wherever they stand."""
_SAVED = re.compile(r"@[a-z][a-z0-9_-]*", re.IGNORECASE)
_ADDRESS = re.compile(
    r"""
    [0-9a-f]+ (: [0-9a-f]*)+ (%\S+)? (/\d+)?     # an IPv6 or MAC address
    | [a-z][a-z0-9+.-]* : [/\\] .*               # an URL, a path
    | [a-z0-9_-]+ : \d .*                        # a host and its port, an image and its version
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
"""Words with a colon that name no column."""
DEEPEST = 5
"""Saved filters that may stand in one another."""


def parse(text: str, kinds: Mapping[str, Kind], saved: Mapping[str, str] = MappingProxyType({})) -> Filter:
    """Read a filter. `kinds` says what each column holds, `saved` what `@name` stands for.

    `key=word` of no column is a word, and so are addresses and URLs; `key:word` of no column is told.
    """
    return _parsed(text, kinds, saved, 0)


def _parsed(text: str, kinds: Mapping[str, Kind], saved: Mapping[str, str], depth: int) -> Filter:
    terms: list[Term] = []
    problems: list[str] = []
    at = 0
    while (at := _after_space(text, at)) < len(text):
        found = _TERM.match(text, at)
        if found is None or found.end() == at:
            at += 1
            continue
        at = found.end()
        if found["quoted"] is None and _SAVED.fullmatch(found[0].removeprefix("!")):
            more = _saved(found[0], kinds, saved, depth)
            terms += more.terms
            problems += [more.problem] if more.problem else []
            continue
        term, problem = _understood(found, kinds)
        terms += [term] if term else []
        problems += [problem] if problem else []
    return Filter(tuple(terms), problems[0] if problems else "")


def _saved(said: str, kinds: Mapping[str, Kind], saved: Mapping[str, str], depth: int) -> Filter:
    """What `@name` stands for."""
    name = said.removeprefix("!").removeprefix("@").casefold()
    if said.startswith("!"):
        return Filter(problem=f"! cannot stand before a saved filter: write @{name} alone.")
    if name not in saved:
        near = get_close_matches(name, saved, n=1)
        rest = (
            f"did you mean @{near[0]}?"
            if near
            else f'the command save {name} keeps one; for the word itself write "@{name}".'
        )
        return Filter(problem=f"There is no saved filter @{name}; {rest}")
    if depth >= DEEPEST:
        return Filter(problem=f"@{name} stands in itself, or too deep in other saved filters.")
    inside = _parsed(saved[name], kinds, saved, depth + 1)
    return Filter(inside.terms, f"@{name}: {inside.problem}" if inside.problem and not depth else inside.problem)


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _understood(found: re.Match[str], kinds: Mapping[str, Kind]) -> tuple[Term | None, str]:
    key, sign, without = (found["key"] or "").casefold(), found["sign"] or "", bool(found["no"])
    quoted = found["quoted"]
    said = re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if quoted is not None else found["bare"]
    if not key:
        return (Word(said.casefold(), without=without) if said else None), ""
    if key not in kinds and sign == ":" and not _ADDRESS.fullmatch(found[0].removeprefix("!")):
        return None, _unknown(key, kinds, f'; for the words write "{key}:{said}"')
    if key not in kinds and sign in {":", "="}:
        return Word(found[0].removeprefix("!").replace('"', "").casefold(), without=without), ""
    if key not in kinds:
        return None, _unknown(key, kinds)
    if sign == ":":
        return (Word(said.casefold(), key, without) if said else None), ""
    if kinds[key] is Kind.TEXT:
        return None, f"{key} holds words: write {key}:{said or 'word'}."
    if not said:
        return None, f"{key}{sign} wants {kinds[key].value}."
    if value_of(said, kinds[key]) is None:
        return None, f"{key}{sign}{said}: {said} is not {kinds[key].value}."
    return Compare(key, sign, said, without), ""


def _unknown(key: str, kinds: Mapping[str, Kind], otherwise: str = "") -> str:
    near = get_close_matches(key, kinds, n=1)
    rest = f"did you mean {near[0]}?" if near else f"there is {', '.join(sorted(kinds))}."
    return f"There is no column {key}{otherwise}; {rest}"


def narrows(before: Sequence[Term], after: Sequence[Term]) -> bool:
    """Whether whatever fits `after` surely fits `before`: there is one term more, or a longer word, as while typing."""
    if len(after) < len(before):
        return False
    return all(old == new or _longer(old, new) for old, new in zip(before, after, strict=False))


def _longer(old: Term, new: Term) -> bool:
    if not isinstance(old, Word) or not isinstance(new, Word) or old.key != new.key:
        return False
    return not old.without and not new.without and old.text in new.text


def write(terms: Iterable[Term]) -> str:
    """The filter that is read as these terms."""
    return " ".join(_written(term) for term in terms)


def _written(term: Term) -> str:
    no = "!" if term.without else ""
    if isinstance(term, Compare):
        return f"{no}{term.key}{term.sign}{_quoted(term.said)}"
    return f"{no}{term.key}{':' if term.key else ''}{_quoted(term.text)}"


def _quoted(said: str) -> str:
    if _SAFE.fullmatch(said):
        return said
    return '"' + said.replace("\\", "\\\\").replace('"', '\\"') + '"'


def value_of(said: str, kind: Kind) -> float | timedelta | datetime | time | None:
    """The value that is written so; None when it is none. See `meant`."""
    try:
        if kind is Kind.NUMBER:
            return float(said.replace(",", "")) if re.fullmatch(r"[0-9][0-9,]*(?:\.[0-9]+)?", said) else None
        if kind is Kind.SPAN:
            return parse_duration(said) if said not in {"0", "0s"} else timedelta(0)
        if kind is Kind.INSTANT:
            return (
                time.fromisoformat(said) if re.fullmatch(r"\d\d:\d\d(?::\d\d)?", said) else datetime.fromisoformat(said)
            )
    except (Refused, ValueError):
        return None
    return None


def meant(said: str, kind: Kind, now: datetime) -> Value | None:
    """The value that is written so, at an instant; None when it is none.

    An instant without a zone is in that of `now`; a time of day is the last one that was.
    """
    value = value_of(said, kind)
    return _instant(value, now) if isinstance(value, datetime | time) else value


def _instant(value: datetime | time, now: datetime) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=now.tzinfo)
    today = datetime.combine(now.date(), value, now.tzinfo)
    return today if today <= now else today - timedelta(days=1)


def holds(sign: str, left: Value, right: Value) -> bool:
    """Whether two values stand so. Values of different kinds never do."""
    if type(left) is not type(right):
        return False
    return bool(_SIGNS[sign](left, right))
