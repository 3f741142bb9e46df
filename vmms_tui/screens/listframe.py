"""The frame of every list: title, filter, table, strip, and how they follow the engine."""

import logging
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Generic

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.timer import Timer
from textual.widgets import Input

from vmms_tui.keys import Act, Place, Target, key_name, press
from vmms_tui.keys.everywhere import Back
from vmms_tui.keys.lists import ShiftLeft, ShiftRight
from vmms_tui.model.records import Pool, Record, Server
from vmms_tui.screens import header
from vmms_tui.screens.confirmed import in_doubt, with_doubt
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.details import Details, details
from vmms_tui.screens.explain import explain
from vmms_tui.screens.forgiving import forgiving, guarded
from vmms_tui.screens.frame import SHORT, Frame
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.rows import Listing, RowT
from vmms_tui.screens.suggesting import FilterWords
from vmms_tui.screens.wording import count
from vmms_tui.widgets.column import Column
from vmms_tui.widgets.line import Lines, Piece, piece
from vmms_tui.widgets.strip import DetailStrip
from vmms_tui.widgets.table import Cell, VirtualTable
from vmms_tui.widgets.terminal import REST
from vmms_tui.widgets.text import plain

log = logging.getLogger(__name__)
ODD = (("odd", "This record is odd: not all of it can be shown. The log says what is wrong with it."),)
"""What the strip says of a record of which it can say nothing else."""


class ListFrame(Frame, Generic[RowT]):
    """A list of one kind of rows, with the strip. Subclasses say which rows."""

    places: ClassVar[tuple[Place, ...]] = (Place.LISTS,)
    AUTO_FOCUS = "VirtualTable"
    confirmed_by_list: ClassVar[bool] = False
    """Whether the cloud's list of servers confirms the state of a row that has a server."""
    keeps_gone: ClassVar[bool] = True
    """Whether a row that goes stays for a while, struck through."""

    def __init__(self, desk: Desk, columns: Sequence[Column[RowT]], order_key: str, *, backwards: bool = False) -> None:
        super().__init__(desk)
        self.listing: Listing[RowT] = Listing(columns, order_key, backwards, saved=desk.personal.filters)
        self.table = VirtualTable(columns, self._read, tail=backwards)  # type: ignore[arg-type]
        self._wanted_row = ""
        self._doubt = False
        """Whether the states of servers are old."""
        self.waiting: int | None = None
        """While the list stands still, how many changes wait; None: it follows."""
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

    def came_of(self, row_id: str) -> str:
        """The id of the row that stands for the same thing now that this one is gone; empty: there is none."""
        del row_id
        return ""

    def empty_text(self) -> str:
        """Why there is nothing to see."""
        return "Nothing here yet."

    def facts(self, row: RowT | None) -> Details:
        """What the strip says of a row."""
        return details(row, self.desk.mirror)  # type: ignore[arg-type]

    def why(self, row: RowT) -> list[str]:
        """Why a row is as it is: sentences, an empty one, then the last events."""
        return explain(row, self.desk.mirror, self.place)  # type: ignore[arg-type]

    def heading(self) -> str:
        """What is listed."""
        return self.place.value

    # The frame

    def inside(self) -> ComposeResult:
        """See Frame."""
        yield Lines(id="title")
        yield Input(
            placeholder="words  !word  key:value  left<8h  @saved",
            id="filter",
            compact=True,
            select_on_focus=False,
            suggester=FilterWords([one.key for one in self.listing.columns], self.desk.personal.filters),
        )
        with Container(id="body"):
            yield self.table
            yield DetailStrip()

    def on_mount(self) -> None:
        """Show what is known. Textual calls this and then that of Frame."""
        self.query_one("#filter", Input).cursor_blink = False
        self.query_one("#filter").display = False

    def catch_up(self) -> None:
        """See Frame."""
        if self.waiting is not None and self.listing.rows:
            self.waiting += 1
            return
        self._try(lambda: self.listing.reset(self.all_rows()))
        self._merge()

    def _try(self, change: Callable[[], object]) -> None:
        """Change the list; where an odd record is in the way, take them all in anew, each as far as it goes."""
        try:
            change()
        except Exception:  # whatever is odd about it: no record takes the others away
            log.exception("there is an odd record in %s", self.place.value)
            self.listing.columns = forgiving(self.listing.columns)
            self.listing.reset(self.all_rows())

    def follow(self, delta: Delta) -> None:
        """See Frame."""
        changed, dropped = self.changed_rows(delta)
        put, gone = list(changed), list(dropped)
        if self.waiting is not None:
            self.waiting += len(put) + len(gone)
        elif put or gone:
            self._remember(put, gone)
            self._try(lambda: self.listing.change(put, gone))
            self._merge()
            if self.table.cursor in gone:
                self.table.go_to(self.came_of(self.table.cursor))

    def _remember(self, put: Sequence[RowT], gone: Sequence[str]) -> None:
        """What is near the screen, as it was before a change: what goes and what says something new is shown so."""
        near, rows, now = self.table.near(), self.listing.rows, self.desk.mirror.now
        there = [row for row in put if row.id in near and row.id in rows]
        self.table.fresh.note({row.id: (self._cells(rows[row.id]), self._cells(row)) for row in there}, now)
        if self.keeps_gone:
            went = [row_id for row_id in gone if row_id in near and row_id in rows]
            self.table.bury({row_id: self._read(row_id) for row_id in went}, now)

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
            return f"None of {len(self.listing.rows):,} fits the filter; {press(Back, self.place)} shows all."
        return self.empty_text()

    def pass_time(self) -> None:
        """See Frame."""
        now = self.desk.mirror.now
        moved, over = self.listing.pass_time(now), self.table.pass_time(now)
        doubt, self._doubt = self._doubt, self.confirmed_by_list and in_doubt(self.desk.mirror.status, now)
        if moved or over or doubt is not self._doubt:
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
        line += header.stale_words(self.desk.mirror)
        if self.waiting is not None:
            line += [piece("   "), piece(f" PAUSED, {count(self.waiting, 'change')} wait ", "shout")]
        if self.table.marks:
            line.append(piece(f"   {len(self.table.marks):,} marked", "strong"))
        if self.table.range_from:
            line.append(piece(f"   range from {plain(self.table.range_from)}", "strong"))
        if self.table.wide:
            keys = (key_name(act, self.place) for act in (ShiftLeft, ShiftRight))
            line.append(piece(" ".join(["   wide", *filter(None, keys)]), "strong"))
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
            shown = guarded(self.facts, Details(self.table.cursor or "", ODD), "the strip")(self.row())
            strip.tell(self._gone_words() or shown.title, shown.facts)

    def _gone_words(self) -> str:
        """That the row under the cursor is no more; empty when it is."""
        row_id, gone = self.table.cursor or "", self.table.gone
        if row_id in gone and (new := self.came_of(row_id)):
            return f"{row_id} is {new} since {gone.since(row_id):%H:%M:%S} UTC"
        return f"{row_id} is gone since {gone.since(row_id):%H:%M:%S} UTC" if row_id in gone else ""

    def hint(self) -> Piece | None:
        """What of the filter was not understood, while the title where it stands too is covered."""
        if self.listing.problem and self.query_one("#filter").display:
            return piece(f" {plain(self.listing.problem)}", "warn")
        return None

    # What keys act on

    def refusal(self, act: type[Act]) -> str:
        """See Frame. What is gone cannot be acted on."""
        no, gone = super().refusal(act), self._gone_words()
        return f"{gone}." if no and gone and not self.table.marks else no

    def row(self) -> RowT | None:
        """The row under the cursor."""
        return self.listing.rows.get(self.table.cursor) if self.table.cursor else None

    def target(self) -> Target:
        """What a key would act on."""
        row = self.row()
        return self.target_on(*(self.record_of(row) if row else (None, None)))

    def target_on(self, record: Record | None, server: Server | None) -> Target:
        """What a key would act on, if this were under the cursor."""
        mirror = self.desk.mirror
        pool = mirror.tables.get(Pool, server.pool) if server else None
        login = pool.login if pool else Target.login
        return Target(record=record, server=server, marked=len(self.table.marks), you=mirror.you, login=login)

    def _read(self, row_id: str) -> list[Cell]:
        return self._cells(self.listing.rows[row_id])

    def _cells(self, row: RowT) -> list[Cell]:
        now, columns = self.desk.mirror.now, self.listing.columns
        try:
            cells = [(column.text(row, now), column.tone(row, now)) for column in columns]
        except Exception as error:  # noqa: BLE001 one odd record: the list goes on with columns that take it, and log it
            log.warning("an odd record in %s: %s", self.place.value, error)
            columns = self.listing.columns = forgiving(columns)
            cells = [(column.text(row, now), column.tone(row, now)) for column in columns]
        if self._doubt and self.record_of(row)[1]:
            return with_doubt(cells, [column.key for column in columns])
        return cells
