"""The end of a move: seen to be elsewhere, all of it, and proved by use; then a cold one is made final."""

from datetime import timedelta

import msgspec

from vmms_tui.engine.cloud.errors import BadRequest, Conflict
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.moves_seen import why_broken
from vmms_tui.engine.operations.steps import Done, Fail, Next, Outcome, Wait
from vmms_tui.model.migration import Moving
from vmms_tui.model.records import Operation, OperationKind, Server, ServerState, changed
from vmms_tui.model.spec import Proof, ProofKind

LOOK_AGAIN = 1.0
PROVE_AGAIN = 3.0
SHOWN = timedelta(minutes=2)
"""How long the cloud may take to show all of a server on its new host."""
AGAIN = timedelta(seconds=60)
"""After so long without an answer its floating IP is put on anew: a guest has booted by then, as a rule."""
BY_USE = frozenset({ProofKind.SSH, ProofKind.PORT, ProofKind.HTTP})
"""Proofs that use the address of a server. A console says nothing of it."""
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
    problem = problem or await _floating_ip_off(context, server)
    if problem:
        late = context.clock.now() - operation.updated > SHOWN
        return await _give_up(context, operation, server, problem, cold=cold) if late else Wait(LOOK_AGAIN, problem)
    if moving.power == "ACTIVE" and (proof := _proof(context, server)):
        if (outcome := await _proved(context, operation, server, proof, cold=cold)) is not None:
            return outcome
        words = "its address answers"
    else:
        words = "not asked for an answer"
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


async def _floating_ip_off(context: Context, server: Server) -> str:
    """Put the floating IP back on its port if it is not there, and say so."""
    if not server.floating_ip_id or not server.port_ids:
        return ""
    cloud, port_id = context.cloud_of(server), server.port_ids[0]
    if (await cloud.get_floating_ip(server.floating_ip_id)).port_id == port_id:
        return ""
    await cloud.associate_floating_ip(server.floating_ip_id, port_id)
    return f"the floating IP {server.floating_ip} was not on its port any more, and was put back"


def _proof(context: Context, server: Server) -> Proof | None:
    """How its address is used to prove it; None: its pool asks for no such thing."""
    spec = context.spec_of(server)
    return spec.proof if spec and spec.proof.kind in BY_USE else None


async def _proved(
    context: Context, operation: Operation, server: Server, proof: Proof, *, cold: bool
) -> Outcome | None:
    """None: it answers. If it does not for a while, its floating IP is taken off and put on again, once."""
    finding = await context.guests.prove(proof, context.guest_of(server), "")
    if finding.ready:
        return None
    gone, why = context.clock.now() - operation.updated, f"no answer from it yet: {finding.words}"
    if gone > proof.timeout:
        return await _give_up(context, operation, server, why, cold=cold)
    current = context.state.need(Operation, operation.id)
    moving = moving_of(current)
    if server.floating_ip_id and server.port_ids and not moving.again and gone > min(proof.timeout / 2, AGAIN):
        cloud = context.cloud_of(server)
        await context.ledger.commit(changed(current, moving=msgspec.structs.replace(moving, again=True)))
        await cloud.associate_floating_ip(server.floating_ip_id, "")
        await cloud.associate_floating_ip(server.floating_ip_id, server.port_ids[0])
        return Wait(PROVE_AGAIN, f"{why}; the floating IP was put on anew")
    return Wait(PROVE_AGAIN, why)


async def _give_up(context: Context, operation: Operation, server: Server, why: str, *, cold: bool) -> Outcome:
    """A cold move is taken back; of a live one nothing is left to take back, and somebody has to look."""
    moving = moving_of(operation)
    if not cold:
        back = f"; `vmms migrate {server.id} --to {moving.source}` brings it back" if _lives(operation) else ""
        remedy = f"Look at its console (`vmms log {server.id}`){back}."
        return Fail(f"it moved, and is not as it should be: {why}", remedy=remedy)
    current = context.state.need(Operation, operation.id)
    ending = msgspec.structs.replace(moving_of(current), ending=f"not as it should be on the other host ({why})")
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
    """The server is what it was, on another host."""
    now, moving = context.clock.now(), moving_of(operation)
    moved = changed(
        context.state.need(Server, server.id),
        state=ServerState(moving.was),
        since=now,
        host=seen.host,
        cloud_status=seen.status,
        task_state=seen.task_state,
    )
    took = int((now - operation.started).total_seconds())
    text = f"{server.id} {_how(operation)} from {moving.source} to {seen.host} in {took} s: {words}"
    return Done(
        f"on {seen.host} after {took} s, {words}", (moved, context.ledger.event("server.moved", text, about=moved))
    )


def _how(operation: Operation) -> str:
    if operation.kind is OperationKind.EVACUATE:
        return "was evacuated"
    return "moved cold" if operation.args.get("cold") == "yes" else "moved live"


def _lives(operation: Operation) -> bool:
    """Whether the host that it came from is one to go back to."""
    return operation.kind is OperationKind.MOVE
