"""The floating IP of a server: seen on its port, put back where it is on none, and never taken from anybody.

An address that is off is put on again before an operation ends, also where the engine is killed between taking it off
and putting it on, and where the cloud refuses at first.
"""

import msgspec

from vmms_tui.engine.cloud.errors import PASSING, CloudError, NotFound
from vmms_tui.engine.cloud.facts import Port
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.remedies import clause
from vmms_tui.engine.operations.steps import Fail, Wait
from vmms_tui.model.readdress import Readdress, what_was_done
from vmms_tui.model.records import Event, Level, Operation, Server, ServerState, changed

LOOK_AGAIN = 1.0
MOST_TRIES = 8
"""So often in a row the cloud may refuse to put an address on; with the waits between, for about a minute."""
LONGEST_WAIT = 15.0
"""Seconds between two of these tries, at most."""


async def addressed(context: Context, operation: Operation, server: Server) -> Wait | Fail | None:
    """None: its floating IP is on its port, or it has none. Else what is done about that, or why nothing is."""
    if not server.floating_ip_id or not server.port_ids:
        return None
    try:
        seen = await context.cloud_of(server).get_floating_ip(server.floating_ip_id)
    except NotFound:
        said = f"Somebody deleted it. Release the lease, or give {server.id} another address in the cloud."
        return Fail(f"the cloud has no floating IP {server.floating_ip} any more", remedy=said)
    about, on = _about(context, operation), seen.port_id == server.port_ids[0]
    if seen.port_id and not on and not left_by_us(context, seen.port_id):
        return await somebody_has_it(context, server, seen.port_id)
    if on and not about.due:
        return None
    if on and not about.silent:  # it was put there before this look
        await _over(context, operation, server, about, Readdress(back=True))
        return None
    if not about.due:
        about = await _keep(context, operation, msgspec.structs.replace(about, due=True))
    return await _put(context, operation, server, about, off_first=bool(seen.port_id))


async def put_anew(context: Context, operation: Operation, server: Server) -> Wait | Fail | None:
    """Take its address off and put the same one on again, so that the network learns anew where it is."""
    about = _about(context, operation)
    await _keep(context, operation, msgspec.structs.replace(about, due=True, silent=True))
    return await addressed(context, operation, server)


def can_be_put_anew(context: Context, operation: Operation, server: Server) -> bool:
    """Whether it has an address for that, and that was not done yet."""
    return bool(server.floating_ip_id and server.port_ids) and not _about(context, operation).again


def readdressed(context: Context, operation: Operation) -> str:
    """What was done about its address, in words; empty: nothing."""
    return what_was_done(_about(context, operation))


def _about(context: Context, operation: Operation) -> Readdress:
    return context.state.need(Operation, operation.id).readdress or Readdress()


async def _keep(context: Context, operation: Operation, about: Readdress, *said: Event) -> Readdress:
    await context.ledger.commit(changed(context.state.need(Operation, operation.id), readdress=about), *said)
    await context.ledger.settle()  # it is on the disk before anything is done about it
    return about


async def _put(
    context: Context, operation: Operation, server: Server, about: Readdress, *, off_first: bool
) -> Wait | Fail:
    """Put it on its port; where the cloud refuses that, some times more."""
    cloud, off = context.cloud_of(server), not off_first
    try:
        if off_first:
            await cloud.associate_floating_ip(server.floating_ip_id, "")
            off = True
        await cloud.associate_floating_ip(server.floating_ip_id, server.port_ids[0])
    except CloudError as refusal:
        if isinstance(refusal, PASSING):
            raise
        return await _refused(context, operation, server, about, refusal, off=off)
    if about.silent:
        await _over(context, operation, server, about, Readdress(again=True))
        return Wait(LOOK_AGAIN, f"the floating IP {server.floating_ip} was put on anew")
    return Wait(LOOK_AGAIN, f"the floating IP {server.floating_ip} was not on its port, and was put back")


async def _refused(
    context: Context, operation: Operation, server: Server, about: Readdress, refusal: CloudError, *, off: bool
) -> Wait | Fail:
    """`off`: it is on no port now; else it is still on its own, and could not be taken off."""
    tries, address, port = about.tries + 1, server.floating_ip, server.port_ids[0]
    does = (
        f"put the floating IP {address} on its port {port}" if off else f"take the floating IP {address} off its port"
    )
    why = f"the cloud does not {does}: {clause(refusal.message)}"
    if tries >= MOST_TRIES:
        await _keep(context, operation, msgspec.structs.replace(about, tries=0))
        remedy = f"It is on no port now. Put it there: {_by_hand(server)}." if off else "It was left where it is."
        return Fail(why, remedy=remedy)
    await _keep(context, operation, msgspec.structs.replace(about, tries=tries))
    return Wait(min(2.0 ** (tries - 1), LONGEST_WAIT), why)


async def _over(context: Context, operation: Operation, server: Server, about: Readdress, done: Readdress) -> None:
    """It is on its port; what was done, with the line of it."""
    said = context.ledger.event(
        "server.readdressed",
        f"{server.id}, {server.floating_ip}: {what_was_done(done)}",
        about=server,
        level=Level.WARNING,
        actor=operation.actor,
        reason=operation.reason or f"{operation.kind} of {server.id}",
        operation_id=operation.id,
    )
    kept = Readdress(back=about.back or done.back, again=about.again or done.again)
    await _keep(context, operation, kept, said)


def left_by_us(context: Context, port_id: str) -> bool:
    """Whether a server of ours has it that was given up, and is nobody's: one that was to take another's place."""
    given_up = (one for one in context.state.all(Server) if one.state is ServerState.FAILED and not one.lease_id)
    return any(port_id in one.port_ids for one in given_up)


async def somebody_has_it(context: Context, server: Server, port_id: str) -> Fail:
    """Why nothing is done: its floating IP is on this port of somebody else's. Whose, as far as the cloud tells it."""
    cloud = context.cloud_of(server)
    try:
        port = await cloud.get_port(port_id)
    except CloudError as error:
        if isinstance(error, PASSING):
            raise
        whose = f"port {port_id}"  # of another project: it is not shown
    else:
        whose = f"port {port.name or port.id}{await _of_whom(context, server, port)}"
    said = f"VMMS takes it from nobody. Ask who put it there, then put it back: {_by_hand(server)}."
    return Fail(f"the floating IP {server.floating_ip} is on {whose}, and not on that of {server.id}", remedy=said)


async def _of_whom(context: Context, server: Server, port: Port) -> str:
    if not port.device_id:
        return ", which no server uses"
    if (ours := context.state.server_by_cloud_id(port.device_id)) is not None:
        return f" of {ours.id}"
    try:
        other = await context.cloud_of(server).get_server(port.device_id)
    except CloudError as error:
        if isinstance(error, PASSING):
            raise
        return f" of {port.device_id}"
    return f" of server {other.name or other.id}"


def _by_hand(server: Server) -> str:
    return f"`openstack floating ip set --port {server.port_ids[0]} {server.floating_ip}`"
