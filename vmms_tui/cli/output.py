"""Tables for people and JSON for scripts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import msgspec

GAP = "  "
WIDEST = 60
"""Cells of a column, except of the last one, which takes what it needs."""


def print_json(content: object) -> None:
    """One JSON text. Field names are those of the records, and every field is there, also when it is empty."""
    encoded = msgspec.json.encode(as_json(content))
    click.echo(msgspec.json.format(encoded, indent=2).decode())


def as_json(content: Any) -> Any:
    """Records as mappings with all their fields; instants as ISO 8601 in UTC, lengths of time in seconds."""
    if isinstance(content, msgspec.Struct):
        return {name: as_json(getattr(content, name)) for name in content.__struct_fields__}
    if isinstance(content, Mapping):
        return {str(key): as_json(value) for key, value in content.items()}
    if isinstance(content, datetime):
        return content.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(content, timedelta):
        return content.total_seconds()
    if isinstance(content, list | tuple):
        return [as_json(one) for one in content]
    return content


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Columns aligned by terminal cells, names made safe to draw; the sentence `empty` when there is no row."""
    from vmms_tui.widgets.text import fit, plain

    lines = [tuple(plain(cell) for cell in row) for row in rows]
    if not lines:
        click.echo(empty)
        return
    lines.insert(0, tuple(titles))
    widths = [min(WIDEST, max(_cells(line[index]) for line in lines)) for index in range(len(titles) - 1)]
    for line in lines:
        cells = [fit(cell, width) for cell, width in zip(line, widths, strict=False)]
        click.echo(GAP.join([*cells, line[-1]]).rstrip())


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Labels and what they say, one a line."""
    from vmms_tui.widgets.text import fit, plain

    lines = [(label, plain(said)) for label, said in facts]
    width = max((_cells(label) for label, _ in lines), default=0)
    for label, said in lines:
        click.echo(f"{fit(label, width)}{GAP}{said}".rstrip())


def print_line(text: str) -> None:
    """A sentence with names from outside, made safe to draw."""
    from vmms_tui.widgets.text import plain

    click.echo(plain(text, 20_000))


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)
