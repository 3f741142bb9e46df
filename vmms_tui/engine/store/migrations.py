"""The formats that a store had, and the way from each to the next: pure functions on plain data.

`STEPS[0]` leads from format 1 to 2, and so on; what was written in any format is read through all steps after it. A new
format is a new step here, a sample of the old one in tests/unit/samples, and a line in CHANGELOG.md.

1. `checkpoint.json` without a checksum, journals without a first line that tells of them.
2. `checkpoint-SEQUENCE.json` with a checksum; journals begin with their format. The records are as in 1.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple

from vmms_tui.engine.store.port import StoreProblem

RawTables = dict[str, dict[str, dict[str, Any]]]
"""Records as plain data, by number, by type: what a checkpoint holds."""
RawChange = dict[str, Any]
"""A change as plain data: `op` is `put` with a `record`, or `drop` with `type` and `id`."""


class Step(NamedTuple):
    """From one format to the next."""

    tables: Callable[[RawTables], RawTables]
    change: Callable[[RawChange], RawChange]


class NewerFormat(StoreProblem):
    """A newer VMMS wrote it: nothing is damaged, and nothing of it may be put aside."""


def _tables_as_they_are(tables: RawTables) -> RawTables:
    return tables


def _change_as_it_is(change: RawChange) -> RawChange:
    return change


STEPS: tuple[Step, ...] = (Step(_tables_as_they_are, _change_as_it_is),)

FORMAT = len(STEPS) + 1
"""The format in which this VMMS writes."""


def check(found: object, where: object) -> int:
    """The format, if this VMMS reads it. Raises NewerFormat."""
    if isinstance(found, int) and 1 <= found <= FORMAT:
        return found
    raise NewerFormat(
        f"{where}: a newer VMMS wrote it (format {found}), and this one reads up to format {FORMAT}: use the newer one."
    )


def newer_records(where: object, why: object) -> NewerFormat:
    """What is whole, and holds what this VMMS does not know."""
    return NewerFormat(f"{where}: it is whole, but this VMMS cannot read it ({why}): use the one that wrote it.")


def tables(found: int, raw: RawTables) -> RawTables:
    """A checkpoint of a format as one of ours."""
    return reduce(lambda data, step: step.tables(data), STEPS[found - 1 :], raw)


def change(found: int, raw: RawChange) -> RawChange:
    """A change of a format as one of ours."""
    return reduce(lambda data, step: step.change(data), STEPS[found - 1 :], raw)
