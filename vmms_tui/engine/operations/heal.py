"""One rung of the ladder on a server that does not work: look once more, act, see that it works, address and all."""

import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from vmms_tui.engine import controls, telling
from vmms_tui.engine.cloud.errors import CloudError, CloudFault, Conflict, NotFound
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations import remedies, tags
from vmms_tui.engine.operations.inside import put_image_anew
from vmms_tui.engine.operations.readdressing import addressed, can_be_put_anew, put_anew, readdressed
from vmms_tui.engine.operations.steps import Done, Fail, Next, Outcome, Step, Wait, held_back
from vmms_tui.engine.policy import healing
from vmms_tui.engine.policy.healing import Observed
from vmms_tui.model.healing import HealthKind, Illness, Rung, Sickness
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
from vmms_tui.model.spec import PoolSpec, ProofKind

LOOK_AGAIN = 1.0
PROVE_AGAIN = 3.0
ORDERS = timedelta(minutes=3)
"""How long the cloud may refuse an order because it is at work on the server."""
FAULTS = 4
"""So often the cloud may break over an order; after one more the rung is given up."""
COMES_UP = timedelta(minutes=10)
"""How long a start or a reboot may take."""
ADDRESS = timedelta(minutes=5)
SILENCE = timedelta(minutes=1)
"""How long it may be silent at its address before that is taken off and put on again."""


def seen_as(seen: CloudServer) -> Observed:
    """A look at a server in the cloud, as the policy takes it."""
    return Observed(status=seen.status, task_state=seen.task_state, power=seen.power)


class Heal:
    """From the decision for a rung to a server that works, or to the reason why it still does not."""

    kind = OperationKind.HEAL
    first = "check"

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {
            "check": self.check,
            "act": self.act,
            "reboot": self.reboot,
            "wait": self.wait,
            "address": self.address,
            "prove": self.prove,
            "again": self.again,
            "prove_again": self.prove_again,
        }

    def time_limit(self, context: Context, server: Server, step: str) -> timedelta:
        """See Plan."""
        spec = context.spec_of(server)
        if step in {"prove", "prove_again"}:
            return spec.proof.timeout if spec else ADDRESS
        if step == "wait":
            operation = context.state.operation_on(server.id)
            rebuilt = operation is not None and operation.args.get("rung") == Rung.REBUILD
            return context.policy.build_timeout if rebuilt else COMES_UP
        return ORDERS if step in {"act", "reboot"} else ADDRESS

    async def check(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """The last look before anything is done: still ours, still ill, its lease still running?"""
        outcome = await check_again(context, operation, server)
        if outcome is not None:
            return outcome
        return Next("act", (changed(server, state=ServerState.HEALING, since=context.clock.now()),))

    async def act(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Give the order. After a crash it may be given twice: a reboot more, or the same image once more."""
        seen = await context.cloud_of(server).get_server(server.cloud_id)
        if held := held_back(context, operation):
            return held
        return await _given(operation, _ORDERS[Rung(operation.args["rung"])](context, server, seen))

    async def reboot(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """After its state was reset: Nova calls it ACTIVE now, whatever it is."""
        seen = await context.cloud_of(server).get_server(server.cloud_id)
        return await _given(operation, _hard_reboot(context, server, seen))

    async def wait(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """See that it is up and nothing is going on."""
        cloud = context.cloud_of(server)
        seen = await cloud.get_server(server.cloud_id)
        if seen.status == "ERROR" and not seen.task_state:
            return Fail(seen.fault or "the cloud says ERROR and no more")
        if seen.status == "SHUTOFF" and not seen.task_state and operation.args["rung"] == Rung.REBUILD:
            with contextlib.suppress(Conflict):  # one that was shut off before a rebuild stays so in Nova
                await cloud.start_server(server.cloud_id)
        if seen.status != "ACTIVE" or seen.task_state:
            return Wait(LOOK_AGAIN, f"{seen.status} {seen.task_state}".strip())
        if seen.power == "paused":
            return Wait(LOOK_AGAIN, "its hypervisor holds it paused")
        return Next("address", (changed(server, cloud_status=seen.status, task_state="", task_since=None),))

    async def address(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """See that its floating IP is on its port; put it there if it is on none."""
        return await addressed(context, operation, server) or Next("prove")

    async def prove(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """See that it can be used; if it is silent at its address for a while, put that on anew."""
        outcome = await self._proved(context, operation, server)
        silent = isinstance(outcome, Wait) and context.clock.now() - operation.updated >= SILENCE
        return Next("again") if silent and can_be_put_anew(context, operation, server) else outcome

    async def again(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Take the same address off and put it on again, so that the network learns anew where it is."""
        if not can_be_put_anew(context, operation, server):
            return await addressed(context, operation, server) or Next("prove_again")
        return await put_anew(context, operation, server) or Next("prove_again")

    async def prove_again(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """The same proof, until its time is over."""
        return await self._proved(context, operation, server)

    async def _proved(self, context: Context, operation: Operation, server: Server) -> Outcome:
        spec = context.spec_of(server)
        if spec is None:
            return Fail(f"pool {server.pool} is no longer in the settings", remedy=remedies.NO_POOL)
        if operation.args["rung"] == Rung.REBUILD:
            return await self._proved_anew(context, operation, server, spec)
        if spec.health.kind is not HealthKind.NONE:
            finding = await context.guests.answers(spec.health, context.guest_of(server))
            if not finding.ready:
                return Wait(PROVE_AGAIN, finding.words)
        return mended(context, operation, server)

    async def _proved_anew(self, context: Context, operation: Operation, server: Server, spec: PoolSpec) -> Outcome:
        """After a rebuild: ready as a new server is, and the owner's key inside."""
        console = ""
        if spec.proof.kind is ProofKind.CONSOLE:
            console = await context.cloud_of(server).console_log(server.cloud_id)
        finding = await context.guests.prove(spec.proof, context.guest_of(server), console)
        if finding.failed:
            return Fail(finding.words, console)
        if not finding.ready:
            return Wait(PROVE_AGAIN, finding.words)
        server = changed(server, host_key=finding.host_key or server.host_key)
        lease = context.state.get(Lease, operation.lease_id)
        if lease and lease.ssh_key and spec.access == "ssh":
            await context.guests.install_key(context.guest_of(server), lease.ssh_key)
        return mended(context, operation, server)

    async def failed(
        self, context: Context, operation: Operation, server: Server, failure: Fail
    ) -> tuple[AnyRecord, ...]:
        """The ladder goes on after a pause. Whoever's disk was being written anew is told."""
        changes = await given_up(context, server)
        lease = context.state.live_lease_of(server.id)
        if lease is None or operation.args.get("rung") != Rung.REBUILD or operation.step == "check":
            return changes
        text = f"{server.id} did not work, and putting its image on it anew failed: {failure.reason}"
        return (*changes, telling.word(context, NoticeKind.FAILED, lease, text))


async def check_again(context: Context, operation: Operation, server: Server) -> Outcome | None:
    """Why nothing is done after all; None: it is still to be done. Nothing waits between this and the next commit."""
    try:
        seen = await context.cloud_of(server).get_server(server.cloud_id)
    except NotFound:
        return remedies.removed(server)
    if not tags.is_server(context, seen, server):
        return remedies.not_ours(server)
    kind, task = Sickness(operation.args["sickness"]), operation.args.get("task", "")
    spec = context.spec_of(server)
    well = healing.cured(kind, seen_as(seen), task)
    doubt = ""
    if kind is Sickness.MUTE and spec is not None and seen.status == "ACTIVE":
        well = (await context.guests.answers(spec.health, context.guest_of(server))).ready
        doubt = "" if well or operation.args.get("let_by") else await controls.doubt(context, server)
    if held := held_back(context, operation):
        return held
    server = context.state.need(Server, server.id)
    lease = context.state.live_lease_of(server.id)
    now = context.clock.now()
    if lease is None or lease.id != operation.lease_id or not healing.in_charge(server, lease, now):
        return Fail("its lease is over, or it is on another one", remedy="Nothing has to be done.")
    if doubt:
        return _in_doubt(context, server, doubt)
    return _well_by_itself(context, server) if well else None


def _well_by_itself(context: Context, server: Server) -> Outcome:
    ill = context.state.get(Illness, server.id)
    well = () if ill is None else (changed(ill, well_since=context.clock.now(), waits="", asks=""),)
    return Done("it was well again before anything was done", well)


def _in_doubt(context: Context, server: Server, doubt: str) -> Outcome:
    """Whoever could be compared with it is silent, too: this try does not count, and the ladder waits a while."""
    ill = context.state.get(Illness, server.id)
    if ill is None:
        return Done(f"nothing was done: {doubt}")
    later = context.clock.now() + healing.pause(ill.acts)
    return Done(f"nothing was done: {doubt}", (changed(ill, tries=max(0, ill.tries - 1), next_at=later),))


def mended(context: Context, operation: Operation, server: Server) -> Done:
    """It works again: its state, its illness, the line, and the word to its owner."""
    now, rung = context.clock.now(), Rung(operation.args["rung"])
    ill = context.state.get(Illness, server.id)
    why = ill.why if ill else operation.reason
    well = changed(server, state=ServerState.LEASED, since=now, failure="", cloud_status="ACTIVE")
    about = readdressed(context, operation)
    text = f"{server.id} works again after a {rung.words}: {why}{about and f'; {about}'}"
    said = context.ledger.event("server.healed", text, about=well, reason=why)
    changes: list[AnyRecord] = [well, said]
    if ill:
        changes.append(changed(ill, well_since=now, waits="", asks=""))
    lease = context.state.get(Lease, operation.lease_id)
    if lease:
        lost = ""
        if rung is Rung.REBUILD:
            lost = f" What was on its disk is lost, and it has a new password: `vmms password {lease.id}`."
        changes.append(telling.word(context, NoticeKind.WORD, lease, f"{text}.{lost}"))
    return Done(f"it works again after a {rung.words}{about and f'; {about}'}", tuple(changes))


async def given_up(context: Context, server: Server) -> tuple[AnyRecord, ...]:
    """The server as it is now, and its ladder after a pause."""
    seen = None
    with contextlib.suppress(CloudError):
        seen = await context.cloud_of(server).get_server(server.cloud_id)
    server, now = context.state.need(Server, server.id), context.clock.now()
    status = seen.status if seen else server.cloud_status
    changes: list[AnyRecord] = []
    if server.state is ServerState.HEALING:
        state = ServerState.STOPPED if status == "SHUTOFF" else ServerState.LEASED
        changes.append(changed(server, state=state, since=now, cloud_status=status))
    ill = context.state.get(Illness, server.id)
    if ill is not None:
        changes.append(changed(ill, next_at=now + healing.pause(ill.acts)))
    return tuple(changes)


async def _given(operation: Operation, order: Awaitable[Outcome]) -> Outcome:
    """The order, given: later if the cloud is at work on the server, not at all if it breaks over it again and again.

    A cloud that breaks over one server need not be away, and the next rung may work.
    """
    try:
        return await order
    except Conflict as conflict:
        return Wait(LOOK_AGAIN, conflict.message)
    except CloudFault as fault:
        if operation.attempts < FAULTS:
            raise
        return Fail(fault.message)


async def _start(context: Context, server: Server, seen: CloudServer) -> Outcome:
    if seen.status != "ACTIVE":
        await context.cloud_of(server).start_server(server.cloud_id)
    return Next("wait")


async def _reboot(context: Context, server: Server, seen: CloudServer) -> Outcome:
    await context.cloud_of(server).reboot_server(server.cloud_id, hard=seen.status != "ACTIVE")
    return Next("wait")


async def _hard_reboot(context: Context, server: Server, _seen: CloudServer) -> Outcome:
    await context.cloud_of(server).reboot_server(server.cloud_id, hard=True)
    return Next("wait")


async def _reset_state(context: Context, server: Server, _seen: CloudServer) -> Outcome:
    await context.cloud_of(server).reset_state(server.cloud_id)
    return Next("reboot")


async def _rebuild(context: Context, server: Server, seen: CloudServer) -> Outcome:
    spec = context.spec_of(server)
    if spec is None:
        return Fail(f"pool {server.pool} is no longer in the settings: nobody knows the image", remedy=remedies.NO_POOL)
    if seen.status != "REBUILD":
        await put_image_anew(context, server, spec)
    return Next("wait", (changed(server, host_key=""),))


_ORDERS: dict[Rung, Callable[[Context, Server, CloudServer], Awaitable[Outcome]]] = {
    Rung.START: _start,
    Rung.REBOOT: _reboot,
    Rung.HARD_REBOOT: _hard_reboot,
    Rung.RESET_STATE: _reset_state,
    Rung.REBUILD: _rebuild,
}
