"""The end of a move: seen to be elsewhere, all of it, and proved by use; then a cold one is made final."""

from datetime import timedelta

import msgspec

from vmms_tui.engine import telling
from vmms_tui.engine.cloud.errors import BadRequest, Conflict
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.by_use import (
    asked,
    fresh_disk,
    patience,
    refilled,
    seen_anew,
    way_to_ask,
    why_not_asked,
)
from vmms_tui.engine.operations.moves_seen import why_broken
from vmms_tui.engine.operations.readdressing import addressed, can_be_put_anew, put_anew, readdressed
from vmms_tui.engine.operations.steps import Done, Fail, Next, Outcome, Wait
from vmms_tui.model.healing import HealthProof
from vmms_tui.model.migration import Moving
from vmms_tui.model.records import AnyRecord, NoticeKind, Operation, OperationKind, Server, ServerState, changed
from vmms_tui.model.spec import Proof

LOOK_AGAIN = 1.0
PROVE_AGAIN = 3.0
SHOWN = timedelta(minutes=2)
"""How long the cloud may take to show all of a server on its new host."""
AGAIN = timedelta(seconds=60)
"""After so long without an answer its floating IP is put on anew: a guest has booted by then, as a rule."""
OVER = frozenset({"ACTIVE", "SHUTOFF"})


async def verified(context: Context, operation: Operation, server: Server) -> Outcome:
    """Another host, nothing under way, ports bound there, the floating IP on its port, and an answer through it."""
    cloud, moving = context.account.project(), moving_of(operation)
    cold = operation.args.get("cold") == "yes"
    if cold and moving.ending:
        return Next("follow")
    seen = await cloud.get_server(server.cloud_id)
    if seen.status == "ERROR":
        return why_broken(server, moving, seen.fault)
    problem = _not_there(seen, moving, operation.args.get("host", "")) or await _unbound(cloud, server, seen)
    if problem:
        late = context.clock.now() - operation.updated > SHOWN
        return await _give_up(context, operation, server, problem) if late else Wait(LOOK_AGAIN, problem)
    words = why_not_asked(context, server, moving)
    if off := await addressed(context, operation, server):
        return await _not_on(context, operation, server, off)
    if (way := way_to_ask(context, server, moving)) is not None:
        answer = await _answers(context, operation, server, way)
        if not isinstance(answer, str):
            return answer
        words = answer
    if cold and seen.status == "VERIFY_RESIZE":
        return Next("confirm", (changed(context.state.need(Server, server.id), host=seen.host),))
    return done(context, operation, server, seen, words)


def moving_of(operation: Operation) -> Moving:
    """How the move stands, which has begun. Raises ValueError: a mistake of ours."""
    if operation.moving is None:
        raise ValueError("a move without its beginning")
    return operation.moving


def _not_there(seen: CloudServer, moving: Moving, host: str) -> str:
    """Why the server itself is not as it should be; empty: it is."""
    if seen.task_state:
        return f"the cloud is still at work on it ({seen.task_state})"
    if seen.status not in {*OVER, "VERIFY_RESIZE", "PAUSED"}:
        return f"the cloud says {seen.status}"
    if not seen.host or seen.host == moving.source:
        return f"the cloud says that it moved, and still shows it on {seen.host or 'no host'}"
    if host and seen.host != host:
        return f"it is on {seen.host}, not on {host}"
    if moving.power == "ACTIVE" and seen.status == "SHUTOFF":
        return "it ran before and is off now"
    return ""


async def _unbound(cloud: Cloud, server: Server, seen: CloudServer) -> str:
    """Which port is bound to another host than the server's."""
    for port_id in server.port_ids:
        port = await cloud.get_port(port_id)
        if port.host and port.host != seen.host:
            return f"port {port.name or port.id} is still bound to {port.host}, not to {seen.host}"
    return ""


async def _not_on(context: Context, operation: Operation, server: Server, off: Wait | Fail) -> Outcome:
    """What comes of a floating IP that is not on its port."""
    if isinstance(off, Fail):
        return await _give_up(context, operation, server, off.reason, off.remedy)
    return off


async def _answers(context: Context, operation: Operation, server: Server, way: Proof | HealthProof) -> Outcome | str:
    """The words for its answer. If there is none for a while, its floating IP is taken off and put on again, once."""
    fresh = fresh_disk(context.state.get(Operation, operation.id))
    finding = await asked(context, server, way, unpinned=fresh)
    if finding.ready and operation.kind is OperationKind.EVACUATE:
        more = await refilled(context, operation, server, finding, fresh=fresh)
        return f"its address answers{more}" if isinstance(more, str) else more
    if finding.ready:
        return "its address answers"
    if await seen_anew(context, operation, server, finding):
        return Wait(LOOK_AGAIN, "its disk was made anew: it boots from its image")
    gone, why = context.clock.now() - operation.updated, f"no answer from it yet: {finding.words}"
    if gone > patience(way):
        return await _give_up(context, operation, server, why)
    if gone > min(patience(way) / 2, AGAIN) and can_be_put_anew(context, operation, server):
        off = await put_anew(context, operation, server)
        return await _not_on(context, operation, server, off) if off is not None else Wait(PROVE_AGAIN, why)
    return Wait(PROVE_AGAIN, why)


async def _give_up(context: Context, operation: Operation, server: Server, why: str, remedy: str = "") -> Outcome:
    """A cold move is taken back; of a live one nothing is left to take back, and somebody has to look."""
    moving = moving_of(operation)
    if operation.args.get("cold") != "yes":
        back = f"; `vmms migrate {server.id} --to {moving.source}` brings it back" if _lives(operation) else ""
        remedy = remedy or f"Look at its console (`vmms log {server.id}`){back}."
        return Fail(f"it moved, and is not as it should be: {why}", remedy=remedy)
    current = context.state.need(Operation, operation.id)
    why = f"not as it should be on the other host ({why})"
    ending = msgspec.structs.replace(moving_of(current), ending=why, remedy=remedy)
    await context.ledger.commit(changed(current, moving=ending))
    return Next("follow")


async def confirmed(context: Context, operation: Operation, server: Server) -> Outcome:
    """Let a cold move be for good, and see that it is."""
    cloud = context.account.project()
    seen = await cloud.get_server(server.cloud_id)
    if seen.status == "ERROR":
        return why_broken(server, moving_of(operation), seen.fault)
    if seen.status in OVER and not seen.task_state:
        return done(context, operation, server, seen, "made final")
    if seen.status == "VERIFY_RESIZE" and not seen.task_state:
        try:
            await cloud.confirm_move(server.cloud_id)
        except (BadRequest, Conflict) as already:
            return Wait(LOOK_AGAIN, already.message)
    return Wait(LOOK_AGAIN, f"{seen.status} {seen.task_state}".strip())


def done(context: Context, operation: Operation, server: Server, seen: CloudServer, words: str) -> Done:
    """The server is what it was, on another host. What was done about its address is told, to its owner, too."""
    now, moving = context.clock.now(), moving_of(operation)
    moved = changed(
        context.state.need(Server, server.id),
        state=ServerState(moving.was),
        since=now,
        host=seen.host,
        cloud_status=seen.status,
        task_state=seen.task_state,
    )
    if operation.kind is OperationKind.EVACUATE and moving.power != "ACTIVE":
        moved = changed(moved, disk_unsure=True)
    took = int((now - operation.started).total_seconds())
    about = readdressed(context, operation)
    words = f"{words}; {about}" if about else words
    text = f"{server.id} {_how(operation)} from {moving.source} to {seen.host} in {took} s: {words}"
    changes: list[AnyRecord] = [moved, context.ledger.event("server.moved", text, about=moved)]
    lease = context.state.live_lease_of(server.id)
    if about and lease is not None and operation.kind is OperationKind.MOVE:  # one that was evacuated is told anyway
        told = f"{server.id} was moved to another host. What was connected to it may have broken off: {about}."
        changes.append(telling.word(context, NoticeKind.WORD, lease, told))
    return Done(f"on {seen.host} after {took} s, {words}", tuple(changes))


def _how(operation: Operation) -> str:
    if operation.kind is OperationKind.EVACUATE:
        return "was evacuated"
    return "moved cold" if operation.args.get("cold") == "yes" else "moved live"


def _lives(operation: Operation) -> bool:
    """Whether the host that it came from is one to go back to."""
    return operation.kind is OperationKind.MOVE
