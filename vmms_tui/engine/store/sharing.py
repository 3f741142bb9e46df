"""What many records say alike is in memory once: texts, numbers, times."""

from datetime import datetime, timedelta
from types import NoneType
from typing import Any, get_args

import msgspec

from vmms_tui.model.tables import STORED


def _fields(*kinds: type) -> frozenset[str]:
    """Names of fields that hold one of these types, or nothing, in every type of record that has one of that name."""
    named: dict[str, set[Any]] = {}
    for record in STORED.values():
        for field in msgspec.structs.fields(record):
            named.setdefault(field.name, set()).update(get_args(field.type) or (field.type,))
    return frozenset(name for name, types in named.items() if types - {NoneType} and types - {NoneType} <= {*kinds})


_INSTANTS = _fields(datetime)
_SPANS = _fields(timedelta)


class Shared:
    """Takes documents, one after the other, of any types of records."""

    def __init__(self) -> None:
        self._same: dict[Any, Any] = {}
        """Texts and whole numbers."""
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
