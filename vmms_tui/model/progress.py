"""How far an operation has come: its steps in their order, and how long it probably still takes. Pure."""

from datetime import datetime, timedelta

from vmms_tui.model.records import Operation, OperationKind, OperationState

STEPS: dict[OperationKind, tuple[str, ...]] = {
    OperationKind.PROVISION: ("port", "boot", "active", "floating_ip", "prove"),
    OperationKind.HAND_OVER: ("metadata", "key"),
    OperationKind.RECLAIM: ("check", "floating_ip", "server", "gone", "ports"),
    OperationKind.STOP: ("ask", "wait"),
    OperationKind.START: ("ask", "wait"),
    OperationKind.REBOOT: ("ask", "wait"),
    OperationKind.RESET_PASSWORD: ("set",),
    OperationKind.REBUILD: ("ask", "active", "prove"),
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


def share(operation: Operation, now: datetime) -> float:
    """How much of it is done, from 0 to 1: by its steps, or by the time that such operations take, if that is more."""
    if operation.state is OperationState.DONE:
        return 1.0
    at, of = place(operation)
    by_steps = max(0, at - 1) / of if of else 0.0
    if not is_live(operation) or not operation.expected:
        return by_steps
    by_time = (now - operation.started) / operation.expected
    return min(max(by_steps, by_time), MOST)


def eta(operation: Operation, now: datetime) -> timedelta | None:
    """How long it probably still takes.

    Zero: longer than usual already. None: nobody knows, it stands still, or it has ended.
    """
    if not is_live(operation) or operation.paused_by or operation.expected is None:
        return None
    return max(timedelta(0), operation.started + operation.expected - now)


def took(operation: Operation, now: datetime) -> timedelta:
    """How long it has been at work, or was."""
    return max(timedelta(0), (now if is_live(operation) else operation.updated) - operation.started)


def worth_showing(operation: Operation, now: datetime) -> bool:
    """Whether it is at work, or ended so lately that somebody may want to see it, or to try it again."""
    if is_live(operation):
        return True
    failed = operation.state is OperationState.FAILED and not operation.retried_as
    return now - operation.updated < (KEEP_FAILED if failed else KEEP_DONE)
