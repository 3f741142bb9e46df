"""Give a lease another server of its pool, with the same floating IP. The server that did not work is deleted later.

The lease stays on the old server until the address is seen to lead to the new one. Only then do the marks of the two
addresses change places, and after that the lease. Whatever comes between, each address carries the mark of a server
that is there, or of one that goes: none is left over, and none that is in use goes.
"""

import contextlib
from datetime import timedelta

from vmms_tui.engine import telling
from vmms_tui.engine.cloud.errors import CloudError, Conflict
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations import tags
from vmms_tui.engine.operations.heal import LOOK_AGAIN, PROVE_AGAIN, check_again, given_up
from vmms_tui.engine.operations.readdressing import left_by_us, somebody_has_it
from vmms_tui.engine.operations.steps import Done, Fail, Next, Outcome, Step, Wait, held_back
from vmms_tui.model.records import (
    AnyRecord,
    Lease,
    NoticeKind,
    Operation,
    OperationKind,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.spec import ProofKind

TIME_LIMIT = timedelta(minutes=5)
UNPROVABLE = frozenset({ProofKind.NONE, ProofKind.CONSOLE})
"""Proofs that say nothing of an address."""


def may_replace(spare: Server, server: Server) -> bool:
    """Whether this ready server can take that one's place, address and all."""
    if spare.state is not ServerState.READY or spare.missing_since is not None or spare.project != server.project:
        return False
    return bool(spare.cloud_id and spare.port_ids) and bool(spare.floating_ip_id) is bool(server.floating_ip_id)


def set_aside(context: Context, spare: Server, server: Server) -> tuple[AnyRecord, ...]:
    """Nobody else gets this ready server: it is to take that one's place."""
    if spare.state is ServerState.HEALING:
        return ()
    aside = changed(spare, state=ServerState.HEALING, since=context.clock.now())
    text = f"{spare.id} is set aside to take the place of {server.id}"
    said = context.ledger.event("server.set_aside", text, about=aside, reason=f"{server.id} does not work")
    return aside, said


class Replace:
    """`to` in the arguments is the server that takes the place; whoever begins this sets it aside: it is HEALING."""

    kind = OperationKind.REPLACE
    first = "check"

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {
            "check": self.check,
            "free": self.free,
            "address": self.address,
            "prove": self.prove,
            "marks": self.marks,
            "switch": self.switch,
            "untag": self.untag,
        }

    def time_limit(self, context: Context, server: Server, step: str) -> timedelta:
        """See Plan."""
        spec = context.spec_of(server)
        return spec.proof.timeout if spec and step == "prove" else TIME_LIMIT

    async def check(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """The last look before anything is done: at both servers."""
        spare = _spare(context, operation)
        if spare is None:
            return Fail(f"{operation.args['to']} is not there any more")
        seen = await context.cloud_of(spare).get_server(spare.cloud_id)
        outcome = await check_again(context, operation, server)
        if isinstance(outcome, Done):  # well again: the spare goes back
            return Done(outcome.outcome, (*outcome.changes, *_back(context, operation)))
        if outcome is not None:
            return outcome
        if seen.status != "ACTIVE" or not tags.is_server(context, seen, spare):
            return Fail(f"{spare.id}, which was to take its place, is {seen.status}")
        spare = _spare(context, operation)
        if spare is None or spare.state not in {ServerState.HEALING, ServerState.READY}:
            return Fail(f"{operation.args['to']} is not free any more")
        mending = changed(server, state=ServerState.HEALING, since=context.clock.now())
        return Next("free" if server.floating_ip_id else "prove", (mending, *set_aside(context, spare, server)))

    async def free(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Take the new server's own address off its port."""
        spare = _spare(context, operation)
        if spare is None:
            return Fail(f"{operation.args['to']} is not there any more")
        if held := held_back(context, operation):
            return held
        cloud = context.cloud_of(spare)
        ip = await cloud.get_floating_ip(spare.floating_ip_id)
        if ip.port_id:
            await cloud.associate_floating_ip(ip.id, "")
        return Next("address")

    async def address(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Put the lease's address there, and see that it is."""
        spare = _spare(context, operation)
        if spare is None:
            return Fail(f"{operation.args['to']} is not there any more")
        cloud = context.cloud_of(server)
        ip = await cloud.get_floating_ip(server.floating_ip_id)
        if ip.port_id == spare.port_ids[0]:
            return Next("prove")
        if ip.port_id not in {"", *server.port_ids[:1]} and not left_by_us(context, ip.port_id):
            return await somebody_has_it(context, server, ip.port_id)
        try:
            await cloud.associate_floating_ip(ip.id, spare.port_ids[0])
        except Conflict as conflict:
            return Wait(LOOK_AGAIN, conflict.message)
        return Wait(LOOK_AGAIN, f"{server.floating_ip} to be on {spare.id}")

    async def prove(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """See that the address leads to the new server, and put the owner's key and the lease's marks there."""
        spare, spec = _spare(context, operation), context.spec_of(server)
        lease = context.state.get(Lease, operation.lease_id)
        if spare is None or spec is None or lease is None:
            return Fail(f"{operation.args['to']}, its pool or its lease is not there any more")
        guest = context.guest_of(changed(spare, floating_ip=server.floating_ip))
        if spec.proof.kind not in UNPROVABLE:
            finding = await context.guests.prove(spec.proof, guest, "")
            if finding.failed:
                return Fail(finding.words)
            if not finding.ready:
                return Wait(PROVE_AGAIN, finding.words)
        if lease.ssh_key and spec.access == "ssh":
            await context.guests.install_key(guest, lease.ssh_key)
        await context.cloud_of(spare).set_metadata(spare.cloud_id, tags.lease_tags(lease))
        return Next("marks" if server.floating_ip_id else "switch")

    async def marks(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Each address gets the other server's mark: the one that is deleted takes the right one along.

        The lease's own address comes last: it never carries the mark of a server that may still be given up.
        """
        spare = _spare(context, operation)
        if spare is None:
            return Fail(f"{operation.args['to']} is not there any more")
        cloud = context.cloud_of(server)
        await cloud.describe_floating_ip(spare.floating_ip_id, tags.description(context, server))
        await cloud.describe_floating_ip(server.floating_ip_id, tags.description(context, spare))
        return Next("switch")

    async def switch(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """The lease changes servers."""
        spare, lease = _spare(context, operation), context.state.get(Lease, operation.lease_id)
        if spare is None or lease is None:
            return Fail(f"{operation.args['to']} or its lease is not there any more")
        now, ledger = context.clock.now(), context.ledger
        why = operation.reason
        text = f"{spare.id} took the place of {server.id} on {lease.id} of {lease.owner}"
        old = changed(server, state=ServerState.FAILED, since=now, lease_id="", failure=f"{text}: {why}")
        new = changed(spare, state=ServerState.LEASED, since=now, lease_id=lease.id, failure="")
        if server.floating_ip_id:
            old = changed(old, floating_ip=spare.floating_ip, floating_ip_id=spare.floating_ip_id)
            new = changed(new, floating_ip=server.floating_ip, floating_ip_id=server.floating_ip_id)
        moved = changed(lease, server_id=new.id, matched=f"it took the place of {server.id}: {why}")
        told = (
            f"{server.id} did not work: {why}. {lease.id} has {new.id} now, with the same address "
            f"{new.floating_ip or new.address}. What was on the disk of {server.id} is lost, and {new.id} has a "
            f"password of its own: `vmms password {lease.id}`."
        )
        said = ledger.event("server.replaced", text, about=moved, reason=why, operation_id=operation.id)
        return Next("untag", (old, new, moved, telling.word(context, NoticeKind.WORD, moved, told), said))

    async def untag(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Take the lease's marks off the old server, as far as the cloud does that for one that is broken."""
        with contextlib.suppress(CloudError):
            for key in tags.LEASE_TAGS:
                await context.cloud_of(server).delete_metadata(server.cloud_id, key)
        return Done(f"{operation.args['to']} took its place, with the same address")

    async def failed(
        self, context: Context, operation: Operation, server: Server, failure: Fail
    ) -> tuple[AnyRecord, ...]:
        """Everything goes back: the address to its server, and a spare that gave up its own is built anew."""
        if operation.step in {"free", "address", "prove", "marks", "switch"} and server.floating_ip_id:
            cloud = context.cloud_of(server)
            with contextlib.suppress(CloudError):
                await cloud.describe_floating_ip(server.floating_ip_id, tags.description(context, server))
                await _put_back(context, operation, server)
        return (*await given_up(context, server), *_back(context, operation))


async def _put_back(context: Context, operation: Operation, server: Server) -> None:
    """The lease's address goes to its server again, unless somebody else has it."""
    spare, cloud = _spare(context, operation), context.cloud_of(server)
    ip = await cloud.get_floating_ip(server.floating_ip_id)
    ours = {"", *(spare.port_ids if spare is not None else ())}
    if ip.port_id in ours or left_by_us(context, ip.port_id):
        await cloud.associate_floating_ip(ip.id, server.port_ids[0])


def _spare(context: Context, operation: Operation) -> Server | None:
    return context.state.get(Server, operation.args.get("to", ""))


def _back(context: Context, operation: Operation) -> tuple[AnyRecord, ...]:
    """The spare when nothing comes of it: ready again, or failed where its own address was taken off it."""
    spare = _spare(context, operation)
    if spare is None or spare.state is not ServerState.HEALING:
        return ()
    now, ledger = context.clock.now(), context.ledger
    why = f"{operation.id} ended without it"
    if operation.step == "check":
        ready = changed(spare, state=ServerState.READY, since=now)
        return ready, ledger.event("server.returned", f"{spare.id} is ready as before", about=ready, reason=why)
    failure = f"it was to take the place of {operation.server_id}, and gave up its own address"
    bad = changed(spare, state=ServerState.FAILED, since=now, failure=failure)
    return bad, ledger.event("server.lost", f"{spare.id} is no longer used: {failure}", about=bad, reason=why)
