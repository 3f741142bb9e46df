"""The desk: takes commands from people, checks them against the rules, and begins what they ask for."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from vmms_tui.engine.context import Context
from vmms_tui.engine.guests.keys import BadPublicKey, public_key_line
from vmms_tui.engine.guests.password import new_password
from vmms_tui.engine.keepers.queue import QueueKeeper
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.expiry import RELEASED
from vmms_tui.engine.policy.lease_terms import first_end, renewed_end
from vmms_tui.engine.policy.words import instant
from vmms_tui.engine.state import LIVE_OPERATION
from vmms_tui.model.commands import (
    AnyCommand,
    CancelRequest,
    RebootServer,
    RebuildServer,
    Release,
    ReloadSettings,
    Renew,
    Reply,
    RequestServer,
    ResetPassword,
    RevealPassword,
    StartServer,
    StopServer,
)
from vmms_tui.model.errors import Refused, TryAgain, VmmsError
from vmms_tui.model.records import (
    AnyRecord,
    Lease,
    LeaseState,
    Operation,
    OperationKind,
    OperationState,
    Pool,
    Request,
    RequestState,
    Secret,
    Server,
    ServerState,
    changed,
)

LONGEST_NOTE = 500
PASSWORD_WAIT = 30.0
"""Seconds that a reply waits for a new password to be set."""


class Desk:
    """One method for each command. Rules raise Refused; `submit` turns that into the reply."""

    def __init__(
        self, context: Context, runner: Runner, queue: QueueKeeper, reload_settings: Callable[[], Awaitable[Reply]]
    ) -> None:
        self._context = context
        self._runner = runner
        self._queue = queue
        self._reload = reload_settings

    async def submit(self, command: AnyCommand, actor: str) -> Reply:
        """Do it, or say why not. Never raises a VmmsError."""
        try:
            return await self._dispatch(command, actor)
        except Refused as refused:
            return Reply(code="refused", rule=refused.rule, text=refused.message, remedy=refused.remedy)
        except TryAgain as busy:
            return Reply(code="try_again", text=busy.message, remedy=busy.remedy)
        except VmmsError as error:
            return Reply(code="failed", text=error.message, remedy=error.remedy)

    async def _dispatch(self, command: AnyCommand, actor: str) -> Reply:  # noqa: C901 one line a command
        match command:
            case RequestServer():
                return await self._request(command, actor)
            case CancelRequest(request_id=request_id):
                return await self._cancel(request_id, actor)
            case Renew(lease_id=lease_id, term=term):
                return await self._renew(self._lease(lease_id, actor), term, actor)
            case Release(lease_id=lease_id):
                return await self._release(self._lease(lease_id, actor), actor)
            case StopServer(lease_id=lease_id):
                return await self._power(OperationKind.STOP, ServerState.LEASED, self._lease(lease_id, actor), actor)
            case StartServer(lease_id=lease_id):
                return await self._power(OperationKind.START, ServerState.STOPPED, self._lease(lease_id, actor), actor)
            case RebootServer(lease_id=lease_id, hard=hard):
                how = "yes" if hard else "no"
                lease = self._lease(lease_id, actor)
                return await self._power(OperationKind.REBOOT, ServerState.LEASED, lease, actor, hard=how)
            case RebuildServer(lease_id=lease_id):
                return await self._power(OperationKind.REBUILD, ServerState.LEASED, self._lease(lease_id, actor), actor)
            case ResetPassword(lease_id=lease_id):
                return await self._reset_password(self._lease(lease_id, actor), actor)
            case RevealPassword(lease_id=lease_id):
                return await self._reveal(self._lease(lease_id, actor), actor)
            case ReloadSettings():
                return await self._reload()

    async def _request(self, command: RequestServer, actor: str) -> Reply:
        context, now = self._context, self._context.clock.now()
        _check_wish(command)
        owner = command.owner or actor
        if owner != actor and actor != context.operator:
            raise Refused(
                "not_operator", f"Only {context.operator} may ask for a server for {owner}.", "Ask for yourself."
            )
        request = Request(
            id=context.ledger.number("request"),
            owner=owner,
            purpose=command.purpose,
            term=command.term or timedelta(0),
            asked=now,
            project=command.project,
            flavor=command.flavor,
            vcpus=command.vcpus,
            ram_mib=command.ram_mib,
            importance=command.importance,
            note=command.note,
            ssh_key=command.ssh_key.strip(),
        )
        found = self._queue.match(request)
        pool = context.state.need(Pool, found.pool)
        term = first_end(command.term, pool, now) - now
        request = changed(request, term=term, pool=found.pool)
        if found.server_id and not any(other.pool == found.pool for other in context.state.queued()):
            lease = await self._queue.grant(request, found)
            return self._granted(lease, request)
        text = f"{owner} waits for a server of pool {found.pool}: {found.why}"
        await context.ledger.commit(request, context.ledger.event("request.queued", text, about=request, actor=actor))
        await self._queue.tick()
        context.wake()
        return self._standing(request.id)

    def _granted(self, lease: Lease, request: Request) -> Reply:
        server = self._context.state.need(Server, lease.server_id)
        address = server.floating_ip or server.address
        return Reply(
            text=f"{server.id} ({address}) is yours until {instant(lease.end)}: {lease.matched}.",
            request_id=request.id,
            lease_id=lease.id,
            server_id=server.id,
            end=lease.end,
        )

    def _standing(self, request_id: str) -> Reply:
        request = self._context.state.need(Request, request_id)
        if request.state == RequestState.GRANTED:
            return self._granted(self._context.state.need(Lease, request.lease_id), request)
        if request.state == RequestState.REFUSED:
            return Reply(code="refused", text=request.reason, request_id=request.id)
        wait = f", ready in about {int(request.estimate.total_seconds())} s" if request.estimate else ""
        text = f"{request.id} waits at place {request.position} for pool {request.pool}{wait}: {request.reason}."
        return Reply(code="queued", text=text, request_id=request.id)

    async def _cancel(self, request_id: str, actor: str) -> Reply:
        request = self._context.state.get(Request, request_id)
        if request is None:
            raise Refused("unknown", f"There is no request {request_id}.", "`vmms leases` shows what waits.")
        self._may_act(request.owner, actor, f"request {request_id}")
        if request.state != RequestState.QUEUED:
            raise Refused("not_queued", f"Request {request_id} is {request.state} already.")
        now = self._context.clock.now()
        gone = changed(request, state=RequestState.CANCELLED, decided=now, position=0, estimate=None)
        text = f"{request_id} was taken back"
        said = self._context.ledger.event("request.cancelled", text, about=gone, actor=actor)
        await self._context.ledger.commit(gone, said)
        return Reply(text=f"{text}.", request_id=request_id)

    def _lease(self, name: str, actor: str) -> Lease:
        """A live lease by its id or its server's. Raises Refused when it is unknown, over, or another's."""
        lease = self._context.state.get(Lease, name) or self._context.state.live_lease_of(name)
        if lease is None:
            raise Refused("unknown", f"There is no lease {name}.", "`vmms leases` shows those that there are.")
        self._may_act(lease.owner, actor, f"lease {lease.id}")
        if lease.state in {LeaseState.ENDING, LeaseState.ENDED}:
            why = lease.end_reason or "its time was over"
            raise Refused("lease_over", f"Lease {lease.id} is over: {why}.", "Ask for a new server.")
        return lease

    def _may_act(self, owner: str, actor: str, what: str) -> None:
        if actor not in {owner, self._context.operator}:
            raise Refused("not_owner", f"The {what} is {owner}'s, not {actor}'s.", f"Ask {owner}, or an operator.")

    def _server(self, lease: Lease) -> Server:
        return self._context.state.need(Server, lease.server_id)

    async def _renew(self, lease: Lease, term: timedelta, actor: str) -> Reply:
        context, now = self._context, self._context.clock.now()
        end = renewed_end(lease, term, context.state.need(Pool, lease.pool), now)
        server = self._server(lease)
        renewed = changed(
            lease,
            end=end,
            renewals=lease.renewals + 1,
            warned=(),
            state=LeaseState.ACTIVE,
            stopped_at=None,
            told_at=None,
            grace_until=None,
        )
        text = f"{lease.id} of {server.id} now ends at {instant(end)}, not at {instant(lease.end)}"
        said = context.ledger.event("lease.renewed", text, about=renewed, actor=actor)
        kind = OperationKind.HAND_OVER
        if lease.state == LeaseState.OVERDUE:
            kind, text = OperationKind.START, f"{text}; {server.id} is started again"
        busy = context.state.operation_on(server.id)
        begun: tuple[AnyRecord, ...] = ()
        if kind == OperationKind.START or busy is None:
            begun = self._runner.begin(kind, server, actor=actor, reason="the lease was renewed", lease_id=lease.id)
        await context.ledger.commit(renewed, *begun, said)
        context.wake()
        return Reply(text=f"{text}.", lease_id=lease.id, server_id=server.id, end=end)

    async def _release(self, lease: Lease, actor: str) -> Reply:
        context, server = self._context, self._server(lease)
        reason = f"{RELEASED} by {actor}"
        ending = changed(lease, state=LeaseState.ENDING, end_reason=reason)
        begun = self._runner.begin(OperationKind.RECLAIM, server, actor=actor, reason=reason, lease_id=lease.id)
        said = context.ledger.event(
            "lease.released", f"{lease.id} of {server.id} was {reason}", about=lease, actor=actor
        )
        await context.ledger.commit(ending, *begun, said)
        context.wake()
        text = f"{lease.id} is released; {server.id} is taken back."
        return Reply(text=text, lease_id=lease.id, server_id=server.id, operation_id=begun[-1].id)

    async def _power(self, kind: OperationKind, needed: ServerState, lease: Lease, actor: str, **args: str) -> Reply:
        server = self._free_server(lease)
        allowed = {ServerState.LEASED, ServerState.STOPPED} if kind == OperationKind.REBUILD else {needed}
        if server.state not in allowed:
            raise Refused("state", f"{server.id} is {server.state}; {kind} needs it {needed}.", "")
        if lease.state == LeaseState.OVERDUE:
            raise Refused(
                "overdue", f"Lease {lease.id} is over and its server is kept stopped.", "Renew the lease first."
            )
        begun = self._runner.begin(kind, server, actor=actor, reason=f"{actor} asked for it", lease_id=lease.id, **args)
        said = self._context.ledger.event(f"server.{kind}", f"{kind} of {server.id} begun", about=lease, actor=actor)
        await self._context.ledger.commit(*begun, said)
        self._context.wake()
        return Reply(
            text=f"{kind} of {server.id} has begun.",
            lease_id=lease.id,
            server_id=server.id,
            operation_id=begun[-1].id,
        )

    def _free_server(self, lease: Lease) -> Server:
        """The lease's server, with no operation at work on it. Raises TryAgain."""
        server = self._server(lease)
        operation = self._context.state.operation_on(server.id)
        if operation is not None:
            raise TryAgain(f"{operation.kind} is at work on {server.id}.", "Try again when it is done.")
        return server

    async def _reset_password(self, lease: Lease, actor: str) -> Reply:
        context, server = self._context, self._free_server(lease)
        if server.state != ServerState.LEASED:
            raise Refused(
                "state", f"{server.id} is {server.state}; it must run to take a new password.", "Start it first."
            )
        secret = Secret(id=server.id, token=context.vault.lock(new_password()))
        begun = self._runner.begin(
            OperationKind.RESET_PASSWORD, server, actor=actor, reason=f"{actor} asked for it", lease_id=lease.id
        )
        await context.ledger.commit(secret, *begun)
        context.wake()
        await self._runner.tick()
        operation = await self._wait_for(begun[-1].id)
        if operation.state == OperationState.DONE:
            return await self._reveal(lease, actor)
        if operation.state == OperationState.FAILED:
            return Reply(code="failed", text=f"The password was not changed: {operation.outcome}.", lease_id=lease.id)
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
            await context.clock.sleep(0.1)

    async def _reveal(self, lease: Lease, actor: str) -> Reply:
        context, server = self._context, self._server(lease)
        if actor != lease.owner:
            raise Refused(
                "not_owner", f"The password of {server.id} is shown to {lease.owner} only.", "Reset it instead."
            )
        secret = context.state.get(Secret, server.id)
        if secret is None or secret.shown:
            remedy = f"Reset it with `vmms password {lease.id} --reset`."
            raise Refused("shown", f"The password of {server.id} was shown already; it is shown once.", remedy)
        password = context.vault.unlock(secret.token)
        said = context.ledger.event(
            "password.shown", f"the password of {server.id} was shown", about=lease, actor=actor
        )
        await context.ledger.commit(changed(secret, shown=True), said)
        spec = context.spec_of(server)
        login = spec.login if spec else "the account of the image"
        text = f"Password of {login} on {server.id}. It is shown this once."
        return Reply(text=text, password=password, lease_id=lease.id, server_id=server.id)


def _check_wish(command: RequestServer) -> None:
    """What no pool could grant. Raises Refused."""
    if not command.purpose.strip():
        raise Refused("unknown_purpose", "A request needs a purpose.", "The list of pools shows those that there are.")
    if not 0 <= command.importance <= 10:
        raise Refused("importance", f"The importance is {command.importance}.", "It goes from 0 to 10.")
    for name, value in (("vCPUs", command.vcpus), ("MiB of RAM", command.ram_mib)):
        if value < 0:
            raise Refused("size", f"{value} {name} is no size.", "Ask for one or more, or say nothing.")
    if len(command.note) > LONGEST_NOTE:
        raise Refused("note", f"The note has {len(command.note)} characters.", f"{LONGEST_NOTE} are kept: shorten it.")
    try:
        if command.ssh_key.strip():
            public_key_line(command.ssh_key)
    except BadPublicKey as bad:
        raise Refused("ssh_key", f"The SSH key cannot be used. {bad}", "Give the line of a .pub file.") from bad
