"""Stop, start and reboot the server of a lease, each seen to have happened."""

from datetime import timedelta

from vmms_tui.engine import telling
from vmms_tui.engine.cloud.errors import Conflict
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.by_use import sure_of_disk
from vmms_tui.engine.operations.steps import Done, Fail, Next, Outcome, Step, Wait, held_back
from vmms_tui.model.records import (
    AnyRecord,
    Lease,
    LeaseState,
    NoticeKind,
    Operation,
    OperationKind,
    Server,
    ServerState,
    changed,
)

LOOK_AGAIN = 1.0


class _Power:
    """What the three have in common."""

    first = "ask"
    kind: OperationKind

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {"ask": self.ask, "wait": self.wait}

    def time_limit(self, context: Context, server: Server, step: str) -> timedelta:
        """See Plan."""
        return timedelta(minutes=10)

    async def ask(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Ask the cloud, unless it is so already."""
        raise NotImplementedError

    async def wait(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """See that it happened."""
        raise NotImplementedError

    async def failed(
        self, context: Context, operation: Operation, server: Server, failure: Fail
    ) -> tuple[AnyRecord, ...]:
        """The owner is told."""
        lease = context.state.live_lease_of(server.id)
        if lease is None:
            return ()
        text = f"{operation.kind} of {server.id} failed: {failure.reason}"
        return (telling.word(context, NoticeKind.FAILED, lease, text),)


class Stop(_Power):
    """Shut a server off: at its owner's wish, or first of all when an important lease is over."""

    kind = OperationKind.STOP

    async def ask(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """See _Power."""
        seen = await context.cloud_of(server).get_server(server.cloud_id)
        if held := held_back(context, operation):
            return held
        if seen.status != "SHUTOFF":
            try:
                await context.cloud_of(server).stop_server(server.cloud_id)
            except Conflict as conflict:
                return Wait(LOOK_AGAIN, conflict.message)
        return Next("wait")

    async def wait(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """See _Power."""
        seen = await context.cloud_of(server).get_server(server.cloud_id)
        if seen.status != "SHUTOFF" or seen.task_state:
            return Wait(LOOK_AGAIN, f"{seen.status} {seen.task_state}".strip())
        now, ledger = context.clock.now(), context.ledger
        stopped = changed(server, state=ServerState.STOPPED, since=now, cloud_status=seen.status)
        changes: list[AnyRecord] = [stopped]
        lease = context.state.get(Lease, operation.lease_id)
        if lease and lease.state == LeaseState.OVERDUE:
            changes += telling.stopped(context, lease)
        said = ledger.event("server.stopped", f"{server.id} is stopped: {operation.reason}", about=stopped)
        return Done("SHUTOFF", (*changes, said))


class Start(_Power):
    """Start a server again."""

    kind = OperationKind.START

    async def ask(self, context: Context, _operation: Operation, server: Server) -> Outcome:
        """See _Power."""
        seen = await context.cloud_of(server).get_server(server.cloud_id)
        if seen.task_state:
            return Wait(LOOK_AGAIN, f"{seen.status} {seen.task_state}")
        if seen.status != "ACTIVE":
            try:
                await context.cloud_of(server).start_server(server.cloud_id)
            except Conflict as conflict:
                return Wait(LOOK_AGAIN, conflict.message)
        return Next("wait")

    async def wait(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """See _Power."""
        seen = await context.cloud_of(server).get_server(server.cloud_id)
        if seen.status != "ACTIVE" or seen.task_state:
            return Wait(LOOK_AGAIN, f"{seen.status} {seen.task_state}".strip())
        disk = await sure_of_disk(context, operation, server)
        if isinstance(disk, Wait):
            return disk
        server = context.state.need(Server, server.id)
        running = changed(server, state=ServerState.LEASED, since=context.clock.now(), cloud_status=seen.status)
        said = context.ledger.event("server.started", f"{server.id} runs again: {operation.reason}", about=running)
        return Done(f"ACTIVE{disk}", (running, said))


class Reboot(_Power):
    """Reboot a server, softly or by the plug."""

    kind = OperationKind.REBOOT

    async def ask(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """See _Power. After a crash it may be asked for a second time: a reboot more, and nothing lost."""
        await context.cloud_of(server).reboot_server(server.cloud_id, hard=operation.args.get("hard") == "yes")
        return Next("wait")

    async def wait(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """See _Power."""
        seen = await context.cloud_of(server).get_server(server.cloud_id)
        if seen.status != "ACTIVE" or seen.task_state:
            return Wait(LOOK_AGAIN, f"{seen.status} {seen.task_state}".strip())
        disk = await sure_of_disk(context, operation, server)
        if isinstance(disk, Wait):
            return disk
        server = context.state.need(Server, server.id)
        running = changed(server, state=ServerState.LEASED, cloud_status=seen.status)
        said = context.ledger.event("server.rebooted", f"{server.id} was rebooted", about=server)
        return Done(f"ACTIVE{disk}", (running, said))
