"""What many records say alike is in memory once: texts, numbers, times."""

from collections.abc import Callable
from datetime import datetime, timedelta
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, get_args

import msgspec
from msgspec import structs

from vmms_tui.model.tables import STORED, RecordT


def _fields(*kinds: type) -> frozenset[str]:
    """Names of fields that hold one of these types, or nothing, in every type of record that has one of that name."""
    named: dict[str, set[Any]] = {}
    for record in STORED.values():
        for field in structs.fields(record):
            named.setdefault(field.name, set()).update(get_args(field.type) or (field.type,))
    return frozenset(name for name, types in named.items() if types - {NoneType} and types - {NoneType} <= {*kinds})


def _alike(record: type[RecordT]) -> tuple[str, ...]:
    """Names of the fields of a type of record that hold a text, a whole number or a time, or nothing."""
    return tuple(field.name for field in structs.fields(record) if _kinds(field.type) <= _PLAIN)


def _kinds(declared: Any) -> set[Any]:
    """The types that are declared side by side, but for None."""
    return {*(get_args(declared) if isinstance(declared, UnionType) else (declared,))} - {NoneType}


_PLAIN = {str, int, datetime, timedelta}
_INSTANTS = _fields(datetime)
_SPANS = _fields(timedelta)


class Shared:
    """Takes documents or records, one after the other, of any types of records."""

    def __init__(self) -> None:
        self._same: dict[Any, Any] = {}
        """Texts and whole numbers; of records, times as well."""
        self._instants: dict[str, datetime] = {}
        self._spans: dict[str, timedelta] = {}

    def take(self, document: dict[str, Any]) -> None:
        """Let a document hold what others hold, where it says the same. Raises ValidationError: a time is none."""
        one = self._same.setdefault
        for name, said in document.items():
            if type(said) is str:
                if name in _INSTANTS:
                    document[name] = self._instants.get(said) or self._instant(said)
                elif name in _SPANS:
                    document[name] = self._span(said)
                else:
                    document[name] = one(said, said)
            elif type(said) is int:
                document[name] = one(said, said)

    def _instant(self, said: str) -> datetime:
        return self._instants.setdefault(said, msgspec.convert(said, datetime))

    def _span(self, said: str) -> timedelta:
        found = self._spans.get(said)
        return self._spans.setdefault(said, msgspec.convert(said, timedelta)) if found is None else found

    def among(self, kind: type[RecordT]) -> Callable[[RecordT], RecordT]:
        """What lets a fresh record of this type, that nobody else has yet, hold what others hold; and returns it."""
        names = _alike(kind)
        read, one, put = attrgetter(*names), self._same.setdefault, structs.force_setattr

        def share(record: RecordT) -> RecordT:
            said = read(record)
            for name, own, same in zip(names, said, map(one, said, said), strict=False):
                if own is not same:
                    put(record, name, same)
            return record

        return share
