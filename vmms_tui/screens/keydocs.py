"""The page docs/keys.md, made from the key table and the columns. Pure."""

from collections.abc import Sequence
from typing import Any

from vmms_tui.keys import Place, acts_at, name_of
from vmms_tui.screens.columns import EVENTS, LEASES, POOLS, SERVERS
from vmms_tui.screens.columns_cloud import HOSTS, IMAGES, NETWORKS, VOLUMES
from vmms_tui.screens.columns_told import LEAKS, NOTICES
from vmms_tui.screens.movelegs import LEGS
from vmms_tui.screens.needs import NEEDS
from vmms_tui.screens.operation_rows import OPERATIONS
from vmms_tui.widgets.column import Column

OWN = "All of them can be moved and switched off: see [your own keys](own-keys.md)."
FILTERS = """## Filters

A filter is words with spaces between them, and a row must fit them all. It is read while you type. The commands take
the same words: `vmms leases --filter 'owner:ada left<8h'`.

| Write | For rows |
|---|---|
| `web` | in which this stands anywhere, in upper or lower case |
| `"two words"` | in which this stands, with its space |
| `!web` | which the rest does not fit; `!` goes before everything below, too |
| `owner:ada` | in which this stands in the column |
| `left<8h` | whose length of time is less; also `<=`, `>`, `>=`, `=`. Written as `90min`, `8h`, `7d` |
| `importance>=5` | whose number is so |
| `at>22:00` | after the last 22:00 that was, in UTC as all times; also `at>2026-03-02` or `at>2026-03-02T22:00` |
| `@mine` | which fit the filter that `:save mine` kept; more words may stand beside it |

While a filter is typed, the rest of a column's or saved filter's name stands there in grey: the right arrow takes it.

What is not understood is told beside the list, and hides nothing: a column that this list does not have, too. Addresses
and URLs are words in spite of their colons; other words with a colon want quotes: `"error: disk"`.

| List | Columns |
|---|---|"""
ORDER = """## The order menu

By which column the rows are ordered. These letters belong to the columns and cannot be moved; arrows and enter choose,
too.

| List | Letters |
|---|---|"""
LISTS: tuple[tuple[str, Sequence[Column[Any]]], ...] = (
    ("Needs", NEEDS),
    ("Pools", POOLS),
    ("Servers of a pool", SERVERS),
    ("Leases", LEASES),
    ("Hosts", HOSTS),
    ("Moves", LEGS),
    ("Store", VOLUMES),
    ("Nets", NETWORKS),
    ("Repos", IMAGES),
    ("Events", EVENTS),
    ("Ops", OPERATIONS),
)
"""The lists on screens, and their columns."""
NO_SCREENS: tuple[tuple[str, Sequence[Column[Any]]], ...] = (("`vmms leaks`", LEAKS), ("`vmms notices`", NOTICES))
"""Lists that only commands have."""


def _letters(columns: Sequence[Column[Any]]) -> str:
    return ", ".join(f"`{one.letter}` {one.key}" for one in columns)


def as_markdown() -> str:
    """The page docs/keys.md."""
    lines = [
        "# Keys",
        "",
        "Made from the key table by `make pictures`. Lower case looks, UPPER CASE changes.",
        "",
        OWN,
        "",
    ]
    for place in Place:
        lines += [f"## {place.value[0].upper()}{place.value[1:]}", "", "| Key | Does |", "|---|---|"]
        for act in acts_at(place):
            keys = " ".join(f"`{name_of(key)}`" for key in act.keys)
            lines.append(f"| {keys} | **{act.word()}**: {act.sentence()} |")
        lines.append("")
    lines.append(ORDER)
    lines += [f"| {name} | {_letters(columns)} |" for name, columns in LISTS if name != "Needs"]
    lines += ["", FILTERS]
    for name, columns in (*LISTS, *NO_SCREENS):
        held = ", ".join(f"`{one.key}`" + (f" ({one.kind.value})" if one.value else "") for one in columns)
        lines.append(f"| {name} | {held} |")
    return "\n".join([*lines, ""])
