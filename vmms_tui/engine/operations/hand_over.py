"""Make a server its owner's: the lease in its metadata, the owner's key inside."""

from datetime import timedelta

from vmms_tui.engine import telling
from vmms_tui.engine.cloud.facts import TAG_LEASE
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations import tags
from vmms_tui.engine.operations.steps import Done, Fail, Next, Outcome, Step
from vmms_tui.model.records import AnyRecord, Lease, NoticeKind, Operation, OperationKind, Server

TIME_LIMIT = timedelta(minutes=10)


class HandOver:
    """From a lease that was granted to a server that knows it. Also after a renewal: the metadata hold the end."""

    kind = OperationKind.HAND_OVER
    first = "metadata"

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {"metadata": self.metadata, "key": self.key}

    def time_limit(self, context: Context, server: Server, step: str) -> timedelta:
        """See Plan."""
        return TIME_LIMIT

    async def metadata(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Write the lease on the server."""
        lease = context.state.need(Lease, operation.lease_id)
        await context.cloud_of(server).set_metadata(server.cloud_id, tags.lease_tags(lease))
        return Next("key")

    async def key(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Let the owner in."""
        lease = context.state.need(Lease, operation.lease_id)
        spec = context.spec_of(server)
        if not lease.ssh_key or spec is None or spec.access == "none":
            return Done(f"handed over to {lease.owner}; {TAG_LEASE} is set")
        await context.guests.install_key(context.guest_of(server), lease.ssh_key)
        return Done(f"handed over to {lease.owner}; the key lets them in as {spec.login}")

    async def failed(
        self, context: Context, operation: Operation, server: Server, failure: Fail
    ) -> tuple[AnyRecord, ...]:
        """The lease goes on; its owner is told."""
        lease = context.state.need(Lease, operation.lease_id)
        text = f"{server.id} is yours, but your key could not be put in: {failure.reason}. Use its first password."
        if operation.step == "metadata":
            text = f"{server.id} is yours, but the cloud did not take its marks: {failure.reason}"
        return (telling.word(context, NoticeKind.FAILED, lease, text),)
