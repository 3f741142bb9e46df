"""The frame of every list: bars, table, strip, and how they follow the engine."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Generic

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from vmms_tui.keyboard import why_not
from vmms_tui.keys import ACTS, Act, GoEvents, GoLeases, GoPools, Interrupt, Place, Target, acts_at, name_of
from vmms_tui.model.records import Pool, Record, Server
from vmms_tui.screens import footer, header
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.details import details
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.reminding import reminders
from vmms_tui.screens.rows import Listing, RowT
from vmms_tui.widgets.column import Column
from vmms_tui.widgets.line import Lines, Piece, piece
from vmms_tui.widgets.strip import DetailStrip
from vmms_tui.widgets.table import Cell, VirtualTable
from vmms_tui.widgets.text import plain

TABS: tuple[tuple[type[Act], Place], ...] = (
    (GoPools, Place.POOLS),
    (GoLeases, Place.LEASES),
    (GoEvents, Place.EVENTS),
)
"""The screens there are, with their keys."""
BY_ID = {act.id: act for act in ACTS}
SHORT = 20
"""Screens lower than this show the strip only when it is asked for."""
QUIET = {"down", "up", "first", "last", "half_down", "half_up", "page_down", "page_up"}
"""Acts that leave the message standing."""


class MirrorChanged(Message):
    """An update has come in."""

    def __init__(self, delta: Delta) -> None:
        super().__init__()
        self.delta = delta


def bindings(*places: Place) -> list[Binding]:
    """Textual's bindings for what can be done at these places. Ctrl-c is the app's."""
    return [
        Binding(",".join(act.keys), f"do('{act.id}')", act.word(), show=False, id=act.id)
        for act in acts_at(*places)
        if act is not Interrupt
    ]


class ListFrame(Screen[None], Generic[RowT]):
    """A list of one kind of rows, with the strip and the bars. Subclasses say which rows."""

    place: ClassVar[Place]
    tab: ClassVar[Place]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012 declared so by Textual
    VERTICAL_BREAKPOINTS = [(0, "-short"), (SHORT, "-tall"), (32, "-high")]  # noqa: RUF012 declared so by Textual
    AUTO_FOCUS = "VirtualTable"

    def __init__(self, desk: Desk, columns: Sequence[Column[RowT]], order_key: str, *, backwards: bool = False) -> None:
        super().__init__()
        self.desk = desk
        self.listing: Listing[RowT] = Listing(columns, order_key, backwards)
        self.table = VirtualTable(columns, self._read, tail=backwards)  # type: ignore[arg-type]
        self._built = False
        self._seen = -1
        self._message: Piece | None = None
        self._wanted_row = ""
        self._details: bool | None = None

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

    # The frame

    def compose(self) -> ComposeResult:
        """See Screen."""
        with Horizontal(id="top"):
            yield Lines(id="header")
            yield Lines(id="age")
        yield Lines(id="alarms")
        yield Lines(id="tabs")
        yield Lines(id="title")
        yield Input(placeholder="words  !word  key:value  left<8h", id="filter", compact=True, select_on_focus=False)
        with Container(id="body"):
            yield self.table
            yield DetailStrip()
        yield Lines(id="footer")

    @property
    def ready(self) -> bool:
        """Whether everything stands on the screen: no longer being built, not yet being taken down."""
        return self._built and bool(self.query("#footer"))

    def on_mount(self) -> None:
        """Show what is known."""
        self._built = True
        self.query_one("#filter", Input).cursor_blink = False
        self.query_one("#filter").display = False
        self._catch_up()

    def on_screen_resume(self) -> None:
        """Catch up on what came while another screen was shown."""
        if self.ready:
            self._catch_up()

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the bars to the new size."""
        self.call_after_refresh(self.tick)

    def on_mirror_changed(self, message: MirrorChanged) -> None:
        """Redraw what an update touched."""
        delta = message.delta
        if delta.number <= self._seen or not self.ready:
            return
        if delta.everything or delta.number != self._seen + 1:
            self._catch_up()
            return
        self._seen = delta.number
        put, gone = (list(part) for part in self.changed_rows(delta))
        if put or gone:
            self.listing.change(put, gone)
            self._merge()
        self.tick()

    def _catch_up(self) -> None:
        if self._seen != self.desk.mirror.number:
            self._seen = self.desk.mirror.number
            self.listing.reset(self.all_rows())
            self._merge()
        self.tick()

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

    def tick(self) -> None:
        """Bring to the present time whatever shows a time."""
        if not self.ready:
            return
        mirror, width = self.desk.mirror, self.size.width
        if self.listing.pass_time(mirror.now):
            self._merge()
        line, age = header.bars(mirror, width)
        self._bar("header", [line])
        self._bar("age", [age])
        self._say_what_matters()
        self._bar("tabs", [footer.tabs(self.tab, TABS)])
        self._bar("title", [self._title()])
        self.table.sync()
        self._show_row()

    def _say_what_matters(self) -> None:
        """What is wrong, then what this person has to answer. What they could read, the engine is told."""
        mirror, now = self.desk.mirror, self.desk.mirror.now
        wrong = header.alarms(mirror.status, mirror.away, now)
        said = reminders(mirror.tables, mirror.you, now)
        most = 3 if self.size.height >= SHORT else 2
        lines = header.alarm_lines(wrong, [line for _, line in said], most)
        self._bar("alarms", lines)
        alarms = self.query_one("#alarms")
        if alarms.styles.height is None or alarms.styles.height.value != len(lines):
            alarms.styles.height = len(lines)
        drawn = [notice_id for notice_id, _ in said[: max(0, most - len(wrong))]]
        if drawn and self.is_active:
            self.call_after_refresh(self.desk.seen, drawn)

    def _bar(self, name: str, lines: Sequence[Sequence[Piece]]) -> None:
        self.query_one(f"#{name}", Lines).show(lines)

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

    def heading(self) -> str:
        """What is listed."""
        return self.place.value

    @on(VirtualTable.CursorMoved)
    def _show_row(self) -> None:
        self.table.sync()
        row = self.row()
        strip = self.query_one(DetailStrip)
        strip.display = self._details if self._details is not None else self.size.height >= SHORT
        if strip.display:
            shown = details(row, self.desk.mirror)
            strip.tell(shown.title, shown.facts)
        lines = footer.footer((self.place, Place.LISTS, Place.EVERYWHERE), self.target(), self.size.width)
        if self.listing.problem and self.query_one("#filter").display:  # the title, where it stands too, is covered
            lines[0] = [piece(f" {plain(self.listing.problem)}", "warn")]
        elif self._message is not None:
            lines[0] = [self._message]
        self._bar("footer", lines)

    def show_message(self, text: str, tone: str) -> None:
        """Put a sentence into the footer."""
        self._message = piece(f" {plain(text)}", tone) if text else None
        if self.ready:
            self._show_row()

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

    def action_do(self, act_id: str) -> None:
        """Do what a key stands for, or say why not."""
        act = BY_ID[act_id]
        you = self.target().you
        if not act.allowed(you):
            self.show_message(f"{name_of(act.keys[0])} {act.word()}: {why_not(you)}", "warn")
            return
        if no := act.refusal(self.target()):
            self.show_message(f"{name_of(act.keys[0])} {act.word()}: {no}", "warn")
            return
        if self._message is not None and act_id not in QUIET:
            self.show_message("", "")
        perform: Callable[[], None] = getattr(self, f"do_{act_id}")
        perform()
