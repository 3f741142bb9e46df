"""What many records say alike is in memory once: texts, numbers, times."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import compress, repeat
from operator import is_not
from types import NoneType, UnionType
from typing import Any, get_args

import msgspec
from msgspec import structs

from vmms_tui.model.records import Record
from vmms_tui.model.tables import STORED, RecordT

NAMES = frozenset({"id", "server_id", "lease_id", "request_id", "operation_id"})
"""Texts by which records name each other: what is new in one type is in another again."""
FEW = 100
"""Records that are too few to tell whether a text is another in each."""


def _fields(*kinds: type) -> frozenset[str]:
    """Names of fields that hold one of these types, or nothing, in every type of record that has one of that name."""
    named: dict[str, set[Any]] = {}
    for record in STORED.values():
        for field in structs.fields(record):
            named.setdefault(field.name, set()).update(get_args(field.type) or (field.type,))
    return frozenset(name for name, types in named.items() if types - {NoneType} and types - {NoneType} <= {*kinds})


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
        """Texts and whole numbers; of records, spans of time as well."""
        self._moments: dict[Any, datetime] = {}
        """The instants of records, by their seconds since 1970."""
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

    def among(self, kind: type[RecordT]) -> Callable[[Sequence[RecordT]], None]:
        """What lets fresh records of this type, that nobody else has yet, hold what others hold.

        It goes through them field by field: in a large store most of a start would else be spent here.
        """
        columns: list[_Column | None] = [self._column(field) for field in structs.fields(kind)]

        def share(records: Sequence[RecordT]) -> None:
            said = zip(*map(structs.astuple, records), strict=True)
            for place, (column, own) in enumerate(zip(columns, said, strict=True)):
                if column is not None and not column.share(records, own):
                    columns[place] = None

        return share

    def _column(self, field: structs.FieldInfo) -> "_Column | None":
        """How a field is shared that holds a text, a whole number or a time, or nothing; None: it holds another."""
        kinds = _kinds(field.type)
        if not kinds <= _PLAIN:
            return None
        return _Instants(field, self._moments) if kinds == {datetime} else _Column(field, self._same)


class _Column:
    """A field of many records."""

    def __init__(self, field: structs.FieldInfo, same: dict[Any, Any]) -> None:
        self._name = field.name
        self._default = field.default
        self._may_differ = _kinds(field.type) == {str} and field.name not in NAMES
        self._same = same

    def share(self, records: Sequence[Record], own: Sequence[Any]) -> bool:
        """Let each hold what another holds that says the same. False: this field says something new in each record."""
        if own[0] is self._default and own.count(self._default) == len(own):
            return True
        before = len(self._same)
        same = self._met(own)
        others = list(map(is_not, own, same))
        put = map(structs.force_setattr, compress(records, others), repeat(self._name), compress(same, others))
        deque(put, maxlen=0)
        return not (self._may_differ and len(own) >= FEW and len(self._same) - before == len(own))

    def _met(self, own: Sequence[Any]) -> list[Any]:
        return list(map(self._same.setdefault, own, own))


class _Instants(_Column):
    """One that holds instants, or nothing."""

    def _met(self, own: Sequence[Any]) -> list[Any]:
        """By their seconds since 1970: to hash an instant that knows its zone takes three times as long as these."""
        try:
            return list(map(self._same.setdefault, map(datetime.timestamp, own), own))
        except TypeError:  # some hold none
            return [one and self._same.setdefault(one.timestamp(), one) for one in own]
