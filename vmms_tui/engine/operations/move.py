"""Move a server to another host, live or cold. That the cloud took the order is not that the server moved."""

from datetime import timedelta

import msgspec

from vmms_tui.engine import telling
from vmms_tui.engine.cloud.errors import AccessDenied, BadRequest, CloudError, Conflict, NotFound
from vmms_tui.engine.cloud.facts import CloudServer, ComputeService
from vmms_tui.engine.cloud.moves import MoveRecord, MoveUnderWay
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations import remedies, tags
from vmms_tui.engine.operations.by_use import open_port
from vmms_tui.engine.operations.moved import confirmed, verified
from vmms_tui.engine.operations.moves_seen import ON_THE_WAY, Sight, of_record, ours, sight, why_broken, why_it_stayed
from vmms_tui.engine.operations.refusals import why_refused
from vmms_tui.engine.operations.steps import Fail, Next, Outcome, Step, Wait, held_back
from vmms_tui.engine.operations.tied import aggregates_now, ties_now
from vmms_tui.engine.told import hosts
from vmms_tui.model import migration
from vmms_tui.model.migration import Moving
from vmms_tui.model.moving import Question, stop_of
from vmms_tui.model.progress import BYTES, counted
from vmms_tui.model.records import (
    AnyRecord,
    NoticeKind,
    Operation,
    OperationKind,
    Server,
    ServerState,
    changed,
)

LOOK_AGAIN = 2.0
"""Seconds between two readings of how far it is."""
NEVER_BEGAN = timedelta(seconds=90)
"""After so long the cloud has made nothing of an order of which it shows nothing."""
ENDING = timedelta(minutes=10)
"""How long a move that is taken back may take for that."""
ELSEWHERE = "Nothing has to be done: it works where it is."
VERIFYING = timedelta(minutes=5)
"""How long the cloud may take to show all of a server on its new host."""


class Move:
    """The way of a server from a host to another.

    `args`: `host`, where to, or empty; `cold`, `yes` or `no`; `source`, where it must be, if that is what matters.
    """

    kind = OperationKind.MOVE
    first = "check"

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {
            "check": self.check,
            "ask": self.ask,
            "follow": self.follow,
            "verify": verified,
            "confirm": confirmed,
        }

    def time_limit(self, context: Context, server: Server, step: str) -> timedelta:
        """See Plan."""
        if step == "follow":
            return migration.patience(server.ram_mib, server.disk_gib) + ENDING
        spec = context.spec_of(server)
        return VERIFYING + (2 * spec.proof.timeout if spec and step == "verify" else timedelta(0))

    async def check(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """The last look before the cloud is asked: is it ours, and can it go there now?"""
        cloud = mover(context)
        seen = await cloud.get_server(server.cloud_id)
        if not tags.is_server(context, seen, server):
            return remedies.not_ours(server)
        if gone := await _went_before(context, operation, seen):
            return gone
        there = hosts(await cloud.hypervisors(), await _services(cloud), (), await aggregates_now(cloud))
        ties = await ties_now(context, cloud, server, seen)
        known = max((one.id for one in await cloud.move_records(server.cloud_id)), default=0)
        port = await open_port(context, server, seen.status)
        # Nothing below may wait: what is read here is still so when the runner records it.
        if held := held_back(context, operation):
            return held
        server = _as_seen(context.state.need(Server, server.id), seen)
        question = Question(
            server=server,
            hosts=tuple(there),
            host=operation.args.get("host", ""),
            cold=_is_cold(operation),
            lease=context.state.live_lease_of(server.id),
            ties=ties,
        )
        if stop := stop_of(question):
            return Fail(stop.text, remedy=stop.remedy)
        begun = Moving(source=seen.host, was=server.state.value, power=seen.status, known=known, port=port)
        await _keep(context, operation, begun)
        return Next("ask", (changed(server, state=ServerState.MOVING, since=context.clock.now()),))

    async def ask(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """Ask the cloud, unless it was asked before a crash, or its answer was lost."""
        moving, cloud = _state(context, operation), mover(context)
        if await _was_asked(cloud, server, moving):
            return Next("follow")
        moving = _state(context, operation)
        if moving.ending:
            return why_it_stayed(server, moving, None, cold=_is_cold(operation))
        act = cloud.cold_migrate if _is_cold(operation) else cloud.live_migrate
        try:
            await act(server.cloud_id, operation.args.get("host", ""))
        except Conflict:
            if not await _was_asked(cloud, server, moving):
                raise
        return Next("follow")

    async def follow(self, context: Context, operation: Operation, server: Server) -> Outcome:
        """See how far it is, and how it ends; take it back where somebody wants that, or it takes too long."""
        cloud, cold = mover(context), _is_cold(operation)
        under_way = () if cold else await cloud.moves_under_way(server.cloud_id)
        record = ours(await cloud.move_records(server.cloud_id), _state(context, operation).known)
        seen = await cloud.get_server(server.cloud_id)
        progress = of_record(under_way, record)
        way = sight(seen, record, _state(context, operation).source)
        late = way in {Sight.GOES_ON, Sight.NOTHING}  # one that has arrived while nobody could look is not late
        moving = await _told(context, operation, server, record, progress, late=late)
        match way:
            case Sight.STAYED:
                nova = await why_refused(cloud, server.cloud_id, record)
                return why_it_stayed(server, moving, record, cold=cold, nova=nova)
            case Sight.BROKEN:
                return why_broken(server, moving, seen.fault)
            case Sight.THERE:
                return Next("verify")
            case Sight.WAITS if not moving.ending:
                return Next("verify")
            case Sight.NOTHING if context.clock.now() - operation.updated > NEVER_BEGAN:
                return why_it_stayed(server, moving, None, cold=cold)
        if moving.ending:
            return await _end(cloud, server, moving, seen)
        if moving.forced_by:
            return await _force(context, operation, server, moving, seen)
        return Wait(LOOK_AGAIN, _way(moving))

    async def failed(
        self, context: Context, operation: Operation, server: Server, failure: Fail
    ) -> tuple[AnyRecord, ...]:
        """The server is what it was, wherever it is now. Its owner is told where it does not run as before."""
        moving, now = operation.moving, context.clock.now()
        server = context.state.need(Server, server.id)
        if server.state is not ServerState.MOVING or moving is None:
            return ()
        try:
            seen = await mover(context).get_server(server.cloud_id)
        except CloudError:
            seen = None
        server = changed(context.state.need(Server, server.id), state=ServerState(moving.was), since=now)
        if seen is not None:
            server = _as_seen(server, seen)
        lease = context.state.live_lease_of(server.id)
        if lease is None or (seen is not None and seen.status == moving.power and not seen.task_state):
            return (server,)
        text = f"The move of {server.id} to another host failed: {failure.reason}. {failure.remedy}"
        return (server, telling.word(context, NoticeKind.FAILED, lease, text))


def mover(context: Context) -> Cloud:
    """The cloud with the credentials' own project: an administrator's may move what is in any."""
    return context.account.project()


async def _services(cloud: Cloud) -> tuple[ComputeService, ...]:
    """Nothing where a policy shows hosts and hides their services."""
    try:
        return await cloud.compute_services()
    except AccessDenied:
        return ()


async def _went_before(context: Context, operation: Operation, seen: CloudServer) -> Fail | None:
    """Why a server is not moved that is to leave a host and has left it already: it would only go elsewhere again."""
    source = operation.args.get("source", "")
    if not source or seen.host in {"", source}:
        return None
    await context.ledger.commit(_as_seen(context.state.need(Server, operation.server_id), seen))
    return Fail(f"it is on {seen.host} and not on {source} any more: nothing was asked", remedy=ELSEWHERE)


def _is_cold(operation: Operation) -> bool:
    return operation.args.get("cold") == "yes"


def _state(context: Context, operation: Operation) -> Moving:
    """What is remembered now: somebody may have asked for its end meanwhile."""
    moving = context.state.need(Operation, operation.id).moving
    if moving is None:
        raise ValueError("a move without its beginning")
    return moving


async def _keep(context: Context, operation: Operation, moving: Moving) -> None:
    current = context.state.need(Operation, operation.id)
    if current.moving == moving:
        return
    copying, kept = moving.copying, changed(current, moving=moving)
    if copying is not None and copying.total:
        kept = counted(kept, copying.sent, copying.sent + copying.left, BYTES, copying.at)
    await context.ledger.commit(kept)


def _as_seen(server: Server, seen: CloudServer) -> Server:
    return changed(
        server,
        cloud_status=seen.status,
        task_state=seen.task_state,
        host=seen.host or server.host,
        volume_ids=seen.volume_ids,
    )


async def _was_asked(cloud: Cloud, server: Server, moving: Moving) -> bool:
    if ours(await cloud.move_records(server.cloud_id), moving.known) is not None:
        return True
    return (await cloud.get_server(server.cloud_id)).status in {*ON_THE_WAY, "VERIFY_RESIZE"}


async def _told(
    context: Context,
    operation: Operation,
    server: Server,
    record: MoveRecord | None,
    progress: MoveUnderWay | None,
    *,
    late: bool,
) -> Moving:
    """What is remembered, with what was just read; kept where it is more than before.

    `late`: it is on its way, and to end if it has been for too long.
    """
    moving, now = _state(context, operation), context.clock.now()
    if record is not None:
        moving = msgspec.structs.replace(moving, move_id=record.id, destination=record.destination)
    if progress is not None:
        copying = migration.read(
            moving.copying,
            now,
            memory_total=progress.memory_total,
            memory_left=progress.memory_remaining,
            memory_sent=progress.memory_processed,
            disk_total=progress.disk_total,
            disk_left=progress.disk_remaining,
            disk_sent=progress.disk_processed,
        )
        destination = progress.destination or moving.destination
        moving = msgspec.structs.replace(moving, copying=copying, move_id=progress.id, destination=destination)
    longest = migration.patience(server.ram_mib, server.disk_gib)
    if late and not moving.ending and now - operation.updated > longest:
        moving = msgspec.structs.replace(moving, ending=f"not over within {int(longest.total_seconds())} s, taken back")
    await _keep(context, operation, moving)
    return moving


def _way(moving: Moving) -> str:
    """What it waits for; the numbers stand elsewhere."""
    to = f" to {moving.destination}" if moving.destination else ""
    if moving.copying is not None and migration.endless(moving.copying):
        return f"{moving.source}{to}: written anew as fast as it is copied"
    return f"on its way from {moving.source}{to}"


async def _end(cloud: Cloud, server: Server, moving: Moving, seen: CloudServer) -> Outcome:
    """Abort a live move, revert a cold one. Too early or too late for it: the next look says what has become of it."""
    try:
        if seen.status == "VERIFY_RESIZE" and not seen.task_state:
            await cloud.revert_move(server.cloud_id)
        elif seen.status == "MIGRATING" and moving.move_id:
            await cloud.abort_move(server.cloud_id, moving.move_id)
    except (BadRequest, Conflict, NotFound):
        pass
    return Wait(LOOK_AGAIN, f"being taken back ({moving.ending})")


async def _force(context: Context, operation: Operation, server: Server, moving: Moving, seen: CloudServer) -> Outcome:
    """Let the rest be copied while the server stands still. Too early or too late for it: the next look says more."""
    said = f"it stands still until the rest is copied (forced by {moving.forced_by})"
    if moving.forced or seen.status != "MIGRATING" or not moving.move_id:
        return Wait(LOOK_AGAIN, said)
    try:
        await mover(context).force_move(server.cloud_id, moving.move_id)
    except (BadRequest, Conflict, NotFound) as refusal:
        return Wait(LOOK_AGAIN, f"the cloud does not force it yet: {refusal.message}")
    await _keep(context, operation, msgspec.structs.replace(_state(context, operation), forced=True))
    return Wait(LOOK_AGAIN, said)
