"""The tables of `vmms.toml` about notices: where people are told, and on which days nothing is taken from them."""

import stat
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, field_validator

from vmms_tui.model.calendar import Calendar
from vmms_tui.model.channels import Channels
from vmms_tui.settings.addresses import OWNER, wrong_with
from vmms_tui.settings.basics import Table, Word
from vmms_tui.settings.free_days import UnknownCountry, holidays_of, own_time_zone
from vmms_tui.settings.problems import Problem, shown
from vmms_tui.settings.reading import Unreadable, read_text

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OPERATORS = "operators"
"""Who stands before an address for the operators, in the file of addresses."""
LARGEST = 1024 * 1024
"""Bytes of that file."""
MOST = 20
"""Addresses of one person: a letter goes to all of them."""
_ANY_YEAR = 2026


def _known(url: str) -> str:
    wrong = wrong_with(url)
    if wrong:
        raise ValueError(wrong)
    return url


def _one_for_all(url: str) -> str:
    if OWNER in url:
        raise ValueError(f"{OWNER} stands for the owner of a lease; write the operators' own address.")
    return _known(url)


Address = Annotated[str, AfterValidator(_known)]
OperatorsAddress = Annotated[str, AfterValidator(_one_for_all)]


class NoticesTable(Table):
    """Where people are told. The addresses hold credentials."""

    urls: Annotated[tuple[Address, ...], Field(max_length=MOST)] = ()
    people: dict[str, Annotated[tuple[Address, ...], Field(max_length=MOST)]] = {}  # noqa: RUF012 pydantic copies it
    operators: Annotated[tuple[OperatorsAddress, ...], Field(max_length=MOST)] = ()
    urls_file: Word = ""

    def channels(self, file: Path, remarks: tuple[str, ...]) -> Channels:
        """As the engine needs it. `file` is the settings file: `urls_file` counts from its folder."""
        path = str(file.parent / self.urls_file) if self.urls_file else ""
        return Channels(urls=self.urls, people=self.people, operators=self.operators, file=path, remarks=remarks)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('write the name of a time zone, like "Europe/Berlin".') from None
    return name


def _country(code: str) -> str:
    try:
        if code:
            holidays_of(code, [_ANY_YEAR])
    except UnknownCountry:
        raise ValueError('write the code of a country, or of a part of it, like "DE" or "DE-BY".') from None
    return code


class CalendarTable(Table):
    """Free days."""

    time_zone: Annotated[str, AfterValidator(_zone)] = ""
    weekend: Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(max_length=6)] = ()
    holidays: Annotated[str, AfterValidator(_country)] = ""
    dates: tuple[Annotated[date, Field(strict=True)], ...] = ()

    @field_validator("weekend")
    @classmethod
    def _some_day_is_left(cls, days: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(days)) == len(WEEK):
            raise ValueError("leave one day of the week to work.")
        return days

    def rules(self) -> Calendar:
        """As the engine needs it; the engine fills the holidays in."""
        return Calendar(
            time_zone=self.time_zone or own_time_zone(),
            weekend=frozenset(WEEK.index(day) for day in self.weekend),
            country=self.holidays,
            dates=frozenset(self.dates),
        )


def take_in_addresses(file: Path, raw: Mapping[str, Any]) -> tuple[list[Problem], tuple[str, ...]]:
    """Put what `notices.urls_file` holds beside what the settings say. What is wrong with it, and what is amiss."""
    table = raw.get("notices")
    named = table.get("urls_file") if isinstance(table, dict) else None
    if not isinstance(table, dict) or not isinstance(named, str) or not named:
        return [], ()
    path = file.parent / named
    try:
        text, mode = read_text(path, LARGEST), path.stat().st_mode
    except OSError as error:
        return [_unusable(file, named, f"the file cannot be read ({error.strerror}).")], ()
    except Unreadable as problem:
        return [_unusable(file, named, f"the file cannot be used: {problem}.")], ()
    problems = [Problem(str(path), f"line {number}", "", wrong) for number, wrong in _mistakes(table, text)]
    open_to_others = stat.S_IMODE(mode) & 0o077
    amiss = f"{path} holds passwords, and others can read it: chmod 600 {path}." if open_to_others else ""
    return problems, (amiss,) if amiss else ()


def _unusable(file: Path, named: str, remedy: str) -> Problem:
    return Problem(str(file), "notices.urls_file", shown(named), remedy)


def _mistakes(table: dict[str, Any], text: str) -> list[tuple[int, str]]:
    """Add the address of each line to the table. Returns which lines hold none, and why.

    A line is an address, for all owners, or a name and an address.
    """
    mistakes = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        who, url = ("", words[0]) if len(words) == 1 else (words[0], words[1])
        wrong = wrong_with(url) if len(words) <= 2 else "write an address, or a name and an address."
        if wrong:
            mistakes.append((number, wrong))
        elif not who or who == OPERATORS:
            _add(table, OPERATORS if who else "urls", url)
        else:
            people = table.setdefault("people", {})
            if isinstance(people, dict):
                _add(people, who, url)
    return mistakes


def _add(table: dict[str, Any], key: str, url: str) -> None:
    known = table.get(key, [])
    if isinstance(known, list):
        table[key] = [*known, url]
