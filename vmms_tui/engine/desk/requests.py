"""Requests for servers: asked for, granted at once or queued, taken back."""

from datetime import timedelta

from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.part import Handler, Part
from vmms_tui.engine.guests.keys import BadPublicKey, public_key_line
from vmms_tui.engine.keepers.queue import QueueKeeper
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.lease_terms import first_end
from vmms_tui.engine.policy.rights import check_owner, check_sees_all, project_for
from vmms_tui.engine.policy.words import instant
from vmms_tui.engine.quotas import Quotas
from vmms_tui.model.commands import CancelRequest, Command, Reply, RequestServer, ShowQuota
from vmms_tui.model.errors import Refused
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Lease, Pool, Request, RequestState, Server, changed

LONGEST_NOTE = 500


class Requests(Part):
    """Asks for a server, and takes the request back."""

    def __init__(self, context: Context, runner: Runner, queue: QueueKeeper, quotas: Quotas) -> None:
        super().__init__(context, runner)
        self._queue = queue
        self._quotas = quotas

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {RequestServer: self._request, CancelRequest: self._cancel, ShowQuota: self._quota}

    async def _quota(self, command: ShowQuota, caller: Caller) -> Reply:
        of = command.of or caller.name
        if of != caller.name:
            check_sees_all(caller, "What others may have")
        projects = caller.projects or () if of == caller.name else ()
        return Reply(text=self._quotas.told(of, projects))

    async def _request(self, command: RequestServer, caller: Caller) -> Reply:
        context, now = self._context, self._context.clock.now()
        _check_wish(command)
        owner = command.owner or caller.name
        if owner != caller.name and not caller.operator:
            raise Refused("not_operator", f"Only an operator may ask for a server for {owner}.", "Ask for yourself.")
        project = project_for(caller, command.project, context.policy.access)
        if not self._quotas.boundless:
            await self._quotas.take_turn(caller, project)
        request = Request(
            id=context.ledger.number("request"),
            owner=owner,
            purpose=command.purpose,
            term=command.term or timedelta(0),
            asked=now,
            project=project,
            flavor=command.flavor,
            vcpus=command.vcpus,
            ram_mib=command.ram_mib,
            importance=command.importance,
            note=command.note,
            ssh_key=command.ssh_key.strip(),
        )
        found = self._queue.match(request, new=True)
        pool = context.state.need(Pool, found.pool)
        end = first_end(command.term, pool, now, self._quotas.laws(owner, project))
        if found.server_id and not context.state.waits_for(found.pool):
            lease = await self._queue.grant(request, found, caller, end=end)
            return self._granted(lease, request)
        request = changed(request, term=end - now, pool=found.pool)
        text = f"{owner} waits for a server of pool {found.pool}: {found.why}"
        await context.ledger.commit(
            request, self.say(caller, "request.queued", text, about=request, reason=request.note)
        )
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
        place = f" at place {request.position} for pool {request.pool}" if request.pool else ""
        text = f"{request.id} waits{place}{wait}: {request.reason}."
        return Reply(code="queued", text=text, request_id=request.id)

    async def _cancel(self, command: CancelRequest, caller: Caller) -> Reply:
        request_id = command.request_id
        request = self._context.state.get(Request, request_id)
        if request is None:
            raise Refused("unknown", f"There is no request {request_id}.", "`vmms leases` shows what waits.")
        check_owner(caller, request.owner, f"request {request_id}")
        if request.state != RequestState.QUEUED:
            raise Refused("not_queued", f"Request {request_id} is {request.state} already.")
        now = self._context.clock.now()
        gone = changed(request, state=RequestState.CANCELLED, decided=now, position=0, estimate=None)
        text = f"{request_id} was taken back"
        await self._context.ledger.commit(gone, self.say(caller, "request.cancelled", text, about=gone))
        return Reply(text=f"{text}.", request_id=request_id)


def _check_wish(command: RequestServer) -> None:
    """What no pool could grant. Raises Refused."""
    if not command.purpose.strip():
        raise Refused("unknown_purpose", "A request needs a purpose.", "The list of pools shows those that there are.")
    if not 0 <= command.importance <= 10:
        raise Refused("importance", f"The importance is {command.importance}.", "It goes from 0 to 10.")
    if command.vcpus < 0 or command.ram_mib < 0:
        wrong = f"{command.vcpus} vCPUs" if command.vcpus < 0 else f"{command.ram_mib} MiB of RAM"
        raise Refused("size", f"{wrong} is no size.", "Ask for one or more, or say nothing.")
    if len(command.note) > LONGEST_NOTE:
        raise Refused("note", f"The note has {len(command.note)} characters.", f"{LONGEST_NOTE} are kept: shorten it.")
    try:
        if command.ssh_key.strip():
            public_key_line(command.ssh_key)
    except BadPublicKey as bad:
        raise Refused("ssh_key", f"The SSH key cannot be used. {bad}", "Give the line of a .pub file.") from bad
