"""Build a server of a dead host anew elsewhere, with its addresses, and see that it works there."""

import contextlib
from datetime import timedelta

from vmms_tui.engine import telling
from vmms_tui.engine.cloud.errors import CloudError, CloudFault, Conflict, OutcomeUnknown
from vmms_tui.engine.cloud.facts import ComputeService
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations import remedies, tags
from vmms_tui.engine.operations.by_use import fresh_disk
from vmms_tui.engine.operations.move import NEVER_BEGAN, mover
from vmms_tui.engine.operations.moved import moving_of, verified
from vmms_tui.engine.operations.moves_seen import ours
from vmms_tui.engine.operations.readdressing import readdressed
from vmms_tui.engine.operations.slots import LOOK_AGAIN, Slots
from vmms_tui.engine.operations.steps import Done, Fail, Next, Outcome, Step, Wait, held_back
from vmms_tui.model.migration import Moving
from vmms_tui.model.records import AnyRecord, Lease, NoticeKind, Operation, OperationKind, Server, ServerState, changed

TRIES = 10
"""So often in a row the cloud may break over one server while it answers otherwise: about four minutes."""
_BROKE = (CloudFault, OutcomeUnknown)
"""Errors that may be about this server alone; where the cloud is away, others would fare no better."""
ROOM = "Make room on another host or open one, then try it again on Ops."
ELSEWHERE = "Nothing has to be done if it works where it is"
OURS_AGAIN = "Look at its host, then try it again on Ops."


class Evacuate:
    """From a host that is sworn dead to another.

    `args`: `dead`, the host; `seen`, its last sign of life when it was given up; `rank`, its place among those of this
    host; `hand_over`, that a hand-over was cut short, which the runner begins anew in the end.
    """

    kind = OperationKind.EVACUATE
    first = "turn"

    def __init__(self) -> None:
        self._slots = Slots()
        steps: tuple[Step, ...] = (self.turn, self.ask, self.follow, self.start, self.verify)
        names = ("turn", "ask", "follow", "start", "verify")
        self.steps: dict[str, Step] = {name: self._bounded(step) for name, step in zip(names, steps, strict=True)}

    def _bounded(self, step: Step) -> Step:
        """The step, which fails when the cloud breaks over this server again and again: others wait for its place."""

        async def tried(context: Context, operation: Operation, server: Server) -> Outcome:
            try:
                outcome = await step(context, operation, server)
            except _BROKE as error:
                if await _answers(context) and (times := self._slots.fault(operation)) >= TRIES:
                    return Fail(f"{error.message.rstrip('.')}: so {times} times in a row")
                raise
            self._slots.no_fault(operation)
            return outcome

        return tried

    def time_limit(self, context: Context, server: Server, step: str) -> timedelta:
        """See Plan. Waiting for its turn does not count."""
        spec = context.spec_of(server)
        proof = 2 * spec.proof.timeout if spec and step == "verify" else timedelta(0)
        return timedelta(minutes=15 if step == "follow" else 5) + proof

    async def turn(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Wait until it is the most important that waits; then look a last time. After a crash it looks again."""
        if held := self._held(context, operation) or self._slots.wait(context, operation):
            return held
        try:
            return await self._looked_at(context, operation, server)
        except _BROKE:
            self._slots.rest(operation, tried=True)
            raise

    def _held(self, context: Context, operation: Operation) -> Wait | None:
        """While destructive work stands still what the engine began waits, and takes nobody's place."""
        if held := held_back(context, operation):
            self._slots.rest(operation)
        return held

    async def _looked_at(self, context: Context, operation: Operation, server: Server) -> Outcome:
        cloud, dead = mover(context), operation.args["dead"]
        seen = await cloud.get_server(server.cloud_id)
        if not tags.is_server(context, seen, server):
            return remedies.not_ours(server)
        if seen.host != dead:
            return Fail(
                f"it is on {seen.host or 'no host'} and not on {dead} any more: nothing was asked",
                remedy=f"{ELSEWHERE}: `vmms show {server.id}`.",
            )
        if await _lives(cloud, operation):
            return Fail(f"{dead} is up again: nothing was asked", remedy=OURS_AGAIN)
        known = max((one.id for one in await cloud.move_records(server.cloud_id)), default=0)
        current, now = context.state.need(Server, server.id), context.clock.now()
        power = "SHUTOFF" if current.state is ServerState.STOPPED or seen.status == "SHUTOFF" else "ACTIVE"
        moving = Moving(source=dead, was=current.state.value, power=power, known=known)
        await context.ledger.commit(changed(context.state.need(Operation, operation.id), moving=moving))
        return Next("ask", (changed(context.state.need(Server, server.id), state=ServerState.MOVING, since=now),))

    async def ask(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Ask the cloud, unless it was asked before a crash, or its answer was lost."""
        cloud, moving = mover(context), moving_of(operation)
        if await _was_asked(cloud, server, moving):
            self._slots.taken(operation)
            return Next("follow")
        if held := self._held(context, operation) or self._slots.wait(context, operation):
            return held  # also of one that gave its place back, or whose engine is new
        try:
            lives = await _lives(cloud, operation)
        except _BROKE:
            self._slots.rest(operation, tried=True)
            raise
        if lives:
            return Fail(f"{moving.source} is up again: nothing was asked", remedy=OURS_AGAIN)
        return self._held(context, operation) or await self._order(cloud, operation, server)

    async def _order(self, cloud: Cloud, operation: Operation, server: Server) -> Outcome:
        try:
            await cloud.evacuate(server.cloud_id)
        except (Conflict, *_BROKE):
            if not await _was_asked(cloud, server, moving_of(operation)):  # it keeps its place until that is known
                self._slots.rest(operation, tried=True)
                raise
        self._slots.taken(operation)
        return Next("follow")

    async def follow(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """See how it ends."""
        cloud, moving = mover(context), moving_of(operation)
        seen = await cloud.get_server(server.cloud_id)
        if seen.status == "ERROR" and not seen.task_state:
            why = seen.fault.rstrip(".") or "it does not say why"
            return Fail(f"the cloud could not build it anew: {why}", remedy=ROOM)
        if seen.task_state or seen.status == "REBUILD":
            return Wait(LOOK_AGAIN, f"built anew elsewhere ({seen.task_state or seen.status})")
        if seen.host == moving.source:
            record = ours(await cloud.move_records(server.cloud_id), moving.known)
            failed = record is not None and record.status in {"failed", "error"}
            if failed or context.clock.now() - operation.updated > NEVER_BEGAN:
                return Fail(f"the cloud took the order and left it on {moving.source}", remedy=OURS_AGAIN)
            return Wait(LOOK_AGAIN, "the cloud has not begun yet")
        return Next("start" if moving.power == "ACTIVE" and seen.status == "SHUTOFF" else "verify")

    async def start(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """From microversion 2.95 on the cloud leaves what it evacuated SHUTOFF (compute API)."""
        cloud = mover(context)
        seen = await cloud.get_server(server.cloud_id)
        if seen.status == "ACTIVE" and not seen.task_state:
            return Next("verify")
        if seen.status == "SHUTOFF" and not seen.task_state:
            with contextlib.suppress(Conflict):  # the next look tells what it is at
                await cloud.start_server(server.cloud_id)
        return Wait(LOOK_AGAIN, f"{seen.status} {seen.task_state}".strip())

    async def verify(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Another host, ports bound there, the floating IP on its port, an answer through it. Its owner is told."""
        outcome = await verified(context, operation, server)
        lease = context.state.live_lease_of(server.id)
        if not isinstance(outcome, Done) or lease is None:
            return outcome
        return Done(outcome.outcome, (*outcome.changes, _word(context, operation, lease)))

    async def failed(
        self, context: Context, operation: Operation, server: Server, failure: Fail
    ) -> tuple[AnyRecord, ...]:
        """The server is what it was, wherever it is now. Its owner is told."""
        changes: list[AnyRecord] = []
        server, moving = context.state.need(Server, server.id), operation.moving
        if server.state is ServerState.MOVING and moving is not None:
            back = changed(server, state=ServerState(moving.was), since=context.clock.now())
            try:
                seen = await mover(context).get_server(server.cloud_id)
                back = changed(back, host=seen.host or back.host, cloud_status=seen.status, task_state=seen.task_state)
                back = changed(back, disk_unsure=back.disk_unsure or back.host != moving.source)
            except CloudError:  # the next list tells it
                pass
            changes.append(back)
        if (lease := context.state.live_lease_of(server.id)) is not None:
            text = f"The host of {server.id} died, and it could not be built anew on another yet: {failure.reason}."
            if operation.step == "verify":
                text = f"The host of {server.id} died, and it was built anew on another: {failure.reason}."
            changes.append(telling.word(context, NoticeKind.FAILED, lease, text))
        return tuple(changes)


async def _answers(context: Context) -> bool:
    """Whether the cloud answers where it is not asked about this server."""
    try:
        await mover(context).compute_services()
    except CloudError:
        return False
    return True


async def _lives(cloud: Cloud, operation: Operation) -> bool:
    """Whether the host gives signs of life again. One that the cloud does not tell of is not dead for sure.

    One that is forced down is `down` whatever it does, but goes on telling when it was last heard of.
    """
    dead, then = operation.args["dead"], operation.args.get("seen", "")
    service = next((one for one in await cloud.compute_services() if one.host == dead), None)
    return service is None or service.state.lower() != "down" or last_sign(service) != then


def last_sign(service: ComputeService) -> str:
    """When it was last heard of, as an argument of the operation; by the cloud's clock, and so compared with itself."""
    return service.seen.isoformat() if service.seen else ""


async def _was_asked(cloud: Cloud, server: Server, moving: Moving) -> bool:
    if ours(await cloud.move_records(server.cloud_id), moving.known) is not None:
        return True
    seen = await cloud.get_server(server.cloud_id)
    return seen.status == "REBUILD" or (seen.host != "" and seen.host != moving.source)


def _sentence(words: str) -> str:
    """One more sentence; none without words."""
    return f" {words[0].upper()}{words[1:]}." if words else ""


def _word(context: Context, operation: Operation, lease: Lease) -> AnyRecord:
    dead, about = operation.args["dead"], readdressed(context, operation)
    lost = "What was in its memory is lost; so is its disk, where that was on the host itself."
    if fresh_disk(context.state.get(Operation, operation.id)):
        lost = (
            "What was in its memory and on its disk is lost: it began anew from its image, and lets you in as before."
        )
    text = (
        f"Host {dead} died, and {lease.server_id} was built anew on another, with its name and address. "
        f"{lost}{_sentence(about)}"
    )
    return telling.word(context, NoticeKind.WORD, lease, text)
