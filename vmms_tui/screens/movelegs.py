"""Rows and columns of the screen on a queue of moves: one server after the other, and how its move goes. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from vmms_tui.model.draining import Leg, LegState, MoveQueue, why_not
from vmms_tui.model.migration import Copying, dirty, pause, rate, share
from vmms_tui.model.movequeues import Turn, never_ends, turn
from vmms_tui.model.progress import eta, is_live, took
from vmms_tui.model.progress import share as share_of_steps
from vmms_tui.model.records import Lease, Operation, OperationState, Server
from vmms_tui.model.tables import Tables
from vmms_tui.screens.operation_rows import bar_of, eta_text, note_of, step_text
from vmms_tui.screens.wording import count, span
from vmms_tui.screens.wording_cloud import BYTES, amount
from vmms_tui.widgets.column import Column, still
from vmms_tui.widgets.filtering import Kind

RANKS = {LegState.MOVING: 0, LegState.FAILED: 1, LegState.BLOCKED: 1, LegState.WAITING: 2, LegState.DONE: 3}
"""What is under way first, then what could not go; what is left alone last."""
NOTHING = "-"


class LegRow(msgspec.Struct, frozen=True, gc=False):
    """A server of a queue of moves."""

    leg: Leg
    move: Operation | None
    """Its last move."""
    server: Server | None
    turn: Turn
    goes: bool
    """Whether the queue has not ended."""

    @property
    def id(self) -> str:
        """The server's id."""
        return self.leg.server_id

    @property
    def live(self) -> Operation | None:
        """Its move while that is under way."""
        under_way = self.leg.state is LegState.MOVING and self.move is not None and is_live(self.move)
        return self.move if under_way else None

    @property
    def copying(self) -> Copying | None:
        """How far that has come; None: it is not copied now, or nobody knows."""
        moving = self.live.moving if self.live is not None else None
        return moving.copying if moving is not None and moving.copying is not None and moving.copying.total else None


def leg_rows(queue: MoveQueue | None, tables: Tables) -> list[LegRow]:
    """Every server of a queue."""
    return [_row(leg, queue, tables) for leg in queue.legs] if queue is not None else []


def _row(leg: Leg, queue: MoveQueue, tables: Tables) -> LegRow:
    server = tables.get(Server, leg.server_id)
    lease = tables.get(Lease, (server.lease_id if server is not None else "") or leg.lease_id)
    place = turn(leg, lease.importance if lease is not None else 0, server.ram_mib if server is not None else 0)
    move = tables.get(Operation, leg.operation_id) if leg.operation_id else None
    return LegRow(leg, move, server, place, queue.open)


def state_of(row: LegRow) -> tuple[str, str]:
    """How a server is, as a word and a tone."""
    match row.leg.state:
        case LegState.MOVING:
            return _under_way(row)
        case LegState.WAITING if not row.goes:
            return "stayed", "muted"
        case LegState.WAITING:
            return ("RETRY", "warn") if row.leg.tries else ("wait", "muted")
        case LegState.BLOCKED:
            return "STAYS!", "warn"
        case LegState.FAILED:
            return ("UNWELL!", "warn") if row.leg.arrived else ("FAILED!", "bad")
    return row.leg.state.value, "good" if row.leg.state is LegState.DONE else "muted"


def _under_way(row: LegRow) -> tuple[str, str]:
    move = row.live
    if move is None or move.moving is None:
        return "MOVE", "good"
    if move.moving.ending:
        return "BACK", "warn"
    if move.paused_by:
        return "PAUSED", "warn"
    if move.moving.forced_by:
        return "FORCED", "warn"
    return ("MOVE!", "warn") if never_ends(move) else ("MOVE", "good")


def where_to(row: LegRow) -> str:
    """Its new host; a dash while the scheduler has not chosen."""
    moving = row.live.moving if row.live is not None else None
    asked = row.live.args.get("host", "") if row.live is not None else ""
    return (moving.destination if moving is not None else "") or row.leg.to or asked or NOTHING


def part_done(row: LegRow, now: datetime) -> float | None:
    """How much of it is there, from 0 to 1; None: it has not begun, or nobody knows."""
    if row.leg.state is LegState.DONE:
        return 1.0
    if row.copying is not None:
        return share(row.copying)
    return share_of_steps(row.live, now) if row.live is not None else None


def percent_text(row: LegRow, now: datetime) -> str:
    """How much of it is there, in percent."""
    part = part_done(row, now)
    return NOTHING if part is None else f"{int(part * 100)}%"


def _bar(row: LegRow, now: datetime) -> str:
    part = part_done(row, now)
    return NOTHING if part is None else bar_of(part)


def _of(left: int, total: int) -> str:
    return f"{amount(left, BYTES)}/{amount(total, BYTES)}" if total else NOTHING


def memory_left(row: LegRow) -> str:
    """Memory that is still to be copied, of all of it: `512M/2G`."""
    return _of(row.copying.memory_left, row.copying.memory_total) if row.copying is not None else NOTHING


def disk_left(row: LegRow) -> str:
    """The same of its disk; a dash where it goes along without being copied."""
    return _of(row.copying.disk_left, row.copying.disk_total) if row.copying is not None else NOTHING


def a_second(number: float | None) -> str:
    """Bytes a second: `205M/s`."""
    return NOTHING if number is None else f"{amount(int(number), BYTES)}/s"


def moment(length: timedelta | None) -> str:
    """For how long it would stand still: `0.3s`, to the tenth while it is short."""
    if length is None:
        return NOTHING
    return f"{length.total_seconds():.1f}s" if length < timedelta(minutes=1) else span(length)


def estimate_text(row: LegRow, now: datetime) -> str:
    """How long its move still takes; `?`: nobody knows, or it does not come to an end by itself."""
    if row.live is None:
        return NOTHING
    return "?" if never_ends(row.live) else eta_text(row.live, now)


def _pause(row: LegRow) -> timedelta | None:
    return pause(row.copying) if row.copying is not None else None


def note(row: LegRow, now: datetime) -> str:
    """Why it did not go and what to do; why it waits; how its move went."""
    leg, move = row.leg, row.move
    match leg.state:
        case LegState.BLOCKED | LegState.FAILED:
            return why_not(leg)
        case LegState.WAITING:
            return waiting_words(leg, now)
        case LegState.MOVING:
            return note_of(row.live) if row.live is not None else ""
        case LegState.DONE:
            done = move is not None and move.state is OperationState.DONE
            return f"took {span(took(move, now))}{_sent(move)}" if move is not None and done else ""
    return leg.why


def waiting_words(leg: Leg, now: datetime) -> str:
    """What of one that waits was tried already, and when it is tried again, or for what it waits; empty: its turn."""
    tried = f"{count(leg.tries, 'try', 'tries')} failed: {leg.why.rstrip('.')}" if leg.tries else leg.why.rstrip(".")
    again = f"again in {span(left)}" if (left := leg.waits(now)) else ""
    return "; ".join(part for part in (again, tried) if part)


def _sent(move: Operation) -> str:
    copying = move.moving.copying if move.moving is not None else None
    return f", {amount(copying.sent, BYTES)} copied" if copying is not None and copying.sent else ""


def _order(row: LegRow) -> tuple[int, Turn]:
    return RANKS.get(row.leg.state, 4), row.turn


def _note_tone(row: LegRow, _now: datetime) -> str:
    return {"FAILED!": "bad", "STAYS!": "warn", "MOVE!": "warn", "UNWELL!": "warn"}.get(state_of(row)[0], "muted")


def _number(
    key: str,
    letter: str,
    title: str,
    text: Callable[[LegRow], str],
    value: Callable[[LegRow], float | None],
    *,
    least: int,
    rank: int,
) -> Column[LegRow]:
    """A column at the right, with a number for filter and order."""
    return still(key, letter, title, text, count=value, least=least, rank=rank, right=True)


def _per_second(
    key: str, letter: str, title: str, measure: Callable[[Copying], float | None], *, rank: int
) -> Column[LegRow]:
    def value(row: LegRow) -> float | None:
        return measure(row.copying) if row.copying is not None else None

    return _number(key, letter, title, lambda row: a_second(value(row)), value, least=6, rank=rank)


LEGS: tuple[Column[LegRow], ...] = (
    still("server", "v", "SERVER", lambda row: row.id, tone=lambda _row, _now: "strong", least=8, most=26, firm=True),
    still(
        "state",
        "s",
        "STATE",
        lambda row: state_of(row)[0],
        order=_order,
        find=lambda row: f"{state_of(row)[0]} {row.leg.state.value}",
        tone=lambda row, _: state_of(row)[1],
        least=7,
        most=8,
        rank=-1,
    ),
    Column(
        key="done",
        letter="d",
        title="DONE",
        text=percent_text,
        order=lambda row: share(row.copying) if row.copying is not None else float(row.leg.state is LegState.DONE),
        find=lambda _row: "",
        kind=Kind.NUMBER,
        value=lambda row, now: None if (part := part_done(row, now)) is None else float(int(100 * part)),
        least=4,
        right=True,
        rank=-1,
    ),
    Column(
        key="progress",
        letter="b",
        title="PROGRESS",
        text=_bar,
        order=lambda row: row.id,
        find=lambda _row: "",
        least=8,
        most=8,
        rank=4,
    ),
    still("to", "t", "TO", where_to, least=4, most=14),
    _number(
        "memory",
        "m",
        "MEM LEFT",
        memory_left,
        lambda row: row.copying.memory_left if row.copying is not None else None,
        least=8,
        rank=1,
    ),
    _number(
        "disk",
        "k",
        "DISK LEFT",
        disk_left,
        lambda row: row.copying.disk_left if row.copying is not None else None,
        least=9,
        rank=3,
    ),
    _per_second("rate", "r", "RATE", rate, rank=2),
    _per_second("dirty", "w", "ANEW", dirty, rank=3),
    Column(
        key="eta",
        letter="e",
        title="ETA",
        text=estimate_text,
        order=lambda row: row.move.started.timestamp() if row.move is not None else 0.0,
        find=lambda _row: "",
        kind=Kind.SPAN,
        value=lambda row, now: eta(row.live, now) if row.live is not None and not never_ends(row.live) else None,
        least=5,
        most=8,
        right=True,
    ),
    _number(
        "pause",
        "p",
        "PAUSE",
        lambda row: moment(_pause(row)),
        lambda row: length.total_seconds() if (length := _pause(row)) is not None else None,
        least=5,
        rank=2,
    ),
    still("step", "i", "STEP", lambda row: step_text(row.live) if row.live is not None else NOTHING, least=8, rank=5),
    Column(
        key="note",
        letter="n",
        title="WHY",
        text=note,
        order=lambda row: row.leg.why,
        find=lambda row: f"{why_not(row.leg)} {row.leg.source} {row.leg.said}",
        tone=_note_tone,
        least=22,
        grows=True,
        rank=-1,
    ),
)
