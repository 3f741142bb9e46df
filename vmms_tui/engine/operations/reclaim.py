"""Give back everything that a server holds: floating IP, the server itself, its ports; each seen to be gone."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from vmms_tui.engine import telling
from vmms_tui.engine.cloud.errors import Conflict, NotFound
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations import remedies, tags
from vmms_tui.engine.operations.provision import find
from vmms_tui.engine.operations.steps import Done, Fail, Next, Outcome, Step, Wait, held_back
from vmms_tui.engine.policy.expiry import may_reclaim
from vmms_tui.model.records import (
    AnyRecord,
    Lease,
    LeaseState,
    Level,
    NoticeKind,
    Operation,
    OperationKind,
    Server,
    ServerState,
    changed,
)

LOOK_AGAIN = 1.0


class Reclaim:
    """The way from a server to nothing."""

    kind = OperationKind.RECLAIM
    first = "check"

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {
            "check": self.check,
            "floating_ip": self.floating_ip,
            "server": self.server,
            "gone": self.gone,
            "ports": self.ports,
        }

    def time_limit(self, context: Context, server: Server, step: str) -> timedelta:
        """See Plan."""
        return timedelta(minutes=10)

    async def check(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """The last look before anything is deleted: is this ours, and is the lease really over?"""
        seen: CloudServer | None = None
        if not server.cloud_id:
            seen = await find(context, server)
            server = changed(server, cloud_id=seen.id) if seen else server
        else:
            try:
                seen = await context.cloud_of(server).get_server(server.cloud_id)
            except NotFound:
                seen = None
            if seen and not tags.is_server(context, seen, server):
                return remedies.not_ours(server)
        # Nothing below may wait: what is read here is still so when the runner records it.
        if held := held_back(context, operation):
            return held
        objection = _objection(context, operation, server)
        if objection:
            return Fail(objection)
        changes: list[AnyRecord] = [changed(server, state=ServerState.RECLAIMING, since=context.clock.now())]
        lease = context.state.get(Lease, operation.lease_id)
        if lease:
            changes.append(changed(lease, state=LeaseState.ENDING))
        return Next("floating_ip", tuple(changes))

    async def floating_ip(self, context: Context, _operation: Operation, server: Server) -> Outcome:
        """First the address, so that nobody reaches a server that is going."""
        cloud = context.cloud_of(server)
        mark = tags.description(context, server)
        for ip in await cloud.list_floating_ips(mark):
            await _unless_gone(cloud.delete_floating_ip, ip.id)
        if await cloud.list_floating_ips(mark):
            return Wait(LOOK_AGAIN, "the floating IP is still there")
        return Next("server")

    async def server(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Ask Nova to delete it."""
        if not server.cloud_id:
            return Next("ports")
        if held := held_back(context, operation):
            return held
        try:
            await _unless_gone(context.cloud_of(server).delete_server, server.cloud_id)
        except Conflict as conflict:
            return Wait(LOOK_AGAIN, conflict.message)
        return Next("gone")

    async def gone(self, context: Context, _operation: Operation, server: Server) -> Outcome:
        """Wait until the cloud says 404."""
        if server.cloud_id in context.sightings.servers:
            return Wait(LOOK_AGAIN, "the cloud is deleting it")
        try:
            seen = await context.cloud_of(server).get_server(server.cloud_id)
        except NotFound:
            return Next("ports")
        return Wait(LOOK_AGAIN, f"{seen.status} {seen.task_state}".strip())

    async def ports(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Last the ports; those that Nova did not take along."""
        cloud = context.cloud_of(server)
        mark = tags.description(context, server)
        spec = context.spec_of(server)
        count = max(len(server.port_ids), len(spec.networks) if spec else 0)
        ids = set(server.port_ids)
        for number in range(count):
            ids |= {port.id for port in await cloud.list_ports(f"{server.id}-{number}") if port.description == mark}
        for port_id in ids:
            await _unless_gone(cloud.delete_port, port_id)
        return _gone(context, operation, server)

    async def failed(
        self, context: Context, operation: Operation, server: Server, failure: Fail
    ) -> tuple[AnyRecord, ...]:
        """Say so; the housekeeping begins again later where something was left."""
        return ()


def _objection(context: Context, operation: Operation, server: Server) -> str:
    """Why the server must not be deleted, or nothing."""
    live = context.state.live_lease_of(server.id)
    if live and live.id != operation.lease_id:
        return f"it is lent to {live.owner} on {live.id}"
    lease = context.state.get(Lease, operation.lease_id)
    if lease is None:
        return ""
    # what moved it was overtaken by this operation: a single one is at work on a server
    still = changed(server, state=ServerState.LEASED) if server.state is ServerState.MOVING else server
    return may_reclaim(lease, still, context.clock.now(), context.policy)


def _gone(context: Context, operation: Operation, server: Server) -> Outcome:
    now, ledger = context.clock.now(), context.ledger
    gone = changed(server, state=ServerState.GONE, since=now, lease_id="", missing_since=None)
    changes: list[AnyRecord] = [gone]
    lease = context.state.get(Lease, operation.lease_id) if operation.lease_id else None
    if lease and lease.state != LeaseState.ENDED:
        changes.append(
            changed(lease, state=LeaseState.ENDED, ended_at=now, end_reason=lease.end_reason or operation.reason)
        )
        changes += telling.voided(context, lease, "the lease has ended")
        text = f"{server.id} of {lease.id} was taken back: {operation.reason}."
        changes.append(telling.word(context, NoticeKind.TAKEN_BACK, lease, text))
    changes.append(
        ledger.event("server.gone", f"{server.id} is gone: {operation.reason}", about=server, level=Level.INFO)
    )
    return Done("server, floating IP and ports are gone", tuple(changes))


async def _unless_gone(act: Callable[[str], Awaitable[None]], object_id: str) -> None:
    try:
        await act(object_id)
    except NotFound:
        return
