"""The list of what waits for a person, as Dash has it: its rows, its filter, and all ways to look at one."""

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from vmms_tui.keys import Place, Target, press
from vmms_tui.keys.everywhere import Back
from vmms_tui.keys.rows import Explain
from vmms_tui.model.needs import NeedKind
from vmms_tui.model.records import Record
from vmms_tui.screens.describing import describe
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.forgiving import guarded
from vmms_tui.screens.frame import Frame
from vmms_tui.screens.listframe import ODD
from vmms_tui.screens.moving import Moving
from vmms_tui.screens.needs import NEEDS, NeedRow, need_rows, step
from vmms_tui.screens.needwhy import events_of_need, why_needed
from vmms_tui.screens.objectpages import Subject
from vmms_tui.screens.paragraphs import Paragraph, line
from vmms_tui.screens.queues import of_queue
from vmms_tui.screens.rows import Listing
from vmms_tui.screens.suggesting import FilterWords
from vmms_tui.screens.views import Views
from vmms_tui.screens.wording import NO_EVENTS
from vmms_tui.widgets.line import Piece, piece
from vmms_tui.widgets.table import Cell, VirtualTable
from vmms_tui.widgets.text import plain


class NeedList(Moving, Frame):
    """A screen with the needs in `table`. Subclasses say where it stands."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.listing: Listing[NeedRow] = Listing(NEEDS, "severity", saved=desk.personal.filters)
        self.table = VirtualTable(NEEDS, self._read, tail=False)  # type: ignore[arg-type]

    @property
    def rows(self) -> dict[str, NeedRow]:
        """Every need, whether the filter shows it or not."""
        return self.listing.rows

    def filter_line(self) -> ComposeResult:
        """Where the filter is typed; seen only then."""
        suggests = FilterWords([one.key for one in NEEDS], self.desk.personal.filters)
        hint = "words  !word  key:value  since>1h  @saved"
        entry = Input(placeholder=hint, id="filter", compact=True, select_on_focus=False, suggester=suggests)
        entry.cursor_blink = False
        entry.display = False
        yield entry

    # The rows

    def find_needs(self) -> None:
        """Look for them anew."""
        mirror = self.desk.mirror
        if mirror.status is not None:
            self.listing.now = mirror.now
            self.listing.reset(need_rows(mirror.tables, mirror.status, mirror.you, mirror.now))
            self._merge()

    def needs_pass_time(self) -> None:
        """A filter may compare with the present."""
        if self.listing.pass_time(self.desk.mirror.now):
            self._merge()

    def _merge(self) -> None:
        self.table.merge(self.listing.ids, self.listing.rows)

    def hidden(self) -> str:
        """That the filter hides everything; empty when it does not."""
        if self.listing.ids or not self.listing.rows:
            return ""
        return f"None of {len(self.listing.rows):,} fits the filter; {press(Back, Place.DASH)} shows all."

    def filter_words(self) -> list[Piece]:
        """What the title says of the filter."""
        listing = self.listing
        if listing.problem:
            return [piece(f" {plain(listing.problem)} ", "warn")]
        if not listing.filter_text:
            return []
        return [piece(f" /{plain(listing.filter_text)}", "key"), piece(f"  {len(listing.ids)} of {len(listing.rows)} ")]

    def _read(self, row_id: str) -> list[Cell]:
        row, now = self.rows[row_id], self.desk.mirror.now
        return [(column.text(row, now), column.tone(row, now)) for column in NEEDS]

    # What keys act on

    def row(self) -> NeedRow | None:
        """The need under the cursor."""
        return self.rows.get(self.table.cursor) if self.table.cursor else None

    def target(self) -> Target:
        """See Frame."""
        row = self.row()
        return self._target_of(row) if row is not None and self.table.has_focus else Target(you=self.desk.mirror.you)

    def _target_of(self, row: NeedRow) -> Target:
        need, you = row.need, self.desk.mirror.you
        return Target(
            record=self._record_of(row),
            server=need.server,
            need=need.id if need.on_call else "",
            about=need.id,
            you=you,
        )

    def _record_of(self, row: NeedRow) -> Record | None:
        need, status = row.need, self.desk.mirror.status
        if need.kind is NeedKind.FROZEN and status is not None:
            return status.frozen
        return need.operation or need.lease or need.server or need.pool or need.host or need.queue

    # All ways to look at one

    def do_explain(self) -> None:
        """Say why it waits for somebody."""
        row = self.row()
        if row is None:
            return

        def now() -> NeedRow:
            return self.rows.get(row.id, row)

        def why(_row: NeedRow) -> list[str]:
            return why_needed(_row, self.desk.mirror)

        def told(_row: NeedRow) -> list[Paragraph]:
            return self._told(_row)

        subject = Subject(
            name=row.id,
            target=lambda: self._target_of(now()),
            why=lambda: guarded(why, [ODD[0][1]], "why")(now()),
            details=lambda: guarded(told, [line(ODD[0][1])], "details")(now()),
        )
        Views(self.desk, self, row.id, subject, lambda: self._events_of(now())).open(Explain.id)

    def _told(self, row: NeedRow) -> list[Paragraph]:
        """All that is known of what it is about; of moves, every server of theirs first."""
        record, mirror, queue = self._record_of(row), self.desk.mirror, row.need.queue
        moves = of_queue(queue, mirror.tables, mirror.now) if queue is not None else []
        told = describe(record, mirror) if record is not None and record is not queue else []
        return [*moves, *([line()] if moves and told else []), *told]

    def do_events_of(self) -> None:
        """Show the events of what it is about."""
        row = self.row()
        if row is not None:
            self._events_of(row)

    def _events_of(self, row: NeedRow) -> None:
        if narrow := events_of_need(row):
            self.desk.go(Place.EVENTS, narrow=narrow)
        else:
            self.desk.say(NO_EVENTS, "warn")

    def do_jump(self) -> None:
        """To where it can be mended."""
        if (row := self.row()) is not None:
            todo = step(row)
            self.desk.go(todo.place, narrow=todo.narrow, row_id=todo.row_id)

    # The filter

    def do_filter(self) -> None:
        """Type a filter."""
        entry = self.query_one("#filter", Input)
        entry.display = True
        entry.value = self.listing.filter_text
        entry.focus()

    def narrow(self, text: str) -> None:
        """Filter the list, now."""
        self.listing.now = self.desk.mirror.now
        self.listing.narrow(text)
        self._merge()
        self.tick()

    def do_back(self) -> None:
        """Undo one step: the filter, then where we came from."""
        if self.listing.filter_text or self.query_one("#filter").display:
            self.leave_filter()
            self.narrow("")
        else:
            super().do_back()

    def hint(self) -> Piece | None:
        """What of the filter was not understood, while it is typed."""
        problem = self.listing.problem if self.query_one("#filter").display else ""
        return piece(f" {plain(problem)}", "warn") if problem else None

    def leave_filter(self) -> None:
        """Give the list the focus again; the filter stays."""
        self.query_one("#filter").display = False
        self.table.focus()

    @on(Input.Changed, "#filter")
    def _filter_typed(self, event: Input.Changed) -> None:
        if event.input.display:
            self.narrow(event.value)

    @on(Input.Submitted, "#filter")
    def _filter_done(self, _event: Input.Submitted) -> None:
        self.leave_filter()
        self.tick()
