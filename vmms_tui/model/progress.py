"""How far an operation has come: its steps in their order, how fast it is, how long it probably still takes. Pure."""

from datetime import datetime, timedelta

import msgspec

from vmms_tui.model.operations import Amount, Point
from vmms_tui.model.records import Operation, OperationKind, OperationState, changed

STEPS: dict[OperationKind, tuple[str, ...]] = {
    OperationKind.PROVISION: ("port", "boot", "active", "floating_ip", "prove"),
    OperationKind.HAND_OVER: ("metadata", "key"),
    OperationKind.RECLAIM: ("check", "floating_ip", "server", "gone", "ports"),
    OperationKind.STOP: ("ask", "wait"),
    OperationKind.START: ("ask", "wait"),
    OperationKind.REBOOT: ("ask", "wait"),
    OperationKind.RESET_PASSWORD: ("set",),
    OperationKind.REBUILD: ("ask", "active", "prove"),
    OperationKind.EVACUATE: ("turn", "ask", "follow", "start", "verify"),
    OperationKind.MOVE: ("check", "ask", "follow", "verify", "confirm"),
    OperationKind.HEAL: ("check", "act", "reboot", "wait", "address", "prove", "again", "prove_again"),
    OperationKind.REPLACE: ("check", "free", "address", "prove", "marks", "switch", "untag"),
}
"""The steps of each kind, as its plan in `engine.operations` has them. A plan may leave some out."""

KEEP_DONE = timedelta(hours=1)
"""How long an operation that is done is worth a look …"""
KEEP_FAILED = timedelta(days=1)
"""… and one that failed."""
MOST = 0.99
"""The share of an operation that has not ended, at most."""
BYTES = "B"
"""The unit of bytes."""
BY_STEP = "steps"
"""The unit of operations whose steps count nothing."""
LATELY = timedelta(minutes=2)
"""From the counts of so long the speed is taken; without a newer one nobody knows it."""
MOST_POINTS = 12
"""Counts that are kept."""
FOREVER = timedelta(days=100)
"""What would take longer than this does not come nearer to its end."""


_MOMENT = timedelta(seconds=1)


class Rate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How fast an operation is."""

    per_second: float
    unit: str


def steps_of(kind: OperationKind) -> tuple[str, ...]:
    """The names of a kind's steps; none of a kind that a newer engine knows."""
    return STEPS.get(kind, ())


def is_live(operation: Operation) -> bool:
    """Whether it has not ended."""
    return operation.state in {OperationState.RUNNING, OperationState.WAITING}


def place(operation: Operation) -> tuple[int, int]:
    """Which step it is at, from 1, and of how many; 0 for a step that this program does not know."""
    steps = steps_of(operation.kind)
    return (steps.index(operation.step) + 1 if operation.step in steps else 0), len(steps)


def counted(operation: Operation, processed: float, total: float, unit: str, now: datetime) -> Operation:
    """The operation with what its present step has done by now, of how much.

    Whoever does a step calls this as often as it has counted, and keeps what comes back; speed and estimate follow.
    `unit`: BYTES, or a word for many. `total` may be another one each time: for what grows while it is done it is
    what is done and what is left. A count of another unit, one that is
    lower than before, or a clock that went back begins anew.
    """
    before, left = amount_of(operation), max(0.0, total - processed)
    old = before.points if before is not None and before.unit == unit and before.points[-1].at <= now else ()
    kept = [one for one in old if now - LATELY <= one.at < now and one.processed <= processed]
    points = (*kept[1 - MOST_POINTS :], Point(now, processed, left))
    return changed(
        operation,
        amount=Amount(step=operation.step, unit=unit, processed=processed, left=left, points=points),
    )


def amount_of(operation: Operation) -> Amount | None:
    """What its present step counts; None: nothing, or nothing yet."""
    amount = operation.amount
    return amount if amount is not None and amount.step == operation.step and amount.points else None


def rate(operation: Operation, now: datetime) -> Rate | None:
    """How fast it is: by what its step counted lately, else by the steps that are done.

    None: nobody knows yet, it stands still, or it failed.
    """
    if operation.paused_by or operation.state is OperationState.FAILED:
        return None
    if is_live(operation) and (amount := amount_of(operation)) is not None:
        first, last = amount.points[0], amount.points[-1]
        seconds = (last.at - first.at).total_seconds()
        if seconds <= 0 or now - last.at > LATELY:
            return None
        return Rate(per_second=(last.processed - first.processed) / seconds, unit=amount.unit)
    at, of = place(operation)
    steps = of if operation.state is OperationState.DONE else at - 1
    seconds = (operation.updated - operation.started).total_seconds()
    return Rate(per_second=steps / seconds, unit=BY_STEP) if steps > 0 and seconds > 0 else None


def share(operation: Operation, now: datetime) -> float:
    """How much of it is done, from 0 to 1.

    By its steps and what the present one counts; where that counts nothing, by the time that such operations take,
    if that is more.
    """
    if operation.state is OperationState.DONE:
        return 1.0
    at, of = place(operation)
    by_steps = max(0, at - 1) / of if of else 0.0
    if not is_live(operation):
        return by_steps
    if at and (amount := amount_of(operation)) is not None:
        whole = amount.processed + amount.left
        return min(by_steps + (amount.processed / whole / of if whole > 0 else 0.0), MOST)
    if not operation.expected:
        return by_steps
    by_time = (now - operation.started) / operation.expected
    return min(max(by_steps, by_time), MOST)


def eta(operation: Operation, now: datetime) -> timedelta | None:
    """How long it probably still takes: what its step counts, by how fast that lately grew less; else as usual.

    Zero: longer than usual already. None: nobody knows, it stands still, does not come nearer to its end, or has ended.
    """
    if not is_live(operation) or operation.paused_by:
        return None
    amount = amount_of(operation)
    if amount is not None and len(amount.points) > 1:
        return _until_nothing_is_left(amount, now)
    if operation.expected is None:
        return None
    return max(timedelta(0), operation.started + operation.expected - now)


def _until_nothing_is_left(amount: Amount, now: datetime) -> timedelta | None:
    first, last = amount.points[0], amount.points[-1]
    less = first.left - last.left
    if less <= 0 or now - last.at > LATELY:
        return None
    needed = last.left / less * (last.at - first.at).total_seconds()
    if needed > FOREVER.total_seconds():
        return None
    return max(_MOMENT, last.at + timedelta(seconds=needed) - now)


def took(operation: Operation, now: datetime) -> timedelta:
    """How long it has been at work, or was."""
    return max(timedelta(0), (now if is_live(operation) else operation.updated) - operation.started)


def worth_showing(operation: Operation, now: datetime) -> bool:
    """Whether it is at work, or ended so lately that somebody may want to see it, or to try it again."""
    if is_live(operation):
        return True
    failed = operation.state is OperationState.FAILED and not operation.retried_as
    return now - operation.updated < (KEEP_FAILED if failed else KEEP_DONE)
