"""A new password, or the pool's image anew, for the server of a lease."""

from datetime import timedelta

from vmms_tui.engine import telling
from vmms_tui.engine.cloud.errors import BadRequest, Conflict
from vmms_tui.engine.context import Context
from vmms_tui.engine.guests.password import new_password, password_hash
from vmms_tui.engine.operations import remedies
from vmms_tui.engine.operations.first_boot import first_boot
from vmms_tui.engine.operations.steps import Done, Fail, Next, Outcome, Step, Wait
from vmms_tui.model.records import (
    AnyRecord,
    Lease,
    NoticeKind,
    Operation,
    OperationKind,
    Secret,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.spec import PoolSpec, ProofKind

NO_AGENT = (
    "Reset it once more when the cloud is through with the server; where its image has no qemu-guest-agent the "
    "hypervisor sets no password, so set it inside, or rebuild the server."
)
LOOK_AGAIN = 1.0
PROVE_AGAIN = 3.0


class ResetPassword:
    """Set the password that the vault holds for the server; whoever begins this puts a new one there first."""

    kind = OperationKind.RESET_PASSWORD
    first = "set"

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {"set": self.set}

    def time_limit(self, context: Context, server: Server, step: str) -> timedelta:
        """See Plan."""
        return timedelta(minutes=5)

    async def set(self, context: Context, _operation: Operation, server: Server) -> Outcome:
        """Through SSH where we have access, else by the hypervisor."""
        password = context.vault.unlock(context.state.need(Secret, server.id).token)
        spec = context.spec_of(server)
        if spec and spec.access == "ssh":
            await context.guests.set_password(context.guest_of(server), password_hash(password))
        else:
            try:
                await context.cloud_of(server).change_password(server.cloud_id, password)
            except (BadRequest, Conflict) as refusal:
                return Fail(refusal.message, remedy=NO_AGENT)
        said = context.ledger.event("server.password", f"{server.id} has a new password", about=server)
        return Done("the new password is set", (said,))

    async def failed(
        self, context: Context, operation: Operation, server: Server, failure: Fail
    ) -> tuple[AnyRecord, ...]:
        """The old password still holds; the vault no longer knows it."""
        return ()


async def put_image_anew(context: Context, server: Server, spec: PoolSpec) -> None:
    """Ask Nova for the pool's image on a server, with a new first password. Its host key will be another one."""
    password = new_password()
    data = first_boot(context, server, spec, password)
    await context.ledger.commit(Secret(id=server.id, token=context.vault.lock(password)))
    await context.cloud_of(server).rebuild_server(server.cloud_id, spec.image, user_data=data)


class Rebuild:
    """Put the pool's image on a server anew: same addresses, new disk, new password."""

    kind = OperationKind.REBUILD
    first = "ask"

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {"ask": self.ask, "active": self.active, "prove": self.prove}

    def time_limit(self, context: Context, server: Server, step: str) -> timedelta:
        """See Plan."""
        spec = context.spec_of(server)
        return spec.proof.timeout if spec and step == "prove" else context.policy.build_timeout

    async def ask(self, context: Context, _operation: Operation, server: Server) -> Outcome:
        """Ask Nova. After a crash it may be asked for twice, which gives the same disk."""
        spec = context.spec_of(server)
        if spec is None:
            return Fail(
                f"pool {server.pool} is no longer in the settings: nobody knows the image", remedy=remedies.NO_POOL
            )
        await put_image_anew(context, server, spec)
        preparing = changed(server, state=ServerState.PREPARING, since=context.clock.now(), host_key="")
        return Next("active", (preparing,))

    async def active(self, context: Context, _operation: Operation, server: Server) -> Outcome:
        """Wait until it is up; a server that was stopped stays so in Nova, and is started."""
        cloud = context.cloud_of(server)
        seen = await cloud.get_server(server.cloud_id)
        if seen.status == "ERROR":
            return Fail(seen.fault or "the cloud says ERROR and no more")
        if seen.status == "SHUTOFF" and not seen.task_state:
            await cloud.start_server(server.cloud_id)
        if seen.status != "ACTIVE" or seen.task_state:
            return Wait(LOOK_AGAIN, f"{seen.status} {seen.task_state}".strip())
        return Next("prove", (changed(server, cloud_status=seen.status),))

    async def prove(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Ready again, and the owner's key inside."""
        spec = context.spec_of(server)
        if spec is None:
            return Fail(f"pool {server.pool} is no longer in the settings", remedy=remedies.NO_POOL)
        console = ""
        if spec.proof.kind == ProofKind.CONSOLE:
            console = await context.cloud_of(server).console_log(server.cloud_id)
        finding = await context.guests.prove(spec.proof, context.guest_of(server), console)
        if finding.failed:
            return Fail(finding.words, console)
        if not finding.ready:
            return Wait(PROVE_AGAIN, finding.words)
        server = changed(server, state=ServerState.LEASED, since=context.clock.now(), host_key=finding.host_key)
        lease = context.state.get(Lease, operation.lease_id)
        if lease and lease.ssh_key and spec.access == "ssh":
            await context.guests.install_key(context.guest_of(server), lease.ssh_key)
        said = context.ledger.event("server.rebuilt", f"{server.id} has its image anew", about=server)
        return Done("rebuilt", (server, said))

    async def failed(
        self, context: Context, operation: Operation, server: Server, failure: Fail
    ) -> tuple[AnyRecord, ...]:
        """The lease goes on with what is left; its owner is told."""
        lease = context.state.live_lease_of(server.id)
        back = changed(server, state=ServerState.LEASED, failure=failure.reason)
        changes: tuple[AnyRecord, ...] = (back,) if server.state == ServerState.PREPARING else ()
        if lease is None:
            return changes
        return (
            *changes,
            telling.word(context, NoticeKind.FAILED, lease, f"rebuild of {server.id} failed: {failure.reason}"),
        )
