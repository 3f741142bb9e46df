"""A queue of moves as a list: a host that is emptied, what comes back to it, or the load that is evened."""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from vmms_tui.keys import Place, Target
from vmms_tui.model.commands import AbortOperation, ForceOperation, PowerOffHost, SteerMoves
from vmms_tui.model.draining import MoveQueue, title
from vmms_tui.model.records import Event, Lease, Operation, Record, Server
from vmms_tui.screens import movewords, queues
from vmms_tui.screens.describing import describe
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.details import Details
from vmms_tui.screens.frame import SHORT, bindings
from vmms_tui.screens.listing import ListScreen
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.movelegs import LEGS, LegRow, leg_rows
from vmms_tui.screens.paragraphs import Paragraph, heading, item, line
from vmms_tui.screens.wording import capital
from vmms_tui.widgets.line import Lines

HEAD = 3
"""Lines of the head at most."""
HIGH = 32
"""From so many lines on more of the log is shown."""


class MovesScreen(ListScreen[LegRow]):
    """One queue of moves at a time, that of the host that was asked about first."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.MOVES, Place.LISTS, Place.EVERYWHERE)]
    place = Place.MOVES
    tab = Place.HOSTS

    def __init__(self, desk: Desk, host: str = "") -> None:
        super().__init__(desk, LEGS, "state")
        there = movewords.in_order(desk.mirror.tables.all(MoveQueue))
        self._shown = next((one.id for one in there if host and one.host == host), there[0].id if there else "")
        self._log: tuple[tuple[int, int], list[Event]] = ((-1, 0), [])

    @property
    def queue(self) -> MoveQueue | None:
        """The queue that is shown."""
        tables = self.desk.mirror.tables
        there = tables.get(MoveQueue, self._shown) if self._shown else None
        return there or next(iter(movewords.in_order(tables.all(MoveQueue))), None)

    def all_rows(self) -> Iterable[LegRow]:
        """See ListFrame."""
        return leg_rows(self.queue, self.desk.mirror.tables)

    def changed_rows(self, delta: Delta) -> tuple[Iterable[LegRow], Iterable[str]]:
        """Rows tell of several records: all are made anew, and those that differ are taken."""
        if not delta.of(MoveQueue, Operation, Server, Lease):
            return (), ()
        rows, known = {row.id: row for row in self.all_rows()}, self.listing.rows
        return [row for row in rows.values() if known.get(row.id) != row], known.keys() - rows.keys()

    def record_of(self, row: LegRow) -> tuple[Record, Server | None]:
        """The move while it is under way: it can be forced and aborted."""
        return row.live or row.server or row.move or self._queue_itself(), row.server

    def _queue_itself(self) -> Record:
        queue = self.queue
        if queue is None:
            raise ValueError("a row without its queue")
        return queue

    def target(self) -> Target:
        """See ListFrame. A queue without servers can be steered, too."""
        found, queue = super().target(), self.queue
        return replace(found, record=found.record or queue, queue=queue)

    # What is shown

    def inside(self) -> ComposeResult:
        """See Frame. With the head of the queue above its servers, and its log below."""
        for one in super().inside():
            yield one
            if isinstance(one, Input):
                yield Lines(id="queue")
        yield Lines(id="told")

    def heading(self) -> str:
        """See ListFrame."""
        queue, there = self.queue, movewords.in_order(self.desk.mirror.tables.all(MoveQueue))
        if queue is None:
            return "Moves"
        which = f" ({[one.id for one in there].index(queue.id) + 1} of {len(there)})" if len(there) > 1 else ""
        return f"{capital(title(queue))}{which}"

    def pass_time(self) -> None:
        """See Frame."""
        super().pass_time()
        mirror, queue, (width, height) = self.desk.mirror, self.queue, self.size
        if queue is None:
            self._say_in("queue", [])
            self._say_in("told", [])
            return
        self._say_in("queue", movewords.head(queue, mirror.tables, mirror.now, width, HEAD))
        most = 0 if height < SHORT else 2 if height < HIGH else 5
        self._say_in("told", movewords.log_lines(self._events(queue, most), mirror.now))

    def _events(self, queue: MoveQueue, most: int) -> list[Event]:
        """Looked for only where something is new."""
        key = (self.desk.mirror.number, most)
        if self._log[0] != key:
            self._log = key, movewords.log(queue, self.desk.mirror.tables, most)
        return self._log[1]

    def facts(self, row: LegRow | None) -> Details:
        """See ListFrame."""
        return movewords.facts(row, self.desk.mirror) if row is not None else Details("", ())

    def why(self, row: LegRow) -> list[str]:
        """See ListFrame."""
        return movewords.why(row, self.queue, self.desk.mirror)

    def told(self, row: LegRow) -> list[Paragraph]:
        """See Looking. Its place in the queue, its move, and the server itself."""
        mirror = self.desk.mirror
        said = [heading("Its place"), *(item(one) for one in movewords.place(row, self.queue, mirror)), line()]
        if row.server is not None:
            said += [*describe(row.server, mirror), line()]
        return said + (describe(row.move, mirror) if row.move is not None else [])

    def empty_text(self) -> str:
        """See ListFrame."""
        return movewords.NONE if self.queue is None else "No server of ours is in this queue."

    # What can be done

    def do_next_queue(self) -> None:
        """Show the next one; after the last the first."""
        queue, there = self.queue, [one.id for one in movewords.in_order(self.desk.mirror.tables.all(MoveQueue))]
        if queue is None or len(there) < 2:
            self.desk.say(movewords.NONE if queue is None else "There is no other queue of moves.", "warn")
            return
        self._shown = there[(there.index(queue.id) + 1) % len(there)]
        self._log = ((-1, 0), [])
        self.table.gone.clear()
        self.catch_up()
        self.table.go(0)
        self.tick()

    def do_pause_queue(self) -> None:
        """Begin no more moves until it is resumed, or let it go on, after Preflight."""
        if (queue := self.queue) is not None:
            self.desk.propose([queues.held_or_on(queue)])

    def do_stop_queue(self) -> None:
        """Begin no more moves for good, after Preflight."""
        if (queue := self.queue) is not None:
            self.desk.propose([SteerMoves(queue=queue.id, act="stop")])

    def do_more_moves(self) -> None:
        """One more at a time, after Preflight."""
        self._limit(1)

    def do_fewer_moves(self) -> None:
        """One fewer at a time, after Preflight."""
        self._limit(-1)

    def _limit(self, more: int) -> None:
        if (queue := self.queue) is not None:
            self.desk.propose([SteerMoves(queue=queue.id, act="limit", limit=queue.limit + more)])

    def do_again_queue(self) -> None:
        """Have those tried again that could not go, after Preflight."""
        if (queue := self.queue) is not None:
            self.desk.propose([queues.again(queue, self.desk.mirror.tables)])

    def do_power_off(self) -> None:
        """Take the power of the host that was emptied, after Preflight."""
        if (queue := self.queue) is not None and queue.host:
            self.desk.propose([PowerOffHost(host=queue.host)])

    def do_force(self) -> None:
        """Let the move under the cursor end now, its server standing still meanwhile, after Preflight."""
        if (row := self.row()) is not None and row.live is not None:
            self.desk.propose([ForceOperation(operation_id=row.live.id)])

    def do_abort(self) -> None:
        """Take the move under the cursor back, after Preflight."""
        if (row := self.row()) is not None and row.live is not None:
            self.desk.propose([AbortOperation(operation_id=row.live.id)])

    def go_up(self) -> None:
        """Back to Hosts."""
        self.app.pop_screen()

    def do_quit(self) -> None:
        """Close."""
        self.app.pop_screen()
