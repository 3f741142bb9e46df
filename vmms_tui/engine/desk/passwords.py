"""Passwords: reset, and shown once to the owner of a lease and nobody else."""

from vmms_tui.engine.desk.part import Handler, Part, asked
from vmms_tui.engine.guests.password import new_password
from vmms_tui.engine.state import LIVE_OPERATION
from vmms_tui.model.commands import Command, Reply, ResetPassword, RevealPassword
from vmms_tui.model.errors import Refused
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Lease, Operation, OperationKind, OperationState, Secret, ServerState, changed

PASSWORD_WAIT = 30.0
"""Seconds that a reply waits for a new password to be set."""


class Passwords(Part):
    """The first password and its reset."""

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {ResetPassword: self._reset, RevealPassword: self._show}

    async def _show(self, command: RevealPassword, caller: Caller) -> Reply:
        return await self._reveal(self.lease(command.lease_id, caller), caller)

    async def _reset(self, command: ResetPassword, caller: Caller) -> Reply:
        lease = self.lease(command.lease_id, caller)
        context, server = self._context, self.free_server(lease)
        if server.state != ServerState.LEASED:
            raise Refused(
                "state", f"{server.id} is {server.state}; it must run to take a new password.", "Start it first."
            )
        secret = Secret(id=server.id, token=context.vault.lock(new_password()))
        begun = self._runner.begin(
            OperationKind.RESET_PASSWORD,
            server,
            actor=caller.name,
            reason=asked(caller),
            lease_id=lease.id,
        )
        said = self.say(
            caller, "password.reset", f"a new password for {server.id} was asked for", about=lease, begun=begun
        )
        await context.ledger.commit(secret, *begun, said)
        context.wake()
        await self._runner.tick()
        operation = await self._wait_for(begun[-1].id)
        if operation.state == OperationState.DONE:
            return await self._reveal(lease, caller)
        if operation.state == OperationState.FAILED:
            text = f"The password was not changed: {operation.outcome}."
            return Reply(code="failed", text=text, remedy=operation.remedy, lease_id=lease.id)
        text = f"The new password is not set yet: {operation.waiting_for or 'it is under way'}."
        remedy = f"See it later with `vmms password {lease.id}`."
        return Reply(code="try_again", text=text, remedy=remedy, lease_id=lease.id, operation_id=operation.id)

    async def _wait_for(self, operation_id: str) -> Operation:
        """The operation when it has ended, or as it is when the reply has waited long enough."""
        context = self._context
        deadline = context.clock.monotonic() + PASSWORD_WAIT
        while True:
            operation = context.state.need(Operation, operation_id)
            if operation.state not in LIVE_OPERATION or context.clock.monotonic() >= deadline:
                return operation
            if self._runner.under_way(operation_id):
                await self._runner.step_ended(operation_id, deadline - context.clock.monotonic())
            else:
                await context.clock.sleep(0.1)

    async def _reveal(self, lease: Lease, caller: Caller) -> Reply:
        context, server = self._context, self.server(lease)
        if caller.name != lease.owner:
            raise Refused(
                "not_owner", f"The password of {server.id} is shown to {lease.owner} only.", "Reset it instead."
            )
        secret = context.state.get(Secret, server.id)
        if secret is None or secret.shown:
            remedy = f"Reset it with `vmms password {lease.id} --reset`."
            raise Refused("shown", f"The password of {server.id} was shown already; it is shown once.", remedy)
        password = context.vault.unlock(secret.token)
        said = self.say(caller, "password.shown", f"the password of {server.id} was shown", about=lease)
        await context.ledger.commit(changed(secret, shown=True), said)
        spec = context.spec_of(server)
        login = spec.login if spec else "the account of the image"
        text = f"Password of {login} on {server.id}. It is shown this once."
        return Reply(text=text, password=password, lease_id=lease.id, server_id=server.id)
