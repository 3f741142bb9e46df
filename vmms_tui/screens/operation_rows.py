"""Rows, columns and facts of Ops. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from vmms_tui.keys import Place, press
from vmms_tui.keys.ops import Abort, Pause, Retry
from vmms_tui.model.errors import Refused
from vmms_tui.model.progress import BY_STEP, amount_of, eta, is_live, place, rate, share, steps_of, took, worth_showing
from vmms_tui.model.records import Lease, Operation, OperationState, Server
from vmms_tui.model.steering import ABORTED, OVERTAKEN, hinders, no_abort, no_retry, words
from vmms_tui.model.tables import Tables
from vmms_tui.screens import moveplans
from vmms_tui.screens.details import Details
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.wording import ago, amount_words, both, clock_time, count, rate_words, span
from vmms_tui.widgets.column import Column, still
from vmms_tui.widgets.filtering import Kind

BAR = 6
"""Cells of a bar."""
_SECOND = timedelta(seconds=1)


class OperationRow(msgspec.Struct, frozen=True, gc=False):
    """An operation."""

    operation: Operation

    @property
    def id(self) -> str:
        """The operation's id."""
        return self.operation.id


def operation_rows(tables: Tables, now: datetime) -> list[OperationRow]:
    """Those that are at work, and those that ended lately."""
    return [OperationRow(one) for one in tables.all(Operation) if worth_showing(one, now)]


def state_of(operation: Operation) -> tuple[str, str]:
    """Its state as a word and a tone."""
    if is_live(operation):
        if operation.paused_by:
            return "PAUSED", "warn"
        return ("WAIT", "warn") if operation.waiting_for else ("RUN", "good")
    if operation.state is OperationState.DONE:
        return "done", "muted"
    if operation.outcome.startswith(ABORTED):
        return "aborted", "muted"
    if operation.outcome.startswith(OVERTAKEN):
        return "overtaken", "muted"
    return ("tried again", "muted") if operation.retried_as else ("FAILED!", "bad")


def step_text(operation: Operation) -> str:
    """Where it stands: `3/5 active`."""
    at, of = place(operation)
    return f"{at or '?'}/{of} {operation.step}".replace("_", " ")


def bar_of(part: float) -> str:
    """How far something is, from 0 to 1: `[##....]`."""
    full = int(part * BAR)
    return f"[{'#' * full}{'.' * (BAR - full)}]"


def bar(operation: Operation, now: datetime) -> str:
    """How far it is: `[##....]  41%`."""
    part = share(operation, now)
    return f"{bar_of(part)} {int(part * 100):3d}%"


def eta_text(operation: Operation, now: datetime) -> str:
    """How long it probably still takes; for one that has ended, when that was."""
    if not is_live(operation):
        return ago(operation.updated, now)
    left = eta(operation, now)
    if left is None:
        return "?"
    return span(left) if left else "late"


def rate_text(operation: Operation, now: datetime) -> str:
    """How fast it is: `210 MiB/s`, of steps without the word `7.5/min`; for one that has ended, how fast it was."""
    found = rate(operation, now)
    if found is None:
        return "?" if is_live(operation) else ""
    said = rate_words(found.per_second, found.unit)
    return said.replace(f" {BY_STEP}", "") if found.unit == BY_STEP else said


def note_of(operation: Operation) -> str:
    """Why it waits, what came of it and what to do now, or why it was begun."""
    if is_live(operation):
        return operation.waiting_for or operation.reason
    return ending_of(operation) or operation.reason


def ending_of(operation: Operation) -> str:
    """What came of it, and what to do now, where that is known."""
    if not operation.remedy or operation.retried_as:
        return operation.outcome
    return f"{operation.outcome}. {operation.remedy}"


_RANK = {"RUN": 0, "WAIT": 1, "PAUSED": 2, "FAILED!": 3}


def in_order(rows: Iterable[OperationRow]) -> list[OperationRow]:
    """As Ops shows them."""
    return sorted(rows, key=_order)


def _order(row: OperationRow) -> tuple[int, float]:
    """Running first, then what failed; of each the newest first."""
    return _RANK.get(state_of(row.operation)[0], 4), -row.operation.updated.timestamp()


def _per_second(row: OperationRow, now: datetime) -> float | None:
    found = rate(row.operation, now)
    return found.per_second if found is not None else None


def _rate_order(row: OperationRow) -> float:
    """By what was counted last; what nobody knows comes before all others."""
    amount = amount_of(row.operation)
    found = _per_second(row, amount.points[-1].at if amount is not None else row.operation.updated)
    return -1.0 if found is None else found


def _eta_order(row: OperationRow) -> float:
    one = row.operation
    return (one.started + (one.expected or timedelta(days=999))).timestamp()


OPERATIONS: tuple[Column[OperationRow], ...] = (
    still("id", "i", "ID", lambda row: row.id, tone=lambda _row, _now: "strong", least=9, most=12, firm=True),
    still("what", "w", "WHAT", lambda row: words(row.operation.kind), least=8, most=14),
    still(
        "object",
        "o",
        "OBJECT",
        lambda row: row.operation.server_id,
        find=lambda row: f"{row.operation.server_id} {row.operation.lease_id}",
        least=8,
        most=26,
        firm=True,
    ),
    still(
        "state",
        "t",
        "STATE",
        lambda row: state_of(row.operation)[0],
        order=_order,
        find=lambda row: f"{state_of(row.operation)[0]} {row.operation.state.value}",
        tone=lambda row, _: state_of(row.operation)[1],
        least=7,
        most=11,
        rank=-1,
    ),
    still("step", "s", "STEP", lambda row: step_text(row.operation), least=8, most=16, rank=1),
    Column(
        key="progress",
        letter="p",
        title="PROGRESS",
        text=lambda row, now: bar(row.operation, now),
        order=lambda row: -place(row.operation)[0],
        find=lambda _row: "",
        kind=Kind.NUMBER,
        value=lambda row, now: float(int(100 * share(row.operation, now))),
        least=13,
        most=13,
    ),
    Column(
        key="rate",
        letter="r",
        title="RATE",
        text=lambda row, now: rate_text(row.operation, now),
        order=_rate_order,
        find=lambda _row: "",
        kind=Kind.NUMBER,
        value=_per_second,
        least=7,
        most=14,
        right=True,
        rank=1,
    ),
    Column(
        key="eta",
        letter="e",
        title="ETA",
        text=lambda row, now: eta_text(row.operation, now),
        order=_eta_order,
        find=lambda _row: "",
        kind=Kind.SPAN,
        value=lambda row, now: eta(row.operation, now),
        least=7,
        most=9,
        right=True,
    ),
    still("by", "b", "BY", lambda row: row.operation.actor, least=6, most=16),
    still(
        "note",
        "n",
        "NOTE",
        lambda row: note_of(row.operation),
        tone=lambda row, _: "bad" if state_of(row.operation)[0] == "FAILED!" else "muted",
        least=12,
        grows=True,
        rank=2,
    ),
)


def steps_line(operation: Operation) -> str:
    """All steps, with where it is: `port ok, boot ok, > active, floating ip, prove`."""
    steps = steps_of(operation.kind)
    at = place(operation)[0]
    done = operation.state is OperationState.DONE
    said = []
    for number, name in enumerate(steps, 1):
        mark = " ok" if done or number < at else ""
        here = "> " if number == at and not done else ""
        said.append(f"{here}{name.replace('_', ' ')}{mark}")
    return ", ".join(said) or operation.step


def counted_text(operation: Operation, now: datetime) -> str:
    """What its step counts: `13 GiB of 16 GiB, 210 MiB/s`; nothing where it counts nothing."""
    amount = amount_of(operation)
    if amount is None or not is_live(operation):
        return ""
    done, whole = (amount_words(one, amount.unit) for one in (amount.processed, amount.processed + amount.left))
    fast = rate_text(operation, now)
    return f"{done} of {whole}" + (f", {fast}" if fast != "?" else "")


def operation_facts(operation: Operation, mirror: Mirror) -> Details:
    """What the strip says of an operation."""
    now = mirror.now
    word = state_of(operation)[0]
    usual = f", such ones take {span(operation.expected)}" if operation.expected else ""
    tries = f", {count(operation.attempts, 'attempt')} failed" if operation.attempts else ""
    found = rate(operation, now)
    fast = f", {rate_words(found.per_second, found.unit)}" if found is not None and found.unit == BY_STEP else ""
    ended = [("outcome", "" if is_live(operation) else operation.outcome), ("do", remedy(operation, mirror))]
    facts = [
        *(ended if operation.state is OperationState.FAILED else ()),
        ("state", f"{word}  step {step_text(operation)} for {span(now - operation.updated)}{tries}"),
        ("waits", operation.waiting_for if is_live(operation) else ""),
        *(() if operation.state is OperationState.FAILED else ended),
        ("steps", steps_line(operation)),
        ("counted", "" if operation.moving else counted_text(operation, now)),  # a move says it with its memory
        *moveplans.facts(operation),
        ("took" if not is_live(operation) else "so far", f"{span(took(operation, now))}{usual}{fast}"),
        ("until", both(operation.deadline, now) if operation.deadline and is_live(operation) else ""),
        ("because", operation.reason),
        ("by", f"{operation.actor}, begun {both(operation.started, now)}"),
        ("about", "  ".join(part for part in (operation.server_id, operation.lease_id) if part)),
        ("then", f"tried again as {operation.retried_as}" if operation.retried_as else ""),
    ]
    title = f"{operation.id}  {words(operation.kind)} of {operation.server_id}"
    return Details(title, tuple(fact for fact in facts if fact[1]))


def remedy(operation: Operation, mirror: Mirror) -> str:
    """What can be done about one that failed or stands still."""
    tables = mirror.tables
    if operation.paused_by:
        return f"{press(Pause, Place.OPS)} lets it go on."
    if way := moveplans.way_out(operation):
        return way
    if operation.state is not OperationState.FAILED or operation.retried_as:
        return ""
    server = tables.get(Server, operation.server_id)
    work = mirror.operation_on(operation.server_id)
    lease = tables.get(Lease, operation.lease_id) if operation.lease_id else None
    objection = no_retry(operation, server, lease, work.id if work and hinders(operation, work) else "")
    again = said(objection) or f"{press(Retry, Place.OPS)} tries it again."
    return f"{operation.remedy} {again}".strip()


def said(objection: Refused | None) -> str:
    """An objection as a sentence."""
    return f"{objection.message} {objection.remedy}".strip() if objection is not None else ""


def explain_operation(operation: Operation, mirror: Mirror) -> list[str]:
    """Why it stands where it stands: sentences, an empty one, then the last events."""
    now = mirror.now
    what = f"{operation.id} is the {words(operation.kind)} of {operation.server_id}"
    lines = [
        f"{what}, begun {both(operation.started, now)} by {operation.actor}.",
        f"Because: {operation.reason}" if operation.reason else "",
        f"Its steps: {steps_line(operation)}.",
    ]
    if is_live(operation):
        lines += _under_way(operation, mirror)
    else:
        lines.append(f"It ended {both(operation.updated, now)}: {operation.outcome or operation.state.value}.")
    lines.append(remedy(operation, mirror))
    found = [
        event
        for event in mirror.events_of(operation.server_id, operation.lease_id, limit=12)
        if event.at >= operation.started - _SECOND
    ]
    heard = [f"{clock_time(one.at, now)}  {one.text}" for one in found]
    return [line for line in lines if line] + (["", *heard] if heard else [])


def _under_way(operation: Operation, mirror: Mirror) -> Iterable[str]:
    now = mirror.now
    yield f"It is at step {step_text(operation)} since {both(operation.updated, now)}."
    if operation.waiting_for:
        yield f"It waits: {operation.waiting_for}."
    yield from moveplans.sentences(operation)
    if operation.attempts:
        yield f"This step failed {count(operation.attempts, 'time')} in a way that may pass; it tries again."
    if operation.deadline and not operation.paused_by:
        yield f"The step may take until {both(operation.deadline, now)}; then the operation fails."
    if counted := counted_text(operation, now):
        left = eta(operation, now)
        rest = f"probably {span(left)} more" if left else "nobody knows how long still: it does not grow less"
        yield f"This step has done {counted}: {rest}."
    elif operation.expected:
        left = eta(operation, now)
        rest = f"probably {span(left)} more" if left else "it takes longer than usual"
        yield f"Such operations lately took {span(operation.expected)} here: {rest}."
    else:
        yield "Nobody knows yet how long such an operation takes here."
    lease = mirror.tables.get(Lease, operation.lease_id) if operation.lease_id else None
    if objection := no_abort(operation, lease, now):
        yield f"It cannot be aborted now: {said(objection)}"
    else:
        yield f"It can be aborted: {press(Abort, Place.OPS)}."
