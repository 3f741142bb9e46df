"""The frame of every list: title, filter, table, strip, and how they follow the engine."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.timer import Timer
from textual.widgets import Input

from vmms_tui.keys import Place, Target
from vmms_tui.model.records import Pool, Record, Server
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.details import Details, details
from vmms_tui.screens.explain import explain
from vmms_tui.screens.frame import SHORT, Frame
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.rows import Listing, RowT
from vmms_tui.widgets.column import Column
from vmms_tui.widgets.line import Lines, Piece, piece
from vmms_tui.widgets.strip import DetailStrip
from vmms_tui.widgets.table import Cell, VirtualTable
from vmms_tui.widgets.terminal import REST
from vmms_tui.widgets.text import plain


class ListFrame(Frame, Generic[RowT]):
    """A list of one kind of rows, with the strip. Subclasses say which rows."""

    places: ClassVar[tuple[Place, ...]] = (Place.LISTS,)
    AUTO_FOCUS = "VirtualTable"

    def __init__(self, desk: Desk, columns: Sequence[Column[RowT]], order_key: str, *, backwards: bool = False) -> None:
        super().__init__(desk)
        self.listing: Listing[RowT] = Listing(columns, order_key, backwards)
        self.table = VirtualTable(columns, self._read, tail=backwards)  # type: ignore[arg-type]
        self._wanted_row = ""
        self._strip: bool | None = None
        """Whether the user wants the strip; None: as there is room."""
        self._resting: Timer | None = None
        """Runs while the cursor moves, and for a moment after."""

    # The rows, said by subclasses

    @abstractmethod
    def all_rows(self) -> Iterable[RowT]:
        """Every row there is."""

    @abstractmethod
    def changed_rows(self, delta: Delta) -> tuple[Iterable[RowT], Iterable[str]]:
        """Rows that an update touched, and ids of rows that went with it."""

    @abstractmethod
    def record_of(self, row: RowT) -> tuple[Record, Server | None]:
        """The record that keys act on, and its server."""

    def empty_text(self) -> str:
        """Why there is nothing to see."""
        return "Nothing here yet."

    def facts(self, row: RowT | None) -> Details:
        """What the strip says of a row."""
        return details(row, self.desk.mirror)  # type: ignore[arg-type]

    def why(self, row: RowT) -> list[str]:
        """Why a row is as it is: sentences, an empty one, then the last events."""
        return explain(row, self.desk.mirror)  # type: ignore[arg-type]

    def heading(self) -> str:
        """What is listed."""
        return self.place.value

    # The frame

    def inside(self) -> ComposeResult:
        """See Frame."""
        yield Lines(id="title")
        yield Input(placeholder="words  !word  key:value  left<8h", id="filter", compact=True, select_on_focus=False)
        with Container(id="body"):
            yield self.table
            yield DetailStrip()

    def on_mount(self) -> None:
        """Show what is known. Textual calls this and then that of Frame."""
        self.query_one("#filter", Input).cursor_blink = False
        self.query_one("#filter").display = False

    def catch_up(self) -> None:
        """See Frame."""
        self.listing.reset(self.all_rows())
        self._merge()

    def follow(self, delta: Delta) -> None:
        """See Frame."""
        changed, dropped = self.changed_rows(delta)
        put, gone = list(changed), list(dropped)
        if put or gone:
            self.listing.change(put, gone)
            self._merge()

    def _merge(self) -> None:
        self.table.say_when_empty(self._why_empty())
        self.table.merge(self.listing.ids, self.listing.rows)
        if self._wanted_row in self.listing.rows:
            self.table.go_to(self._wanted_row)
            self._wanted_row = ""

    def _why_empty(self) -> str:
        if self.desk.mirror.status is None:
            return "Asking the engine …"
        if self.listing.rows:
            return f"None of {len(self.listing.rows):,} fits the filter; esc shows all."
        return self.empty_text()

    def pass_time(self) -> None:
        """See Frame."""
        if self.listing.pass_time(self.desk.mirror.now):
            self._merge()
        self.bar("title", [self._title()])
        self.table.sync()
        if self._resting is None:
            self._show_strip()

    def _title(self) -> list[Piece]:
        listing, shown = self.listing, len(self.listing.ids)
        column = next(one for one in listing.columns if one.key == listing.order_key)
        counted = f"{shown:,} of {len(listing.rows):,}" if listing.filter_text else f"{shown:,}"
        line = [piece(f" {plain(self.heading())}  ", "title"), piece(counted)]
        if self.table.marks:
            line.append(piece(f"   {len(self.table.marks):,} marked", "strong"))
        line.append(piece(f"   by {column.title.strip()} {'↓' if listing.backwards else '↑'}", "muted"))
        if listing.problem:
            line.append(piece(f"   {plain(listing.problem)}", "warn"))
        elif listing.filter_text:
            line.append(piece(f"   /{plain(listing.filter_text)}", "key"))
        return line

    @on(VirtualTable.CursorMoved)
    def _cursor_moved(self) -> None:
        self.table.sync()
        if self._resting is not None:
            self._resting.stop()
        if REST:
            self._resting = self.set_timer(REST, self._rest)
        else:
            self._rest()

    def _rest(self) -> None:
        """The cursor rests: tell what it is on."""
        self._resting = None
        if self.ready:
            self._show_strip()
            self.show_footer()

    def _show_strip(self) -> None:
        strip = self.query_one(DetailStrip)
        strip.display = self._strip if self._strip is not None else self.size.height >= SHORT
        if strip.display:
            shown = self.facts(self.row())
            strip.tell(shown.title, shown.facts)

    def hint(self) -> Piece | None:
        """What of the filter was not understood, while the title where it stands too is covered."""
        if self.listing.problem and self.query_one("#filter").display:
            return piece(f" {plain(self.listing.problem)}", "warn")
        return None

    # What keys act on

    def row(self) -> RowT | None:
        """The row under the cursor."""
        return self.listing.rows.get(self.table.cursor) if self.table.cursor else None

    def target(self) -> Target:
        """What a key would act on."""
        row = self.row()
        record, server = self.record_of(row) if row else (None, None)
        mirror = self.desk.mirror
        pool = mirror.tables.get(Pool, server.pool) if server else None
        login = pool.login if pool else Target.login
        return Target(record=record, server=server, marked=len(self.table.marks), you=mirror.you, login=login)

    def _read(self, row_id: str) -> list[Cell]:
        row, now = self.listing.rows[row_id], self.desk.mirror.now
        return [(column.text(row, now), column.tone(row, now)) for column in self.listing.columns]
