"""Tables for people and JSON for scripts."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime, timedelta
from textwrap import indent
from typing import TYPE_CHECKING, Any

import click
import msgspec

from vmms_tui.model.commands import Reply

if TYPE_CHECKING:
    from vmms_tui.cli.options import Options

GAP = "  "
WIDEST = 60
"""Cells of a column, except of the last one, which takes what it needs."""
LONGEST = 20_000
"""Characters of a sentence; what comes from outside may be long."""
_UNSAFE = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Controls and direction marks that JSON leaves as they are; a terminal may obey them."""


def fields(record: msgspec.Struct) -> dict[str, Any]:
    """A record as a mapping with all its fields, also the empty ones."""
    return {name: getattr(record, name) for name in record.__struct_fields__}


def print_json(content: object) -> None:
    """One JSON text. Field names are those of the records; instants are ISO 8601 in UTC, lengths of time seconds."""
    click.echo(_json(content))


def _json(content: object) -> str:
    encoded = msgspec.json.encode(_plain_data(content))
    return safe_json(msgspec.json.format(encoded, indent=2).decode())


def json_line(content: object) -> str:
    """The same on one line."""
    return safe_json(msgspec.json.encode(_plain_data(content)).decode())


def safe_json(text: str) -> str:
    """The same JSON without what a terminal may obey."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class JsonList:
    """A list as one JSON text, as `print_json` prints it, but as its parts come."""

    def __init__(self) -> None:
        self._any = False

    def add(self, items: Iterable[object]) -> None:
        """Print more of it."""
        for item in items:
            click.echo(f"{',' if self._any else '['}\n{indent(_json(item), '  ')}", nl=False)
            self._any = True

    def end(self) -> None:
        """Print its end."""
        click.echo("\n]" if self._any else "[]")


def _plain_data(content: Any) -> Any:
    if isinstance(content, msgspec.Struct):
        return _plain_data(fields(content))
    if is_dataclass(content) and not isinstance(content, type):
        return _plain_data(asdict(content))
    if isinstance(content, Mapping):
        return {str(key): _plain_data(value) for key, value in content.items()}
    if isinstance(content, datetime):
        return content.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(content, timedelta):
        return content.total_seconds()
    if isinstance(content, list | tuple):
        return [_plain_data(one) for one in content]
    return content


class Columns:
    """A table that is printed as its rows come: cells are aligned by terminal cells, names made safe to draw."""

    def __init__(self, titles: Sequence[str]) -> None:
        self._titles: Sequence[str] | None = titles
        self._widths = [0] * (len(titles) - 1)

    @property
    def empty(self) -> bool:
        """Whether nothing was printed."""
        return self._titles is not None

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Print some rows, the titles before the first. Columns only grow wider."""
        from rich.cells import cell_len

        from vmms_tui.widgets.text import fit, plain

        lines = [tuple(plain(str(cell)) for cell in row) for row in rows]
        if not lines:
            return
        if self._titles is not None:
            lines.insert(0, tuple(self._titles))
            self._titles = None
        for index, width in enumerate(self._widths):
            self._widths[index] = min(WIDEST, max(width, *(cell_len(line[index]) for line in lines)))
        for line in lines:
            cells = [fit(cell, width) for cell, width in zip(line, self._widths, strict=False)]
            click.echo(GAP.join([*cells, line[-1]]).rstrip())


def print_table(titles: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """A whole table; the sentence `empty` when there is no row."""
    table = Columns(titles)
    table.add(rows)
    if table.empty:
        click.echo(empty)


def print_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Labels and what they say, one a line; those that say nothing are left out."""
    from rich.cells import cell_len

    from vmms_tui.widgets.text import fit, plain

    lines = [(label, plain(str(said), LONGEST)) for label, said in facts if said]
    width = max((cell_len(label) for label, _ in lines), default=0)
    for label, said in lines:
        click.echo(f"{fit(label, width)}{GAP}{said}".rstrip())


def tell(options: "Options", reply: Reply, **records: object) -> int:
    """Tell an answer: the exit code. In JSON, `records` stand beside the reply's fields.

    A password stands alone on stdout, with its sentence on stderr, so that a pipe gets nothing else.
    """
    from vmms_tui.cli.ask import echo, exit_code, fail

    if options.json:
        print_json(fields(reply) | records)
    elif reply.password:
        click.echo(reply.text, err=True)
        click.echo(reply.password)
    elif reply.ok:
        echo(reply.text or "Done.")
    fail(reply)
    return exit_code(reply)
