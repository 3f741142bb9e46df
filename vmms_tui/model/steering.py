"""Which operation may be paused, gone on with, aborted or tried again, and why not. Pure; the screens ask it too."""

from datetime import datetime

from vmms_tui.model.errors import Refused
from vmms_tui.model.progress import is_live
from vmms_tui.model.records import (
    Lease,
    LeaseState,
    Operation,
    OperationKind,
    OperationState,
    Server,
    ServerState,
    changed,
)

OVERTAKEN = "overtaken by"
"""How the outcome of an operation begins whose place another one took."""
ABORTED = "aborted by"
"""How the outcome of one begins that a person ended."""
RENEWED, SHORTENED = "the lease was renewed", "the lease was shortened"
"""For what the new end of a lease is written onto its server."""
CUT_SHORT = "hand_over"
"""The argument of an operation that took the place of a hand-over: why that was begun. It is begun anew in the end."""

_K = OperationKind
_HARMLESS = frozenset({_K.PROVISION, _K.HAND_OVER})
"""Kinds that may be ended in any step."""
_FIRST = {
    _K.RECLAIM: "check",
    _K.STOP: "ask",
    _K.START: "ask",
    _K.REBOOT: "ask",
    _K.REBUILD: "ask",
    _K.HEAL: "check",
    _K.REPLACE: "check",
    _K.RESET_PASSWORD: "set",
    _K.MOVE: "check",
    _K.EVACUATE: "turn",
}
"""The step up to which, and not in which, nothing was asked of the cloud or the server that cannot be taken back."""
_AFTERWARDS = {
    _K.RECLAIM: "Ask for a new server.",
    _K.STOP: "Let it end, then start the server again.",
    _K.START: "Let it end, then stop the server again.",
    _K.REBOOT: "Let it end: a reboot takes a minute.",
    _K.REBUILD: "Let it end: a disk that is half written is of no use.",
    _K.HEAL: "Let it end: each of its steps has an end.",
    _K.REPLACE: "Let it end: an address that is on its way reaches nobody.",
    _K.RESET_PASSWORD: "Let it end, then reset the password once more.",
    _K.MOVE: "Let it end, then move the server back.",
    _K.EVACUATE: "Let it end: its old host is dead.",
}
_NEEDS: dict[OperationKind, frozenset[ServerState]] = {
    _K.PROVISION: frozenset({ServerState.FAILED}),
    _K.STOP: frozenset({ServerState.LEASED}),
    _K.START: frozenset({ServerState.STOPPED}),
    _K.REBOOT: frozenset({ServerState.LEASED}),
    _K.RESET_PASSWORD: frozenset({ServerState.LEASED}),
    _K.REBUILD: frozenset({ServerState.LEASED, ServerState.STOPPED}),
    _K.HEAL: frozenset({ServerState.LEASED, ServerState.STOPPED}),
    _K.REPLACE: frozenset({ServerState.LEASED, ServerState.STOPPED}),
    _K.HAND_OVER: frozenset({ServerState.LEASED, ServerState.STOPPED}),
    _K.EVACUATE: frozenset({ServerState.LEASED, ServerState.STOPPED}),
    _K.MOVE: frozenset({ServerState.READY, ServerState.LEASED, ServerState.STOPPED}),
    _K.RECLAIM: frozenset(ServerState) - {ServerState.GONE},
}
"""States of a server in which such an operation can begin anew."""


def words(kind: OperationKind) -> str:
    """A kind as people say it."""
    return kind.replace("_", " ")


def standing(operation: Operation, by: str) -> Operation:
    """The operation, held by somebody."""
    return changed(operation, paused_by=by, state=OperationState.WAITING, waiting_for=f"paused by {by}")


def no_pause(operation: Operation) -> Refused | None:
    """Why it cannot be paused."""
    if operation.paused_by:
        return Refused("paused", f"{operation.id} is paused by {operation.paused_by} already.", "Resume it.")
    return _over(operation)


def no_resume(operation: Operation) -> Refused | None:
    """Why it cannot go on."""
    if over := _over(operation):
        return over
    return None if operation.paused_by else Refused("not_paused", f"{operation.id} is not paused.")


def no_abort(operation: Operation, lease: Lease | None, now: datetime) -> Refused | None:
    """Why it cannot be ended before it is done: something would be left half done, or the engine would begin again."""
    if over := _over(operation):
        return over
    kind, what = operation.kind, f"The {words(operation.kind)} of {operation.server_id}"
    if kind in _HARMLESS:
        return None
    if kind is _K.MOVE:
        return _no_way_back(operation, what)
    if operation.step != _FIRST[kind] or (operation.attempts and kind is not _K.EVACUATE):  # it only looks at first
        said = f"{what} is in step {operation.step} and cannot be undone half-way."
        return Refused("half_way", said, _AFTERWARDS[kind])
    if kind is _K.RECLAIM:
        return _no_return(what, lease, now)
    if lease is not None and lease.state is LeaseState.OVERDUE:
        said = f"Lease {lease.id} is over: the engine would stop {operation.server_id} again at once."
        return Refused("overdue", said, "Renew the lease.")
    return None


def _no_way_back(operation: Operation, what: str) -> Refused | None:
    """Why a move cannot be taken back: as long as it is on its way it can, and a cold one until it is made final."""
    if operation.moving is not None and operation.moving.ending:
        return Refused("ending", f"{what} is being taken back already.", "Wait for its end.")
    steps = ("check", "ask", "follow", *(("verify",) if operation.args.get("cold") == "yes" else ()))
    if operation.step in steps:
        return None
    return Refused("half_way", f"{what} is over but for a last look.", _AFTERWARDS[_K.MOVE])


def _no_return(what: str, lease: Lease | None, now: datetime) -> Refused | None:
    """Why a server that is taken back cannot stay."""
    if lease is None:
        return Refused("begun_again", f"{what} would begin again: the pool has no use for it.", "Pause it instead.")
    if lease.end <= now:
        remedy = "Freeze the engine, and abort it then; after a renewal let it go on."
        return Refused("lease_over", f"{what} would begin again at once: lease {lease.id} is past its end.", remedy)
    return None


def no_force(operation: Operation) -> Refused | None:
    """Why it cannot be completed by force: only the copying of a live move can, once it has begun."""
    if over := _over(operation):
        return over
    what = f"The {words(operation.kind)} of {operation.server_id}"
    if operation.kind is not _K.MOVE or operation.args.get("cold") == "yes":
        return Refused("not_live", f"{what} is no live move: only that can be forced.", "Let it end.")
    moving = operation.moving
    if moving is not None and moving.ending:
        return Refused("ending", f"{what} is being taken back.", "Wait for its end, then move it again.")
    if moving is not None and moving.forced_by:
        return Refused("forced", f"{what} is being forced already, by {moving.forced_by}.", "Wait for its end.")
    if operation.step == "verify":
        return Refused("half_way", f"{what} is over but for a last look.", "Wait for its end.")
    if operation.step != "follow" or moving is None or moving.copying is None:
        return Refused("not_begun", f"{what} has not begun to copy.", "Wait until it has.")
    return None


def no_retry(operation: Operation, server: Server | None, lease: Lease | None, at_work: str) -> Refused | None:
    """Why it cannot be begun anew. `at_work`: the operation that is at work on its server now."""
    if operation.retried_as:
        return Refused("retried", f"{operation.id} was tried again already, as {operation.retried_as}.")
    if operation.state is not OperationState.FAILED:
        return Refused("not_failed", f"{operation.id} has not failed: it is {operation.state}.")
    if operation.outcome.startswith(OVERTAKEN):
        return Refused("overtaken", f"{operation.id} has not failed: it was {operation.outcome}.")
    if at_work:
        return Refused("busy", f"{at_work} is at work on {operation.server_id}.", "Wait for its end.")
    return _no_room(operation, server, lease)


def _no_room(operation: Operation, server: Server | None, lease: Lease | None) -> Refused | None:
    """Why server or lease are not as such an operation needs them."""
    kind, what = operation.kind, words(operation.kind)
    if server is None or server.state is ServerState.GONE:
        return Refused("gone", f"{operation.server_id} is gone.")
    if server.state not in _NEEDS[kind]:
        needed = " or ".join(sorted(_NEEDS[kind]))
        return Refused("state", f"{server.id} is {server.state}; {what} needs it {needed}.")
    if kind in {_K.PROVISION, _K.MOVE, _K.EVACUATE}:
        return None
    if kind is _K.RECLAIM:
        if lease is not None and lease.state in {LeaseState.ACTIVE, LeaseState.OVERDUE}:
            return Refused("lent", f"{server.id} is lent to {lease.owner} on {lease.id} again.")
        if server.lease_id not in {"", operation.lease_id}:
            return Refused("lent", f"{server.id} is on {server.lease_id} now.")
        return None
    if lease is None or lease.state in {LeaseState.ENDING, LeaseState.ENDED}:
        return Refused("lease_over", f"The lease of {operation.id} is over.", "Ask for a new server.")
    if lease.state is LeaseState.OVERDUE and kind is not _K.STOP:
        return Refused("overdue", f"Lease {lease.id} is over and its server is kept stopped.", "Renew the lease first.")
    return None


def hinders(operation: Operation, at_work: Operation | None) -> bool:
    """Whether it cannot be tried again while that is at work on its server: a hand-over waits for an evacuation."""
    if at_work is None:
        return False
    return not (operation.kind is _K.EVACUATE and at_work.kind is _K.HAND_OVER)


def taken_over(old: Operation | None) -> dict[str, str]:
    """The argument for an operation that takes the place of this one: else the owner's key never comes in."""
    if old is None:
        return {}
    why = old.reason if old.kind is _K.HAND_OVER else old.args.get(CUT_SHORT, "")
    return {CUT_SHORT: why} if why else {}


def _over(operation: Operation) -> Refused | None:
    if is_live(operation):
        return None
    return Refused("ended", f"{operation.id} has ended: {operation.outcome or operation.state}.")
