"""`python -m bench.stock_table ROWS`: the list of leases in Textual's own DataTable, written as its guide shows it.

Only to be measured beside ours: `3` opens the list, `/` filters it, `m` lets ten rows change four times a second,
ctrl-l draws everything again.
"""

import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Input, Static

HEADS = ("LEASE", "SERVER", "POOL", "STATE", "OWNER", "LEFT", "IP", "IMP")
Row = tuple[str, ...]


def rows(count: int) -> list[Row]:
    """Leases like those of `bench.world`."""
    return [
        (
            f"lease-{number:05d}", f"vm-{number:05d}", f"pool-{number % 10}", "RUN", f"owner{number % 300}",
            f"2d{number % 24:02d}h", f"10.20.{number // 250}.{number % 250 + 2}", str(number % 11),
        )
        for number in range(count)
    ]  # fmt: skip


class Leases(Screen[None]):
    """The list."""

    BINDINGS: ClassVar[list[BindingType]] = [("slash", "filter", "filter"), ("m", "merge", "merge")]

    def __init__(self, contents: list[Row]) -> None:
        super().__init__()
        self._rows = contents
        self._turn = 0

    def compose(self) -> ComposeResult:
        """See Screen."""
        yield Input(id="filter", compact=True)
        yield DataTable(cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        """Fill the table."""
        self.query_one(Input).display = False
        table = self.query_one(DataTable)
        for head in HEADS:
            table.add_column(head, key=head)
        self._fill(self._rows)
        table.focus()

    def _fill(self, contents: list[Row]) -> None:
        table = self.query_one(DataTable)
        table.clear()
        for row in contents:
            table.add_row(*row, key=row[0])

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one(Input).display = True
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show the rows that have it."""
        self._fill([row for row in self._rows if event.value in " ".join(row)])

    def on_input_submitted(self) -> None:
        """Back to the table."""
        self.query_one(DataTable).focus()

    def action_merge(self) -> None:
        """From now on rows change."""
        self.set_interval(0.25, self._change)

    def _change(self) -> None:
        table = self.query_one(DataTable)
        self._turn += 1
        for number in range(10):
            row = self._rows[(self._turn * 10 + number) % len(self._rows)]
            table.update_cell(row[0], "LEFT", f"{self._turn % 9}d09h")


class Stock(App[None]):
    """The screens."""

    BINDINGS: ClassVar[list[BindingType]] = [("3", "leases", "leases"), ("ctrl+l", "again", "redraw")]

    def __init__(self, count: int) -> None:
        super().__init__()
        self._rows = rows(count)

    def compose(self) -> ComposeResult:
        """See App."""
        yield Static("VMMS")
        yield Footer()

    def action_leases(self) -> None:
        """Open the list."""
        self.push_screen(Leases(self._rows))

    def action_again(self) -> None:
        """Draw everything."""
        self.refresh(layout=True)


if __name__ == "__main__":
    Stock(int(sys.argv[1])).run(mouse=False)
