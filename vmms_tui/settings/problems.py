"""What is wrong with a settings file, in words for the one who writes it."""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic_core import ErrorDetails

from vmms_tui.model.errors import VmmsError
from vmms_tui.settings.addresses import veiled

MOST = 50
"""Mistakes that are told of one file."""
_LONGEST_VALUE = 60
_LONGEST_KEY = 200
VEILED_TABLE = "notices"
"""Nothing that stands in it is shown, and no address elsewhere: they hold credentials, and a slip of the pen puts them
anywhere."""


class Problem(msgspec.Struct, frozen=True):
    """One mistake: where it is, what stands there, and what to write instead."""

    file: str
    key: str
    value: str
    remedy: str

    def __str__(self) -> str:
        key = self.key if len(self.key) <= _LONGEST_KEY else f"{self.key[:_LONGEST_KEY]}..."
        where = f"{self.file}: {key}" if key else self.file
        said = f"{where} = {self.value}: {self.remedy}" if self.value else f"{where}: {self.remedy}"
        return said if said.isprintable() else "".join(map(_printable, said))


def _printable(letter: str) -> str:
    return letter if letter.isprintable() else repr(letter)[1:-1]


class SettingsProblems(VmmsError):
    """The settings cannot be used. All that is wrong with them, at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def from_pydantic(file: Path, errors: Iterable[ErrorDetails], known: Mapping[str, set[str]]) -> list[Problem]:
    """Problems in our words. `known` holds the keys of each table, for the nearest right spelling."""
    found = list(errors)
    told = [_one(file, error, known) for error in found[:MOST]]
    if len(found) > MOST:
        told.append(Problem(str(file), "", "", f"{len(found) - MOST} more mistakes follow; mend these first."))
    return told


def _one(file: Path, error: ErrorDetails, known: Mapping[str, set[str]]) -> Problem:
    path = [str(part) for part in error["loc"] if part != "[key]"]
    secret = (path[:1] == [VEILED_TABLE] and path[1:] != ["urls_file"]) or _has_an_address(error["input"])
    key = ".".join((veiled(part) if "://" in part else part) or '""' for part in path)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return Problem(str(file), key, "", "it is missing; write it.")
    value = _hidden(error["input"]) if secret else shown(error["input"])
    if kind == "extra_forbidden":
        return Problem(str(file), key, value, _unknown(path, known))
    return Problem(str(file), key, value, _words(kind, context, error["msg"]))


def _unknown(path: list[str], known: Mapping[str, set[str]]) -> str:
    words = sorted(known.get(_table(path[:-1]), set()))
    near = difflib.get_close_matches(path[-1][:_LONGEST_VALUE], words, 1)
    return (
        f"there is no such key; did you mean {near[0]}?"
        if near
        else f"there is no such key; known are: {', '.join(words)}."
    )


def _table(path: list[str]) -> str:
    if not path:
        return ""
    if path[0] == "quota":
        return ".".join(path[:2])
    return "pools" + "".join(f".{part}" for part in path[2:]) if path[0] == "pools" else path[0]


_SENTENCES = {
    "int_type": "write a whole number.",
    "int_parsing": "write a whole number.",
    "int_from_float": "write a whole number.",
    "float_type": "write a number.",
    "finite_number": "write a number.",
    "string_type": 'write text in quotes, "like this".',
    "bool_type": "write true or false.",
    "list_type": 'write a list, ["like", "this"].',
    "tuple_type": 'write a list, ["like", "this"].',
    "date_type": "write a day without quotes, like 2026-12-24.",
    "dict_type": "write a table with its keys.",
    "model_type": "write a table with its keys.",
    "model_attributes_type": "write a table with its keys.",
    "too_long": "there are too many values.",
}


def _words(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind in _SENTENCES:
        return _SENTENCES[kind]
    if kind == "greater_than_equal":
        return f"write {context['ge']} or more."
    if kind == "greater_than":
        return f"write more than {context['gt']}."
    if kind == "less_than_equal":
        return f"write {context['le']} or less."
    if kind in {"too_short", "string_too_short"}:
        return "it must not be empty."
    if kind == "string_too_long":
        return f"write at most {context['max_length']} characters."
    if kind in {"literal_error", "enum"}:
        return f"write one of {context['expected']}."
    if kind == "value_error":
        return str(context["error"])
    return f"it cannot be used ({message})."


def _has_an_address(value: object) -> bool:
    try:
        return "://" in str(value)
    except ValueError:  # an int of more digits than Python writes
        return False


def _hidden(value: object) -> str:
    """What may be shown of something that may be an address with a password in it: its kind."""
    return veiled(value) if isinstance(value, str) else "…"


def shown(value: object) -> str:
    """A value as it can be written down, in one line, cut where it is long."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except ValueError:  # an int of more digits than Python writes
        return "a number of thousands of digits"
    text = repr(text[:_LONGEST_VALUE]) if text is value else text
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."
