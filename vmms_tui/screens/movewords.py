"""What stands around the list of a queue of moves: its head, the facts of a server of it, its log. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from vmms_tui.model.draining import Errand, LegState, MoveQueue, Phase, of_all, stuck, tally, title, unwell, why_not
from vmms_tui.model.migration import Copying, patience
from vmms_tui.model.movequeues import still, taken_back_at
from vmms_tui.model.records import Event, Operation, OperationState, Server
from vmms_tui.model.tables import Tables
from vmms_tui.screens import moveplans
from vmms_tui.screens.details import Details, Fact
from vmms_tui.screens.explain import because
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.movelegs import NOTHING, LegRow, leg_rows, note, state_of, waiting_words, where_to
from vmms_tui.screens.operation_rows import explain_operation, steps_line
from vmms_tui.screens.queues import PHASES
from vmms_tui.screens.wording import ago, both, capital, clock_time, count, span
from vmms_tui.screens.wording_cloud import BYTES, amount
from vmms_tui.widgets.line import Piece, piece, width_of
from vmms_tui.widgets.text import plain

GAP = "   "
SERIES = 9
"""So many amounts are named in a row."""
NONE = "No servers are moved some at a time: no drain, no return, no rebalance."


def in_order(queues: Sequence[MoveQueue]) -> list[MoveQueue]:
    """Those under way first, then the newest."""
    return sorted(queues, key=lambda one: (not one.open, -one.since.timestamp(), one.id))


# The head


def head(queue: MoveQueue, tables: Tables, now: datetime, width: int, most: int) -> list[list[Piece]]:
    """How the queue stands, in so many lines at most; what has no room is left out from the end."""
    lines: list[list[Piece]] = [[]]
    for said, tone in _parts(queue, tables, now):
        one = piece(f" {plain(said)}" if not lines[-1] else f"{GAP}{plain(said)}", tone)
        if lines[-1] and width_of([*lines[-1], one]) > width:
            if len(lines) == most:
                break
            lines.append([])
            one = piece(f" {plain(said)}", tone)
        lines[-1].append(one)
    return lines


def _parts(queue: MoveQueue, tables: Tables, now: datetime) -> Iterator[tuple[str, str]]:
    """What there is to say, the most telling first, each with a tone."""
    words, tone = PHASES[queue.phase]
    known, lost = tally(queue), len(stuck(queue))
    lasts = f" for {span(now - queue.waits_since)}" if queue.waits_since and queue.open else ""
    yield words + lasts, tone
    yield f"{known.get(LegState.DONE, 0)} of {of_all(queue)} done", ""
    if moving := known.get(LegState.MOVING, 0):
        yield f"{moving} under way", ""
    if waiting := known.get(LegState.WAITING, 0):
        yield (f"{waiting} waiting" if queue.open else f"{waiting} not begun"), ""
    if lost:
        yield f"{lost} could not go", "warn"
    if ill := len(unwell(queue)):
        yield f"{ill} moved, not as {'it' if ill == 1 else 'they'} should be", "warn"
    if queue.open:
        yield f"{queue.limit} at a time", "strong"
        yield from _times(queue, tables, now)
    else:
        took = f"took {span(queue.ended - queue.since)}, ended {ago(queue.ended, now)}" if queue.ended else "ended"
        yield took, ""
    if queue.errand is Errand.DRAIN and queue.phase is Phase.DONE:
        yield f"{queue.host} is empty of ours: power it off or hand it over", "good"
    if queue.reason:
        yield f"because {queue.reason}", ""
    yield from _rest(queue, tables, now)


def _times(queue: MoveQueue, tables: Tables, now: datetime) -> Iterator[tuple[str, str]]:
    yield f"{span(now - queue.since)} so far", ""
    legs = queue.legs
    moves = {one.operation_id: move for one in legs if (move := tables.get(Operation, one.operation_id))}
    servers = (tables.get(Server, one.server_id) for one in legs if one.state is LegState.MOVING)
    sizes = {one.id: (one.ram_mib, one.disk_gib) for one in servers if one is not None}
    if queue.phase is Phase.RUNNING:
        left = still(queue, moves, sizes, now)
        yield (f"about {span(left)} more" if left is not None else "nobody knows how long still"), ""


def _rest(queue: MoveQueue, tables: Tables, now: datetime) -> Iterator[tuple[str, str]]:
    if queue.phase is Phase.RUNNING and (first := next_one(queue, tables, now)):
        yield f"next {first}", ""
    yield f"by {queue.by}", "muted"
    if queue.others and queue.errand is Errand.DRAIN:
        yield f"{queue.others} of others {'is' if queue.others == 1 else 'are'} left there", "muted"
    if queue.cold:
        yield "what is off moves, too", "muted"


def next_one(queue: MoveQueue, tables: Tables, now: datetime) -> str:
    """Who goes next as soon as there is a place; empty: nobody waits that may be tried already."""
    waiting = [row for row in leg_rows(queue, tables) if row.leg.state is LegState.WAITING]
    turns = [row.turn for row in waiting if not row.leg.waits(now)]
    return min(turns)[-1] if turns else ""


# The server under the cursor


def facts(row: LegRow, mirror: Mirror) -> Details:
    """What the strip says of a server, the most telling first."""
    now, leg = mirror.now, row.leg
    told: list[Fact] = []
    match leg.state:
        case LegState.MOVING if row.live is not None:
            told += _under_way(row.live, row, now)
        case LegState.BLOCKED | LegState.FAILED:
            told += [("outcome", leg.why), ("do", leg.remedy)]
        case LegState.WAITING:
            told.append(("waits", waiting_words(leg, now) or "for its turn"))
        case _:
            told.append(("outcome", note(row, now)))
    told += [("way", f"{leg.source or '?'} > {where_to(row)}"), ("for", leg.said)]
    if row.move is not None:
        told.append(("move", f"{row.move.id}  {steps_line(row.move)}"))
    told.append(("is", _about(row.server, mirror)))
    return Details(f"{row.id}  {state_of(row)[0]}", tuple(fact for fact in told if fact[1]))


def _about(server: Server | None, mirror: Mirror) -> str:
    if server is None:
        return "not known any more"
    lease = mirror.lease(server.lease_id) if server.lease_id else None
    whose = f"{lease.owner}'s, importance {lease.importance}" if lease is not None else "on no lease"
    return f"{whose}  {amount(server.ram_mib * 2**20, BYTES)} RAM, {server.disk_gib}G disk  {server.pool}"


def _under_way(move: Operation, row: LegRow, now: datetime) -> Iterator[Fact]:
    """How its move goes, whether that comes to an end, and what happens if it does not."""
    moving = move.moving
    if moving is not None:
        yield "copied", moveplans.copied(moving)
        yield "left", series(moving.copying) if moving.copying is not None else ""
        yield "pause", moveplans.forecast(moving)
        yield "do", moveplans.way_out(move)
        yield "forced", f"by {moving.forced_by}: it stands still until the rest is copied" if moving.forced_by else ""
        yield "ending", f"{moving.ending}: it is being taken back" if moving.ending else ""
    yield "else", countdown(move, row.server, now)
    yield "waits", move.waiting_for if move.paused_by or moving is None else ""


def series(copying: Copying) -> str:
    """What was left, as it was seen over the whole way, in equal distances: `6.0G 5.0G 4.4G 4.2G over 6m`."""
    seen = copying.seen
    if len(seen) < 2:
        return ""
    step = max(1, -(-(len(seen) - 1) // (SERIES - 1)))
    shown = [*seen[-1::-step]][::-1]
    amounts = " ".join(amount(one.left, BYTES) for one in shown)
    return f"{amounts}  as seen over {span(seen[-1].at - shown[0].at)}"


def countdown(move: Operation, server: Server | None, now: datetime) -> str:
    """When the engine takes the move back by itself; empty: it does not, or is at it."""
    if server is None:
        return ""
    end = taken_back_at(move, server.ram_mib, server.disk_gib)
    if end is None:
        return ""
    whole = span(patience(server.ram_mib, server.disk_gib))
    return f"taken back by itself in {span(max(end, now) - now)}, if it is not over by then ({whole} in all)"


def why(row: LegRow, queue: MoveQueue | None, mirror: Mirror) -> list[str]:
    """Why a server is where it is: its place in the queue, then its move, or what is known of it."""
    said = place(row, queue, mirror)
    if row.live is not None:
        return [*said, *_if_left(row, mirror.now), *explain_operation(row.live, mirror)]
    return [*said, *(because(row.server, mirror) if row.server is not None else [])]


def _if_left(row: LegRow, now: datetime) -> Iterator[str]:
    if row.live is not None and (said := countdown(row.live, row.server, now)):
        yield f"Left alone, it is {said}."


def place(row: LegRow, queue: MoveQueue | None, mirror: Mirror) -> list[str]:
    """Its place in the queue, in sentences."""
    leg, now = row.leg, mirror.now
    of = f" in the {title(queue)}" if queue is not None else ""
    match leg.state:
        case LegState.MOVING:
            to = where_to(row)
            where = to if to != NOTHING else "where the scheduler chooses"
            return [f"{leg.server_id} is under way{of}, from {leg.source or '?'} to {where}."]
        case LegState.FAILED if leg.arrived:
            return [f"{leg.server_id} has moved{of} to {leg.to or '?'}, and is not as it should be: {why_not(leg)}"]
        case LegState.BLOCKED | LegState.FAILED:
            return [f"{leg.server_id} could not go{of}: {why_not(leg)}"]
        case LegState.DONE:
            move = row.move
            took = f" {both(move.updated, now)}" if move is not None and move.state is OperationState.DONE else ""
            return [f"{leg.server_id} has moved{of}, from {leg.source or '?'} to {leg.to or '?'}{took}."]
        case LegState.LEFT:
            return [f"{leg.server_id} is left alone{of}: {leg.why or 'nothing is done with it'}."]
    return [f"{leg.server_id} waits{of}, {_turn(row, queue)}.", *_tried(row, now)]


def _turn(row: LegRow, queue: MoveQueue | None) -> str:
    if queue is None or not queue.open:
        return "and its queue has ended"
    if queue.phase is Phase.PAUSED:
        return "and its queue is paused"
    return f"and {count(queue.limit, 'server moves', 'servers move')} at a time, the least important first"


def _tried(row: LegRow, now: datetime) -> list[str]:
    words = waiting_words(row.leg, now)
    return [f"{capital(words)}."] if words else []


# The log


def log(queue: MoveQueue, tables: Tables, most: int) -> list[Event]:
    """The last events of the queue and its servers as long as it went on, the newest first."""
    ids, found = {one.server_id for one in queue.legs}, list[Event]()
    for event in reversed(tables.all(Event)):
        if event.at < queue.since or len(found) == most:
            break
        if queue.ended is not None and event.at > queue.ended:
            continue
        if event.server_id in ids or (queue.host and event.host == queue.host) or event.kind.startswith(_kinds(queue)):
            found.append(event)
    return found


def _kinds(queue: MoveQueue) -> tuple[str, ...]:
    """Of what evens the load: it is about no host."""
    return (f"{queue.errand}.", "hosts.rebalance") if queue.errand is Errand.REBALANCE else ()


def log_lines(events: Sequence[Event], now: datetime) -> list[list[Piece]]:
    """The same as lines."""
    return [
        [piece(f" {clock_time(one.at, now)}  ", "muted"), piece(plain(one.text), _TONES.get(one.level.value, ""))]
        for one in events
    ]


_TONES = {"warning": "warn", "error": "bad"}
