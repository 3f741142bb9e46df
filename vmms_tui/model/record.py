"""What every record is."""

from typing import TypeVar

import msgspec

ChangedT = TypeVar("ChangedT", bound=msgspec.Struct)


def changed(record: ChangedT, **fields: object) -> ChangedT:
    """The same record with some fields replaced."""
    return msgspec.structs.replace(record, **fields)


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", gc=False):
    """A thing with an id that is unique within its type.

    Records hold only values, so they can be in no cycle: the collector does not look at them, however many there are.
    """

    id: str
