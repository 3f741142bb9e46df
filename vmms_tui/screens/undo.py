"""What takes a change back, or why nothing does. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from vmms_tui.keys.saying import filled
from vmms_tui.model import commands as c
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.draining import Errand, MoveQueue, queue_id
from vmms_tui.model.progress import is_live
from vmms_tui.model.records import Lease, LeaseState, Operation, OperationState, Request, RequestState
from vmms_tui.model.steering import no_abort
from vmms_tui.model.tables import Tables
from vmms_tui.screens.wording import count

NOTHING = "You have changed nothing here that could be undone."


@dataclass(frozen=True)
class Done:
    """A change of this session that the engine has acknowledged; several commands when they went together."""

    made: tuple[tuple[AnyCommand, Reply], ...]

    @property
    def words(self) -> str:
        """What was done, shortly."""
        name = str(self.made[0][0].__struct_config__.tag).replace("_", " ")
        return name if len(self.made) == 1 else f"{name} of {count(len(self.made), 'thing')}"


def inverse(done: Done, tables: Tables, now: datetime) -> tuple[AnyCommand, ...] | str:
    """The commands that take it back, the last one first; or a sentence that says why nothing does."""
    found = [_one(command, reply, tables, now) for command, reply in reversed(done.made)]
    back = tuple(one for one in found if not isinstance(one, str))
    said = next((one for one in found if isinstance(one, str)), "")
    return back or said


Inverse = Callable[[Any, Reply, Tables, datetime], AnyCommand | str]


def _one(command: AnyCommand, reply: Reply, tables: Tables, now: datetime) -> AnyCommand | str:
    return _INVERSE.get(type(command), _never)(command, reply, tables, now)


def _never(command: AnyCommand, _reply: Reply, _tables: Tables, _now: datetime) -> str:
    return filled(WHY_NOT.get(type(command), "That cannot be undone."))


WHY_NOT: dict[type[AnyCommand], str] = {  # with what to press as `keys.saying.filled` puts it in
    c.RebootServer: "A reboot cannot be undone.",
    c.RebuildServer: "A rebuild cannot be undone: what was on the disk is lost.",
    c.HealServer: "What was done to a server cannot be undone.",
    c.HealAll: "What was begun goes on; `vmms freeze REASON` holds the rest.",
    c.ResetPassword: "A new password cannot be undone: nobody knows the one before.",
    c.RevealPassword: "A password that was shown cannot be unseen; reset it.",
    c.CancelRequest: "A request that was taken back has lost its place; {request} asks anew.",
    c.AbortOperation: "What was aborted can only be tried again: {retry} on Ops.",
    c.ForceOperation: "What was completed by force cannot be taken back; `vmms migrate` moves it again.",
    c.EvacuateHost: "An evacuation cannot be undone: its servers live elsewhere; `vmms migrate` brings one back.",
    c.PowerOffHost: "A host that is off is switched on by hand, or by its management controller.",
    c.EnableHost: "A host that was opened is closed again with a reason: `vmms disable HOST REASON`.",
    c.Thaw: "A thaw cannot be undone: what was due has begun. `vmms freeze REASON` holds the rest.",
    c.TellOwner: "What was said to an owner cannot be unsaid.",
    c.ReloadSettings: "Settings that were read are undone in their file.",
    c.ReplaceEngine: "An engine that was replaced does not come back.",
    c.TryChannels: "A trial that was sent cannot be called back.",
}


def _live(lease_id: str, tables: Tables) -> Lease | None:
    lease = tables.get(Lease, lease_id)
    return lease if lease is not None and lease.state not in {LeaseState.ENDING, LeaseState.ENDED} else None


def _on_lease(make: Callable[[Any], AnyCommand]) -> Inverse:
    """What takes back a change to a lease, for as long as the lease lives."""

    def back(command: Any, _reply: Reply, tables: Tables, _now: datetime) -> AnyCommand | str:
        if _live(command.lease_id, tables) is None:
            return f"Lease {command.lease_id} is over: there is nothing to undo on it."
        return make(command)

    return back


def _on_operation(make: Callable[[Any], AnyCommand]) -> Inverse:
    def back(command: Any, _reply: Reply, tables: Tables, _now: datetime) -> AnyCommand | str:
        operation = tables.get(Operation, command.operation_id)
        if operation is None or not is_live(operation):
            return f"{command.operation_id} has ended: there is nothing to undo on it."
        return make(command)

    return back


def _abort(_command: Any, reply: Reply, tables: Tables, now: datetime) -> AnyCommand | str:
    """What began an operation is undone by its abort, as long as that is possible."""
    operation = tables.get(Operation, reply.operation_id)
    if operation is None:
        return f"Nothing is known of {reply.operation_id or 'the operation'} any more: it cannot be undone."
    objection = no_abort(operation, tables.get(Lease, operation.lease_id), now)
    if objection is not None:
        return f"{objection.message} {objection.remedy}".strip()
    return c.AbortOperation(operation_id=operation.id)


def _moved_back(command: Any, reply: Reply, tables: Tables, now: datetime) -> AnyCommand | str:
    """As long as it is on its way it is aborted, and then moved back to where it came from."""
    operation = tables.get(Operation, reply.operation_id)
    if operation is None or operation.state is not OperationState.DONE or operation.moving is None:
        return _abort(command, reply, tables, now)
    return c.MigrateServer(server_id=operation.server_id, host=operation.moving.source, cold=command.cold)


def _requested(_command: Any, reply: Reply, tables: Tables, _now: datetime) -> AnyCommand | str:
    request = tables.get(Request, reply.request_id)
    if request is not None and request.state is RequestState.QUEUED:
        return c.CancelRequest(request_id=request.id)
    lease_id = reply.lease_id or (request.lease_id if request is not None else "")
    if lease_id and _live(lease_id, tables):
        return c.Release(lease_id=lease_id)
    return "What you asked for is not there any more: there is nothing to undo."


def _thaw(_command: Any, _reply: Reply, _tables: Tables, _now: datetime) -> AnyCommand:
    return c.Thaw()


def _undrained(command: c.DrainHost, _reply: Reply, tables: Tables, _now: datetime) -> AnyCommand | str:
    drain = tables.get(MoveQueue, queue_id(Errand.DRAIN, command.host))
    if drain is not None and drain.closed_before:
        said = f"{command.host} was closed before it was drained: what takes back the drain alone is not known."
        return f"{said} `vmms undrain {command.host} --bring-back` opens it, too."
    return c.UndrainHost(host=command.host, bring_back=True)


def _drained_again(command: c.UndrainHost, _reply: Reply, tables: Tables, _now: datetime) -> AnyCommand | str:
    drain = tables.get(MoveQueue, queue_id(Errand.DRAIN, command.host))
    if drain is None:
        return f"Nobody knows why {command.host} was closed: `vmms drain {command.host} --reason TEXT` says it anew."
    return c.DrainHost(host=command.host, reason=drain.reason, limit=drain.limit, cold=drain.cold)


def _steered_back(command: c.SteerMoves, _reply: Reply, tables: Tables, _now: datetime) -> AnyCommand | str:
    opposite: dict[str, Literal["pause", "resume"]] = {"pause": "resume", "resume": "pause"}
    if command.act not in opposite:
        word = (
            "was stopped is begun anew" if command.act == "stop" else "moves more or fewer at a time is told a number"
        )
        return f"A queue that {word}: `vmms moves` shows all of them."
    if (queue := tables.get(MoveQueue, command.queue)) is None or not queue.open:
        return "These moves have ended: there is nothing to undo on them."
    return c.SteerMoves(queue=command.queue, act=opposite[command.act])


def _stopped(_command: c.Rebalance, _reply: Reply, tables: Tables, _now: datetime) -> AnyCommand | str:
    queue = tables.get(MoveQueue, queue_id(Errand.REBALANCE))
    if queue is None or not queue.open:
        return "The moves that evened the load have ended; `vmms migrate SERVER HOST` moves one back."
    return c.SteerMoves(queue=queue.id, act="stop")


_INVERSE: dict[type[AnyCommand], Inverse] = {
    c.StopServer: _on_lease(lambda one: c.StartServer(lease_id=one.lease_id)),
    c.StartServer: _on_lease(lambda one: c.StopServer(lease_id=one.lease_id)),
    c.Renew: _on_lease(lambda one: c.Shorten(lease_id=one.lease_id, term=one.term)),
    c.Shorten: _on_lease(lambda one: c.Renew(lease_id=one.lease_id, term=one.term)),
    c.PauseOperation: _on_operation(lambda one: c.ResumeOperation(operation_id=one.operation_id)),
    c.ResumeOperation: _on_operation(lambda one: c.PauseOperation(operation_id=one.operation_id)),
    c.RetryOperation: _abort,
    c.MigrateServer: _moved_back,
    c.Release: _abort,
    c.RequestServer: _requested,
    c.DisableHost: lambda command, *_: c.EnableHost(host=command.host),
    c.DrainHost: _undrained,
    c.UndrainHost: _drained_again,
    c.SteerMoves: _steered_back,
    c.Rebalance: _stopped,
    c.Freeze: _thaw,
    c.Acknowledge: lambda command, *_: c.Unacknowledge(need_id=command.need_id),
    c.Unacknowledge: lambda command, *_: c.Acknowledge(need_id=command.need_id),
}
